/* gascellctl: what an operator says to gascelld, and asks of its log. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/quantity.h"
#include "cli/verb.h"

/* above: the verb that it stands beneath, or "". */
static int refuse_verb(struct call *c, const char *name, const char *above)
{
	const char *near = verb_nearest(name);

	if (near)
		call_fail(c, CLI_USAGE,
			  "there is no verb '%s'; did you mean '%s'?", name,
			  near);
	else
		call_fail(c, CLI_USAGE, "there is no verb '%s'", name);
	call_hint(c, "what there is: gascellctl help%s%s", *above ? " " : "",
		  above);
	return CLI_USAGE;
}

static int refuse_words(struct call *c, const char *what)
{
	const struct verb *v = c->verb;

	call_fail(c, CLI_USAGE, "%s: %s", v->name, what);
	call_hint(c, "usage: gascellctl %s%s%s; more: gascellctl help %s",
		  v->name, *v->arguments ? " " : "", v->arguments, v->name);
	return CLI_USAGE;
}

static int run_verb(struct call *c)
{
	size_t n = c->options->n_words - 1;
	char missing[64];
	struct err err;

	if (options_check(c->options, c->verb->name, c->verb->options, &err))
		return refuse_words(c, err.msg);
	snprintf(missing, sizeof(missing), "%s is missing", c->verb->arguments);
	if (n < c->verb->min)
		return refuse_words(c, missing);
	if (n > c->verb->max)
		return refuse_words(c, "too many words");
	return c->verb->run(c);
}

/* The words of the verb become one, so that its own words begin at 1. */
static void find_verb(struct call *c, struct options *o)
{
	size_t used, i;

	c->verb = verb_find(o->n_words, o->words, &used);
	if (!c->verb)
		return;
	o->words[0] = c->verb->name;
	for (i = used; i < o->n_words; i++)
		o->words[i - used + 1] = o->words[i];
	o->n_words -= used - 1;
}

/* `gascellctl start --help` is `gascellctl help start`. */
static int help(struct call *c, struct options *o)
{
	if (o->n_words)
		find_verb(c, o);
	if (c->verb)
		o->words[1] = c->verb->name;
	o->n_words = c->verb ? 2 : 0;
	return verb_help(c);
}

/* `queue ad`: a word that a verb with others beneath it cannot take. */
static int refuse_sub_verb(struct call *c, const struct options *o)
{
	_cleanup_(text_free) struct text name = { 0 };

	text_addf(&name, "%s %s", o->words[0], o->words[1]);
	return refuse_verb(c, text_str(&name), c->verb->name);
}

static int dispatch(struct call *c, struct options *o)
{
	if (o->version)
		return verb_version(c);
	if (o->help)
		return help(c, o);
	if (!o->n_words) {
		call_fail(c, CLI_USAGE, "what shall be done?");
		call_hint(c, "try: gascellctl status, or gascellctl help");
		return CLI_USAGE;
	}
	find_verb(c, o);
	if (!c->verb)
		return refuse_verb(c, o->words[0], "");
	if (!c->verb->max && o->n_words > 1 && verb_beneath(c->verb, 0))
		return refuse_sub_verb(c, o);
	return run_verb(c);
}

int main(int argc, char **argv)
{
	struct options options;
	struct call c = { .options = &options };
	struct err err;
	int code;

	if (options_read(&options, argc, argv, &err)) {
		code = call_fail(&c, CLI_USAGE, "%s", err.msg);
		call_hint(&c, "try: gascellctl help");
	} else {
		terminal_look(&c.terminal, STDOUT_FILENO, options.no_color);
		code = dispatch(&c, &options);
	}
	if (call_flush(&c) && code == CLI_OK)
		code = CLI_FAILED;
	client_close(c.client);
	text_free(&c.out);
	text_free(&c.host);
	quantity_fini();
	return code;
}
