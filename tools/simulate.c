/*
 * gascelld simulate: recipes, one after another as long as they end complete,
 * from a cold start of the laboratory, in virtual time, with the commands of a
 * script.
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
#include "base/quantity.h"
#include "site/overlay.h"
#include "store/history.h"
#include "tools/commands.h"
#include "tools/complaint.h"
#include "tools/options.h"
#include "tools/play.h"

#define START_DEFAULT "2026-01-01T00:00:00Z"

struct settings {
	const char *config, *overlay, *db, *images, *commands, *trace, *start;
	const char *wait;
	struct options_params params;
	int64_t seed;
	bool json, quiet;
};

/* Everything that is open. */
struct simulation {
	const struct settings *settings;
	struct config *config;
	size_t n_recipes;
	struct recipe_file recipes[OPTIONS_WORDS_MAX];
	struct store *store;
	nsec utc;
	struct play play;
	double wall_s;
};

static struct config *laid_over(struct config *base, const char *path,
				struct problems *problems)
{
	_cleanup_(text_free) struct text over = { 0 }, merged = { 0 };
	const char *plugins = base->plugins.folder;
	struct config *config = NULL;
	struct err err;

	if (text_read_file(&over, path, YAML_BYTES_MAX, &err))
		problems_add(problems, (struct place){ 0 }, "%s", err.msg);
	else if (!overlay_merge(yaml_root(base->yaml), text_str(&over), over.n,
				path, &merged, problems))
		config = config_parse_with(*plugins ? plugins : NULL,
					   text_str(&merged), merged.n, path,
					   problems);
	config_free(base);
	return config;
}

static int load_config(struct simulation *s)
{
	struct problems problems = { 0 };

	s->config = config_load(s->settings->config, &problems);
	if (s->config && s->settings->overlay)
		s->config =
			laid_over(s->config, s->settings->overlay, &problems);
	if (!s->config)
		complaint_print(&problems);
	problems_free(&problems);
	return s->config ? 0 : -1;
}

static int load_script(struct simulation *s)
{
	_cleanup_(text_free) struct text text = { 0 };
	struct problems problems = { 0 };
	struct err err;

	if (!s->settings->commands)
		return 0;
	if (text_read_file(&text, s->settings->commands, SCRIPT_BYTES_MAX,
			   &err))
		return play_fail(&err);
	s->play.script = script_parse(text_str(&text), text.n,
				      s->settings->commands, &problems);
	if (!s->play.script)
		complaint_print(&problems);
	problems_free(&problems);
	return s->play.script ? 0 : -1;
}

static int parse_start(const char *text, nsec *utc)
{
	struct tm tm = { 0 };
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);

	if (!end || *end) {
		fprintf(stderr,
			"gascelld simulate: --start is written like "
			"%s\n",
			START_DEFAULT);
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
		return play_fail(&err);
	status = history_view(h, "v_run", 0, 0, take_end, &end, &err);
	history_close(h);
	if (status)
		return play_fail(&err);
	end = (end / NSEC_PER_S + 3600) * NSEC_PER_S;
	s->utc = nsec_max(s->utc, end);
	return 0;
}

static int open_store(struct simulation *s)
{
	_cleanup_(text_free) struct text notice = { 0 };
	const struct store_options options = {
		.durable = false,
		.now = s->utc,
		.version = GASCELL_VERSION,
		.config = s->config->text,
		.seed = (uint64_t)s->settings->seed,
	};
	struct err err;

	if (find_start(s))
		return -1;
	if (!s->settings->db)
		return 0;
	s->store = store_open(s->settings->db, &options, &s->play.interrupted,
			      &notice, &err);
	if (!s->store)
		return play_fail(&err);
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
	return play_fail(&err);
}

static int open_trace(struct simulation *s)
{
	const char *path = s->settings->trace;
	struct err err;

	s->play.tracer.site = &s->config->site;
	if (!path)
		return 0;
	s->play.tracer.to = strcmp(path, "-") ? fopen(path, "w") : stdout;
	if (s->play.tracer.to)
		return 0;
	err_set(&err, ERR_IO, "%s: %s", path, strerror(errno));
	return play_fail(&err);
}

static int open_laboratory(struct simulation *s)
{
	const struct dry_options options = {
		.config = s->config,
		.store = s->store,
		.utc = s->utc,
		.interrupted = s->play.interrupted,
		.seed = (uint64_t)s->settings->seed,
		.images = s->settings->images,
		.seen = play_seen,
		.context = &s->play,
	};
	struct problems problems = { 0 };
	struct err err = { 0 };

	s->play.dry = dry_new(&options, &problems, &err);
	if (problems.n)
		complaint_print(&problems);
	else if (!s->play.dry)
		play_fail(&err);
	problems_free(&problems);
	return s->play.dry ? 0 : -1;
}

static int parse_wait(struct simulation *s)
{
	double seconds = 0.0;
	struct err err;

	if (s->settings->wait &&
	    quantity_parse(QUANTITY_TIME, s->settings->wait, &seconds, &err)) {
		err_wrap(&err, "--wait");
		return play_fail(&err);
	}
	s->play.wait = nsec_from_s(seconds);
	return 0;
}

static int read_recipes(struct simulation *s, const struct options_words *words)
{
	struct err err;

	while (s->n_recipes < words->n) {
		const char *name = words->v[s->n_recipes];

		if (recipe_file_read(&s->recipes[s->n_recipes++], s->config,
				     name, &err))
			return play_fail(&err);
	}
	return 0;
}

