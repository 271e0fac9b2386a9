#include "daemon/node.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "daemon/role_module.h"
#include "daemon/run_module.h"

#define UPTIME_PERIOD (10 * NSEC_PER_S)
#define ANSWER_WITHIN 10.0 /* s; what we promise to clients */

struct daemon_node {
	struct daemon_node_setup setup;
	struct node *node;
	struct run_module *run;
	struct role_modules *roles;
	bool was_active;
	int module, uptime, log_state;
	nsec uptime_shown;
};

static nsec utc(const struct daemon_node *d, nsec now)
{
	return now + d->setup.utc_offset;
}

/* -- the module `daemon` ----------------------------------------------- */

static int add_text(struct daemon_node *d, int module, const char *name,
		    const char *description, const char *value)
{
	static const struct datainfo text = {
		.type = DATAINFO_STRING,
		.maxlen = 512,
		.utf8 = true,
	};
	int parameter = node_add_parameter(
		d->node, module,
		&(struct node_parameter){ .name = name,
					  .description = description,
					  .datainfo = &text });

	node_set_string(d->node, parameter, value, utc(d, d->setup.now));
	return parameter;
}

static void show_uptime(struct daemon_node *d, nsec now)
{
	d->uptime_shown = now;
	node_set_double(d->node, d->uptime, nsec_to_s(now - d->setup.now),
			utc(d, now));
}

static void add_daemon(struct daemon_node *d)
{
	static const char *const none[] = { NULL };
	static const struct datainfo seconds = {
		.type = DATAINFO_DOUBLE,
		.unit = "s",
		.fmtstr = "%.0f",
		.limited = true,
		.max = 1e10,
	};
	int module = d->module = node_add_module(
		d->node,
		&(struct node_module){ .name = "daemon",
				       .description = "the daemon itself",
				       .classes = none });

	add_text(d, module, "_version", "of gascell", GASCELL_VERSION);
	add_text(d, module, "_site", "name in the configuration",
		 d->setup.config->site.name);
	add_text(d, module, "_database",
		 "path of the log, which holds the history", d->setup.database);
	add_text(d, module, "_images_directory", "where frames are written",
		 d->setup.images);
	d->log_state = add_text(d, module, "_log_state",
				"ok, or what is wrong with the log", "ok");
	d->uptime = node_add_parameter(
		d->node, module,
		&(struct node_parameter){ .name = "_uptime",
					  .description = "since the start",
					  .datainfo = &seconds });
	show_uptime(d, d->setup.now);
}

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
		.timeout = ANSWER_WITHIN });
	d->run = run_module_new(&d->setup, d->node);
	add_daemon(d);
	d->roles = role_modules_new(&d->setup, d->node);
	return d;
}

void daemon_node_free(struct daemon_node *d)
{
	if (!d)
		return;
	node_free(d->node);
	role_modules_free(d->roles);
	run_module_free(d->run);
	free(d);
}

struct node *daemon_node_node(struct daemon_node *d)
{
	return d->node;
}

static void show_owner(struct daemon_node *d, nsec now)
{
	if (d->was_active == run_module_is_active(d->run))
		return;
	d->was_active = !d->was_active;
	role_modules_run(d->roles, d->was_active, now);
}

void daemon_node_seen(struct daemon_node *d, const struct event *event,
		      const struct actions *actions)
{
	role_modules_seen(d->roles, event, actions);
	run_module_seen(d->run, event, actions);
	show_owner(d, event->now);
}

void daemon_node_tick(struct daemon_node *d, nsec now)
{
	role_modules_tick(d->roles, now);
	run_module_tick(d->run, now);
	show_owner(d, now);
	if (now - d->uptime_shown >= UPTIME_PERIOD)
		show_uptime(d, now);
}

void daemon_node_image_file(struct daemon_node *d, nsec now, uint32_t image,
			    const char *path)
{
	(void)image;
	run_module_image_file(d->run, now, path);
}

void daemon_node_log_state(struct daemon_node *d, nsec now, const char *state)
{
	_cleanup_(text_free) struct text line = { 0 };

	node_set_string(d->node, d->log_state, state, utc(d, now));
	if (!node_log_wanted(d->node, d->module, NODE_LOG_ERROR))
		return;
	text_addf(&line, "the log: %s", state);
	node_log(d->node, d->module,
		 strcmp(state, "ok") ? NODE_LOG_ERROR : NODE_LOG_INFO,
		 text_str(&line));
}
