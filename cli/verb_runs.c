/* What was run: runs, show. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/figure.h"
#include "cli/past.h"
#include "cli/table.h"
#include "cli/verb.h"
#include "protocol/json.h"

#define RUNS_USUAL 20
#define LABEL_COLUMNS 12

static enum style style_of(const char *state)
{
	if (!strcmp(state, "complete"))
		return STYLE_GOOD;
	if (!strcmp(state, "aborted") || !strcmp(state, "interrupted"))
		return STYLE_BAD;
	return STYLE_CARE;
}

static void duration(const json_t *row, const char *from, const char *to,
		     char out[FIGURE_MAX])
{
	nsec a = past_time(row, from), b = past_time(row, to);

	out[0] = '\0';
	if (a && b)
		figure_seconds(nsec_to_s(b - a), out);
}

/* A run that is open in the log runs only if there is a daemon. */
static const char *state_of(const struct call *c, const json_t *row)
{
	if (past_time(row, "t_end_ns") || c->client)
		return past_text(row, "state");
	return "not ended";
}

static void add_run(const struct call *c, struct table *t, const json_t *row)
{
	const char *state = state_of(c, row);
	char cell[FIGURE_MAX];

	snprintf(cell, sizeof(cell), "%.0f", past_number(row, "run"));
	table_add(t, STYLE_STRONG, cell);
	figure_date(past_time(row, "t_ns"), cell);
	table_add(t, STYLE_PLAIN, cell);
	duration(row, "t_ns", "t_end_ns", cell);
	table_add(t, STYLE_PLAIN, cell);
	table_add(t, style_of(state), state);
	table_add(t, STYLE_PLAIN, past_text(row, "recipe"));
	table_add(t, STYLE_PLAIN, past_text(row, "label"));
	table_add(t, STYLE_FAINT, past_text(row, "reason"));
}

static void print_runs(struct call *c, const json_t *rows)
{
	static const struct table_column columns[] = {
		{ "run", TABLE_RIGHT },
		{ "started", 0 },
		{ "took", 0 },
		{ "state", 0 },
		{ "recipe", 0 },
		{ "label", TABLE_SPARE },
		{ "reason", TABLE_SPARE },
	};
	struct table t = { .columns = columns, .n = ARRAY_SIZE(columns) };
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row) add_run(c, &t, row);
	table_print(&t, &c->terminal, &c->out);
	table_free(&t);
}

/* Texts of recipes are long: `show --json` has them. */
static void drop_texts(json_t *rows)
{
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		json_object_del(row, "text");
		json_object_del(row, "includes");
	}
}

int verb_runs(struct call *c)
{
	size_t limit = c->options->last ? (size_t)c->options->last : RUNS_USUAL;
	struct history *h;
	struct err err;
	json_t *rows;
	int code;

	h = past_open(c, &code);
	if (!h)
		return code;
	rows = past_rows(h, "v_run", 0, limit, &err);
	history_close(h);
	if (!rows)
		return call_fail(c, CLI_FAILED, "%s", err.msg);
	drop_texts(rows);
	if (c->options->json) {
		call_add_json(c, rows);
		return CLI_OK;
	}
	if (json_array_size(rows))
		print_runs(c, rows);
	else
		text_add(&c->out, "there is no run in the log yet\n");
	json_decref(rows);
	return CLI_OK;
}

/* -- show -------------------------------------------------------------- */

/* What is known of one run. */
struct story {
	json_t *run, *steps, *purges, *commands, *events, *images;
};

static void forget(struct story *s)
{
	json_decref(s->run);
	json_decref(s->steps);
	json_decref(s->purges);
	json_decref(s->commands);
	json_decref(s->events);
	json_decref(s->images);
}

static int learn(struct history *h, uint32_t run, struct story *s,
		 struct err *err)
{
	const struct {
		const char *view;
		json_t **to;
	} views[] = {
		{ "v_run", &s->run },	   { "v_step", &s->steps },
		{ "v_purge", &s->purges }, { "v_command", &s->commands },
		{ "v_event", &s->events }, { "v_image", &s->images },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(views); i++) {
		*views[i].to = past_rows(h, views[i].view, run, 0, err);
		if (!*views[i].to)
			return -1;
	}
	if (json_array_size(s->run))
		return 0;
	return err_set(err, ERR_NOT_FOUND, "there is no run %u in the log",
		       run);
}

