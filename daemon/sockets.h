/*
 * Where the daemon is talked to and found: its own socket or systemd's, TCP
 * and the answer to who looks for nodes, as the configuration has them.
 */
#ifndef DAEMON_SOCKETS_H
#define DAEMON_SOCKETS_H

#include "daemon/discovery.h"
#include "daemon/listener.h"
#include "daemon/server.h"
#include "site/config.h"

/* {0}: none is open. */
struct sockets {
	const struct config *config;
	struct server *server;
	struct discovery *discovery;
	bool own; /* the file is ours to remove */
};

/* All pointers outlive the sockets. */
struct sockets_setup {
	uv_loop_t *loop;
	struct node *node;
	const struct config *config;
	const struct access *access;
	const struct listener_given *given; /* systemd's */
	size_t n_given;
	nsec (*utc)(void *context); /* the program's time, in UTC */
	void *context;
};

/* On failure some may be open: it must be closed then, too. */
int sockets_open(struct sockets *s, const struct sockets_setup *setup,
		 struct err *err);

/* At the end of each turn of the loop, and now and then; see server.h. */
void sockets_flush(struct sockets *s);
void sockets_tick(struct sockets *s, nsec real);
nsec sockets_longest_turn(const struct sockets *s);

/* See server_close(). */
void sockets_close(struct sockets *s);

#endif
