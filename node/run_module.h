/*
 * Recipes as the module `run` of the node: what the engine does, and what
 * operators ask of it (docs/socket.md has the table).
 */
#ifndef NODE_RUN_MODULE_H
#define NODE_RUN_MODULE_H

#include "node/node.h"

struct run_module;

/* Adds it to the node; setup and node outlive it. */
struct run_module *run_module_new(const struct daemon_node_setup *setup,
				  struct node *node);
void run_module_free(struct run_module *r);

/* Called when a run has become active, or is over: after that it is busy was
 * told, and before that it is not. */
typedef void run_module_on_turn(void *context, bool active, nsec now);
void run_module_set_on_turn(struct run_module *r, run_module_on_turn *on_turn,
			    void *context);

void run_module_seen(struct run_module *r, const struct event *event,
		     const struct actions *actions);
void run_module_tick(struct run_module *r, nsec now);
bool run_module_is_active(const struct run_module *r);
void run_module_image_file(struct run_module *r, nsec now, const char *path);

#endif
