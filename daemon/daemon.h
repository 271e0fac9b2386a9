/*
 * The daemon while it runs. In order: the instruments are opened and commanded
 * safe, what they read back confirms it, and only then is there a socket to
 * talk to. On SIGTERM the same way back.
 */
#ifndef DAEMON_DAEMON_H
#define DAEMON_DAEMON_H

#include "daemon/access.h"
#include "daemon/listener.h"
#include "node/queue_kept.h"
#include "store/kept.h"

/* All pointers outlive the daemon. */
struct daemon_setup {
	const struct config *config;
	const struct access *access;
	struct store *store;		    /* handed over */
	const struct kept *kept;	    /* by the start before */
	struct queue_kept *queue;	    /* as the last start has left it */
	bool interrupted;		    /* the last run was cut off */
	const struct listener_given *given; /* sockets of systemd's */
	size_t n_given;
	nsec real, utc; /* the start of time; see ring/clock.h */
	double speed;
	uint64_t seed;
};

/* From the first instrument to the last; an exit code. EXIT_FAILED may come
 * with mistakes of the buses. */
int daemon_run(const struct daemon_setup *setup, struct problems *problems);

#endif
