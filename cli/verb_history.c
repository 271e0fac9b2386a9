/* gascellctl history: how a reading went, as the daemon's log has it. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/figure.h"
#include "cli/moment.h"
#include "cli/recall.h"
#include "cli/roles.h"
#include "cli/snapshot.h"
#include "cli/verb.h"

#define USUAL (3600 * NSEC_PER_S)
#define POINTS_MAX 2000
#define ROWS 6
#define DIGITS 7 /* more than any instrument has */

struct span {
	nsec from, to;
};

/* By the daemon's clock, as its newest value was told. */
static int read_span(struct call *c, struct span *span)
{
	_cleanup_(snapshot_fini) struct snapshot s = { 0 };
	const struct options *o = c->options;
	struct err err;

	client_set_on_update(c->client, snapshot_on_update, &s);
	if (client_activate(c->client, "run", &err))
		return call_fail_request(c, &err);
	client_set_on_update(c->client, NULL, NULL);
	*span = (struct span){ s.t - USUAL, s.t };
	if ((o->to && moment_parse(o->to, s.t, &span->to, &err)) ||
	    (o->from && moment_parse(o->from, s.t, &span->from, &err)))
		return call_fail(c, CLI_USAGE, "%s", err.msg);
	if (span->from >= span->to)
		return call_fail(c, CLI_USAGE, "--from is not before --to");
	return CLI_OK;
}

/* A name that is almost one: said instead of what the daemon says. */
static int refuse(struct call *c, const struct err *why)
{
	json_t *list = NULL;
	struct roles roles;
	struct err err;

	if (client_error_class(c->client) == ERROR_RANGE)
		list = roles_ask(c->client, &err);
	if (!list)
		return call_fail_request(c, why);
	roles_read(&roles, list);
	if (roles_find(&roles, call_word(c, 0), &err))
		call_fail_request(c, why);
	else
		call_fail(c, CLI_FAILED, "%s: %s", why->msg, err.msg);
	json_decref(list);
	call_hint(c, "what there is: gascellctl devices");
	return CLI_FAILED;
}

static json_t *ask(struct call *c, const struct span *span, int *code)
{
	_cleanup_(text_free) struct text name = { 0 };
	struct err err = { 0 };
	json_t *history;

	recall_name(call_word(c, 0), &name);
	history = recall(c->client, text_str(&name), span->from, span->to,
			 POINTS_MAX, &err);
	if (!history)
		*code = refuse(c, &err);
	return history;
}

/* -- how it is shown --------------------------------------------------- */

static void add_cell(double v, struct text *out)
{
	char number[NUMBER_TEXT_MAX];

	text_add_char(out, ',');
	if (!isfinite(v))
		return;
	number_print_digits(v, DIGITS, number);
	text_add(out, number);
}

static void add_csv(const json_t *history, struct text *out)
{
	char date[NSEC_ISO_MAX];
	struct recall_point p;
	size_t i;

	text_add(out, "time,lowest,highest\n");
	for (i = 0; recall_point(history, i, &p); i++) {
		nsec_iso(p.t, date);
		text_add(out, date);
		add_cell(p.least, out);
		add_cell(p.most, out);
		text_add_char(out, '\n');
	}
}

static void draw(struct call *c, const json_t *history, const char *unit)
{
	_cleanup_(text_free) struct text said = { 0 };
	struct trend trend = { 0 };
	double least, most;
	char low[FIGURE_MAX], high[FIGURE_MAX], from[FIGURE_MAX];
	char to[FIGURE_MAX];
	struct recall_point p = { 0 };
	size_t i;

	recall_into(history, &trend);
	for (i = 0; recall_point(history, i, &p); i++)
		;
	if (!trend_range(&trend, &least, &most)) {
		text_add(&c->out, "there is no good reading in that time\n");
		return;
	}
	figure_with_unit(least, unit, low);
	figure_with_unit(most, unit, high);
	figure_date(trend.start, from);
	figure_date(p.t ? p.t : trend.start, to);
	trend_draw(&trend, c->terminal.width - 1, ROWS, &c->out);
	text_addf(&said, "%s to %s, from %s to %s", low, high, from, to);
	call_add(c, text_str(&said));
	text_add_char(&c->out, '\n');
}

static int save(struct call *c, const char *path)
{
	FILE *f = fopen(path, "we");
	bool ok;

	if (!f)
		return call_fail(c, CLI_FAILED, "%s: %s", path,
				 strerror(errno));
	ok = fwrite(text_str(&c->out), 1, c->out.n, f) == c->out.n;
	ok = !fclose(f) && ok;
	text_clear(&c->out);
	if (ok)
		return CLI_OK;
	call_fail(c, CLI_FAILED, "%s: cannot be written: %s", path,
		  strerror(errno));
	unlink(path);
	return CLI_FAILED;
}

int verb_history(struct call *c)
{
	const char *unit;
	struct span span = { 0 };
	json_t *history;
	int code = call_connect(c);

	if (!code)
		code = read_span(c, &span);
	if (code)
		return code;
	history = ask(c, &span, &code);
	if (!history)
		return code;
	unit = json_string_value(json_object_get(history, "unit"));
	if (c->options->json)
		call_add_json(c, json_incref(history));
	else if (c->terminal.is_one && !c->options->output)
		draw(c, history,
		     !unit		  ? ""
		     : strcmp(unit, "°C") ? unit
					  : "degC");
	else
		add_csv(history, &c->out);
	json_decref(history);
	return c->options->output ? save(c, c->options->output) : CLI_OK;
}
