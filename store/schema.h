/*
 * The tables and views of the log as SQL, and the way from older versions.
 * docs/log.md describes them for people.
 */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include <stdint.h>

#include <sqlite3.h>

#include "base/err.h"

#define SCHEMA_APPLICATION 0x67736c67 /* "gslg", application_id */
#define SCHEMA_LAYOUTS_MAX 400	      /* arms of a view: SQLite allows 500 */

int64_t schema_version(void);

/* From the version of the file to ours, each step in one transaction. The
 * file must not be newer. */
int schema_migrate(sqlite3 *db, struct err *err);

/* CREATE TABLE sample_<layout> for n values. */
int schema_sample_table(sqlite3 *db, int64_t layout, uint32_t n,
			struct err *err);

/* v_reading and v_reading_ns over all sample tables there are. */
int schema_reading_views(sqlite3 *db, struct err *err);

#endif
