/*
 * What people set by hand, on its way to the instrument. When all goes well:
 *
 *	change heater:target 300	the desk gives COMMAND_SET
 *	ACTION_SET			seen from inside the desk: its number
 *	EVENT_ANSWER			the instrument has taken it
 *	EVENT_POLL			... and reads it back: `changed`
 *
 * It is answered with an error when the engine refuses, when the instrument
 * does, when a newer setpoint overtakes it, and when it is not read back in
 * time.
 */
#ifndef NODE_MANUAL_SET_H
#define NODE_MANUAL_SET_H

#include "node/node.h"

struct manual_sets;

struct manual_sets *manual_sets_new(const struct daemon_node_setup *setup,
				    struct node *node);
void manual_sets_free(struct manual_sets *m);

/* Gives the command, and sees to it that the request is answered. */
void manual_sets_ask(struct manual_sets *m, const struct node_request *r,
		     uint16_t role, double value);

/* After the node was told what the event has changed. */
void manual_sets_seen(struct manual_sets *m, const struct event *event,
		      const struct actions *actions);
void manual_sets_tick(struct manual_sets *m, nsec now);

#endif
