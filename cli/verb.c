#include "cli/verb.h"

#include <string.h>

/* A verb without a function is the heading of those below it. */
static const struct verb verbs[] = {
	{ .name = "The laboratory" },
	{ "devices", verb_devices, "", 0, 0, 0,
	  "what there is, and what it reads",
	  "Each role with its newest "
	  "reading, its setpoint, the age of the reading and\nwhether its "
	  "instrument answers.\n" },
	{ "set", verb_set, "ROLE VALUE", 0, 1, OPTIONS_WORDS_MAX - 1,
	  "change a setpoint by hand, while no recipe is active",
	  "  gascellctl set gas.Ar 5 sccm\n"
	  "  gascellctl set valve.inlet open\n"
	  "  gascellctl set heater '350 °C'\n"
	  "\nAny unit of that kind will do (5e-3 slm, 623 K). Ends when the "
	  "instrument has\ntaken it and reads it back. The daemon's limits "
	  "hold, and who did it is logged.\n" },
	{ "reset", verb_reset, "", 0, 0, 0,
	  "release a latched trip whose cause is gone", NULL },

	{ .name = "Recipes" },
	{ "check", verb_check, "RECIPE", OPTION_PARAM, 1, 1,
	  "all mistakes of a recipe, or the course it will take",
	  "It is checked by the daemon against this laboratory as it is now; "
	  "nothing is\nstarted. Mistakes are printed as file:line:column: "
	  "message (exit 1).\n" },
	{ "start", verb_start, "RECIPE",
	  OPTION_PARAM | OPTION_LABEL | OPTION_WATCH, 1, 1, "run a recipe",
	  "  gascellctl start hydrogen-nitrogen -p pressure='50 Torr' "
	  "--label 'chip 7' --watch\n"
	  "\nRecipes that it includes are taken from the same directory, "
	  "else from the\nlibrary.\n" },
	{ "replace", verb_replace, "RECIPE", OPTION_PARAM, 1, 1,
	  "exchange the rest of the running recipe",
	  "The new plan is checked like a first one and takes over when the "
	  "present section\nends; until then the old one runs.\n" },

	{ .name = "The run" },
	{ "status", verb_status, "", 0, 0, 0, "how things are", NULL },
	{ "watch", verb_watch, "", 0, 0, 0, "see the run until it ends",
	  "On a terminal a display that is drawn anew, else one line per "
	  "change; with --json\none document per change. Exit 0 when the run "
	  "is complete, 1 when it was stopped\nor aborted. Ctrl-C leaves the "
	  "run alone (exit 130).\n" },
	{ "pause", verb_pause, "", 0, 0, 0, "hold everything where it is",
	  NULL },
	{ "resume", verb_resume, "", 0, 0, 0, "go on after a pause", NULL },
	{ "skip", verb_skip, "", 0, 0, 0, "end the present step", NULL },
	{ "extend", verb_extend, "DURATION", 0, 1, OPTIONS_WORDS_MAX - 1,
	  "make the present hold longer",
	  "  gascellctl extend 5 min\n"
	  "  gascellctl extend '-90 s'\n" },
	{ "answer", verb_answer, "[CHOICE]", 0, 0, OPTIONS_WORDS_MAX - 1,
	  "answer what the recipe asks",
	  "Without a choice: when there is only one, that one.\n" },
	{ "stop", verb_stop, "", 0, 0, 0,
	  "end the run in order, with the cool-down it chose", NULL },
	{ "abort", verb_abort, "", 0, 0, 0, "make everything safe at once",
	  "Heater off, beam blanked, fuel and oxidiser closed, as the "
	  "laboratory is\nconfigured. Waits until every instrument has "
	  "confirmed; 'reset' is needed\nbefore the next run.\n" },

	{ .name = "Looking back (with or without a daemon)" },
	{ "runs", verb_runs, "", OPTION_LAST, 0, 0, "what was run", NULL },
	{ "show", verb_show, "[RUN]", OPTION_RECIPE, 0, 1,
	  "one run: its steps, purges, commands", NULL },
	{ "images", verb_images, "[RUN]", OPTION_LAST, 0, 1,
	  "what each image has seen",
	  "Mean, lowest and highest between an image's beginning and its "
	  "end. --json has all\ncolumns of the log's view v_image.\n" },
	{ "events", verb_events, "[RUN]", OPTION_LAST, 0, 1, "the journal",
	  "Without RUN the newest lines of all, also from "
	  "between the runs. --json: one\ndocument per line.\n" },
	{ "export", verb_export, "[RUN]", OPTION_OUTPUT, 0, 1,
	  "all readings of a run as CSV",
	  "One line per time, one column "
	  "per channel; UTC. Values are held until the next\nreading.\n" },

	{ .name = "Itself" },
	{ "help", verb_help, "[VERB]", 0, 0, 1, "this, or more on a verb",
	  NULL },
	{ "version", verb_version, "", 0, 0, 0, "print the version", NULL },
};

const struct verb *verb_find(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(verbs); i++)
		if (verbs[i].run && !strcmp(verbs[i].name, name))
			return &verbs[i];
	return NULL;
}

const char *verb_nearest(const char *name)
{
	const char *names[ARRAY_SIZE(verbs) + 1];
	size_t i, n = 0;

	for (i = 0; i < ARRAY_SIZE(verbs); i++)
		if (verbs[i].run)
			names[n++] = verbs[i].name;
	names[n] = NULL;
	return text_nearest(name, names);
}

void verb_list(struct text *out)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(verbs); i++) {
		_cleanup_(text_free) struct text left = { 0 };

		if (!verbs[i].run) {
			text_addf(out, "\n%s:\n", verbs[i].name);
			continue;
		}
		text_addf(&left, "%s %s", verbs[i].name, verbs[i].arguments);
		text_addf(out, "  %-18s %s\n", text_str(&left),
			  verbs[i].summary);
	}
}
