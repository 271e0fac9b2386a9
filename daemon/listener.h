/*
 * The sockets on which the daemon is talked to. They are made when it may
 * be: everything is safe, or was tried for long enough. All return a
 * listening, non-blocking descriptor, or -1.
 */
#ifndef DAEMON_LISTENER_H
#define DAEMON_LISTENER_H

#include <stdbool.h>

#include "base/err.h"
#include "base/text.h"

#define LISTENER_SYSTEMD_MAX 4

/* Makes the directories of the path that are missing (0755). */
int listener_make_directories(const char *path, struct err *err);

/*
 * Mode 0660 and the group (a name, or ""). A socket file that nobody listens
 * at is replaced; ERR_STATE: somebody does.
 */
int listener_unix(const char *path, const char *group, struct err *err);

/* "ADDR:PORT", "[::1]:10767", "10767" (the loopback). Port 0: any; `where`
 * says which it became. */
int listener_tcp(const char *address, struct text *where, struct err *err);

/* Those systemd has handed to us; how many. */
struct listener_given {
	int fd;
	bool tcp;
};
size_t listener_systemd(struct listener_given given[LISTENER_SYSTEMD_MAX]);

/* Is one of them a unix socket? */
bool listener_is_given_local(const struct listener_given *given, size_t n);

#endif
