/*
 * gascelld replay: decides a logged session again and compares.
 *
 * First what the log says was decided is read into three lists (setpoints,
 * events, states). Then everything the engine was given is fed to a fresh
 * one, and each of its actions must be the next of its list, at the same
 * nanosecond, with the same double.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "ring/journal.h"
#include "ring/ring.h"
#include "ring/seen.h"
#include "ring/sheet.h"
#include "store/history.h"
#include "tools/commands.h"
#include "tools/options.h"
#include "tools/wanted.h"

#define PLANS_MAX 4

struct replay {
	const char *plugins; /* directory, or NULL */
	struct history *history;
	struct history_session session;
	struct config *config;
	struct engine *engine;
	struct journal *journal; /* without a store: keeps nothing */
	struct ring ring;
	nsec utc_offset;
	bool clock; /* utc_offset is known */
	struct wanted_list lists[WANTED_N];
	struct plan *plans[PLANS_MAX];
	struct text line;
	uint64_t events, actions;
	nsec newest; /* of all records, UTC */
	bool differs;
	struct err err;
};

static bool is_note(const char *kind)
{
	for (size_t i = 0; journal_note_kinds[i]; i++)
		if (!strcmp(kind, journal_note_kinds[i]))
			return true;
	return false;
}

static int collect(void *context, const struct history_record *h)
{
	struct replay *r = context;
	enum wanted_kind kind;

	r->newest = nsec_max(r->newest, h->t);
	if (h->type == RECORD_SEEN && h->seen.type == SEEN_CLOCK) {
		r->utc_offset = h->seen.a;
		r->clock = true;
	}
	if (h->type == RECORD_EVENT && is_note(h->event.kind))
		return 0;
	kind = wanted_line(h, &r->line);
	if (kind != WANTED_N)
		wanted_add(&r->lists[kind], h->t, text_str(&r->line));
	return 0;
}

static void print_time(const struct replay *r, nsec t)
{
	char iso[NSEC_ISO_MAX], s[NUMBER_TEXT_MAX];

	nsec_iso(t, iso);
	number_print_fixed(nsec_to_s(t - r->session.started), 6, s);
	printf("%s (%s s into the session)", iso, s);
}

static void print_side(const struct replay *r, const char *who, nsec t,
		       const char *line)
{
	_cleanup_(text_free) struct text shown = { 0 };

	printf("  %s: ", who);
	if (line) {
		text_add_escaped(&shown, line, strlen(line), 1000);
		print_time(r, t);
		printf(": %s\n", text_str(&shown));
	} else {
		puts("nothing more");
	}
}

static void differ(struct replay *r, enum wanted_kind kind,
		   const struct wanted *logged, nsec t, const char *decided)
{
	r->differs = true;
	printf("the first difference, after %" PRIu64 " events and %" PRIu64
	       " actions: a%s %s\n",
	       r->events, r->actions, kind == WANTED_EVENT ? "n" : "",
	       wanted_name(kind));
	print_side(r, "logged ", logged ? logged->t : 0,
		   logged ? logged->line : NULL);
	print_side(r, "decided", t, decided);
}

static void compare(struct replay *r, nsec now, const struct history_record *h)
{
	enum wanted_kind kind = wanted_line(h, &r->line);
	struct wanted_list *l = &r->lists[kind];
	const struct wanted *w = l->next < l->n ? &l->v[l->next] : NULL;
	nsec t = now + r->utc_offset;

	if (!w || w->t != t || strcmp(w->line, text_str(&r->line))) {
		differ(r, kind, w, t, text_str(&r->line));
		return;
	}
	l->next++;
	r->actions++;
}

/* As the record that the log has of it. */
static void compare_action(struct replay *r, nsec now, const struct action *a)
{
	struct history_record h = { 0 };

	switch (a->type) {
	case ACTION_SET:
		h.type = RECORD_SETPOINT;
		h.setpoint.id = a->set.id;
		h.setpoint.channel = r->config->site.roles[a->set.role].name;
		h.setpoint.value = a->set.value;
		h.setpoint.cause = cause_name(a->set.cause);
		h.setpoint.safe = a->set.safe;
		break;
	case ACTION_EVENT:
		h.type = RECORD_EVENT;
		h.event.severity = severity_name(a->event.severity);
		h.event.kind = a->event.kind;
		h.event.text = a->text;
		break;
	case ACTION_STATE:
		h.type = RECORD_STATE;
		h.state.state = run_state_name(a->state.state);
		h.state.level = level_name(a->state.level);
		h.state.latched = a->state.latched;
		break;
	default: return;
	}
	compare(r, now, &h);
}

