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

/* After an end that was none (a kill, a power cut) the file is read through,
 * 5 ms for each MB, unless it is larger than this: a start must not wait for a
 * year of readings. Everything but the readings is checked at every start. */
#define CONNECT_CHECK_MAX (INT64_C(64) << 20)

/* *damaged says of an error that the file must be set aside; the connection
 * is closed then. `notice` tells what was not checked. */
int connect_log(const char *path, bool durable, sqlite3 **db, bool *damaged,
		struct text *notice, struct err *err);

#endif