static void fact(struct call *c, const char *label, const char *s)
{
	if (!*s)
		return;
	text_addf(&c->out, "%s%-*s%s", terminal_on(&c->terminal, STYLE_FAINT),
		  LABEL_COLUMNS, label,
		  terminal_off(&c->terminal, STYLE_FAINT));
	call_add(c, s);
	text_add_char(&c->out, '\n');
}

/* {"pressure":"50 Torr"} -> pressure = 50 Torr, ... */
static void add_parameters(struct call *c, const char *s)
{
	_cleanup_(text_free) struct text line = { 0 };
	json_t *o = json_loads(s, 0, NULL), *value;
	const char *name;

	json_object_foreach(o, name, value)
	{
		text_addf(&line, "%s%s = ", line.n ? ", " : "", name);
		if (json_is_string(value))
			text_add(&line, json_string_value(value));
		else
			json_add_value(&line, value);
	}
	json_decref(o);
	fact(c, "parameters", text_str(&line));
}

static void add_facts(struct call *c, const json_t *run)
{
	_cleanup_(text_free) struct text state = { 0 };
	const char *reason = past_text(run, "reason");
	char cell[FIGURE_MAX];

	snprintf(cell, sizeof(cell), "%.0f", past_number(run, "run"));
	fact(c, "run", cell);
	fact(c, "recipe", past_text(run, "recipe"));
	fact(c, "label", past_text(run, "label"));
	add_parameters(c, past_text(run, "parameters"));
	text_addf(&state, *reason ? "%s: %s" : "%s", state_of(c, run), reason);
	fact(c, "state", text_str(&state));
	figure_date(past_time(run, "t_ns"), cell);
	fact(c, "started", cell);
	figure_date(past_time(run, "t_end_ns"), cell);
	fact(c, "ended", cell);
	duration(run, "t_ns", "t_end_ns", cell);
	fact(c, "took", cell);
}

static void add_step(struct table *t, const json_t *row)
{
	const char *outcome = past_text(row, "outcome");
	bool done = !strcmp(outcome, "done");
	char cell[FIGURE_MAX];

	snprintf(cell, sizeof(cell), "%.0f", past_number(row, "step"));
	table_add(t, STYLE_PLAIN, cell);
	figure_clock(past_time(row, "t_ns"), cell);
	table_add(t, STYLE_PLAIN, cell);
	duration(row, "t_ns", "t_end_ns", cell);
	table_add(t, STYLE_PLAIN, cell);
	table_add(t, STYLE_PLAIN, past_text(row, "label"));
	table_add(t, done ? STYLE_PLAIN : STYLE_CARE,
		  done	     ? ""
		  : *outcome ? outcome
			     : "begun");
	table_add(t, STYLE_FAINT, past_text(row, "text"));
}

static void add_steps(struct call *c, const json_t *rows)
{
	static const struct table_column columns[] = {
		{ "step", TABLE_RIGHT }, { "began", 0 },   { "took", 0 },
		{ "what", 0 },		 { "outcome", 0 }, { "", 0 },
	};
	struct table t = { .columns = columns, .n = ARRAY_SIZE(columns) };
	size_t i, n = json_array_size(rows);
	const json_t *row;

	json_array_foreach(rows, i, row) if (past_time(row, "t_ns"))
		add_step(&t, row);
	n -= table_rows(&t);
	text_add_char(&c->out, '\n');
	table_print(&t, &c->terminal, &c->out);
	if (n)
		text_addf(&c->out, "%zu more step%s not reached\n", n,
			  n == 1 ? "" : "s");
	table_free(&t);
}

static void add_purge(struct table *t, const json_t *row)
{
	char cell[FIGURE_MAX];

	snprintf(cell, sizeof(cell), "%.0f/%.0f", past_number(row, "cycle"),
		 past_number(row, "cycles"));
	table_add(t, STYLE_PLAIN, cell);
	figure_value(past_number(row, "fill_Torr"), "Torr", cell);
	table_add(t, STYLE_PLAIN, cell);
	figure_value(past_number(row, "base_Torr"), "Torr", cell);
	table_add(t, STYLE_PLAIN, cell);
	table_add(t, STYLE_PLAIN, past_text(row, "gauge"));
	figure_value(past_number(row, "residual"), "", cell);
	table_add(t, STYLE_PLAIN, cell);
	table_add(t, STYLE_BAD,
		  past_number(row, "ok") > 0 ? ""
					     : "not "
					       "reached");
}

