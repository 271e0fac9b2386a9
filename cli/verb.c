#include "cli/verb.h"

#include <string.h>

/* A verb without a function is the heading of those below it. */
static const struct verb verbs[] = {
	{ .name = "The laboratory" },
	{ "devices", verb_devices, "", OPTION_WATCH, 0, 0,
	  "what there is, and what it reads",
	  "Each role with its newest "
	  "reading, its setpoint, the age of the reading and\nwhether its "
	  "instrument answers. With --watch: stays and is drawn anew; q "
	  "ends it.\n" },
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
	{ "monitor", verb_monitor, "[MODULE...]", 0, 0, OPTIONS_WORDS_MAX - 1,
	  "every value as the daemon tells it",
	  "One line per value: its time, module:parameter, and what it is. "
	  "Without MODULE\nall of them. Ctrl-C ends it.\n"
	  "\n  gascellctl monitor heater cell_pressure --json\n" },
	{ "history", verb_history, "CHANNEL", OPTION_SPAN | OPTION_OUTPUT, 1, 1,
	  "how a reading went",
	  "On a terminal a line that rises and falls with it; on a pipe, or "
	  "with --output,\nCSV: time (UTC), lowest and highest of each "
	  "stretch. Without --from: the last hour.\n"
	  "\n  gascellctl history heater --from '2 h'\n"
	  "  gascellctl history cell_pressure --from 22:00 --to 06:00 -o "
	  "night.csv\n" },
	{ "trace", verb_trace, "BUS", OPTION_FOR, 1, 1,
	  "the bytes of a bus, as they go",
	  "For 10 minutes, or --for another time (at most a day); Ctrl-C ends "
	  "it, and the\nbus is no longer traced then.\n" },

	{ .name = "Alarms, and who is in control" },
	{ "alarms", verb_alarms, "", 0, 0, 0,
	  "what wants attention, the newest last",
	  "An alarm that was acknowledged stays until its cause is gone; one "
	  "whose cause is\ngone stays until it was acknowledged.\n" },
	{ "alarms ack", verb_alarms_acknowledge, "ALARM|all", 0, 1, 1,
	  "say that it was seen", NULL },
	{ "alarms shelve", verb_alarms_shelve, "ALARM",
	  OPTION_FOR | OPTION_NOTE, 1, 1, "keep it quiet for a while",
	  "For an hour, or --for another time. It comes back by itself.\n"
	  "\n  gascellctl alarms shelve 3 --for '2 h' --note 'gauge is being "
	  "baked'\n" },
	{ "alarms unshelve", verb_alarms_unshelve, "ALARM", 0, 1, 1,
	  "no longer keep it quiet", NULL },
	{ "lock", verb_lock, "[NOTE]", OPTION_FOR | OPTION_FORCE, 0,
	  OPTIONS_WORDS_MAX - 1, "who is in control; with a NOTE: you are",
	  "While you hold the lock, others can look, stop and abort, but "
	  "change nothing.\nFor an hour, or --for another time; --force takes "
	  "it from somebody else.\n"
	  "\n  gascellctl lock 'aligning the column' --for '2 h'\n" },
	{ "unlock", verb_unlock, "", 0, 0, 0, "give control back", NULL },

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
	{ "recipes", verb_recipes, "", 0, 0, 0, "names of the library", NULL },

	{ .name = "The queue" },
	{ "queue", verb_queue, "", 0, 0, 0,
	  "what runs next, and whether it may",
	  "Runs wait here until the one before has ended. One that does not "
	  "complete holds\nthe queue, unless it was added with --after "
	  "continue; so does a trip, and a\nrestart of the daemon.\n" },
	{ "queue add", verb_queue_add, "RECIPE",
	  OPTION_PARAM | OPTION_LABEL | OPTION_AFTER, 1, 1,
	  "put a recipe at its end",
	  "  gascellctl queue add clean-cell --after continue\n"
	  "  gascellctl queue add hydrogen-nitrogen -p pressure='350 Torr' "
	  "-l 'chip 7'\n"
	  "\nIt is checked now, and again before it starts.\n" },
	{ "queue move", verb_queue_move, "ENTRY PLACE", 0, 2, 2,
	  "give it another place; 1 is the next", NULL },
	{ "queue remove", verb_queue_remove, "ENTRY", 0, 1, 1, "take it out",
	  NULL },
	{ "queue go", verb_queue_go, "", 0, 0, 0, "start, or go on", NULL },
	{ "queue hold", verb_queue_hold, "", 0, 0, 0,
	  "start nothing new; what runs goes on", NULL },

	{ .name = "The run" },
	{ "status", verb_status, "", 0, 0, 0, "how things are", NULL },
	{ "watch", verb_watch, "", 0, 0, 0, "see the run until it ends",
	  "On a terminal the whole screen, with keys: p pause, r resume, s "
	  "skip (asks), + and\n- one minute more or less of the present hold, "
	  "a answer, A abort (asks), q quit.\nElse one line per change; with "
	  "--json one document per change. Exit 0 when the run\nis complete, 1 "
	  "when it was stopped or aborted. q and Ctrl-C leave the run alone\n"
	  "(exit 130).\n" },
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

	{ .name = "Instruments" },
	{ "driver check", verb_driver_check, "FILE", 0, 1, 1,
	  "all mistakes of a definition, or what it can do",
	  "Nothing is talked to, and no daemon is needed. Mistakes are "
	  "printed as\nfile:line:column: message (exit 1). A FILE that ends "
	  "with .so is a plugin: it is\nloaded. To talk to one instrument: "
	  "gascelld probe.\n" },

	{ .name = "Itself" },
	{ "help", verb_help, "[VERB]", 0, 0, 2, "this, or more on a verb",
	  NULL },
	{ "complete", verb_complete, "WORD...", 0, 0, OPTIONS_WORDS_MAX - 1,
	  "what may stand there, for completion by a shell",
	  "The last WORD is the one that is being typed. One answer per line, "
	  "behind it a tab\nand what it means.\n" },
	{ "version", verb_version, "", 0, 0, 0, "print the version", NULL },
};

