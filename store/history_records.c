#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/array.h"
#include "store/reader.h"
#include "store/sql.h"

/*
 * A merge of cursors: the sample tables, and one cursor for each other kind.
 * Of one moment the samples come first, then the rest in the order in which
 * it was given to the log (seq).
 */

#define STREAMS_MAX 5

struct stream {
	sqlite3_stmt *q;
	enum history_record_type type;
	bool done;
	nsec t;
	int64_t seq;
};

struct merge {
	struct sample_cursors samples;
	size_t n;
	struct stream v[STREAMS_MAX];
};

/* The first two columns are t and seq. */
static const struct {
	enum history_record_type type;
	const char *sql;
} streams[STREAMS_MAX] = {
	{ RECORD_SEEN, "SELECT t, seq, type, a, c, d, x, text FROM seen"
		       " WHERE session = ?1 ORDER BY t, seq" },
	{ RECORD_SETPOINT,
	  "SELECT t, seq, id, c.name, value, cause, source,"
	  " safe FROM setpoint LEFT JOIN channel c USING (channel)"
	  " WHERE session = ?1 ORDER BY t, seq" },
	{ RECORD_EVENT, "SELECT t, seq, severity, kind, text FROM event"
			" WHERE session = ?1 ORDER BY t, seq" },
	{ RECORD_STATE, "SELECT t, seq, state, level, latched FROM state"
			" WHERE session = ?1 ORDER BY t, seq" },
	{ RECORD_RUN_BEGIN,
	  "SELECT began, seq, run, recipe, parameters,"
	  " (SELECT body FROM document WHERE document = r.text),"
	  " (SELECT body FROM document WHERE document = r.includes)"
	  " FROM run r WHERE session = ?1 ORDER BY began, seq" },
};

static int stream_next(struct stream *s, struct err *err)
{
	int status = sqlite3_step(s->q);

	if (status == SQLITE_DONE) {
		s->done = true;
		return 0;
	}
	if (status != SQLITE_ROW)
		return sql_fail(sqlite3_db_handle(s->q),
				"log: cannot read records", err);
	s->t = sqlite3_column_int64(s->q, 0);
	s->seq = sqlite3_column_int64(s->q, 1);
	return 0;
}

static struct stream *earliest_stream(struct merge *m)
{
	struct stream *earliest = NULL;
	size_t i;

	for (i = 0; i < m->n; i++) {
		struct stream *s = &m->v[i];

		if (s->done)
			continue;
		if (!earliest || s->t < earliest->t ||
		    (s->t == earliest->t && s->seq < earliest->seq))
			earliest = s;
	}
	return earliest;
}

static const char *string(sqlite3_stmt *q, int i)
{
	const char *s = (const char *)sqlite3_column_text(q, i);

	return s ? s : "";
}

static double real(sqlite3_stmt *q, int i)
{
	return sqlite3_column_type(q, i) == SQLITE_NULL
		       ? NAN
		       : sqlite3_column_double(q, i);
}

static double bits(int64_t i)
{
	double x;

	memcpy(&x, &i, sizeof(x));
	return x;
}

static void read_seen(sqlite3_stmt *q, struct history_record *r)
{
	r->seen.type = sqlite3_column_int(q, 2);
	r->seen.a = sqlite3_column_int64(q, 3);
	r->seen.c = sqlite3_column_int64(q, 4);
	r->seen.d = sqlite3_column_int64(q, 5);
	r->seen.x = bits(sqlite3_column_int64(q, 6));
	r->seen.text = string(q, 7);
}

static void read_setpoint(sqlite3_stmt *q, struct history_record *r)
{
	r->setpoint.id = (uint32_t)sqlite3_column_int64(q, 2);
	r->setpoint.channel = string(q, 3);
	r->setpoint.value = real(q, 4);
	r->setpoint.cause = string(q, 5);
	r->setpoint.source = string(q, 6);
	r->setpoint.safe = sqlite3_column_int(q, 7);
}

