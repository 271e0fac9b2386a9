/*
 * The log, as the verbs that look back want it: rows of its views as JSON
 * objects, read from the database file, with or without a daemon.
 */
#ifndef CLI_PAST_H
#define CLI_PAST_H

#include "cli/call.h"
#include "store/history.h"

/*
 * The log that was named (--database, $GASCELL_DATABASE), else the one that
 * the daemon tells, else the one where it usually is. NULL: *code is the
 * exit code, and it was said why.
 */
struct history *past_open(struct call *c, int *code);

/* As past_open(), without saying anything or waiting for what is on its way
 * to the disk. NULL: there is none. */
struct history *past_open_quietly(struct call *c);

/* The run that word i means: a number; "last", or none: the newest. 0: *code
 * is the exit code, and it was said why. */
uint32_t past_run(struct call *c, struct history *h, size_t i, int *code);

/* Rows of a view as an array of objects; the caller's. NULL with err. */
json_t *past_rows(struct history *h, const char *view, uint32_t run,
		  size_t limit, struct err *err);

/* Of one row. What is missing is NAN, "" or 0. */
double past_number(const json_t *row, const char *column);
const char *past_text(const json_t *row, const char *column);
nsec past_time(const json_t *row, const char *column); /* "t_ns" */

#endif
