/*
 * A client's socket: what comes from it goes to its client of the node, and
 * what that has for it goes out; lines as they are, or in frames of WebSocket.
 * Never blocks, and moves a bounded number of bytes at once.
 */
#ifndef DAEMON_CALLER_H
#define DAEMON_CALLER_H

#include "protocol/node.h"
#include "protocol/websocket.h"

#define CALLER_RECEIVE (8 * 1024)
#define CALLER_SEND (64 * 1024)
#define CALLER_PIECE 16000 /* sent at once on a unix socket */

struct caller {
	struct node_client *client;
	struct node_who who;
	int fd;
	bool tcp;
	bool ended; /* it will not ask for anything more */
	/* Of one that may turn out to speak WebSocket. */
	bool sniffing;
	const char *host; /* of this machine; outlives it */
	char first[WEBSOCKET_SNIFF];
	size_t n_first;
	struct websocket *web; /* NULL: it does not */
	struct text out;       /* pulled; not yet sent from `sent` */
	size_t sent;
	uint64_t taken; /* bytes its socket has taken */
	bool refused;	/* the last time it took less than it was given */
	nsec utc;	/* of what is being received */
};

/* False: the connection is gone; the log says why, unless the client has left
 * by itself. `lines` is scratch. What belongs together leaves together. */
bool caller_send(struct caller *c, struct text *lines);
bool caller_receive(struct caller *c, nsec utc);

/* Has it room for answers, and has not said that it is done asking? */
bool caller_may_ask(const struct caller *c);

/* Is there something to send, or to proceed with? */
bool caller_has_more(const struct caller *c);

/* It asks for nothing more, and has got everything. */
bool caller_is_done(const struct caller *c);

/* The node forgets it; then its socket is closed, when nobody polls it. */
void caller_leave(struct caller *c);
void caller_fini(struct caller *c);

#endif