static void read_event(sqlite3_stmt *q, struct history_record *r)
{
	r->event.severity = string(q, 2);
	r->event.kind = string(q, 3);
	r->event.text = string(q, 4);
}

static void read_state(sqlite3_stmt *q, struct history_record *r)
{
	r->state.state = string(q, 2);
	r->state.level = string(q, 3);
	r->state.latched = sqlite3_column_int(q, 4);
}

static void read_run(sqlite3_stmt *q, struct history_record *r)
{
	r->run.run = (uint32_t)sqlite3_column_int64(q, 2);
	r->run.recipe = string(q, 3);
	r->run.parameters = string(q, 4);
	r->run.text = string(q, 5);
	r->run.includes = string(q, 6);
}

static void read_stream(const struct stream *s, struct history_record *r)
{
	static void (*const readers[])(sqlite3_stmt * q,
				       struct history_record * r) = {
		[RECORD_SEEN] = read_seen,
		[RECORD_SETPOINT] = read_setpoint,
		[RECORD_EVENT] = read_event,
		[RECORD_STATE] = read_state,
		[RECORD_RUN_BEGIN] = read_run,
	};

	*r = (struct history_record){ .type = s->type, .t = s->t };
	assert(s->type < ARRAY_SIZE(readers) && readers[s->type]);
	readers[s->type](s->q, r);
}

static void read_sample(const struct sample_cursor *c, struct history_record *r)
{
	*r = (struct history_record){ .type = RECORD_SAMPLE, .t = c->t };
	r->sample.instrument = c->instrument;
	r->sample.n = c->n;
	r->sample.bad = c->bad;
	r->sample.value = c->value;
}

/* The session's time reaches to the next one's start. */
static int session_range(struct history *h, uint32_t session,
			 struct range *range, struct err *err)
{
	nsec next;

	if (sql_integer(h->db,
			"SELECT started FROM session WHERE"
			" session = ?1",
			session, 0, INT64_MIN, &range->first, err) ||
	    sql_integer(h->db,
			"SELECT min(started) FROM session WHERE"
			" session > ?1",
			session, 0, INT64_MAX, &next, err))
		return -1;
	if (range->first == INT64_MIN)
		return err_set(err, ERR_NOT_FOUND,
			       "there is no session"
			       " %" PRIu32 " in this log",
			       session);
	range->last = next == INT64_MAX ? next : next - 1;
	return 0;
}

static int merge_init(struct history *h, uint32_t session, struct merge *m,
		      struct err *err)
{
	struct range range;
	size_t i;

	if (session_range(h, session, &range, err) ||
	    reader_samples(h, range, &m->samples, err))
		return -1;
	for (i = 0; i < STREAMS_MAX; i++) {
		struct stream *s = &m->v[i];

		s->type = streams[i].type;
		if (sql_prepare(h->db, streams[i].sql, &s->q, err))
			return -1;
		m->n++;
		sqlite3_bind_int64(s->q, 1, session);
		if (stream_next(s, err))
			return -1;
	}
	return 0;
}

static void merge_fini(struct merge *m)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		sqlite3_finalize(m->v[i].q);
	sample_cursors_fini(&m->samples);
}

static int give_all(struct merge *m,
		    int (*record)(void *context,
				  const struct history_record *r),
		    void *context, struct err *err)
{
	struct history_record r;
	int status;

	for (;;) {
		struct sample_cursor *c = sample_earliest(&m->samples);
		struct stream *s = earliest_stream(m);

		if (!c && !s)
			return 0;
		if (c && s && s->t < c->t)
			c = NULL;
		if (c)
			read_sample(c, &r);
		else
			read_stream(s, &r);
		status = record(context, &r);
		if (status)
			return status;
		if (c ? sample_next(c, err) : stream_next(s, err))
			return -1;
	}
}

int history_records(struct history *h, uint32_t session,
		    int (*record)(void *context,
				  const struct history_record *r),
		    void *context, struct err *err)
{
	struct merge m = { 0 };
	int status;

	status = merge_init(h, session, &m, err);
	if (!status)
		status = give_all(&m, record, context, err);
	merge_fini(&m);
	return status;
}
