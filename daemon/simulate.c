/*
 * gascelld simulate: one recipe, from a cold start of the laboratory to its
 * end, in virtual time, with the commands of a script.
 */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/array.h"
#include "daemon/commands.h"
#include "daemon/dry.h"
#include "daemon/options.h"
#include "daemon/overlay.h"
#include "daemon/recipe_file.h"
#include "daemon/script.h"
#include "daemon/tracer.h"
#include "store/history.h"

#define START_DEFAULT "2026-01-01T00:00:00Z"
#define READY_WITHIN (10 * 60 * NSEC_PER_S)
/* After the end, for what it sent to be read back: at least, and at most when
 * something does not answer. */
#define SETTLE (5 * NSEC_PER_S)
#define SETTLE_MAX (120 * NSEC_PER_S)
/* A run that waits for a person, when the script has no more of them. */
#define PATIENCE (3600 * NSEC_PER_S)
#define RUN_MAX (90 * 86400 * NSEC_PER_S)

struct settings {
	const char *config, *overlay, *db, *images, *commands, *trace, *start;
	struct options_params params;
	int64_t seed;
	bool json, quiet;
};

struct simulation {
	const struct settings *settings;
	struct config *config;
	struct recipe_file recipe;
	struct script *script;
	struct store *store;
	struct dry *dry;
	struct tracer tracer;
	nsec utc;
	bool interrupted;
	size_t next_line;
	bool acted;			/* the newest event had actions */
	bool waits;			/* it waits for a person */
	bool unsafe;			/* not everything was read back */
	uint32_t run;
	nsec began, ended;		/* of the run; -1: not yet */
	enum run_state state;		/* at its end */
	char reason[ACTION_TEXT_MAX];
	uint32_t steps, images, trips, refused;
	double wall_s;
};

static const struct desk_who who = { .user = "script",
				     .program = "gascelld simulate" };

static void complain(const struct problems *problems)
{
	_cleanup_(text_free) struct text text = {0};

	problems_print(problems, &text);
	fputs(text_str(&text), stderr);
}

static int fail(const struct err *err)
{
	fprintf(stderr, "gascelld simulate: %s\n", err->msg);
	return -1;
}

static void on_end(struct simulation *s, nsec now, const struct action *a)
{
	s->ended = now;
	s->state = a->run_end.state;
	text_copy(s->reason, sizeof(s->reason), a->text);
}

static void count(struct simulation *s, nsec now, const struct action *a)
{
	if (a->type == ACTION_STEP_BEGIN)
		s->steps++;
	else if (a->type == ACTION_IMAGE)
		s->images++;
	else if (a->type == ACTION_EVENT && !strcmp(a->event.kind, "trip"))
		s->trips++;
	else if (a->type == ACTION_RUN_END)
		on_end(s, now, a);
}

static void seen(void *context, const struct event *event,
		 const struct actions *actions)
{
	struct simulation *s = context;

	s->acted |= actions->n > 0;
	for (size_t i = 0; i < actions->n; i++)
		count(s, event->now, &actions->v[i]);
	if (s->tracer.to)
		tracer_put(&s->tracer, event, actions);
}

/* ---- before the run ---- */

static struct config *laid_over(struct config *base, const char *path,
				struct problems *problems)
{
	_cleanup_(text_free) struct text over = {0}, merged = {0};
	struct config *config = NULL;
	struct err err;

	if (text_read_file(&over, path, YAML_BYTES_MAX, &err))
		problems_add(problems, (struct place){0}, "%s", err.msg);
	else if (!overlay_merge(yaml_root(base->yaml), text_str(&over),
				over.n, path, &merged, problems))
		config = config_parse(text_str(&merged), merged.n, path,
				      problems);
	config_free(base);
	return config;
}

static int load_config(struct simulation *s)
{
	struct problems problems = {0};

	s->config = config_load(s->settings->config, &problems);
	if (s->config && s->settings->overlay)
		s->config = laid_over(s->config, s->settings->overlay,
				      &problems);
	if (!s->config)
		complain(&problems);
	problems_free(&problems);
	return s->config ? 0 : -1;
}

static int load_script(struct simulation *s)
{
	_cleanup_(text_free) struct text text = {0};
	struct problems problems = {0};
	struct err err;

	if (!s->settings->commands)
		return 0;
	if (text_read_file(&text, s->settings->commands, SCRIPT_BYTES_MAX,
			   &err))
		return fail(&err);
	s->script = script_parse(text_str(&text), text.n,
				 s->settings->commands, &problems);
	if (!s->script)
		complain(&problems);
	problems_free(&problems);
	return s->script ? 0 : -1;
}