static void add_purges(struct call *c, const json_t *rows)
{
	static const struct table_column columns[] = {
		{ "purge", TABLE_RIGHT },     { "fill/Torr", TABLE_RIGHT },
		{ "base/Torr", TABLE_RIGHT }, { "gauge", 0 },
		{ "residual", TABLE_RIGHT },  { "", 0 },
	};
	struct table t = { .columns = columns, .n = ARRAY_SIZE(columns) };
	const json_t *row;
	size_t i;

	if (!json_array_size(rows))
		return;
	json_array_foreach(rows, i, row) add_purge(&t, row);
	text_add_char(&c->out, '\n');
	table_print(&t, &c->terminal, &c->out);
	table_free(&t);
}

/* {"duration_s":300} -> duration_s 300. What a start was given stands above;
 * what is nested is for --json. */
static void add_arguments(struct table *t, const json_t *row)
{
	_cleanup_(text_free) struct text cell = { 0 };
	json_t *o = json_loads(past_text(row, "args"), 0, NULL), *value;
	bool is_start = !strcmp(past_text(row, "verb"), "start");
	char figure[FIGURE_MAX];
	const char *name;

	json_object_foreach(o, name, value)
	{
		if (is_start || json_is_object(value))
			continue;
		figure_value(json_number_value(value), "", figure);
		text_addf(&cell, "%s%s %s", cell.n ? ", " : "", name,
			  json_is_string(value) ? json_string_value(value)
						: figure);
	}
	json_decref(o);
	table_add(t, STYLE_PLAIN, text_str(&cell));
}

static void add_commands(struct call *c, const json_t *rows)
{
	static const struct table_column columns[] = {
		{ "when", 0 }, { "command", 0 }, { "", 0 },
		{ "by", 0 },   { "outcome", 0 },
	};
	struct table t = { .columns = columns, .n = ARRAY_SIZE(columns) };
	const json_t *row;
	char cell[FIGURE_MAX];
	size_t i;

	if (!json_array_size(rows))
		return;
	json_array_foreach(rows, i, row)
	{
		figure_clock(past_time(row, "t_ns"), cell);
		table_add(&t, STYLE_PLAIN, cell);
		table_add(&t, STYLE_PLAIN, past_text(row, "verb"));
		add_arguments(&t, row);
		table_add(&t, STYLE_PLAIN, past_text(row, "user"));
		table_add(&t, STYLE_PLAIN, past_text(row, "outcome"));
	}
	text_add_char(&c->out, '\n');
	table_print(&t, &c->terminal, &c->out);
	table_free(&t);
}

static void print_story(struct call *c, const struct story *s)
{
	const json_t *run = json_array_get(s->run, 0);

	add_facts(c, run);
	add_steps(c, s->steps);
	add_purges(c, s->purges);
	add_commands(c, s->commands);
	text_addf(&c->out,
		  "\n%zu images: gascellctl images %.0f; %zu lines "
		  "in the journal: gascellctl events %.0f\n",
		  json_array_size(s->images), past_number(run, "run"),
		  json_array_size(s->events), past_number(run, "run"));
}

static void tell(struct call *c, struct story *s)
{
	json_t *run = json_array_get(s->run, 0);

	if (c->options->recipe) {
		text_add(&c->out, past_text(run, "text"));
		return;
	}
	if (!c->options->json) {
		print_story(c, s);
		return;
	}
	json_object_set(run, "steps", s->steps);
	json_object_set(run, "purges", s->purges);
	json_object_set(run, "commands", s->commands);
	json_object_set(run, "events", s->events);
	json_object_set(run, "images", s->images);
	call_add_json(c, json_incref(run));
}

int verb_show(struct call *c)
{
	struct story story = { 0 };
	struct history *h;
	struct err err;
	uint32_t run;
	int code;

	h = past_open(c, &code);
	if (!h)
		return code;
	run = past_run(c, h, 0, &code);
	if (run && learn(h, run, &story, &err))
		code = call_fail(c, CLI_FAILED, "%s", err.msg);
	else if (run)
		tell(c, &story);
	forget(&story);
	history_close(h);
	return code;
}
