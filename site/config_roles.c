/* Gases, and which channel of which instrument plays which role. */
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "site/config_read.h"

#define GAS_PREFIX "gas."
#define VALVE_PREFIX "valve."

/* What a role must be able to do. */
struct shape {
	enum quantity quantity;
	unsigned access;
};

static const struct shape known_shapes[] = {
	[KNOWN_HEATER] = { QUANTITY_TEMPERATURE, ROLE_READ | ROLE_WRITE },
	[KNOWN_HEATER_OUTPUT] = { QUANTITY_SWITCH, ROLE_READ | ROLE_WRITE },
	[KNOWN_HEATER_POWER] = { QUANTITY_POWER, ROLE_READ },
	[KNOWN_CELL_PRESSURE] = { QUANTITY_PRESSURE, ROLE_READ },
	[KNOWN_INLET_PRESSURE] = { QUANTITY_PRESSURE, ROLE_READ },
	[KNOWN_OUTLET_PRESSURE] = { QUANTITY_PRESSURE, ROLE_READ },
	[KNOWN_CELL_FLOW] = { QUANTITY_FLOW, ROLE_READ },
	[KNOWN_PUMP] = { QUANTITY_SWITCH, ROLE_READ | ROLE_WRITE },
	[KNOWN_BEAM] = { QUANTITY_SWITCH, ROLE_READ | ROLE_WRITE },
	[KNOWN_CAMERA] = { QUANTITY_NUMBER, ROLE_READ },
	[KNOWN_COLUMN_VACUUM] = { QUANTITY_PRESSURE, ROLE_READ },
	[KNOWN_COLUMN_VALVES] = { QUANTITY_SWITCH, ROLE_READ | ROLE_WRITE },
};

_Static_assert(ARRAY_SIZE(known_shapes) == KNOWN_N, "a shape for each role");

static const struct shape gas_shape = { QUANTITY_FLOW, ROLE_READ | ROLE_WRITE };
static const struct shape valve_shape = { QUANTITY_SWITCH,
					  ROLE_READ | ROLE_WRITE };

static const char *after(const char *s, const char *prefix)
{
	size_t n = strlen(prefix);

	return !strncmp(s, prefix, n) && s[n] ? s + n : NULL;
}

static int find_known(const char *name)
{
	int i;

	for (i = 0; i < KNOWN_N; i++)
		if (!strcmp(known_role_name((enum known_role)i), name))
			return i;
	return -1;
}

static void read_gas(struct config_reader *r, const struct yaml_node *node)
{
	static const char *const kinds[] = { [GAS_INERT] = "inert",
					     [GAS_FUEL] = "fuel",
					     [GAS_OXIDISER] = "oxidiser",
					     [GAS_BOTH] = "both",
					     NULL };
	int kind = config_word(r, node, "kind of gas", kinds);
	struct err err = { 0 };

	if (kind < 0)
		return;
	if (gases_add(&r->c->site.gases, node->key, (enum gas_kind)kind, &err))
		problems_add(r->p, node->key_at, "%s", err.msg);
}

void config_read_gases(struct config_reader *r)
{
	const struct yaml_node *map = config_section(r, "gases", YAML_MAPPING);
	const struct yaml_node *node;

	gases_init(&r->c->site.gases);
	if (!map)
		return;
	for (node = map->first; node; node = node->next)
		read_gas(r, node);
}

/* The gas of a role gas.<name>: of the site's own, or one of those that
 * everybody knows. */
static int find_gas(struct config_reader *r, const char *name, struct place at)
{
	struct gases *gases = &r->c->site.gases;
	struct err err = { 0 };

	if (gases_find(gases, name) < 0 && gases_add_known(gases, name, &err)) {
		problems_add(r->p, at,
			     "%s; gases of your own go under "
			     "'gases:' with their kind",
			     err.msg);
		return -1;
	}
	return gases_find(gases, name);
}

/* Index of the role that "instrument.channel" has now, or ROLE_NONE. */
static int find_channel(struct config_reader *r, const struct yaml_node *node)
{
	const struct config *c = r->c;
	const char *names[ROLES_MAX + 1];
	char channels[ROLES_MAX][DEVICE_NAME_MAX * 3];
	size_t n = 0, i, k;

	for (i = 0; i < c->site.n_polls; i++) {
		const struct driver *driver = c->instruments[i].driver;

		for (k = 0; k < driver->n_channels; k++, n++) {
			names[n] = channels[n];
			snprintf(channels[n], sizeof(channels[n]), "%s.%s",
				 c->instruments[i].name,
				 driver->channels[k].name);
			if (!strcmp(channels[n], node->s))
				return (int)n;
		}
	}
	names[n] = NULL;
	config_refuse(r, node->at, "no instrument has the channel", node->s,
		      names);
	return ROLE_NONE;
}

/* A bare word must be a role that gascell knows; a name with a dot may be
 * the site's own ("heater.resistance"). */