static int parse_start(const char *text, nsec *utc)
{
	struct tm tm = {0};
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);

	if (!end || *end) {
		fprintf(stderr, "gascelld simulate: --start is written like "
			"%s\n", START_DEFAULT);
		return -1;
	}
	*utc = (nsec)timegm(&tm) * NSEC_PER_S;
	return 0;
}

static int take_end(void *context, size_t n, const char *const *names,
		    const struct history_value *values)
{
	nsec *end = context;

	for (size_t i = 0; i < n; i++)
		if (!strcmp(names[i], "t_end_ns") &&
		    values[i].type == HISTORY_INTEGER && values[i].i > *end)
			*end = values[i].i;
	return 0;
}

/* A log that has runs already goes on an hour after the last of them, unless
 * --start says otherwise: two nights at one time would be one. */
static int find_start(struct simulation *s)
{
	const char *db = s->settings->db;
	struct history *h;
	struct err err;
	struct stat st;
	nsec end = 0;
	int status;

	if (s->settings->start)
		return parse_start(s->settings->start, &s->utc);
	if (parse_start(START_DEFAULT, &s->utc))
		return -1;
	if (!db || stat(db, &st) || !st.st_size)
		return 0;
	h = history_open(db, &err);
	if (!h)
		return fail(&err);
	status = history_view(h, "v_run", 0, 0, take_end, &end, &err);
	history_close(h);
	if (status)
		return fail(&err);
	end = (end / NSEC_PER_S + 3600) * NSEC_PER_S;
	s->utc = nsec_max(s->utc, end);
	return 0;
}

static int open_store(struct simulation *s)
{
	_cleanup_(text_free) struct text notice = {0};
	const struct store_options options = {
		.durable = false, .now = s->utc, .version = GASCELL_VERSION,
		.config = s->config->text, .seed = (uint64_t)s->settings->seed,
	};
	struct err err;

	if (find_start(s))
		return -1;
	if (!s->settings->db)
		return 0;
	s->store = store_open(s->settings->db, &options, &s->interrupted,
			      &notice, &err);
	if (!s->store)
		return fail(&err);
	if (notice.n)
		fprintf(stderr, "gascelld simulate: %s\n", text_str(&notice));
	return 0;
}

static int make_directory(const char *path)
{
	struct err err;

	if (!path || !mkdir(path, 0777) || errno == EEXIST)
		return 0;
	err_set(&err, ERR_IO, "%s: %s", path, strerror(errno));
	return fail(&err);
}

static int open_trace(struct simulation *s)
{
	const char *path = s->settings->trace;
	struct err err;

	s->tracer.site = &s->config->site;
	if (!path)
		return 0;
	s->tracer.to = strcmp(path, "-") ? fopen(path, "w") : stdout;
	if (s->tracer.to)
		return 0;
	err_set(&err, ERR_IO, "%s: %s", path, strerror(errno));
	return fail(&err);
}

static int open_laboratory(struct simulation *s)
{
	const struct dry_options options = {
		.config = s->config, .store = s->store, .utc = s->utc,
		.interrupted = s->interrupted,
		.seed = (uint64_t)s->settings->seed,
		.images = s->settings->images, .seen = seen, .context = s,
	};
	struct problems problems = {0};
	struct err err = {0};

	s->dry = dry_new(&options, &problems, &err);
	if (problems.n)
		complain(&problems);
	else if (!s->dry)
		fail(&err);
	problems_free(&problems);
	if (s->dry)
		s->tracer.engine = dry_engine(s->dry);
	return s->dry ? 0 : -1;
}

static int prepare(struct simulation *s, const char *recipe)
{
	struct err err;

	if (load_config(s) || load_script(s))
		return -1;
	if (recipe_file_read(&s->recipe, s->config, recipe, &err))
		return fail(&err);
	if (make_directory(s->settings->images) || open_store(s) ||
	    open_trace(s))
		return -1;
	return open_laboratory(s);
}

static void cleanup(struct simulation *s)
{
	dry_free(s->dry);
	store_close(s->store);
	if (s->tracer.to && s->tracer.to != stdout)
		fclose(s->tracer.to);
	script_free(s->script);
	recipe_file_fini(&s->recipe);
	config_free(s->config);
}

/* ---- the run ---- */

static struct engine_status status_of(const struct simulation *s)
{
	struct engine_status status;

	engine_status(dry_engine(s->dry), dry_now(s->dry), &status);
	return status;
}

static int command(struct simulation *s, enum command_kind kind,
		   struct err *err)
{
	struct command c = { .kind = kind };
	int status = desk_command(dry_desk(s->dry), dry_now(s->dry) + 1, &c,
				  &who, err);

	dry_settle(s->dry);
	return status;
}

/* Everything has to be read back safe first. A log whose last run was cut
 * off keeps the level latched; here the script's operator has a look. */
