/*
 * The module `daemon` of the node: what this daemon is and how it does, who
 * has control of it, and what wants an operator's attention
 * (docs/socket.md has the table).
 */
#ifndef NODE_DAEMON_MODULE_H
#define NODE_DAEMON_MODULE_H

#include "node/node.h"

struct daemon_module;

/* Adds it to the node; setup and node outlive it. */
struct daemon_module *daemon_module_new(const struct daemon_node_setup *setup,
					struct node *node);
void daemon_module_free(struct daemon_module *m);

/* What `_roles` answers; it outlives the module. */
void daemon_module_roles(struct daemon_module *m, const struct text *list);

/* After each event of the ring. */
void daemon_module_seen(struct daemon_module *m, nsec now);
/* Once: everything was tried. */
void daemon_module_ready(struct daemon_module *m, nsec now);
/* At the end of each turn of the loop. */
void daemon_module_turn(struct daemon_module *m);
void daemon_module_tick(struct daemon_module *m, nsec now);
void daemon_module_turn_longest(struct daemon_module *m, nsec now,
				nsec longest);
void daemon_module_log_state(struct daemon_module *m, nsec now,
			     const char *state);

#endif
