/*
 * A session is from a start of the program to the next. Here the log learns
 * that one has begun, and what became of the last.
 */
#ifndef STORE_SESSION_H
#define STORE_SESSION_H

#include "store/writer.h"

/* In one transaction: runs left open are closed, a session is written with
 * an event for each thing worth telling. Sets session, started, at. `trouble`
 * is told in an event, too; "" for none. */
int session_begin(struct store *s, const struct store_options *options,
		  const char *trouble, bool *interrupted, struct text *notice,
		  struct err *err);

/* Its end, when the program ends as it should. */
int session_end(struct store *s, struct err *err);

#endif
