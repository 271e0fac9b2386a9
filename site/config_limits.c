/* Limits of setpoints that are stricter than the instrument's own, and the
 * gauges that may judge a base pressure. */
#include <string.h>

#include "base/array.h"
#include "site/config_read.h"

static void tighten(struct role *role, double min, double max)
{
	if (role->min < min)
		role->min = min;
	if (role->max > max)
		role->max = max;
}

static void read_limit(struct config_reader *r, const struct yaml_node *map)
{
	static const char *const known[] = { "min", "max", NULL };
	int index = config_role(r, map->key, map->key_at);
	struct role *role;
	const struct yaml_node *node;
	double value;

	if (index == ROLE_NONE ||
	    !config_is(map, YAML_MAPPING, "a limit", r->p))
		return;
	role = &r->c->site.roles[index];
	yaml_check_keys(map, "a limit", known, r->p);
	if (!(role->access & ROLE_WRITE))
		problems_add(r->p, map->key_at,
			     "%s has no setpoint that "
			     "could be limited; to watch its reading, use an "
			     "interlock",
			     role->name);
	node = yaml_get(map, "min");
	if (node && config_quantity(r, node, role->quantity, &value))
		tighten(role, value, role->max);
	node = yaml_get(map, "max");
	if (node && config_quantity(r, node, role->quantity, &value))
		tighten(role, role->min, value);
	if (!(role->min <= role->max))
		problems_add(r->p, map->at,
			     "nothing is allowed for %s: the "
			     "least is above the most",
			     role->name);
}

/* The chip and its windows bound what may be asked of the instruments. */
static void apply_holder(struct site *s)
{
	int role = s->known[KNOWN_HEATER];

	if (role != ROLE_NONE)
		tighten(&s->roles[role], s->roles[role].min,
			s->holder.temperature_max);
	role = s->known[KNOWN_INLET_PRESSURE];
	if (role != ROLE_NONE)
		tighten(&s->roles[role], s->roles[role].min,
			s->holder.pressure_max);
	role = s->known[KNOWN_OUTLET_PRESSURE];
	if (role != ROLE_NONE)
		tighten(&s->roles[role], s->roles[role].min,
			s->holder.pressure_max);
}

/* What a chip's resistance is compared with before each run, and who reads
 * it. */
static void read_drift(struct config_reader *r)
{
	const struct yaml_node *holder = yaml_get(r->root, "holder");
	const struct yaml_node *node = yaml_get(holder, "resistance");
	struct site *s = &r->c->site;
	int role = site_role(s, "heater.resistance");

	if (!node || !(s->holder.resistance > 0.0))
		return;
	s->holder.resistance_role = role;
	if (role == ROLE_NONE || s->roles[role].quantity != QUANTITY_RESISTANCE)
		problems_add(r->p, node->at,
			     "resistance: there is no role heater.resistance "
			     "to compare it with");
	if (!(s->holder.drift_warn <= s->holder.drift_max))
		problems_add(r->p, node->at,
			     "drift_warn is over drift_max: nothing would be "
			     "told before a run is refused");
}

void config_read_limits(struct config_reader *r)
{
	const struct yaml_node *map = config_section(r, "limits", YAML_MAPPING);
	const struct yaml_node *node;

	apply_holder(&r->c->site);
	read_drift(r);
	if (!map)
		return;
	for (node = map->first; node; node = node->next)
		read_limit(r, node);
}

static void add_gauge(struct config_reader *r, const struct yaml_node *node,
		      size_t n)
{
	struct site *s = &r->c->site;
	int role;

	if (!config_is(node, YAML_SCALAR, "a gauge", r->p))
		return;
	role = config_role(r, node->s, node->at);
	if (role == ROLE_NONE)
		return;
	if (s->roles[role].quantity != QUANTITY_PRESSURE)
		problems_add(r->p, node->at, "%s is no gauge: it reads a %s",
			     node->s, quantity_name(s->roles[role].quantity));
	else if (!role_has_resolution(&s->roles[role]))
		problems_add(r->p, node->at,
			     "what %s resolves is not known: write it into "
			     "its instrument, as channels: {NAME: "
			     "{resolution: 0.01 Torr, offset: 0.1 Torr}}",
			     node->s);
	if (n == SITE_GAUGES_MAX)
		problems_add(r->p, node->at, "more than %d gauges",
			     SITE_GAUGES_MAX);
	else
		s->gauges[n] = role;
}

void config_read_gauges(struct config_reader *r)
{
	const struct yaml_node *list =
		config_section(r, "gauges", YAML_SEQUENCE);
	const struct yaml_node *node;
	struct site *s = &r->c->site;
	size_t n;

	for (n = 0; n < SITE_GAUGES_MAX; n++)
		s->gauges[n] = ROLE_NONE;
	if (!list) {
		n = (size_t)s->known[KNOWN_CELL_PRESSURE];
		if (s->known[KNOWN_CELL_PRESSURE] != ROLE_NONE &&
		    role_has_resolution(&s->roles[n]))
			s->gauges[0] = s->known[KNOWN_CELL_PRESSURE];
		return;
	}
	for (n = 0, node = list->first; node; node = node->next)
		add_gauge(r, node, n < SITE_GAUGES_MAX ? n++ : n);
}
