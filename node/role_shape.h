/*
 * What a role looks like in SECoP: its name, its class, its type.
 */
#ifndef NODE_ROLE_SHAPE_H
#define NODE_ROLE_SHAPE_H

#include "engine/site.h"
#include "protocol/node.h"

/* SECoP's names have no dots, and differ also without regard to case: the
 * name that the module of this role gets in the node. */
void role_shape_name(const struct node *node, const char *role,
		     char name[MESSAGE_NAME_MAX + 1]);

/* Of its readings or of its setpoint. The limits of readings say what can be
 * believed; one that lies outside is told all the same. */
struct datainfo role_shape_datainfo(const struct site *site, size_t role,
				    bool setpoint);

/* Slow things are Drivable: a client can wait until they are there. */
bool role_shape_is_slow(const struct role *r);

/* NULL-terminated. Static. */
const char *const *role_shape_classes(const struct role *r);

/* NULL: SECoP has no word for it. Static. */
const struct node_meaning *role_shape_meaning(const struct site *site,
					      size_t role);

#endif