static void let_go(struct replay *r, const struct plan *plan)
{
	for (size_t i = 0; i < PLANS_MAX; i++) {
		if (r->plans[i] != plan)
			continue;
		plan_free(r->plans[i]);
		r->plans[i] = NULL;
		return;
	}
}

static void act(void *context, const struct action *action, nsec now)
{
	struct replay *r = context;

	if (!r->differs)
		compare_action(r, now, action);
}

static void seen(void *context, const struct event *event,
		 const struct actions *actions)
{
	struct replay *r = context;

	(void)event;
	r->events++;
	for (size_t i = 0; i < actions->n; i++)
		if (actions->v[i].type == ACTION_RELEASE)
			let_go(r, actions->v[i].release.plan);
}

static int keep(struct replay *r, struct plan *plan)
{
	for (size_t i = 0; i < PLANS_MAX; i++) {
		if (r->plans[i])
			continue;
		r->plans[i] = plan;
		return 0;
	}
	plan_free(plan);
	return err_set(&r->err, ERR_FULL,
		       "the log holds more plans than a "
		       "run can have");
}

static int compile(struct replay *r, const char *text, struct plan **plan)
{
	_cleanup_(sheet_fini) struct sheet sheet = { 0 };
	_cleanup_(text_free) struct text shown = { 0 };
	struct problems problems = { 0 };
	struct recipe_source source;
	struct recipe_start start;

	if (sheet_parse(&sheet, text, &r->err))
		return err_wrap(&r->err, "the logged recipe");
	source = sheet_source(&sheet);
	if (sheet.has_start)
		start = sheet.start;
	else
		engine_start_state(r->engine, &start.ledger,
				   &start.temperature);
	*plan = recipe_compile(&source, &r->config->site, &start, &problems);
	problems_print(&problems, &shown);
	problems_free(&problems);
	if (*plan)
		return keep(r, *plan);
	return err_set(&r->err, ERR_INVALID,
		       "the logged recipe does not "
		       "compile any more: %s",
		       text_str(&shown));
}

static int feed(struct replay *r, struct event *event, nsec t)
{
	event->now = t - r->utc_offset;
	if (event->now <= r->ring.last)
		return err_set(&r->err, ERR_INVALID,
			       "the log goes back in time");
	ring_feed(&r->ring, event);
	return 0;
}

static int feed_seen(struct replay *r, const struct history_record *h)
{
	const struct seen s = { h->seen.type, h->seen.a, h->seen.c, h->seen.d,
				h->seen.x };
	struct event event = { 0 };
	struct plan *plan = NULL;

	if (s.type == SEEN_CLOCK)
		return 0;
	if (seen_decode(&s, &event, &r->err))
		return -1;
	if (event.type == EVENT_COMMAND &&
	    (event.command.kind == COMMAND_START ||
	     event.command.kind == COMMAND_REPLACE)) {
		ring_advance(&r->ring, h->t - r->utc_offset);
		if (compile(r, h->seen.text, &plan))
			return -1;
		event.command.plan = plan;
	}
	return feed(r, &event, h->t);
}

static int find_poll(const struct site *site, const char *name)
{
	for (size_t i = 0; i < site->n_polls; i++)
		if (!strcmp(site->polls[i].name, name))
			return (int)i;
	return -1;
}

static int feed_sample(struct replay *r, const struct history_record *h)
{
	struct event event = { .type = EVENT_POLL };
	int poll = find_poll(&r->config->site, h->sample.instrument);
	double values[POLL_CHANNELS_MAX];

	if (poll < 0 || h->sample.n != r->config->site.polls[poll].n)
		return err_set(&r->err, ERR_INVALID,
			       "the log has samples of "
			       "%s that do not fit its configuration",
			       h->sample.instrument);
	for (uint32_t i = 0; i < h->sample.n; i++)
		values[i] = h->sample.bad >> i & 1 ? NAN : h->sample.value[i];
	event.poll.poll = (uint16_t)poll;
	event.poll.value = values;
	event.poll.bad = h->sample.bad;
	return feed(r, &event, h->t);
}

