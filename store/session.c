#include "store/session.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/array.h"
#include "base/text.h"
#include "store/sql.h"

static const char failed[] = "log: cannot begin a session";

static int newest_sample(sqlite3 *db, int64_t *last, struct err *err)
{
	int64_t layouts, layout, t;
	char sql[64];

	if (sql_integer(db, "SELECT max(layout) FROM layout", 0, 0, 0, &layouts,
			err))
		return -1;
	for (layout = 1; layout <= layouts; layout++) {
		snprintf(sql, sizeof(sql), "SELECT max(t) FROM sample_%" PRId64,
			 layout);
		if (sql_integer(db, sql, 0, 0, *last, &t, err))
			return -1;
		*last = nsec_max(*last, t);
	}
	return 0;
}

/* The latest time of anything in the log; INT64_MIN when it is empty. */
static int newest(sqlite3 *db, int64_t *last, struct err *err)
{
	static const char *const sql[] = {
		"SELECT max(max(started), max(coalesce(ended, started)))"
		" FROM session",
		"SELECT max(max(began), max(coalesce(ended, began)))"
		" FROM run",
		/* Of the last session: the others ended before it began. */
		"SELECT max(t) FROM event WHERE session = ?1",
		"SELECT max(t) FROM state WHERE session = ?1",
		"SELECT max(t) FROM seen WHERE session = ?1",
		"SELECT max(t) FROM command WHERE session = ?1",
		"SELECT max(max(t, coalesce(sent, t), coalesce(answered, t),"
		" coalesce(readback_t, t))) FROM setpoint WHERE session = ?1",
		"SELECT max(max(coalesce(began, 0), coalesce(ended, 0)))"
		" FROM step WHERE run = (SELECT max(run) FROM run)",
	};
	int64_t session, t;
	size_t i;

	*last = INT64_MIN;
	if (sql_integer(db, "SELECT max(session) FROM session", 0, 0, 0,
			&session, err))
		return -1;
	for (i = 0; i < ARRAY_SIZE(sql); i++) {
		if (sql_integer(db, sql[i], session, 0, *last, &t, err))
			return -1;
		*last = nsec_max(*last, t);
	}
	return newest_sample(db, last, err);
}

static int add_event(struct store *s, int64_t run, const char *text,
		     struct err *err)
{
	sqlite3_stmt *q = s->entry[ENTRY_EVENT];

	sqlite3_bind_int64(q, 1, s->session);
	sqlite3_bind_int64(q, 2, ++s->at.seq);
	if (run)
		sqlite3_bind_int64(q, 3, run);
	else
		sqlite3_bind_null(q, 3);
	sqlite3_bind_int64(q, 4, s->started);
	sql_bind(q, 5, "warning");
	sql_bind(q, 6, "store");
	sql_bind(q, 7, text);
	sqlite3_bind_int64(q, 8, ++s->event_last);
	return sql_run(q, failed, err);
}

static int close_run(struct store *s, int64_t run, nsec last, struct err *err)
{
	char sql[400], text[80];

	snprintf(sql, sizeof(sql),
		 "UPDATE run SET state = 'interrupted',"
		 " ended = max(began, %" PRId64 "), reason = 'the program"
		 " ended while it ran' WHERE run = %" PRId64 ";"
		 "UPDATE step SET outcome = 'cut', text = '',"
		 " ended = max(began, %" PRId64 ") WHERE run = %" PRId64
		 " AND began IS NOT NULL AND ended IS NULL",
		 last, run, last, run);
	if (sql_exec(s->db, sql, failed, err))
		return -1;
	snprintf(text, sizeof(text), "run %" PRId64 " was interrupted", run);
	return add_event(s, run, text, err);
}

/* The lowest open run, and the next, until there is none: at most one. */
static int close_runs(struct store *s, nsec last, struct text *notice,
		      struct err *err)
{
	int64_t run;

