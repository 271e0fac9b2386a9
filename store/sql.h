/*
 * SQLite with our errors: a sentence and SQLite's own message. ERR_FULL when
 * the disk is full, ERR_INVALID when a row contradicts another, else ERR_IO.
 */
#ifndef STORE_SQL_H
#define STORE_SQL_H

#include <stdbool.h>
#include <stdint.h>

#include <sqlite3.h>

#include "base/err.h"

/* The last error of this connection, after "what: ". Returns -1. */
int sql_fail(sqlite3 *db, const char *what, struct err *err);

/* One or more statements without rows. */
int sql_exec(sqlite3 *db, const char *sql, const char *what, struct err *err);

/* A statement that is kept; sqlite3_finalize() by the caller. */
int sql_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **q,
		struct err *err);

/* Runs a statement that gives no row and resets it. */
int sql_run(sqlite3_stmt *q, const char *what, struct err *err);

/* The first column of the first row; `otherwise` when there is none or it is
 * NULL. ?1 and ?2 are bound to a and b where the statement has them. */
int sql_integer(sqlite3 *db, const char *sql, int64_t a, int64_t b,
		int64_t otherwise, int64_t *out, struct err *err);

/* sqlite3_bind_text for text that outlives the step. */
int sql_bind(sqlite3_stmt *q, int i, const char *s);

#endif