/* 1 ends the reading after a difference, -1 after an error. */
static int give(void *context, const struct history_record *h)
{
	struct replay *r = context;
	int status = 0;

	if (h->type == RECORD_SAMPLE)
		status = feed_sample(r, h);
	else if (h->type == RECORD_SEEN)
		status = feed_seen(r, h);
	return status ? -1 : r->differs;
}

static int load(struct replay *r, const char *db, uint32_t run)
{
	struct problems problems = { 0 };

	r->history = history_open(db, &r->err);
	if (!r->history)
		return -1;
	if (!run)
		run = history_last_run(r->history);
	if (history_session(r->history, run, &r->session, &r->err))
		return -1;
	r->config = config_parse_with(r->plugins, r->session.config,
				      strlen(r->session.config),
				      "the logged configuration", &problems);
	if (!r->config) {
		_cleanup_(text_free) struct text text = { 0 };

		problems_print(&problems, &text);
		err_set(&r->err, ERR_INVALID, "%s", text_str(&text));
	}
	problems_free(&problems);
	if (!r->config)
		return -1;
	r->journal = journal_new(r->config, NULL, 0, &r->err);
	return r->journal ? 0 : -1;
}

static void make_ring(struct replay *r)
{
	r->engine = engine_new(&r->config->site, r->session.interrupted);
	r->ring = (struct ring){
		.engine = r->engine,
		.journal = r->journal,
		.last = -1,
		.act = act,
		.seen = seen,
		.context = r,
	};
}

static void compare_rest(struct replay *r)
{
	for (int kind = 0; kind < WANTED_N && !r->differs; kind++) {
		const struct wanted_list *l = &r->lists[kind];

		if (l->next < l->n)
			differ(r, (enum wanted_kind)kind, &l->v[l->next], 0,
			       NULL);
	}
}

static int decide(struct replay *r)
{
	if (history_records(r->history, r->session.session, collect, r,
			    &r->err))
		return -1;
	if (!r->clock)
		return err_set(&r->err, ERR_INVALID,
			       "the session has no "
			       "clock record: it cannot be replayed");
	make_ring(r);
	if (history_records(r->history, r->session.session, give, r, &r->err) <
	    0)
		return -1;
	if (r->differs)
		return 0;
	ring_advance(&r->ring, r->newest - r->utc_offset);
	if (!r->differs)
		compare_rest(r);
	return 0;
}

static void cleanup(struct replay *r)
{
	for (int kind = 0; kind < WANTED_N; kind++)
		wanted_fini(&r->lists[kind]);
	engine_free(r->engine);
	for (size_t i = 0; i < PLANS_MAX; i++)
		plan_free(r->plans[i]);
	journal_free(r->journal);
	config_free(r->config);
	free(r->session.config);
	history_close(r->history);
	text_free(&r->line);
}

static int replay(const char *db, uint32_t run, const char *plugins)
{
	struct replay r = { .newest = INT64_MIN, .plugins = plugins };
	int code = EXIT_FAILED;

	if (load(&r, db, run) || decide(&r))
		fprintf(stderr, "gascelld replay: %s: %s\n", db, r.err.msg);
	else if (!r.differs) {
		printf("%" PRIu64 " events, %" PRIu64 " actions: the same\n",
		       r.events, r.actions);
		code = EXIT_OK;
	}
	cleanup(&r);
	return code;
}

int replay_main(int argc, char **argv)
{
	const char *plugins = NULL;
	const struct option_row rows[] = {
		{ "plugins", 0, "DIRECTORY",
		  "code for drivers of plugins; the log's own directory is "
		  "not used",
		  .text = &plugins },
	};
	const struct options options = {
		.name = "replay",
		.words = "DB [RUN]",
		.rows = rows,
		.n_rows = ARRAY_SIZE(rows),
		.min = 1,
		.max = 2,
		.summary = "Decides a logged run again and compares.",
		.more = "The whole session that holds RUN (default: the "
			"newest) is replayed.\n"
			"exit: 0 when all actions are the same, 1 otherwise\n",
	};
	struct options_words words;
	int code = options_parse(&options, argc, argv, &words);
	int64_t run = 0;
	struct err err;

	if (code >= 0)
		return code;
	if (words.n == 2 &&
	    number_parse_int(words.v[1], 1, UINT32_MAX, &run, &err)) {
		fprintf(stderr, "gascelld replay: RUN: %s\n", err.msg);
		return EXIT_USAGE;
	}
	return replay(words.v[0], (uint32_t)run, plugins);
}
