/*
 * What people are told of, when the configuration has a program for it: a
 * run that begins or ends, a trip, a question, an alarm. The facts are one
 * JSON object; what came of telling them is in the log.
 *
 * Loop's thread. NULL in place of notices is fine everywhere.
 */
#ifndef DAEMON_NOTICES_H
#define DAEMON_NOTICES_H

#include <uv.h>

#include "ring/ring.h"

struct notices;

struct notices_setup {
	uv_loop_t *loop;
	const struct config *config;
	struct ring *ring;
	nsec utc_offset;
};

/* NULL: nobody is to be told, or (err.code set) it cannot be done. */
struct notices *notices_new(const struct notices_setup *setup, struct err *err);

/* For the ring's `seen`. */
void notices_seen(struct notices *n, const struct event *event,
		  const struct actions *actions);

/* An alarm wants an operator. */
void notices_alarm(struct notices *n, const struct alarm *a);

/* As notifier_close(); the notices are gone then. */
bool notices_close(struct notices *n);

#endif
