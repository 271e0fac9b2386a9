/*
 * Runs another program once and waits for it: no shell, an environment of
 * its own, text on its standard input, what it says kept up to a bound, and
 * an end to it when it takes too long. Blocks for that long, so it is for a
 * thread of its own. Whoever uses it ignores SIGPIPE.
 */
#ifndef DAEMON_CHILD_H
#define DAEMON_CHILD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define CHILD_SAID_MAX 2000 /* bytes kept of each of its streams */

struct child {
	char *const *word; /* program and arguments, NULL-terminated */
	const char *input;
	size_t n_input;
	uint64_t timeout_ms;
	const atomic_bool *hurry; /* set by others: a second is left */
};

struct child_end {
	bool late;  /* it was killed for taking too long */
	int status; /* exit status */
	int signal; /* that ended it, or 0 */
	char out[CHILD_SAID_MAX + 1];
	char err[CHILD_SAID_MAX + 1];
};

/* 0 when it was there and has ended, however; ERR_NOT_FOUND, ERR_DENIED,
 * ERR_IO when it could not be started. */
int child_run(const struct child *c, struct child_end *end, struct err *err);

#endif
