#include "store/history.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "store/file.h"
#include "store/reader.h"
#include "store/schema.h"
#include "store/sql.h"

#define BUSY_MS 2000
#define COLUMNS_MAX 64
/* Of SQLite's machine: some milliseconds. */
#define STEPS_BETWEEN_LOOKS 100000

/*
 * A small cache is a fast one: each page of readings is needed once, and a
 * page that is used again is not cleared by the kernel first. Mapped pages are
 * not copied at all, which takes a quarter off a whole night of readings; a
 * disk that fails then ends the reader by a signal, so that the daemon itself
 * does not read this way.
 */
static const char pragmas[] =
	"PRAGMA cache_size = -512;"
	"PRAGMA mmap_size = 268435456;"
	"PRAGMA query_only = ON; PRAGMA trusted_schema = OFF";

static const char pragmas_beside[] =
	"PRAGMA cache_size = -512; PRAGMA mmap_size = 0;"
	"PRAGMA query_only = ON; PRAGMA trusted_schema = OFF";

/* What may be asked for, and what is newest in it. */
static const struct view {
	const char *name, *newest, *oldest;
} views[] = {
	{ "v_run", "run DESC", "run" },
	{ "v_step", "run DESC, step DESC", "run, step" },
	{ "v_event", "session DESC, seq DESC", "session, seq" },
	{ "v_state", "session DESC, seq DESC", "session, seq" },
	{ "v_setpoint", "session DESC, seq DESC", "session, seq" },
	{ "v_command", "session DESC, id DESC", "session, id" },
	{ "v_gap", "session DESC, seq DESC", "session, seq" },
	{ "v_image", "run DESC, image DESC", "run, image" },
	{ "v_purge", "session DESC, seq DESC", "session, seq" },
	{ "v_queue", "entry DESC", "entry" },
};

/*
 * A folder that may not be written has no place for the shared memory of a
 * log that nobody has open; SQLite then wants to be told that nobody writes.
 */
static int open_immutable(const char *path, sqlite3 **db)
{
	_cleanup_(text_free) struct text uri = { 0 };
	struct stat st;

	text_addf(&uri, "%s-wal", path);
	if (!stat(text_str(&uri), &st) && st.st_size)
		return SQLITE_CANTOPEN;
	text_clear(&uri);
	text_add(&uri, "file:");
	for (; *path; path++)
		if (*path == '?' || *path == '#' || *path == '%')
			text_addf(&uri, "%%%02X", (unsigned int)*path);
		else
			text_add_char(&uri, *path);
	text_add(&uri, "?immutable=1");
	sqlite3_close(*db);
	return sqlite3_open_v2(text_str(&uri), db,
			       SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX |
				       SQLITE_OPEN_URI | SQLITE_OPEN_EXRESCODE,
			       NULL);
}

static int probe(sqlite3 *db)
{
	return sqlite3_exec(db, "SELECT count(*) FROM sqlite_schema", NULL,
			    NULL, NULL);
}

static int open_reader(const char *path, sqlite3 **db, struct err *err)
{
	int status;

	status = sqlite3_open_v2(path, db,
				 SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX |
					 SQLITE_OPEN_EXRESCODE,
				 NULL);
	if (status == SQLITE_OK) {
		sqlite3_busy_timeout(*db, BUSY_MS);
		status = probe(*db);
	}
	if ((status & 0xff) == SQLITE_CANTOPEN ||
	    (status & 0xff) == SQLITE_READONLY) {
		status = open_immutable(path, db);
		if (status == SQLITE_OK)
			status = probe(*db);
	}
	if (status != SQLITE_OK)
		return err_set(err, ERR_IO, "log: %s: %s (SQLite %d)", path,
			       *db ? sqlite3_errmsg(*db) : "out of memory",
			       status);
	return sql_exec(*db, pragmas, "log: cannot be read", err);
}

