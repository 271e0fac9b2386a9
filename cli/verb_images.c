/* What was seen and said: images, events. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/figure.h"
#include "cli/past.h"
#include "cli/table.h"
#include "cli/verb.h"

#define EVENTS_USUAL 40

/* -- images ------------------------------------------------------------ */

/* One value that matters, as it was: "350.0 (349.8..350.3)", or the mean
 * alone when nothing moved. */
static void add_range(struct table *t, const json_t *row, const char *name,
		      const char *unit)
{
	char column[64], mean[FIGURE_MAX], min[FIGURE_MAX], max[FIGURE_MAX];
	_cleanup_(text_free) struct text cell = { 0 };

	snprintf(column, sizeof(column), "%s_mean", name);
	figure_value(past_number(row, column), unit, mean);
	snprintf(column, sizeof(column), "%s_min", name);
	figure_value(past_number(row, column), unit, min);
	snprintf(column, sizeof(column), "%s_max", name);
	figure_value(past_number(row, column), unit, max);
	table_add(t, STYLE_PLAIN, mean);
	if (strcmp(min, max))
		text_addf(&cell, "%s..%s", min, max);
	table_add(t, STYLE_FAINT, text_str(&cell));
}

static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void add_image(struct table *t, const json_t *row)
{
	const char *inlet = past_text(row, "gas_inlet");
	const char *sample = past_text(row, "gas_sample");
	char cell[FIGURE_MAX];

	snprintf(cell, sizeof(cell), "%.0f", past_number(row, "image"));
	table_add(t, STYLE_STRONG, cell);
	figure_clock(past_time(row, "t_ns"), cell);
	table_add(t, STYLE_PLAIN, cell);
	table_add(t, STYLE_PLAIN, past_text(row, "label"));
	add_range(t, row, "temperature_C", "degC");
	add_range(t, row, "pressure_Torr", "Torr");
	add_range(t, row, "flow_sccm", "sccm");
	add_range(t, row, "heater_power_mW", "mW");
	table_add(t, STYLE_PLAIN, sample);
	table_add(t, STYLE_CARE, strcmp(inlet, sample) ? inlet : "");
	figure_value(past_number(row, "beam_on_s"), "s", cell);
	table_add(t, STYLE_PLAIN, cell);
	table_add(t, past_number(row, "ok") > 0 ? STYLE_PLAIN : STYLE_BAD,
		  past_number(row, "ok") > 0 ? file_name(past_text(row, "file"))
					     : "FAILED");
}

/* Where the files are, when all are in one place. */
static void add_place(struct call *c, const json_t *rows)
{
	const char *path = past_text(json_array_get(rows, 0), "file");
	const char *slash = strrchr(path, '/');

	if (!slash)
		return;
	text_add(&c->out, "in ");
	text_add_escaped(&c->out, path, (size_t)(slash - path), 500);
	text_add(&c->out, "; mean (lowest..highest) between begin and end; "
			  "all columns: --json\n");
}

static void print_images(struct call *c, const json_t *rows)
{
	static const struct table_column columns[] = {
		{ "#", TABLE_RIGHT },
		{ "begin", 0 },
		{ "step", TABLE_SPARE },
		{ "T/°C", TABLE_RIGHT },
		{ "", TABLE_SPARE },
		{ "p/Torr", TABLE_RIGHT },
		{ "", TABLE_SPARE },
		{ "flow/sccm", TABLE_RIGHT },
		{ "", TABLE_SPARE },
		{ "power/mW", TABLE_RIGHT },
		{ "", TABLE_SPARE },
		{ "gas at the sample", 0 },
		{ "at the inlet", TABLE_SPARE },
		{ "beam/s", TABLE_RIGHT },
		{ "file", 0 },
	};
	struct table t = { .columns = columns, .n = ARRAY_SIZE(columns) };
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row) add_image(&t, row);
	table_print(&t, &c->terminal, &c->out);
	table_free(&t);
	add_place(c, rows);
}

/* The log keeps names of files as the daemon wrote them; who reads JSON gets
 * all of the view. */
int verb_images(struct call *c)
{
	struct history *h;
	json_t *rows = NULL;
	struct err err;
	uint32_t run;
	int code;

	h = past_open(c, &code);
	if (!h)
		return code;
	run = past_run(c, h, 0, &code);
	if (run) {
		rows = past_rows(h, "v_image", run, (size_t)c->options->last,
				 &err);
		if (!rows)
			code = call_fail(c, CLI_FAILED, "%s", err.msg);
	}
	history_close(h);
	if (!rows)
		return code;
	if (c->options->json)
		call_add_json(c, json_incref(rows));
	else if (json_array_size(rows))
		print_images(c, rows);
	else
		text_addf(&c->out, "run %u has taken no image\n", run);
	json_decref(rows);
	return code;
}

/* -- events ------------------------------------------------------------ */

static enum style style_of(const char *severity)
{
	return !strcmp(severity, "alarm")     ? STYLE_BAD
	       : !strcmp(severity, "warning") ? STYLE_CARE
					      : STYLE_PLAIN;
}

static void add_event(struct table *t, const json_t *row)
{
	const char *severity = past_text(row, "severity");
	char cell[FIGURE_MAX];

	figure_date(past_time(row, "t_ns"), cell);
	table_add(t, STYLE_PLAIN, cell);
	cell[0] = '\0';
	if (isfinite(past_number(row, "run")))
		snprintf(cell, sizeof(cell), "%.0f", past_number(row, "run"));
	table_add(t, STYLE_PLAIN, cell);
	table_add(t, style_of(severity), severity);
	table_add(t, STYLE_PLAIN, past_text(row, "kind"));
	table_add(t, style_of(severity), past_text(row, "text"));
}

static void print_events(struct call *c, const json_t *rows)
{
	static const struct table_column columns[] = {
		{ "when", 0 }, { "run", TABLE_RIGHT }, { "severity", 0 },
		{ "kind", 0 }, { "text", 0 },
	};
	struct table t = { .columns = columns, .n = ARRAY_SIZE(columns) };
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row) add_event(&t, row);
	if (table_rows(&t))
		table_print(&t, &c->terminal, &c->out);
	else
		text_add(&c->out, "nothing was logged\n");
	table_free(&t);
}

static void print_lines(struct call *c, const json_t *rows)
{
	json_t *row;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)rows, i, row)
		call_add_json(c, json_incref(row));
}

/* Without a run: the newest lines of all, also those between runs. */
int verb_events(struct call *c)
{
	struct history *h;
	json_t *rows = NULL;
	size_t limit = (size_t)c->options->last;
	struct err err;
	uint32_t run = 0;
	int code;

	h = past_open(c, &code);
	if (!h)
		return code;
	if (call_word(c, 0))
		run = past_run(c, h, 0, &code);
	else if (!limit)
		limit = EVENTS_USUAL;
	if (!code) {
		rows = past_rows(h, "v_event", run, limit, &err);
		if (!rows)
			code = call_fail(c, CLI_FAILED, "%s", err.msg);
	}
	history_close(h);
	if (!rows)
		return code;
	if (c->options->json)
		print_lines(c, rows);
	else
		print_events(c, rows);
	json_decref(rows);
	return code;
}
