/*
 * The roles of the site as modules of the node: their readings, their
 * setpoints, and manual sets, which are answered when the instrument has
 * taken the setpoint and reads it back.
 */
#ifndef NODE_ROLE_MODULE_H
#define NODE_ROLE_MODULE_H

#include "node/node.h"

struct role_modules;

/* Adds them to the node; setup and node outlive them. */
struct role_modules *role_modules_new(const struct daemon_node_setup *setup,
				      struct node *node);
void role_modules_free(struct role_modules *r);

/* As in role_list.h; valid as long as they are. */
const struct text *role_modules_list(const struct role_modules *r);

void role_modules_seen(struct role_modules *r, const struct event *event,
		       const struct actions *actions);

/* Gives up on instruments that are silent. */
void role_modules_tick(struct role_modules *r, nsec now);

/* While a run is active, it owns all that can be set. */
void role_modules_run(struct role_modules *r, bool active, nsec now);

#endif
