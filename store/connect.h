/*
 * The writing connection to the log: opened, found to be ours and whole,
 * brought to the version of this program.
 */
#ifndef STORE_CONNECT_H
#define STORE_CONNECT_H

#include <stdbool.h>

#include <sqlite3.h>

#include "base/err.h"
#include "base/text.h"

/* Above this size the readings are not read through at each start: a night
 * is 30 MB and is checked in 0.1 s, a year would hold up the start. */
#define CONNECT_CHECK_MAX (INT64_C(64) << 20)

/* *damaged says of an error that the file must be set aside; the connection
 * is closed then. `notice` tells what was not checked. */
int connect_log(const char *path, bool durable, sqlite3 **db, bool *damaged,
		struct text *notice, struct err *err);

#endif
