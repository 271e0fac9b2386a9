/* The safe levels: what is set when the laboratory has to cool or be
 * isolated. Checked, so that nobody forgets the heater. */
#include <string.h>

#include "base/array.h"
#include "site/config_read.h"

static const char *const level_keys[] = { "cool", "isolate", NULL };
static const enum level levels[] = { LEVEL_COOL, LEVEL_ISOLATE };

/* Valves that isolating closes when the site has them and says nothing. */
static const char *const line_valves[] = { "valve.supply", "valve.inlet",
					   "valve.outlet" };

static const struct role_value *find(const struct safe_level *level, int role)
{
	size_t i;

	for (i = 0; i < level->n; i++)
		if (level->v[i].role == role)
			return &level->v[i];
	return NULL;
}

static void add_off(struct safe_level *level, int role)
{
	if (role == ROLE_NONE || level->n == SAFE_SETS_MAX)
		return;
	level->v[level->n++] = (struct role_value){ (uint16_t)role, 0.0 };
}

static bool must_close(const struct site *s, enum level level, size_t gas)
{
	return level == LEVEL_ISOLATE || s->gases.v[gas].kind != GAS_INERT;
}

static void derive(struct site *s, enum level level)
{
	struct safe_level *safe = &s->safe[level];
	size_t i;

	add_off(safe, s->known[KNOWN_HEATER_OUTPUT]);
	add_off(safe, s->known[KNOWN_BEAM]);
	for (i = 1; i < s->gases.n; i++) {
		if (!must_close(s, level, i))
			continue;
		add_off(safe, s->gas_valve[i]);
		add_off(safe, s->gas_flow[i]);
	}
	if (level != LEVEL_ISOLATE)
		return;
	for (i = 0; i < ARRAY_SIZE(line_valves); i++)
		add_off(safe, site_role(s, line_valves[i]));
	add_off(safe, s->known[KNOWN_COLUMN_VALVES]);
}

static void read_set(struct config_reader *r, struct safe_level *level,
		     const struct yaml_node *node)
{
	const struct site *s = &r->c->site;
	int role = config_role(r, node->key, node->key_at);
	double value;

	if (role == ROLE_NONE ||
	    !config_quantity(r, node, s->roles[role].quantity, &value))
		return;
	if (!(s->roles[role].access & ROLE_WRITE))
		problems_add(r->p, node->key_at, "%s cannot be set", node->key);
	else if (!(value >= s->roles[role].min && value <= s->roles[role].max))
		problems_add(r->p, node->at, "%s is outside the limits of %s",
			     node->s, node->key);
	else if (level->n == SAFE_SETS_MAX)
		problems_add(r->p, node->key_at, "more than %d values",
			     SAFE_SETS_MAX);
	else
		level->v[level->n++] =
			(struct role_value){ (uint16_t)role, value };
}

static void check_off(struct config_reader *r, enum level level, int role,
		      struct place at)
{
	const struct site *s = &r->c->site;
	const struct role_value *set;

	if (role == ROLE_NONE)
		return;
	set = find(&s->safe[level], role);
	if (!set || set->value != 0.0)
		problems_add(r->p, at, "safe: %s must say '%s: %s'",
			     level_name(level), s->roles[role].name,
			     s->roles[role].quantity == QUANTITY_FLOW ? "0 sccm"
								      : "off");
}

static void check_level(struct config_reader *r, enum level level,
			struct place at)
{
	const struct site *s = &r->c->site;
	size_t i;

	check_off(r, level, s->known[KNOWN_HEATER_OUTPUT], at);
	check_off(r, level, s->known[KNOWN_BEAM], at);
	for (i = 1; i < s->gases.n; i++) {
		if (!must_close(s, level, i))
			continue;
		check_off(r, level, s->gas_flow[i], at);
		check_off(r, level, s->gas_valve[i], at);
	}
}

static void read_level(struct config_reader *r, enum level level,
		       const struct yaml_node *map)
{
	const struct yaml_node *node;

	if (!map) {
		derive(&r->c->site, level);
		return;
	}
	if (!config_is(map, YAML_MAPPING, map->key, r->p))
		return;
	for (node = map->first; node; node = node->next)
		read_set(r, &r->c->site.safe[level], node);
	check_level(r, level, map->key_at);
}

void config_read_safe(struct config_reader *r)
{
	const struct yaml_node *map = config_section(r, "safe", YAML_MAPPING);
	const struct site *s = &r->c->site;
	size_t i;

	if (map)
		yaml_check_keys(map, "safe", level_keys, r->p);
	for (i = 0; i < ARRAY_SIZE(levels); i++)
		read_level(r, levels[i], yaml_get(map, level_keys[i]));
	if (s->known[KNOWN_HEATER] != ROLE_NONE &&
	    s->known[KNOWN_HEATER_OUTPUT] == ROLE_NONE)
		problems_add(r->p, (struct place){ .file = r->file },
			     "nothing switches the heater off: give the role "
			     "heater.output");
}
