/*
 * Connects the blocking client, and waits for its socket, within a bound.
 */
#ifndef PROTOCOL_CONNECT_H
#define PROTOCOL_CONNECT_H

#include <stdint.h>

#include "base/err.h"

/* The abstract name of a client's unix socket: this, CONNECT_RANDOM bytes of
 * which the last is a slash, and the program's name. */
#define CONNECT_NAME "gascell/"
#define CONNECT_RANDOM 17

/* Milliseconds of the monotonic clock; timeout_ms < 0: never. */
int64_t connect_deadline(int timeout_ms);

/* poll(2) for these events. 1: ready, 0: not in time, -1: errno. */
int connect_wait(int fd, short events, int64_t deadline);

/* A connected socket that does not block; `where` as in client_open(). -1
 * with err. */
int connect_open(const char *where, int64_t deadline, struct err *err);

#endif
