#include "node/node.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "node/daemon_module.h"
#include "node/receipt.h"
#include "node/role_module.h"
#include "node/run_module.h"

#define ANSWER_WITHIN 10.0 /* s; what we promise to clients */

struct daemon_node {
	struct daemon_node_setup setup;
	struct node *node;
	struct run_module *run;
	struct role_modules *roles;
	struct daemon_module *self;
};

/* -- the node ---------------------------------------------------------- */

/* Globally unique as far as a site's name is. */
static void equipment_id(const char *site, struct text *out)
{
	text_add(out, "gascell_");
	for (; *site; site++)
		text_add_char(out, strchr("abcdefghijklmnopqrstuvwxyz"
					  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					  "0123456789_.-",
					  *site)
					   ? *site
					   : '_');
}

static void on_turn(void *context, bool active, nsec now)
{
	struct daemon_node *d = context;

	role_modules_run(d->roles, active, now);
}

struct daemon_node *daemon_node_new(const struct daemon_node_setup *setup)
{
	struct daemon_node *d = memory_zeroed(1, sizeof(*d));
	_cleanup_(text_free) struct text id = { 0 };

	d->setup = *setup;
	equipment_id(setup->config->site.name, &id);
	d->node = node_new(&(struct node_identity){
		.version = node_version_from_name(setup->config->identify),
		.equipment_id = text_str(&id),
		.description = "annealing recipes on a gas-cell holder\n\n"
			       "Recipes are run by the module `run`; the "
			       "other modules are the roles of the "
			       "laboratory's instruments.",
		.firmware = "gascell " GASCELL_VERSION,
		.timeout = ANSWER_WITHIN,
		.since = setup->now + setup->utc_offset });
	d->setup.receipts = receipts_new(&d->setup, d->node);
	d->run = run_module_new(&d->setup, d->node);
	d->self = daemon_module_new(&d->setup, d->node);
	d->roles = role_modules_new(&d->setup, d->node);
	run_module_set_on_turn(d->run, on_turn, d);
	daemon_module_roles(d->self, role_modules_list(d->roles));
	/* Printed now, so that nobody who asks keeps the loop with it. */
	for (int r = NODE_OBSERVER; r < NODE_RIGHTS_N; r++)
		node_describe(d->node, (enum node_rights)r);
	return d;
}

void daemon_node_free(struct daemon_node *d)
{
	if (!d)
		return;
	node_free(d->node);
	role_modules_free(d->roles);
	run_module_free(d->run);
	daemon_module_free(d->self);
	receipts_free(d->setup.receipts);
	free(d);
}

struct node *daemon_node_node(struct daemon_node *d)
{
	return d->node;
}

void daemon_node_seen(struct daemon_node *d, const struct event *event,
		      const struct actions *actions)
{
	role_modules_seen(d->roles, event, actions);
	run_module_seen(d->run, event, actions);
	daemon_module_seen(d->self, event->now);
}

void daemon_node_ready(struct daemon_node *d, nsec now)
{
	daemon_module_ready(d->self, now);
}

void daemon_node_turn(struct daemon_node *d)
{
	daemon_module_turn(d->self);
}

void daemon_node_tick(struct daemon_node *d, nsec now)
{
	receipts_tick(d->setup.receipts, now);
	role_modules_tick(d->roles, now);
	run_module_tick(d->run, now);
	daemon_module_tick(d->self, now);
}

void daemon_node_image_file(struct daemon_node *d, nsec now, uint32_t image,
			    const char *path)
{
	(void)image;
	run_module_image_file(d->run, now, path);
}

void daemon_node_committed(struct daemon_node *d, uint64_t batch)
{
	receipts_committed(d->setup.receipts, batch);
}

void daemon_node_log_failed(struct daemon_node *d, const char *why)
{
	receipts_failed(d->setup.receipts, why);
}

void daemon_node_turn_longest(struct daemon_node *d, nsec now, nsec longest)
{
	daemon_module_turn_longest(d->self, now, longest);
}

void daemon_node_log_state(struct daemon_node *d, nsec now, const char *state)
{
	daemon_module_log_state(d->self, now, state);
}
