#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/array.h"
#include "store/sql.h"
#include "store/writer.h"

/* Two sessions never share a time, and within one an instrument is polled
 * once at a time. Should a clock say otherwise, a sample moves on by
 * nanoseconds rather than replace another. */
#define SAMPLE_MOVES_MAX 1000

/* ?1 session, ?2 sequence, ?3 open run, then the fields of batch.c. */
static const char *const sql[ENTRY_N] = {
	[ENTRY_GAP] = "INSERT INTO gap(session, seq, run, layout, t_from,"
		      " t_to, reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[ENTRY_SETPOINT] = "INSERT INTO setpoint(session, seq, run, id, t,"
			   " channel, value, cause, source, safe)"
			   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
	[ENTRY_SENT] = "UPDATE setpoint SET sent = ?5"
		       " WHERE session = ?1 AND id = ?4",
	[ENTRY_ANSWERED] = "UPDATE setpoint SET answered = ?5, answer = ?6"
			   " WHERE session = ?1 AND id = ?4",
	[ENTRY_READBACK] = "UPDATE setpoint SET readback_t = ?5,"
			   " readback = ?6 WHERE session = ?1 AND id = ?4",
	[ENTRY_EVENT] = "INSERT INTO event(session, seq, run, t, severity,"
			" kind, text, number) VALUES (?1, ?2, ?3, ?4, ?5, ?6,"
			" ?7, ?8)",
	[ENTRY_STATE] = "INSERT INTO state(session, seq, run, t, state,"
			" level, latched) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[ENTRY_COMMAND] = "INSERT INTO command(session, run, id, t, verb,"
			  " args, user, program, outcome)"
			  " VALUES (?1, nullif(?11, 0), ?4, ?5, ?6, ?7, ?8,"
			  " ?9, ?10)",
	[ENTRY_RUN_BEGIN] =
		"INSERT INTO run(session, seq, run, began, state,"
		" reason, recipe, label, parameters, seed, text, includes)"
		" VALUES (?1, ?2, ?4, ?5, 'running', '', ?6, ?7, ?8, ?9, ?10,"
		" ?11)",
	[ENTRY_RUN_END] = "UPDATE run SET ended = ?5, state = ?6, reason = ?7"
			  " WHERE run = ?4",
	/* A changed plan gives its steps again. */
	[ENTRY_PLAN_STEP] =
		"INSERT INTO step(run, step, kind, label, line)"
		" VALUES (?4, ?5, ?6, ?7, ?8) ON CONFLICT DO UPDATE SET"
		" kind = excluded.kind, label = excluded.label,"
		" line = excluded.line",
	[ENTRY_STEP_ASKED] = "UPDATE step SET asked = ?6"
			     " WHERE run = ?4 AND step = ?5",
	[ENTRY_STEP_BEGIN] =
		"INSERT INTO step(run, step, kind, label, line,"
		" began) VALUES (?4, ?5, '', '', 0, ?6)"
		" ON CONFLICT DO UPDATE SET began = excluded.began",
	[ENTRY_STEP_END] =
		"INSERT INTO step(run, step, kind, label, line,"
		" ended, outcome, text) VALUES (?4, ?5, '', '', 0, ?6, ?7,"
		" ?8) ON CONFLICT DO UPDATE SET ended = excluded.ended,"
		" outcome = excluded.outcome, text = excluded.text",
	[ENTRY_IMAGE] =
		"INSERT INTO image VALUES (?4, ?5, ?6, ?7, ?8, ?9,"
		" ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21,"
		" ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33,"
		" ?34, ?35, ?36)",
	[ENTRY_PURGE] =
		"INSERT INTO purge(session, seq, run, t, step, cycle,"
		" cycles, gauge, fill, base, residual, ok) VALUES (?1, ?2,"
		" ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
	[ENTRY_QUEUE_ADD] =
		"INSERT INTO queue(entry, place, added, name, label, recipe,"
		" steps, seconds, after, user, program, sheet, changed,"
		" state, reason) VALUES (?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,"
		" ?12, ?13, ?14, ?15, ?6, 'waiting', '')",
	[ENTRY_QUEUE_CHANGE] =
		"UPDATE queue SET place = nullif(?5, 0), changed = ?6,"
		" state = ?7, run = coalesce(nullif(?8, 0), run),"
		" reason = ?9 WHERE entry = ?4",
	[ENTRY_QUEUE_STATE] = "UPDATE queue_state SET changed = ?4,"
			      " state = ?5, reason = ?6",
	[ENTRY_SEEN] = "INSERT INTO seen(session, seq, t, type, a, c, d, x,"
		       " text) VALUES (?1, ?2, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
	[ENTRY_CONTROL] =
		"INSERT OR REPLACE INTO control(one, session, t, holder, note,"
		" expires) VALUES (1, ?1, ?4, ?5, ?6, ?7)",
	/* Where and when it was raised stays. */
	[ENTRY_ALARM] =
		"INSERT INTO alarm(session, run, alarm, t, changed, severity,"
		" source, text, state, active, times, user, until, note)"
		" VALUES (?1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13,"
		" ?14, ?15) ON CONFLICT(alarm) DO UPDATE SET"
		" changed = excluded.changed, severity = excluded.severity,"
		" text = excluded.text, state = excluded.state,"
		" active = excluded.active, times = excluded.times,"
		" user = excluded.user, until = excluded.until,"
		" note = excluded.note",
};

/* An outcome without the row it belongs to is refused, not dropped. */
static const bool must_exist[ENTRY_N] = {
	[ENTRY_SENT] = true,	   [ENTRY_ANSWERED] = true,
	[ENTRY_READBACK] = true,   [ENTRY_RUN_END] = true,
	[ENTRY_STEP_ASKED] = true, [ENTRY_QUEUE_CHANGE] = true,
};

static const char failed[] = "log: cannot be written";

static int64_t fnv(const char *s)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * UINT64_C(0x100000001b3);
	return (int64_t)h;
}

int writer_document(struct store *s, const char *body, int64_t *document,
		    struct err *err)
{
	int64_t hash = fnv(body);
	sqlite3_stmt *q = s->document_find;
	int status;

	sqlite3_bind_int64(q, 1, hash);
	sql_bind(q, 2, body);
	status = sqlite3_step(q);
	if (status == SQLITE_ROW)
		*document = sqlite3_column_int64(q, 0);
	sqlite3_reset(q);
	if (status == SQLITE_ROW)
		return 0;
	if (status != SQLITE_DONE)
		return sql_fail(s->db, failed, err);
	sqlite3_bind_int64(s->document_add, 1, hash);
	sql_bind(s->document_add, 2, body);
	if (sql_run(s->document_add, failed, err))
		return -1;
	*document = sqlite3_last_insert_rowid(s->db);
	return 0;
}

static int write_sample(struct store *s, const struct entry *head,
			struct err *err)
{
	const struct sample_entry *e = (const void *)head;
	struct sample_table *table;
	sqlite3_stmt *q;
	int i, status, moves = 0;

	assert(e->table < ARRAY_SIZE(s->tables));
	table = &s->tables[e->table];
	q = table->insert;
	assert(q && head->n == table->n);
	sqlite3_bind_int64(q, 2, e->bad);
	for (i = 0; i < head->n; i++)
		if (e->bad >> i & 1)
			sqlite3_bind_null(q, i + 3);
		else
			sqlite3_bind_double(q, i + 3, e->value[i]);
	do {
		sqlite3_bind_int64(q, 1, head->t + moves);
		status = sqlite3_step(q);
		if (status != SQLITE_DONE)
			sql_fail(s->db, failed, err);
		sqlite3_reset(q);
	} while (status == SQLITE_CONSTRAINT_PRIMARYKEY &&
		 moves++ < SAMPLE_MOVES_MAX);
	return status == SQLITE_DONE ? 0 : -1;
}

static void bind_field(sqlite3_stmt *q, int at, const struct field_entry *e,
		       size_t i)
{
	const struct field *f = &e->field[i];

	if (f->type == FIELD_INTEGER)
		sqlite3_bind_int64(q, at, f->i);
	else if (f->type == FIELD_REAL)
		sqlite3_bind_double(q, at, f->x);
	else
		sqlite3_bind_text(q, at, field_text(e, i), (int)f->n,
				  SQLITE_STATIC);
}

static int write_fields(struct store *s, const struct entry *head,
			struct err *err)
{
	const struct field_entry *e = (const void *)head;
	sqlite3_stmt *q = s->entry[head->kind];
	int i;

	s->at.seq++;
	sqlite3_bind_int64(q, 1, s->session);
	sqlite3_bind_int64(q, 2, s->at.seq);
	if (s->at.run)
		sqlite3_bind_int64(q, 3, s->at.run);
	else
		sqlite3_bind_null(q, 3);
	for (i = 0; i < head->n; i++)
		bind_field(q, 4 + i, e, (size_t)i);
	if (sql_run(q, failed, err))
		return -1;
	if (must_exist[head->kind] && !sqlite3_changes(s->db))
		return err_set(err, ERR_INVALID,
			       "log: the outcome of number"
			       " %" PRId64 " came without its beginning",
			       e->field[0].i);
	return 0;
}

static int keep_number(struct store *s, int64_t run, struct err *err)
{
	if (run <= s->run_last)
		return 0;
	sqlite3_bind_int64(s->number, 1, run);
	if (sql_run(s->number, failed, err))
		return -1;
	s->run_last = (uint32_t)run;
	return 0;
}

static int write_run_begin(struct store *s, const struct entry *head,
			   struct err *err)
{
	const struct field_entry *e = (const void *)head;
	sqlite3_stmt *q = s->entry[ENTRY_RUN_BEGIN];
	int64_t text, includes;
	int i;

	if (writer_document(s, field_text(e, 6), &text, err) ||
	    writer_document(s, field_text(e, 7), &includes, err))
		return -1;
	sqlite3_bind_int64(q, 1, s->session);
	sqlite3_bind_int64(q, 2, ++s->at.seq);
	for (i = 0; i < 6; i++)
		bind_field(q, 4 + i, e, (size_t)i);
	sqlite3_bind_int64(q, 10, text);
	sqlite3_bind_int64(q, 11, includes);
	if (sql_run(q, failed, err))
		return -1;
	s->at.run = e->field[0].i;
	return keep_number(s, s->at.run, err);
}

static int write_queue_add(struct store *s, const struct entry *head,
			   struct err *err)
{
	const struct field_entry *e = (const void *)head;
	sqlite3_stmt *q = s->entry[ENTRY_QUEUE_ADD];
	int64_t sheet;
	int i;

	if (writer_document(s, field_text(e, 11), &sheet, err))
		return -1;
	for (i = 0; i < 11; i++)
		bind_field(q, 4 + i, e, (size_t)i);
	sqlite3_bind_int64(q, 15, sheet);
	s->at.seq++;
	return sql_run(q, failed, err);
}

static int write_run_end(struct store *s, const struct entry *head,
			 struct err *err)
{
	const struct field_entry *e = (const void *)head;

	if (write_fields(s, head, err))
		return -1;
	if (s->at.run == e->field[0].i)
		s->at.run = 0;
	return 0;
}

static int write_entry(struct store *s, const struct entry *e, struct err *err)
{
	if (e->t != NSEC_NEVER && e->t > s->at.last)
		s->at.last = e->t;
	switch ((enum entry_kind)e->kind) {
	case ENTRY_SAMPLE: return write_sample(s, e, err);
	case ENTRY_RUN_BEGIN: return write_run_begin(s, e, err);
	case ENTRY_RUN_END: return write_run_end(s, e, err);
	case ENTRY_QUEUE_ADD: return write_queue_add(s, e, err);
	default: return write_fields(s, e, err);
	}
}

/* A log that was moved away or deleted takes rows that nobody finds. */
static int check_file(struct store *s, struct err *err)
{
	int moved = 0;

	sqlite3_file_control(s->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
	if (moved)
		return err_set(err, ERR_IO,
			       "log: %s was moved or deleted"
			       " while in use",
			       s->path);
	return 0;
}

static int write_batch(struct store *s, const struct batch *b, struct err *err)
{
	const struct entry *e;

	if (check_file(s, err) || sql_run(s->begin, failed, err))
		return -1;
	for (e = batch_first(b); e; e = batch_next(b, e))
		if (write_entry(s, e, err))
			return -1;
	return sql_run(s->commit, failed, err);
}

/* The run goes on, and names its images by its number: that one is not given
 * again after a restart, even if the run is not in the log. */
static void take_back(struct store *s, const struct position *before,
		      uint32_t run_last)
{
	const uint32_t begun = s->run_last;
	struct err ignored;

	/* Some errors have rolled back by themselves. */
	if (!sqlite3_get_autocommit(s->db))
		sqlite3_step(s->rollback);
	sqlite3_reset(s->rollback);
	s->at = *before;
	s->run_last = run_last;
	keep_number(s, begun, &ignored);
}

int store_commit(struct store *s, const struct batch *b, struct err *err)
{
	const struct position before = s->at;
	const uint32_t run_last = s->run_last;

	if (!batch_records(b))
		return 0;
	if (!write_batch(s, b, err))
		return 0;
	take_back(s, &before, run_last);
	return -1;
}

int writer_prepare(struct store *s, struct err *err)
{
	size_t i;

	for (i = 0; i < ENTRY_N; i++)
		if (sql[i] && sql_prepare(s->db, sql[i], &s->entry[i], err))
			return -1;
	if (sql_prepare(s->db, "BEGIN IMMEDIATE", &s->begin, err) ||
	    sql_prepare(s->db, "COMMIT", &s->commit, err) ||
	    sql_prepare(s->db, "ROLLBACK", &s->rollback, err) ||
	    sql_prepare(s->db,
			"INSERT INTO document(hash, body)"
			" VALUES (?1, ?2)",
			&s->document_add, err) ||
	    sql_prepare(s->db, "UPDATE run_number SET last = ?1", &s->number,
			err))
		return -1;
	return sql_prepare(s->db,
			   "SELECT document FROM document"
			   " WHERE hash = ?1 AND body = ?2",
			   &s->document_find, err);
}

void writer_finalize(struct store *s)
{
	size_t i;

	for (i = 0; i < ENTRY_N; i++)
		sqlite3_finalize(s->entry[i]);
	for (i = 0; i < ARRAY_SIZE(s->tables); i++)
		sqlite3_finalize(s->tables[i].insert);
	sqlite3_finalize(s->begin);
	sqlite3_finalize(s->commit);
	sqlite3_finalize(s->rollback);
	sqlite3_finalize(s->document_add);
	sqlite3_finalize(s->document_find);
	sqlite3_finalize(s->number);
}
