#include "store/sql.h"

#include <assert.h>

static enum err_code code_of(int status)
{
	switch (status & 0xff) {
	case SQLITE_FULL: return ERR_FULL;
	case SQLITE_CONSTRAINT: return ERR_INVALID;
	case SQLITE_INTERRUPT:
	case SQLITE_BUSY:
	case SQLITE_LOCKED: return ERR_TIMEOUT;
	default: return ERR_IO;
	}
}

int sql_fail(sqlite3 *db, const char *what, struct err *err)
{
	int status = sqlite3_extended_errcode(db);

	return err_set(err, code_of(status), "%s: %s (SQLite %d)", what,
		       sqlite3_errmsg(db), status);
}

int sql_exec(sqlite3 *db, const char *sql, const char *what, struct err *err)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return sql_fail(db, what, err);
	return 0;
}

int sql_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **q, struct err *err)
{
	if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, q,
			       NULL) != SQLITE_OK)
		return sql_fail(db, "log: cannot read its tables", err);
	return 0;
}

int sql_run(sqlite3_stmt *q, const char *what, struct err *err)
{
	int status = sqlite3_step(q);

	if (status != SQLITE_DONE && status != SQLITE_ROW) {
		sql_fail(sqlite3_db_handle(q), what, err);
		sqlite3_reset(q);
		return -1;
	}
	sqlite3_reset(q);
	return 0;
}

int sql_integer(sqlite3 *db, const char *sql, int64_t a, int64_t b,
		int64_t otherwise, int64_t *out, struct err *err)
{
	sqlite3_stmt *q;
	int status;

	if (sql_prepare(db, sql, &q, err))
		return -1;
	if (sqlite3_bind_parameter_count(q) > 0)
		sqlite3_bind_int64(q, 1, a);
	if (sqlite3_bind_parameter_count(q) > 1)
		sqlite3_bind_int64(q, 2, b);
	status = sqlite3_step(q);
	if (status != SQLITE_ROW && status != SQLITE_DONE) {
		sql_fail(db, "log: cannot read", err);
		sqlite3_finalize(q);
		return -1;
	}
	*out = otherwise;
	if (status == SQLITE_ROW && sqlite3_column_type(q, 0) != SQLITE_NULL)
		*out = sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	return 0;
}

int sql_bind(sqlite3_stmt *q, int i, const char *s)
{
	return sqlite3_bind_text(q, i, s, -1, SQLITE_STATIC);
}
