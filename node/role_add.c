#include "node/role_parts.h"

#include <math.h>

#include "base/array.h"
#include "node/role_list.h"
#include "node/role_shape.h"
#include "node/shapes.h"

static void add_status(struct role_module *m, struct node *node)
{
	static const struct datainfo_member codes[] = {
		{ .name = "IDLE", .code = ROLE_STATUS_IDLE },
		{ .name = "WARN", .code = ROLE_STATUS_WARN },
		{ .name = "BUSY", .code = ROLE_STATUS_BUSY },
		{ .name = "ERROR", .code = ROLE_STATUS_ERROR },
	};
	static const struct datainfo code = {
		.type = DATAINFO_ENUM,
		.members = codes,
		.n_members = ARRAY_SIZE(codes),
	};
	static const struct datainfo text = {
		.type = DATAINFO_STRING,
		.maxlen = 200,
		.utf8 = true,
	};
	static const struct datainfo_member members[] = {
		{ .of = &code },
		{ .of = &text },
	};
	static const struct datainfo status = {
		.type = DATAINFO_TUPLE,
		.members = members,
		.n_members = ARRAY_SIZE(members),
	};

	m->status = node_add_parameter(
		node, m->module,
		&(struct node_parameter){
			.name = "status",
			.description = "does it answer, does it move",
			.datainfo = &status });
}

static void add_controlled_by(struct role_module *m, struct node *node)
{
	static const struct datainfo_member owners[] = {
		{ .name = "self", .code = 0 },
		{ .name = "run", .code = 1 },
	};
	static const struct datainfo owner = {
		.type = DATAINFO_ENUM,
		.members = owners,
		.n_members = ARRAY_SIZE(owners),
	};

	m->controlled_by = node_add_parameter(
		node, m->module,
		&(struct node_parameter){
			.name = "controlled_by",
			.description = "who sets the target: self, or a run",
			.datainfo = &owner });
	node_set_int(node, m->controlled_by, 0,
		     m->all->setup->now + m->all->setup->utc_offset);
}

static void add_module(struct role_module *m, size_t role,
		       char name[MESSAGE_NAME_MAX + 1])
{
	const struct site *site = m->all->site;
	const struct role *r = &site->roles[role];
	_cleanup_(text_free) struct text properties = { 0 }, about = { 0 };

	role_shape_name(m->all->node, r->name, name);
	text_add(&properties, "\"_role\":");
	json_add_string(&properties, r->name);
	text_add(&properties, ",\"_instrument\":");
	json_add_string(&properties, site->polls[r->poll].name);
	text_addf(&about, "%s (%s of the instrument %s)", r->name,
		  quantity_name(r->quantity), site->polls[r->poll].name);
	m->module = node_add_module(
		m->all->node,
		&(struct node_module){
			.name = name,
			.description = text_str(&about),
			.classes = role_shape_classes(r),
			.properties = text_str(&properties),
			.on_request = role_on_request,
			.context = m,
			.meaning = role_shape_meaning(site, role) });
}

/* What datainfo says of the target, where clients look for it: nobody can
 * make it wider or narrower while the daemon runs. */
static void add_limits(struct role_module *m, const struct datainfo *target)
{
	const struct datainfo_member pair[] = { { .of = target },
						{ .of = target } };
	const struct datainfo d = {
		.type = DATAINFO_TUPLE,
		.members = pair,
		.n_members = ARRAY_SIZE(pair),
	};
	const struct daemon_node_setup *setup = m->all->setup;
	_cleanup_(text_free) struct text value = { 0 };
	int parameter = node_add_parameter(
		m->all->node, m->module,
		&(struct node_parameter){
			.name = "target_limits",
			.description = "of the instrument, the chip, the site",
			.datainfo = &d });

	text_add_char(&value, '[');
	json_add_double(&value, target->min);
	text_add_char(&value, ',');
	json_add_double(&value, target->max);
	text_add_char(&value, ']');
	node_set_json(m->all->node, parameter, text_str(&value),
		      setup->now + setup->utc_offset);
}

int role_output_of(const struct role_module *m)
{
	const struct site *site = m->all->site;
	int output = site->known[KNOWN_HEATER_OUTPUT];

	if (site->known[KNOWN_HEATER] != m->role || output == ROLE_NONE ||
	    !(site->roles[output].access & ROLE_WRITE))
		return ROLE_NONE;
	return output;
}

static void add_control(struct role_module *m)
{
	struct node *node = m->all->node;

	if (role_output_of(m) == ROLE_NONE)
		return;
	m->control_active = node_add_parameter(
		node, m->module,
		&(struct node_parameter){
			.name = "control_active",
			.description =
				"it is on, and goes where its target says",
			.datainfo = &shape_yes });
	m->control_off = node_add_command(
		node, m->module,
		&(struct node_command){ .name = "control_off",
					.description = "switches it off" });
}

static void add_target(struct role_module *m, size_t role)
{
	struct node *node = m->all->node;
	const struct role *r = &m->all->site->roles[role];
	struct datainfo d = role_shape_datainfo(m->all->site, role, true);

	m->target = node_add_parameter(
		node, m->module,
		&(struct node_parameter){ .name = "target",
					  .description = "the setpoint",
					  .datainfo = &d,
					  .writable = true });
	node_make_checkable(node, m->target);
	if (d.type == DATAINFO_DOUBLE)
		add_limits(m, &d);
	add_controlled_by(m, node);
	add_control(m);
	if (role_shape_is_slow(r))
		m->stop = node_add_command(
			node, m->module,
			&(struct node_command){
				.name = "stop",
				.description = "stay where it is now" });
}

static void add_to_list(struct role_modules *all, size_t role,
			const char *module, const struct datainfo *value)
{
	const struct role *r = &all->site->roles[role];
	struct datainfo target = role_shape_datainfo(all->site, role, true);
	const struct role_list_entry entry = {
		.module = module,
		.role = r->name,
		.value = value,
		.target = r->access & ROLE_WRITE ? &target : NULL,
	};

	role_list_add(&all->list, &entry);
}

void role_add(struct role_modules *all, size_t role)
{
	struct role_module *m = &all->v[role];
	struct datainfo d = role_shape_datainfo(all->site, role, false);
	char name[MESSAGE_NAME_MAX + 1];

	*m = (struct role_module){
		.all = all,
		.role = (uint16_t)role,
		.target = -1,
		.controlled_by = -1,
		.control_active = -1,
		.stop = -1,
		.control_off = -1,
		.setpoint = NAN,
		.reading = NAN,
		.arrived = true,
		.is_switch = d.type == DATAINFO_ENUM,
	};
	add_module(m, role, name);
	add_to_list(all, role, name, &d);
	m->value = node_add_parameter(
		all->node, m->module,
		&(struct node_parameter){ .name = "value",
					  .description = "the newest reading",
					  .datainfo = &d });
	add_status(m, all->node);
	if (all->site->roles[role].access & ROLE_WRITE)
		add_target(m, role);
}
