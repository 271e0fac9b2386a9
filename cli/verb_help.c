/* gascellctl help, and version. */
#include <string.h>

#include "cli/verb.h"

static const char exits[] =
	"exit: 0 well; 1 it failed (a recipe has mistakes, a run did not "
	"complete);\n2 mistakes on the command line; 3 no daemon; 4 not now\n";

static void list(struct call *c)
{
	text_add(&c->out, "usage: gascellctl VERB [OPTION]...\n");
	verb_list(&c->out);
	text_add(&c->out, "\nEverywhere:\n");
	options_help(OPTION_EVERYWHERE, &c->out);
	text_addf(&c->out,
		  "\nRECIPE is a file, or a name of the daemon's "
		  "library; RUN a number (runs lists\nthem), 'last' or "
		  "nothing for the newest. gascellctl help VERB says more.\n"
		  "\n%s",
		  exits);
}

static void list_beneath(struct call *c, const struct verb *verb)
{
	const struct verb *v;
	size_t i;

	for (i = 0; (v = verb_beneath(verb, i)); i++)
		text_addf(&c->out, "%s  %s%s%s: %s\n", i ? "" : "\n", v->name,
			  *v->arguments ? " " : "", v->arguments, v->summary);
}

static void explain(struct call *c, const struct verb *verb)
{
	text_addf(&c->out, "usage: gascellctl %s%s%s%s\n\n%s\n", verb->name,
		  *verb->arguments ? " " : "", verb->arguments,
		  verb->options ? " [OPTION]..." : "", verb->summary);
	if (verb->help)
		text_addf(&c->out, "\n%s", verb->help);
	list_beneath(c, verb);
	if (verb->options) {
		text_add_char(&c->out, '\n');
		options_help(verb->options, &c->out);
	}
	text_add(&c->out, "\nEverywhere:\n");
	options_help(OPTION_EVERYWHERE, &c->out);
}

static int refuse(struct call *c, const char *name)
{
	const char *near = verb_nearest(name);

	return call_fail(c, CLI_USAGE, "there is no verb '%s'%s%s%s", name,
			 near ? "; did you mean '" : "", near ? near : "",
			 near ? "'?" : "");
}

int verb_help(struct call *c)
{
	_cleanup_(text_free) struct text name = { 0 };
	const struct verb *verb;
	size_t used, n = c->options->n_words;
	const char *const *words = c->options->words + 1;

	if (n < 2 && c->options->json) {
		call_add_json(c, verb_json(NULL));
		return CLI_OK;
	}
	if (n < 2) {
		list(c);
		return CLI_OK;
	}
	/* --help gives a verb of two words as one. */
	options_join(c->options, 1, &name);
	verb = c->verb && !strcmp(c->verb->name, text_str(&name))
		       ? c->verb
		       : verb_find(n - 1, words, &used);
	if (!verb || strcmp(verb->name, text_str(&name)))
		return refuse(c, text_str(&name));
	if (c->options->json)
		call_add_json(c, verb_json(verb));
	else
		explain(c, verb);
	return CLI_OK;
}

int verb_version(struct call *c)
{
	if (c->options->json)
		call_add_json(c, json_pack("{ss}", "version", GASCELL_VERSION));
	else
		text_add(&c->out, "gascellctl " GASCELL_VERSION "\n");
	return CLI_OK;
}
