/*
 * UDP discovery of SECoP: who asks for nodes on the discovery port is told
 * where ours listens, and when it begins to listen all are told once. A node
 * that is on the loopback alone tells nobody but this machine.
 */
#ifndef DAEMON_DISCOVERY_H
#define DAEMON_DISCOVERY_H

#include <uv.h>

#include "base/err.h"
#include "protocol/node.h"

#define DISCOVERY_PER_S 20 /* answers; a question costs its sender little */

struct discovery;

/* where: what listener_tcp() says. udp_port: 10767 is customary. */
struct discovery *discovery_new(uv_loop_t *loop, const struct node *node,
				const char *where, int udp_port,
				struct err *err);

/* The loop must run once more. NULL is fine. */
void discovery_close(struct discovery *d);

#endif
