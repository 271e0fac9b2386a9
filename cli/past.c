#include "cli/past.h"

#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/number.h"
#include "cli/paths.h"

#define SETTLE_MS 10
#define SETTLE_ROUNDS 200
#define STATUS_BUSY 300 /* of the module run: active from here */
#define STATUS_ERROR 400

/* -- rows -------------------------------------------------------------- */

static json_t *value_json(const struct history_value *v)
{
	json_t *s;

	switch (v->type) {
	case HISTORY_INTEGER: return json_integer(v->i);
	case HISTORY_REAL:
		return isfinite(v->x) ? json_real(v->x) : json_null();
	case HISTORY_TEXT:
		s = json_string(v->s);
		return s ? s : json_string("(no UTF-8 text)");
	default: return json_null();
	}
}

static int add_row(void *context, size_t n, const char *const *names,
		   const struct history_value *values)
{
	json_t *row = json_object();
	size_t i;

	for (i = 0; i < n; i++)
		json_object_set_new(row, names[i], value_json(&values[i]));
	json_array_append_new(context, row);
	return 0;
}

json_t *past_rows(struct history *h, const char *view, uint32_t run,
		  size_t limit, struct err *err)
{
	json_t *rows = json_array();

	if (!history_view(h, view, run, limit, add_row, rows, err))
		return rows;
	json_decref(rows);
	return NULL;
}

double past_number(const json_t *row, const char *column)
{
	const json_t *v = json_object_get(row, column);

	return json_is_number(v) ? json_number_value(v) : (double)NAN;
}

const char *past_text(const json_t *row, const char *column)
{
	const char *s = json_string_value(json_object_get(row, column));

	return s ? s : "";
}

nsec past_time(const json_t *row, const char *column)
{
	return json_integer_value(json_object_get(row, column));
}

/* -- where it is ------------------------------------------------------- */

struct found {
	struct text path;
	uint32_t ended; /* the run that must have its end there, or 0 */
};

static void found_free(struct found *f)
{
	text_free(&f->path);
}

static const char *given_path(const struct call *c)
{
	const char *s = c->options->database;

	if (!s)
		s = getenv("GASCELL_DATABASE");
	return s && *s ? s : NULL;
}

/* The number of the run that the daemon says is over; 0: none. */
static uint32_t ended_run(const json_t *run, const json_t *status)
{
	int64_t code = json_integer_value(json_array_get(status, 0));

	if (!code || (code >= STATUS_BUSY && code < STATUS_ERROR))
		return 0;
	return (uint32_t)json_integer_value(run);
}

static bool ask_daemon(struct call *c, struct found *f)
{
	static const char *const names[] = { "daemon:_database", "run:_run",
					     "run:status" };
	json_t *v[ARRAY_SIZE(names)];
	struct err err;
	size_t i;

	if (!call_connect_quietly(c, &err) ||
	    client_read_each(c->client, names, ARRAY_SIZE(names), v, &err))
		return false;
	if (json_string_length(v[0]))
		text_add(&f->path, json_string_value(v[0]));
	f->ended = ended_run(v[1], v[2]);
	for (i = 0; i < ARRAY_SIZE(names); i++)
		json_decref(v[i]);
	return f->path.n > 0;
}

static bool usual_place(struct text *path)
{
	struct paths paths;
	size_t i;

	paths_databases(&paths);
	for (i = 0; i < paths.n && !path->n; i++)
		if (!access(text_str(&paths.v[i]), F_OK))
			text_add(path, text_str(&paths.v[i]));
	paths_free(&paths);
	return path->n > 0;
}

/* Who names a daemon does not mean the log of another one. */
static bool names_daemon(const struct call *c)
{
	const char *s = getenv("GASCELL_SOCKET");

	return c->options->socket || c->options->host || (s && *s);
}

static int find(struct call *c, struct found *f)
{
	if (given_path(c)) {
		text_add(&f->path, given_path(c));
		return CLI_OK;
	}
	if (c->options->host) {
		call_fail(c, CLI_FAILED,
			  "the log is a file on the machine of the daemon: "
			  "look back there, or in a copy");
		call_hint(c, "a copy is named with --database PATH; a "
			     "reading's past: gascellctl history");
		return CLI_FAILED;
	}
	if (ask_daemon(c, f))
		return CLI_OK;
	if (names_daemon(c)) {
		call_connect(c);
		call_hint(c, "or say where its log is: --database PATH");
		return CLI_NO_DAEMON;
	}
	if (usual_place(&f->path))
		return CLI_OK;
	call_fail(c, CLI_NO_DAEMON,
		  "there is no log yet, and no daemon that "
		  "could say where it is");
	call_hint(c, "start one with 'gascelld run', or say where the log "
		     "is: --database PATH");
	return CLI_NO_DAEMON;
}

/* -- when it is up to date --------------------------------------------- */

/* What a daemon says is on its way to the disk for a moment; who asks right
 * after a run wants all of it. */
static void wait_for_end(struct history *h, uint32_t run)
{
	int i;

	for (i = 0; run && i < SETTLE_ROUNDS && !history_has_ended(h, run); i++)
		poll(NULL, 0, SETTLE_MS);
}

struct history *past_open(struct call *c, int *code)
{
	_cleanup_(found_free) struct found f = { 0 };
	struct history *h;
	struct err err;

	*code = find(c, &f);
	if (*code)
		return NULL;
	history_alone();
	h = history_open(text_str(&f.path), &err);
	if (!h)
		*code = call_fail(c, CLI_FAILED, "%s", err.msg);
	else
		wait_for_end(h, f.ended);
	return h;
}

struct history *past_open_quietly(struct call *c)
{
	_cleanup_(found_free) struct found f = { 0 };
	struct err ignored;

	if (given_path(c))
		text_add(&f.path, given_path(c));
	else if (!c->options->host && !ask_daemon(c, &f) && !names_daemon(c))
		usual_place(&f.path);
	return f.path.n ? history_open(text_str(&f.path), &ignored) : NULL;
}

uint32_t past_run(struct call *c, struct history *h, size_t i, int *code)
{
	const char *word = call_word(c, i);
	int64_t run = history_last_run(h), last = run;
	struct err err;

	if (!run) {
		*code = call_fail(c, CLI_FAILED,
				  "there is no run in the log "
				  "yet");
		return 0;
	}
	if (word && strcmp(word, "last") &&
	    number_parse_int(word, 1, UINT32_MAX, &run, &err)) {
		*code = call_fail(c, CLI_USAGE, "'%s' is no number of a run",
				  word);
		call_hint(c, "what there is: gascellctl runs");
		return 0;
	}
	if (run > last) {
		*code = call_fail(c, CLI_FAILED,
				  "there is no run %lld; the "
				  "newest is %lld",
				  (long long)run, (long long)last);
		return 0;
	}
	return (uint32_t)run;
}
