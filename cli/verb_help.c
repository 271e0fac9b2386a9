/* gascellctl help, and version. */
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

static void explain(struct call *c, const struct verb *verb)
{
	text_addf(&c->out, "usage: gascellctl %s%s%s%s\n\n%s\n", verb->name,
		  *verb->arguments ? " " : "", verb->arguments,
		  verb->options ? " [OPTION]..." : "", verb->summary);
	if (verb->help)
		text_addf(&c->out, "\n%s", verb->help);
	if (verb->options) {
		text_add_char(&c->out, '\n');
		options_help(verb->options, &c->out);
	}
	text_add(&c->out, "\nEverywhere:\n");
	options_help(OPTION_EVERYWHERE, &c->out);
}

int verb_help(struct call *c)
{
	const char *name = call_word(c, 0), *near;
	const struct verb *verb;

	if (!name) {
		list(c);
		return CLI_OK;
	}
	verb = verb_find(name);
	if (verb) {
		explain(c, verb);
		return CLI_OK;
	}
	near = verb_nearest(name);
	return call_fail(c, CLI_USAGE, "there is no verb '%s'%s%s%s", name,
			 near ? "; did you mean '" : "", near ? near : "",
			 near ? "'?" : "");
}

int verb_version(struct call *c)
{
	if (c->options->json)
		call_add_json(c, json_pack("{ss}", "version", GASCELL_VERSION));
	else
		text_add(&c->out, "gascellctl " GASCELL_VERSION "\n");
	return CLI_OK;
}