static int check_version(sqlite3 *db, const char *path, struct err *err)
{
	int64_t version;

	if (sql_integer(db, "PRAGMA user_version", 0, 0, 0, &version, err))
		return -1;
	if (version == schema_version())
		return 0;
	return err_set(err, ERR_IDENTITY,
		       "log: %s has version %" PRId64
		       " of the tables, this program reads %" PRId64 "%s",
		       path, version, schema_version(),
		       version < schema_version() ? "; gascelld brings it up"
						    " to date when it opens it"
						  : "");
}

struct history *history_open(const char *path, struct err *err)
{
	struct history *h;
	enum file_kind kind;

	if (file_examine(path, &kind, err))
		return NULL;
	if (kind != FILE_LOG) {
		err_set(err, kind == FILE_NEW ? ERR_NOT_FOUND : ERR_IO,
			kind == FILE_NEW ? "log: %s: there is none yet"
					 : "log: %s is damaged",
			path);
		return NULL;
	}
	h = memory_zeroed(1, sizeof(*h));
	if (open_reader(path, &h->db, err) || check_version(h->db, path, err)) {
		history_close(h);
		return NULL;
	}
	return h;
}

static int is_stopped(void *context)
{
	struct history *h = context;

	return atomic_load(&h->stop);
}

struct history *history_open_beside(const char *path, struct err *err)
{
	struct history *h = memory_zeroed(1, sizeof(*h));

	if (sqlite3_open_v2(path, &h->db,
			    SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX |
				    SQLITE_OPEN_EXRESCODE,
			    NULL) != SQLITE_OK) {
		sql_fail(h->db, "log: cannot be opened", err);
		history_close(h);
		return NULL;
	}
	sqlite3_busy_timeout(h->db, BUSY_MS);
	sqlite3_progress_handler(h->db, STEPS_BETWEEN_LOOKS, is_stopped, h);
	if (sql_exec(h->db, pragmas_beside, "log: cannot be read", err) ||
	    check_version(h->db, path, err)) {
		history_close(h);
		return NULL;
	}
	return h;
}

void history_interrupt(struct history *h)
{
	atomic_store(&h->stop, true);
}

void history_close(struct history *h)
{
	if (!h)
		return;
	sqlite3_close(h->db);
	free(h);
}

static struct history_value value_of(sqlite3_stmt *q, int i)
{
	struct history_value v = { .type = HISTORY_NULL };

	switch (sqlite3_column_type(q, i)) {
	case SQLITE_INTEGER:
		v.type = HISTORY_INTEGER;
		v.i = sqlite3_column_int64(q, i);
		v.x = (double)v.i;
		break;
	case SQLITE_FLOAT:
		v.type = HISTORY_REAL;
		v.x = sqlite3_column_double(q, i);
		break;
	case SQLITE_TEXT:
		v.type = HISTORY_TEXT;
		v.s = (const char *)sqlite3_column_text(q, i);
		break;
	default: break;
	}
	return v;
}

static int give_rows(sqlite3_stmt *q, history_row *row, void *context,
		     struct err *err)
{
	const char *names[COLUMNS_MAX];
	struct history_value values[COLUMNS_MAX];
	int i, status, n = sqlite3_column_count(q);

	if (n > COLUMNS_MAX)
		n = COLUMNS_MAX;
	for (i = 0; i < n; i++)
		names[i] = sqlite3_column_name(q, i);
	while ((status = sqlite3_step(q)) == SQLITE_ROW) {
		for (i = 0; i < n; i++)
			values[i] = value_of(q, i);
		status = row(context, (size_t)n, names, values);
		if (status)
			return status;
	}
	if (status != SQLITE_DONE)
		return sql_fail(sqlite3_db_handle(q), "log: cannot be read",
				err);
	return 0;
}

static const struct view *find_view(const char *name, struct err *err)
{
	const char *names[ARRAY_SIZE(views) + 1] = { 0 };
	const char *near;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(views); i++) {
		if (!strcmp(views[i].name, name))
			return &views[i];
		names[i] = views[i].name;
	}
	near = text_nearest(name, names);
	err_set(err, ERR_INVALID, "log: there is no view of that name%s%s",
		near ? "; did you mean " : "", near ? near : "");
	return NULL;
}

