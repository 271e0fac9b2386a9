#include "store/connect.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "store/file.h"
#include "store/schema.h"
#include "store/sql.h"

#define BUSY_MS 1000

/* Everything but the readings, and what the engine was given. */
static const char small_tables[] =
	"SELECT name FROM sqlite_schema WHERE type = 'table'"
	" AND name NOT GLOB 'sample_*' AND name <> 'seen'";

/*
 * Durable: what store_commit() has acknowledged survives a power cut, and the
 * cache is small, for the memory of a daemon. Else the file survives a crash
 * of the program, but a power cut may leave it damaged.
 */
static const char durable_pragmas[] =
	"PRAGMA synchronous = FULL; PRAGMA cache_size = -1024;"
	"PRAGMA wal_autocheckpoint = 1000;";
static const char fast_pragmas[] =
	"PRAGMA synchronous = OFF; PRAGMA cache_size = -8192;"
	"PRAGMA wal_autocheckpoint = 4000;";

static int use_wal(sqlite3 *db, const char *path, struct err *err)
{
	sqlite3_stmt *q;
	bool wal = false;

	if (sql_prepare(db, "PRAGMA journal_mode = WAL", &q, err))
		return -1;
	if (sqlite3_step(q) == SQLITE_ROW)
		wal = !strcmp((const char *)sqlite3_column_text(q, 0), "wal");
	if (sqlite3_finalize(q) != SQLITE_OK)
		return sql_fail(db, "log: cannot be opened", err);
	if (!wal)
		return err_set(err, ERR_IO,
			       "log: %s: this file system cannot"
			       " share memory, which write-ahead logging needs",
			       path);
	return 0;
}

static int check_version(sqlite3 *db, const char *path, struct err *err)
{
	int64_t version;

	if (sql_integer(db, "PRAGMA user_version", 0, 0, 0, &version, err))
		return -1;
	if (version > schema_version() || version < 0)
		return err_set(err, ERR_IDENTITY,
			       "log: %s was written by a"
			       " newer gascelld (version %" PRId64 " of the"
			       " tables, this one knows %" PRId64 ")",
			       path, version, schema_version());
	return 0;
}

/* 0, or -1 with *damaged when SQLite finds something. */
static int quick_check(sqlite3 *db, const char *table, bool *damaged,
		       struct err *err)
{
	char *sql = table ? sqlite3_mprintf("PRAGMA quick_check(\"%w\")", table)
			  : sqlite3_mprintf("PRAGMA quick_check(1)");
	sqlite3_stmt *q;
	const char *found;
	int status = sql_prepare(db, sql, &q, err);

	sqlite3_free(sql);
	if (status)
		return -1;
	if (sqlite3_step(q) == SQLITE_ROW) {
		found = (const char *)sqlite3_column_text(q, 0);
		if (found && strcmp(found, "ok")) {
			*damaged = true;
			err_set(err, ERR_IO, "log: is damaged: %s", found);
		}
	}
	if (sqlite3_finalize(q) != SQLITE_OK && !*damaged)
		return sql_fail(db, "log: cannot be checked", err);
	return *damaged ? -1 : 0;
}

static int check_small(sqlite3 *db, bool *damaged, struct err *err)
{
	sqlite3_stmt *q;
	int status = quick_check(db, "sqlite_schema", damaged, err);

	if (status || sql_prepare(db, small_tables, &q, err))
		return -1;
	while (!status && sqlite3_step(q) == SQLITE_ROW)
		status =
			quick_check(db, (const char *)sqlite3_column_text(q, 0),
				    damaged, err);
	if (sqlite3_finalize(q) != SQLITE_OK && !status)
		return sql_fail(db, "log: cannot be checked", err);
	return status;
}

static int check_rows(sqlite3 *db, bool *damaged, struct text *notice,
		      struct err *err)
{
	int64_t version, ended, pages, page_size;

	if (sql_integer(db, "PRAGMA user_version", 0, 0, 0, &version, err) ||
	    sql_integer(db, "PRAGMA page_count", 0, 0, 0, &pages, err) ||
	    sql_integer(db, "PRAGMA page_size", 0, 0, 0, &page_size, err))
		return -1;
	if (!version)
		return quick_check(db, NULL, damaged, err);
	if (sql_integer(db,
			"SELECT ended IS NOT NULL FROM session"
			" ORDER BY session DESC LIMIT 1",
			0, 0, 0, &ended, err))
		return -1;
	if (ended)
		return check_small(db, damaged, err);
	if (pages * page_size <= CONNECT_CHECK_MAX)
		return quick_check(db, NULL, damaged, err);
	text_addf(notice,
		  "log: %" PRId64 " MB, so its readings were not"
		  " checked at this start (PRAGMA quick_check does it). ",
		  pages * page_size >> 20);
	return check_small(db, damaged, err);
}

/*
 * A file that has nothing in it yet gets its tables before WAL, so that they
 * are in the file from its first page on. It waits for the disk once, when
 * the change to WAL brings all of it there.
 */
static int make_new(sqlite3 *db, struct err *err)
{
	char sql[64];

	snprintf(sql, sizeof(sql), "PRAGMA application_id = %d",
		 SCHEMA_APPLICATION);
	if (sql_exec(db, "PRAGMA synchronous = OFF", "log: cannot be opened",
		     err) ||
	    sql_exec(db, sql, "log: cannot be written", err))
		return -1;
	return schema_migrate(db, err);
}

static int make_ours(sqlite3 *db, struct err *err)
{
	int64_t application;

	if (sql_integer(db, "PRAGMA application_id", 0, 0, 0, &application,
			err))
		return -1;
	return application == SCHEMA_APPLICATION ? 0 : make_new(db, err);
}

static int prepare(sqlite3 *db, const char *path, bool durable, bool *damaged,
		   struct text *notice, struct err *err)
{
	sqlite3_busy_timeout(db, BUSY_MS);
	if (make_ours(db, err) || check_version(db, path, err) ||
	    sql_exec(db, durable ? durable_pragmas : fast_pragmas,
		     "log: cannot be opened", err) ||
	    use_wal(db, path, err) ||
	    sql_exec(db,
		     "PRAGMA trusted_schema = OFF;"
		     "PRAGMA temp_store = MEMORY;"
		     "PRAGMA journal_size_limit = 16777216",
		     "log: cannot be opened", err))
		return -1;
	if (check_rows(db, damaged, notice, err))
		return -1;
	return schema_migrate(db, err);
}

static bool tells_damage(sqlite3 *db)
{
	int status = sqlite3_errcode(db) & 0xff;

	return status == SQLITE_CORRUPT || status == SQLITE_NOTADB;
}

int connect_log(const char *path, bool durable, sqlite3 **db, bool *damaged,
		struct text *notice, struct err *err)
{
	enum file_kind kind;
	sqlite3 *opened = NULL;

	*damaged = false;
	if (file_examine(path, &kind, err))
		return -1;
	if (kind == FILE_DAMAGED) {
		*damaged = true;
		return err_set(err, ERR_IO, "log: begins with zeros");
	}
	if (sqlite3_open_v2(path, &opened,
			    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
				    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
			    NULL) != SQLITE_OK)
		err_set(err, ERR_IO, "log: %s: %s", path,
			opened ? sqlite3_errmsg(opened) : "out of memory");
	else if (!prepare(opened, path, durable, damaged, notice, err)) {
		*db = opened;
		return 0;
	}
	if (opened && tells_damage(opened))
		*damaged = true;
	/* What is damaged stays as it was found. */
	if (*damaged)
		sqlite3_db_config(opened, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1,
				  NULL);
	sqlite3_close(opened);
	return -1;
}
