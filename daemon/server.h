/*
 * Connections: bytes in and out of the node's clients, on the loop.
 *
 * Nothing a client does makes the loop wait: a turn reads and writes a bounded
 * number of bytes per client (caller.h). When what they ask
 * has taken SERVER_TURN, or what they are sent, the rest is left to later
 * turns, and is first then. A client that does not read gets the newest values
 * when it does. One whose socket takes nothing for SERVER_STUCK, while this
 * daemon runs and has something for it, is cut off; and there are at most
 * SERVER_CLIENTS_MAX of them (some places are kept for the unix socket).
 */
#ifndef DAEMON_SERVER_H
#define DAEMON_SERVER_H

#include <uv.h>

#include "base/err.h"
#include "daemon/access.h"
#include "protocol/node.h"

#define SERVER_CLIENTS_MAX 64
#define SERVER_TCP_MAX 48
#define SERVER_LISTENERS_MAX 8
#define SERVER_TURN NSEC_PER_MS
#define SERVER_ACCEPTS 8	       /* in one turn */
#define SERVER_STUCK (20 * NSEC_PER_S) /* without taking a byte */
#define SERVER_LOOK (2 * NSEC_PER_S)   /* more than from tick to tick */

struct server;

struct server_setup {
	uv_loop_t *loop;
	struct node *node;
	const struct access *access; /* on the unix socket; outlives it */
	enum node_rights tcp_rights;
	bool websocket;		    /* TCP clients may begin with HTTP */
	nsec (*utc)(void *context); /* the program's time, in UTC */
	void *context;
};

struct server *server_new(const struct server_setup *setup);

/* Takes over a listening, non-blocking descriptor. */
int server_add(struct server *s, int fd, bool tcp, struct err *err);

/* At the end of each turn of the loop: sends what there is to send. */
void server_flush(struct server *s);

/* The longest turn since the start: what clients had of this thread's core
 * between two looks at everything else. */
nsec server_longest_turn(const struct server *s);

/* Now and then, real time: cuts off who is stuck. */
void server_tick(struct server *s, nsec real);

/* Closes everything; the loop must run until it has no handles, then the
 * server is gone. The node's clients are freed here. */
void server_close(struct server *s);

#endif