/* Is the name that of these words? */
static bool is_named(const struct verb *v, const char *first,
		     const char *second)
{
	size_t n = strlen(first);

	if (!v->run || strncmp(v->name, first, n))
		return false;
	if (!second)
		return !v->name[n];
	return v->name[n] == ' ' && !strcmp(v->name + n + 1, second);
}

const struct verb *verb_find(size_t n, const char *const *words, size_t *used)
{
	size_t i;

	for (*used = n < 2 ? n : 2; *used; --*used)
		for (i = 0; i < ARRAY_SIZE(verbs); i++)
			if (is_named(&verbs[i], words[0],
				     *used == 2 ? words[1] : NULL))
				return &verbs[i];
	return NULL;
}

const struct verb *verb_at(size_t i)
{
	return i < ARRAY_SIZE(verbs) ? &verbs[i] : NULL;
}

const struct verb *verb_beneath(const struct verb *v, size_t i)
{
	size_t n = strlen(v->name), k;

	for (k = 0; k < ARRAY_SIZE(verbs); k++)
		if (verbs[k].run && !strncmp(verbs[k].name, v->name, n) &&
		    verbs[k].name[n] == ' ' && !i--)
			return &verbs[k];
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
		text_addf(out, "  %-23s %s\n", text_str(&left),
			  verbs[i].summary);
	}
}

static json_t *options_json(unsigned int bits)
{
	json_t *list = json_array();
	struct options_row row;
	size_t i;

	for (i = 0; options_row(i, &row); i++)
		if (row.bit & bits)
			json_array_append_new(
				list, json_pack("{ss ss# ss* ss}", "name",
						row.name, "letter", &row.letter,
						row.letter ? 1 : 0, "value",
						row.value, "help", row.help));
	return list;
}

static json_t *one_json(const struct verb *v)
{
	return json_pack("{ss ss ss ss so}", "verb", v->name, "arguments",
			 v->arguments, "summary", v->summary, "help",
			 v->help ? v->help : "", "options",
			 options_json(v->options));
}

json_t *verb_json(const struct verb *v)
{
	json_t *list;
	size_t i;

	if (v)
		return one_json(v);
	list = json_array();
	for (i = 0; i < ARRAY_SIZE(verbs); i++)
		if (verbs[i].run)
			json_array_append_new(list, one_json(&verbs[i]));
	return json_pack("{so so}", "verbs", list, "everywhere",
			 options_json(OPTION_EVERYWHERE));
}