static bool is_role_name(struct config_reader *r, const struct yaml_node *node)
{
	const char *names[KNOWN_N + 1];
	int i;

	if (strlen(node->key) >= ROLE_NAME_MAX) {
		problems_add(r->p, node->key_at, "'%s' is too long for a role",
			     node->key);
		return false;
	}
	if (find_known(node->key) >= 0 || strchr(node->key, '.'))
		return true;
	for (i = 0; i < KNOWN_N; i++)
		names[i] = known_role_name((enum known_role)i);
	names[KNOWN_N] = NULL;
	config_refuse(r, node->key_at, "gascell knows no role", node->key,
		      names);
	return false;
}

static void name_role(struct config_reader *r, const struct yaml_node *node,
		      const struct yaml_node *taken[ROLES_MAX])
{
	int role;

	if (!is_role_name(r, node) ||
	    !config_is(node, YAML_SCALAR, "a role", r->p))
		return;
	role = find_channel(r, node);
	if (role == ROLE_NONE)
		return;
	if (taken[role]) {
		problems_add(r->p, node->at, "%s is already the role '%s'",
			     node->s, taken[role]->key);
		return;
	}
	taken[role] = node;
	text_copy(r->c->site.roles[role].name, ROLE_NAME_MAX, node->key);
}

static void check_shape(struct config_reader *r, size_t i,
			const struct shape *shape, struct place at)
{
	const struct role *role = &r->c->site.roles[i];

	if (role->quantity != shape->quantity)
		problems_add(r->p, at,
			     "%s must be a %s, but this channel is "
			     "a %s",
			     role->name, quantity_name(shape->quantity),
			     quantity_name(role->quantity));
	else if ((role->access & shape->access) != shape->access)
		problems_add(r->p, at,
			     "%s must be possible to %s, but this "
			     "channel is not",
			     role->name,
			     role->access & ROLE_READ ? "set" : "read");
}

static void check_camera(struct config_reader *r, size_t i, struct place at)
{
	const struct config *c = r->c;
	size_t poll = c->site.roles[i].poll;

	if (!c->instruments[poll].driver->acquire)
		problems_add(r->p, at,
			     "%s cannot take images: its driver, "
			     "%s, is no camera's",
			     c->instruments[poll].name,
			     c->instruments[poll].driver->name);
}

/* What the engine looks for by name: known roles, gases, their valves. */
static void recognise(struct config_reader *r, size_t i, struct place at)
{
	struct site *s = &r->c->site;
	const char *name = s->roles[i].name;
	int known = find_known(name), gas;

	if (known >= 0) {
		s->known[known] = (int)i;
		check_shape(r, i, &known_shapes[known], at);
		if (known == KNOWN_CAMERA)
			check_camera(r, i, at);
	} else if (after(name, GAS_PREFIX)) {
		gas = find_gas(r, after(name, GAS_PREFIX), at);
		if (gas >= 0)
			s->gas_flow[gas] = (int)i;
		check_shape(r, i, &gas_shape, at);
	} else if (after(name, VALVE_PREFIX)) {
		gas = gases_find(&s->gases, after(name, VALVE_PREFIX));
		if (gas > 0)
			s->gas_valve[gas] = (int)i;
		check_shape(r, i, &valve_shape, at);
	}
}

static void check_unique(struct config_reader *r, size_t i, struct place at)
{
	const struct site *s = &r->c->site;
	int first = site_role(s, s->roles[i].name);

	if (first != (int)i)
		problems_add(r->p, at, "two channels are called '%s'",
			     s->roles[i].name);
}

/* Gases before valves, so that valve.H2 finds its gas wherever it stands. */
static void recognise_all(struct config_reader *r,
			  const struct yaml_node *const *taken)
{
	struct site *s = &r->c->site;
	size_t i, pass;

	for (pass = 0; pass < 2; pass++)
		for (i = 0; i < s->n_roles; i++) {
			struct place at =
				taken[i] ? taken[i]->key_at
					 : (struct place){ .file = r->file };

			if (!after(s->roles[i].name, VALVE_PREFIX) == !pass)
				recognise(r, i, at);
		}
	for (i = 0; i < s->n_roles; i++)
		check_unique(r, i,
			     taken[i] ? taken[i]->key_at
				      : (struct place){ .file = r->file });
}

void config_read_roles(struct config_reader *r)
{
	const struct yaml_node *taken[ROLES_MAX] = { 0 };
	const struct yaml_node *map = config_section(r, "roles", YAML_MAPPING);
	const struct yaml_node *node;
	struct site *s = &r->c->site;
	size_t i;

	for (i = 0; i < KNOWN_N; i++)
		s->known[i] = ROLE_NONE;
	for (i = 0; i < GAS_MAX; i++)
		s->gas_flow[i] = s->gas_valve[i] = ROLE_NONE;
	for (node = map ? map->first : NULL; node; node = node->next)
		name_role(r, node, taken);
	recognise_all(r, taken);
}
