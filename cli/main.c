/* gascellctl: what an operator says to gascelld, and asks of its log. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/quantity.h"
#include "cli/verb.h"

static int refuse_verb(struct call *c, const char *name)
{
	const char *near = verb_nearest(name);

	if (near)
		call_fail(c, CLI_USAGE,
			  "there is no verb '%s'; did you mean "
			  "'%s'?",
			  name, near);
	else
		call_fail(c, CLI_USAGE, "there is no verb '%s'", name);
	call_hint(c, "what there is: gascellctl help");
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

/* `gascellctl start --help` is `gascellctl help start`. */
static int help(struct call *c, struct options *o)
{
	if (o->n_words && (c->verb = verb_find(o->words[0]))) {
		o->words[1] = o->words[0];
		o->n_words = 2;
	} else {
		o->n_words = 0;
	}
	return verb_help(c);
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
	c->verb = verb_find(o->words[0]);
	return c->verb ? run_verb(c) : refuse_verb(c, o->words[0]);
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
	quantity_fini();
	return code;
}