static int wait_ready(struct simulation *s)
{
	struct engine_status status = {0};
	struct err err;

	while (!status.safe_confirmed) {
		if (dry_now(s->dry) > READY_WITHIN) {
			err_set(&err, ERR_TIMEOUT, "the laboratory does not "
				"get ready: %s", status.cause);
			return fail(&err);
		}
		if (dry_turn(s->dry, &err))
			return fail(&err);
		status = status_of(s);
	}
	if (s->interrupted && command(s, COMMAND_RESET, &err))
		return fail(&err);
	return 0;
}

static int start(struct simulation *s)
{
	struct desk_recipe recipe = recipe_file_desk(&s->recipe);
	struct problems problems = {0};
	struct err err = {0};
	int status;

	recipe.params = s->settings->params.v;
	recipe.n_params = s->settings->params.n;
	status = desk_start(dry_desk(s->dry), dry_now(s->dry) + 1, &recipe,
			    &who, &s->run, &problems, &err);
	if (problems.n)
		complain(&problems);
	else if (status)
		fail(&err);
	problems_free(&problems);
	s->began = dry_now(s->dry);
	dry_settle(s->dry);
	return status;
}

static int replace(struct simulation *s, const struct script_line *line,
		   nsec now, struct err *err)
{
	struct recipe_file file = {0};
	struct problems problems = {0};
	struct desk_recipe recipe;
	int status = recipe_file_read(&file, s->config, line->argument, err);

	if (status)
		return -1;
	recipe = recipe_file_desk(&file);
	status = desk_replace(dry_desk(s->dry), now, &recipe, &who, &problems,
			      err);
	if (problems.n) {
		complain(&problems);
		err_set(err, ERR_INVALID, "%s has mistakes", line->argument);
	}
	problems_free(&problems);
	recipe_file_fini(&file);
	return status;
}

/* A command that is refused is said, and the run goes on: so it is with a
 * person at the keyboard. */
static void give(struct simulation *s, const struct script_line *line)
{
	struct engine_status status = status_of(s);
	nsec now = nsec_max(s->began + line->at, dry_now(s->dry) + 1);
	struct command c;
	struct err err;
	int refused;

	if (line->kind == COMMAND_REPLACE)
		refused = replace(s, line, now, &err);
	else
		refused = script_command(line, s->config, &status, &c, &err) ||
			  desk_command(dry_desk(s->dry), now, &c, &who, &err);
	dry_settle(s->dry);
	if (!refused)
		return;
	s->refused++;
	fprintf(stderr, "%s:%d: %s\n", s->script->file, line->line, err.msg);
}

/* Changes only when the engine has done something. */
static void look(struct simulation *s)
{
	struct engine_status status;

	if (!s->acted)
		return;
	s->acted = false;
	status = status_of(s);
	s->waits = status.asking || status.state == STATE_PAUSED ||
		   status.state == STATE_HELD;
	s->unsafe = status.level >= LEVEL_COOL && !status.safe_confirmed;
}

static bool script_done(const struct simulation *s)
{
	return !s->script || s->next_line == s->script->n;
}

/* When to look up next: the next command, the end of settling, or the end of
 * patience with a run that waits for somebody who does not come. */
static nsec horizon(const struct simulation *s, nsec waiting_since)
{
	if (!script_done(s))
		return s->began + s->script->v[s->next_line].at;
	if (s->ended >= 0)
		return s->ended + (s->unsafe ? SETTLE_MAX : SETTLE);
	if (waiting_since >= 0)
		return waiting_since + PATIENCE;
	return s->began + RUN_MAX;
}

static int give_up(struct simulation *s)
{
	struct err err;

	fprintf(stderr, "gascelld simulate: it waits for somebody, and the "
		"commands have come to their end: aborted\n");
	if (command(s, COMMAND_ABORT, &err))
		return fail(&err);
	return 0;
}

/* Returns 1 when it is over. */
static int at_horizon(struct simulation *s)
{
	if (!script_done(s)) {
		give(s, &s->script->v[s->next_line++]);
		return 0;
	}
	if (s->ended >= 0)
		return 1;
	return give_up(s);
}

static int run(struct simulation *s)
{
	nsec waiting_since = -1;
	struct err err;

	for (;;) {
		if (dry_next(s->dry) > horizon(s, waiting_since)) {
			int over = at_horizon(s);

			if (over)
				return over < 0 ? -1 : 0;
			waiting_since = -1;
			continue;
		}
		if (dry_turn(s->dry, &err))
			return fail(&err);
		look(s);
		if (!script_done(s) || !s->waits)
			waiting_since = -1;
		else if (waiting_since < 0)
			waiting_since = dry_now(s->dry);
	}
}