static int prepare(struct simulation *s, const struct options_words *words)
{
	if (parse_wait(s) || load_config(s) || load_script(s))
		return -1;
	s->play.config = s->config;
	if (read_recipes(s, words))
		return -1;
	if (make_directory(s->settings->images) || open_store(s) ||
	    open_trace(s))
		return -1;
	return open_laboratory(s);
}

static void cleanup(struct simulation *s)
{
	dry_free(s->play.dry);
	store_close(s->store);
	if (s->play.tracer.to && s->play.tracer.to != stdout)
		fclose(s->play.tracer.to);
	script_free(s->play.script);
	for (size_t i = 0; i < s->n_recipes; i++)
		recipe_file_fini(&s->recipes[i]);
	config_free(s->config);
}

static void print_count(const char *what, uint64_t n)
{
	printf("  %-12s %" PRIu64 "\n", what, n);
}

static void print_summary(const struct simulation *s)
{
	const struct play *p = &s->play;
	struct dry_counts counts = dry_counts(p->dry);
	char span[NSEC_ISO_MAX], wall[NUMBER_TEXT_MAX];

	nsec_span(p->ended - p->began, span);
	number_print_fixed(s->wall_s, 2, wall);
	printf("run %" PRIu32 ": %s", p->run, run_state_name(p->state));
	if (p->reason[0])
		printf(" (%s)", p->reason);
	printf("\n  %-12s %s\n", "duration", span);
	print_count("steps", p->steps);
	print_count("images", p->images);
	print_count("trips", p->trips);
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
	_cleanup_(text_free) struct text reason = { 0 };
	const struct play *p = &s->play;
	struct dry_counts counts = dry_counts(p->dry);
	json_t *o;

	text_add_escaped(&reason, p->reason, strlen(p->reason),
			 sizeof(p->reason));
	o = json_pack(
		"{s:I, s:s, s:s, s:f, s:I, s:I, s:I, s:I, s:I, s:I,"
		" s:f, s:s?}",
		"run", (json_int_t)p->run, "state", run_state_name(p->state),
		"reason", text_str(&reason), "duration_s",
		nsec_to_s(p->ended - p->began), "steps", (json_int_t)p->steps,
		"images", (json_int_t)p->images, "trips", (json_int_t)p->trips,
		"refused", (json_int_t)p->refused, "values",
		(json_int_t)counts.values, "setpoints", (json_int_t)counts.sets,
		"wall_s", s->wall_s, "database", s->settings->db);
	json_dumpf(o, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9));
	fputc('\n', stdout);
	json_decref(o);
}

static double wall_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* The next is started only when this one was as it should be. */
static int play_one(struct simulation *s, struct recipe_file *recipe)
{
	double before = wall_seconds();

	if (play_run(&s->play, recipe, &s->settings->params))
		return -1;
	s->wall_s = wall_seconds() - before;
	if (s->settings->json)
		print_json(s);
	else if (!s->settings->quiet)
		print_summary(s);
	return s->play.state == STATE_COMPLETE ? 0 : -1;
}

static int simulate(struct simulation *s, const struct options_words *words)
{
	int status = prepare(s, words);

	for (size_t i = 0; i < s->n_recipes && !status; i++)
		status = play_one(s, &s->recipes[i]);
	cleanup(s);
	return status ? EXIT_FAILED : EXIT_OK;
}

static const char more[] =
	"Commands, one on a line, with the time since the "
	"start of the run:\n  1 h 10 min  pause\n"
	"  [ 4200.0]   resume\nand skip, extend DURATION, "
	"stop, abort, reset, answer CHOICE,\n"
	"set ROLE VALUE, replace FILE. They are for the first "
	"recipe.\n"
	"exit: 0 when all runs are complete\n";

static int parse(struct settings *set, int argc, char **argv,
		 struct options_words *words)
{
	const struct option_row rows[] = {
		{ "config", 'c', "FILE",
		  "the laboratory (default: the "
		  "simulated one)",
		  .text = &set->config },
		{ "overlay", 0, "FILE",
		  "changes to the laboratory, such as "
		  "faults",
		  .text = &set->overlay },
		{ "db", 0, "FILE", "write the log", .text = &set->db },
		{ "images", 0, "DIR", "write the frames",
		  .text = &set->images },
		OPTION_PARAMS(&set->params),
		{ "seed", 0, "N", "of the noise (default 1)",
		  .integer = &set->seed },
		{ "commands", 0, "FILE", "what the operator does",
		  .text = &set->commands },
		{ "wait", 0, "DURATION",
		  "how long everything is safe before "
		  "a start",
		  .text = &set->wait },
		{ "trace", 0, "FILE",
		  "every action as a line; - for standard "
		  "output",
		  .text = &set->trace },
		{ "start", 0, "TIME", "UTC (default " START_DEFAULT ")",
		  .text = &set->start },
		{ "json", 0, NULL, "the summary for programs",
		  .flag = &set->json },
		{ "quiet", 'q', NULL, "no summary", .flag = &set->quiet },
	};
	const struct options options = {
		.name = "simulate",
		.words = "RECIPE...",
		.min = 1,
		.max = OPTIONS_WORDS_MAX,
		.summary = "Runs recipes in virtual time, one after another "
			   "as long as they end complete.",
		.more = more,
		.rows = rows,
		.n_rows = ARRAY_SIZE(rows),
	};

	return options_parse(&options, argc, argv, words);
}

int simulate_main(int argc, char **argv)
{
	struct settings set = { .seed = 1 };
	struct simulation s = { .settings = &set };
	struct options_words words;
	int code = parse(&set, argc, argv, &words);

	return code < 0 ? simulate(&s, &words) : code;
}