	for (;;) {
		if (sql_integer(s->db,
				"SELECT min(run) FROM run"
				" WHERE ended IS NULL",
				0, 0, 0, &run, err))
			return -1;
		if (!run)
			return 0;
		if (close_run(s, run, last, err))
			return -1;
		text_addf(notice, "log: run %" PRId64 " was interrupted. ",
			  run);
	}
}

static int add_session(struct store *s, const struct store_options *options,
		       bool interrupted, struct err *err)
{
	sqlite3_stmt *q;
	int64_t config;
	int status;

	if (writer_document(s, options->config, &config, err) ||
	    sql_prepare(s->db,
			"INSERT INTO session(started, version, config,"
			" seed, interrupted) VALUES (?1, ?2, ?3, ?4, ?5)",
			&q, err))
		return -1;
	sqlite3_bind_int64(q, 1, s->started);
	sql_bind(q, 2, options->version);
	sqlite3_bind_int64(q, 3, config);
	sqlite3_bind_int64(q, 4, (int64_t)options->seed);
	sqlite3_bind_int(q, 5, interrupted);
	status = sql_run(q, failed, err);
	sqlite3_finalize(q);
	s->session = sqlite3_last_insert_rowid(s->db);
	return status;
}

/* Readings find their run by time, so sessions must not overlap. */
static void choose_start(struct store *s, nsec now, nsec last,
			 struct text *trouble)
{
	char clock[NSEC_ISO_MAX], start[NSEC_ISO_MAX];

	s->started = now;
	if (now > last)
		return;
	s->started = nsec_after(last, NSEC_PER_S);
	nsec_iso(now, clock);
	nsec_iso(s->started, start);
	text_addf(trouble,
		  "the log already reaches beyond this start (%s):"
		  " its times go on from %s",
		  clock, start);
}

static int begin(struct store *s, const struct store_options *options,
		 const char *trouble, bool *interrupted, struct text *notice,
		 struct err *err)
{
	_cleanup_(text_free) struct text clock = { 0 };
	int64_t open_runs;
	nsec last;

	if (newest(s->db, &last, err) ||
	    sql_integer(s->db, "SELECT count(*) FROM run WHERE ended IS NULL",
			0, 0, 0, &open_runs, err))
		return -1;
	choose_start(s, options->now, last, &clock);
	*interrupted = open_runs > 0;
	s->at = (struct position){ .last = s->started };
	if (add_session(s, options, *interrupted, err) ||
	    close_runs(s, last, notice, err) ||
	    (*trouble && add_event(s, 0, trouble, err)))
		return -1;
	if (!clock.n)
		return 0;
	text_addf(notice, "log: %s. ", text_str(&clock));
	return add_event(s, 0, text_str(&clock), err);
}

int session_begin(struct store *s, const struct store_options *options,
		  const char *trouble, bool *interrupted, struct text *notice,
		  struct err *err)
{
	int64_t run_last, event_last;

	if (sql_integer(s->db,
			"SELECT max((SELECT last FROM run_number),"
			" coalesce((SELECT max(run) FROM run), 0))",
			0, 0, 0, &run_last, err) ||
	    sql_integer(s->db, "SELECT max(number) FROM event", 0, 0, 0,
			&event_last, err))
		return -1;
	s->run_last = (uint32_t)run_last;
	s->event_last = (uint32_t)event_last;
	if (sql_run(s->begin, failed, err))
		return -1;
	if (!begin(s, options, trouble, interrupted, notice, err) &&
	    !sql_run(s->commit, failed, err))
		return 0;
	sqlite3_step(s->rollback);
	sqlite3_reset(s->rollback);
	return -1;
}

int session_end(struct store *s, struct err *err)
{
	char sql[120];

	snprintf(sql, sizeof(sql),
		 "UPDATE session SET ended = %" PRId64
		 " WHERE session = %" PRId64,
		 s->at.last, s->session);
	return sql_exec(s->db, sql, "log: cannot end the session", err);
}