/* ---- after it ---- */

static void print_count(const char *what, uint64_t n)
{
	printf("  %-12s %" PRIu64 "\n", what, n);
}

static void print_summary(const struct simulation *s)
{
	struct dry_counts counts = dry_counts(s->dry);
	char span[NSEC_ISO_MAX], wall[NUMBER_TEXT_MAX];

	nsec_span(s->ended - s->began, span);
	number_print_fixed(s->wall_s, 2, wall);
	printf("run %" PRIu32 ": %s", s->run, run_state_name(s->state));
	if (s->reason[0])
		printf(" (%s)", s->reason);
	printf("\n  %-12s %s\n", "duration", span);
	print_count("steps", s->steps);
	print_count("images", s->images);
	print_count("trips", s->trips);
	print_count(s->store ? "logged" : "values", counts.values);
	print_count("setpoints", counts.sets);
	printf("  %-12s %s s\n", "wall time", wall);
	if (s->store)
		printf("  %-12s %s\n", "database", s->settings->db);
	if (s->settings->images)
		printf("  %-12s %s\n", "images in", s->settings->images);
}

static void print_json(const struct simulation *s)
{
	struct dry_counts counts = dry_counts(s->dry);
	json_t *o = json_pack("{s:I, s:s, s:s, s:f, s:I, s:I, s:I, s:I, s:I,"
			      " s:I, s:f, s:s?}",
			      "run", (json_int_t)s->run,
			      "state", run_state_name(s->state),
			      "reason", s->reason,
			      "duration_s", nsec_to_s(s->ended - s->began),
			      "steps", (json_int_t)s->steps,
			      "images", (json_int_t)s->images,
			      "trips", (json_int_t)s->trips,
			      "refused", (json_int_t)s->refused,
			      "values", (json_int_t)counts.values,
			      "setpoints", (json_int_t)counts.sets,
			      "wall_s", s->wall_s,
			      "database", s->settings->db);

	json_dumpf(o, stdout, JSON_COMPACT);
	fputc('\n', stdout);
	json_decref(o);
}

static double wall_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int turn(struct simulation *s)
{
	double before = wall_seconds();
	struct err err;

	if (wait_ready(s) || start(s) || run(s))
		return -1;
	if (dry_commit(s->dry, &err))
		return fail(&err);
	s->wall_s = wall_seconds() - before;
	return 0;
}

static int simulate(struct simulation *s, const char *recipe)
{
	int code = EXIT_FAILED;

	if (prepare(s, recipe) || turn(s))
		goto out;
	if (s->settings->json)
		print_json(s);
	else if (!s->settings->quiet)
		print_summary(s);
	code = s->state == STATE_COMPLETE ? EXIT_OK : EXIT_FAILED;
out:
	cleanup(s);
	return code;
}

int simulate_main(int argc, char **argv)
{
	struct settings set = { .seed = 1 };
	const struct option_row rows[] = {
		{ "config", 'c', "FILE", "the laboratory (default: the "
		  "simulated one)", .text = &set.config },
		{ "overlay", 0, "FILE", "changes to the laboratory, such as "
		  "faults", .text = &set.overlay },
		{ "db", 0, "FILE", "write the log", .text = &set.db },
		{ "images", 0, "DIR", "write the frames",
		  .text = &set.images },
		OPTION_PARAMS(&set.params),
		{ "seed", 0, "N", "of the noise (default 1)",
		  .integer = &set.seed },
		{ "commands", 0, "FILE", "what the operator does",
		  .text = &set.commands },
		{ "trace", 0, "FILE", "every action as a line; - for standard "
		  "output", .text = &set.trace },
		{ "start", 0, "TIME", "UTC (default " START_DEFAULT ")",
		  .text = &set.start },
		{ "json", 0, NULL, "the summary for programs",
		  .flag = &set.json },
		{ "quiet", 'q', NULL, "no summary", .flag = &set.quiet },
	};
	const struct options options = {
		.name = "simulate", .words = "RECIPE", .min = 1, .max = 1,
		.summary = "Runs a recipe in virtual time.",
		.more = "Commands, one on a line, with the time since the "
			"start of the run:\n  1 h 10 min  pause\n"
			"  [ 4200.0]   resume\nand skip, extend DURATION, "
			"stop, abort, reset, answer CHOICE,\n"
			"set ROLE VALUE, replace FILE.\n"
			"exit: 0 when the run is complete\n",
		.rows = rows, .n_rows = ARRAY_SIZE(rows),
	};
	struct simulation s = { .settings = &set, .began = -1, .ended = -1 };
	struct options_words words;
	int code = options_parse(&options, argc, argv, &words);

	if (code >= 0)
		return code;
	return simulate(&s, words.v[0]);
}