/* The newest ones, but the oldest of them first. SQLite takes twice as long
 * to understand that. */
static void select_rows(const struct view *v, uint32_t run, bool limited,
			struct text *sql)
{
	text_addf(sql, "SELECT * FROM %s%s%s ORDER BY ",
		  limited ? "(SELECT * FROM " : "", v->name,
		  run ? " WHERE run = ?1" : "");
	if (limited)
		text_addf(sql, "%s LIMIT ?2) ORDER BY ", v->newest);
	text_add(sql, v->oldest);
}

int history_view(struct history *h, const char *view, uint32_t run,
		 size_t limit, history_row *row, void *context, struct err *err)
{
	const struct view *v = find_view(view, err);
	_cleanup_(text_free) struct text sql = { 0 };
	sqlite3_stmt *q;
	int status;

	if (!v)
		return -1;
	select_rows(v, run, limit, &sql);
	if (sql_prepare(h->db, text_str(&sql), &q, err))
		return -1;
	if (run)
		sqlite3_bind_int64(q, 1, run);
	if (limit)
		sqlite3_bind_int64(q, 2,
				   limit < INT32_MAX ? (int64_t)limit : -1);
	status = give_rows(q, row, context, err);
	sqlite3_finalize(q);
	return status;
}

int history_events(struct history *h, uint32_t since, size_t limit,
		   history_row *row, void *context, struct err *err)
{
	sqlite3_stmt *q;
	int status;

	if (sql_prepare(h->db,
			"SELECT number, t, severity, kind, text FROM event"
			" WHERE number > ?1 ORDER BY number LIMIT ?2",
			&q, err))
		return -1;
	sqlite3_bind_int64(q, 1, since);
	sqlite3_bind_int64(q, 2, limit < INT32_MAX ? (int64_t)limit : -1);
	status = give_rows(q, row, context, err);
	sqlite3_finalize(q);
	return status;
}

uint32_t history_last_run(struct history *h)
{
	struct err err;
	int64_t run;

	if (sql_integer(h->db, "SELECT max(run) FROM run", 0, 0, 0, &run, &err))
		return 0;
	return (uint32_t)run;
}

bool history_has_ended(struct history *h, uint32_t run)
{
	struct err ignored;
	int64_t ended;

	return !sql_integer(h->db, "SELECT ended FROM run WHERE run = ?1", run,
			    0, 0, &ended, &ignored) &&
	       ended;
}

/* A refusal is fine: then it was opened before, and is only slower. */
void history_alone(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static void read_session(sqlite3_stmt *q, struct history_session *out)
{
	const char *config = (const char *)sqlite3_column_text(q, 2);

	*out = (struct history_session){
		.session = (uint32_t)sqlite3_column_int64(q, 0),
		.started = sqlite3_column_int64(q, 1),
		.config = text_dup(config ? config : ""),
		.interrupted = sqlite3_column_int(q, 3),
	};
}

int history_session(struct history *h, uint32_t run,
		    struct history_session *out, struct err *err)
{
	sqlite3_stmt *q;
	int status;

	if (sql_prepare(h->db,
			"SELECT s.session, s.started, d.body,"
			" s.interrupted FROM run r JOIN session s"
			" USING (session) LEFT JOIN document d"
			" ON d.document = s.config WHERE r.run = ?1",
			&q, err))
		return -1;
	sqlite3_bind_int64(q, 1, run);
	status = sqlite3_step(q);
	if (status == SQLITE_ROW)
		read_session(q, out);
	if (sqlite3_finalize(q) != SQLITE_OK)
		return sql_fail(h->db, "log: cannot be read", err);
	if (status != SQLITE_ROW)
		return err_set(err, ERR_NOT_FOUND,
			       "there is no run %" PRIu32 " in this log", run);
	return 0;
}
