#include "engine/equilibrium.h"

#include <math.h>

#include "base/array.h"
#include "engine/value.h"
#include "engine/verbs.h"

/* Before slopes can be told from noise. */
#define WINDOW_MIN NSEC_PER_S

static struct equilibrium defaults(const struct site *s)
{
	return (struct equilibrium){
		.wanted = true,
		.temperature = s->defaults.equilibrium.temperature,
		.pressure = s->defaults.equilibrium.pressure,
		.power = s->defaults.equilibrium.power,
		.window = s->defaults.equilibrium.window,
		.at_least = s->defaults.equilibrium.at_least,
		.at_most = s->defaults.equilibrium.at_most,
	};
}

/* Seconds to minutes: UDUNITS and the program count pressure rates per s. */
static enum value_state read_pressure_rate(struct compiler *c,
					   const struct yaml_node *node,
					   double *out)
{
	double per_s;
	enum value_state state;

	state = value_positive(c, node, "pressure", QUANTITY_PRESSURE_RATE,
			       &per_s);
	if (state == VALUE_GIVEN)
		*out = per_s * 60;
	return state;
}

static int read_slopes(struct compiler *c, const struct yaml_node *map,
		       struct equilibrium *e)
{
	enum value_state t, p, w;

	t = value_positive(c, yaml_get(map, "temperature"), "temperature",
			   QUANTITY_RATE, &e->temperature);
	p = read_pressure_rate(c, yaml_get(map, "pressure"), &e->pressure);
	w = value_positive(c, yaml_get(map, "power"), "power",
			   QUANTITY_POWER_RATE, &e->power);
	return t == VALUE_BAD || p == VALUE_BAD || w == VALUE_BAD ? -1 : 0;
}

/* With a long at_least and no at_most said, the site's patience counts from
 * at_least on. */
static int read_times(struct compiler *c, const struct yaml_node *map,
		      struct equilibrium *e)
{
	enum value_state window, least, most;
	const struct yaml_node *at_most = yaml_get(map, "at_most");

	window = value_time(c, yaml_get(map, "window"), "window", WINDOW_MIN,
			    &e->window);
	least = value_time(c, yaml_get(map, "at_least"), "at_least", 0,
			   &e->at_least);
	most = value_time(c, at_most, "at_most", WINDOW_MIN, &e->at_most);
	if (window == VALUE_BAD || least == VALUE_BAD || most == VALUE_BAD)
		return -1;
	if (most == VALUE_ABSENT && e->at_most <= e->at_least)
		e->at_most += e->at_least;
	if (e->at_most < e->at_least || e->at_most < e->window)
		return compiler_problem(c, at_most ? at_most->at : map->at,
					"equilibrate: at_most is shorter than "
					"at_least or window: it could never "
					"be met");
	return 0;
}

static int read_mapping(struct compiler *c, const struct yaml_node *map,
			struct equilibrium *e)
{
	static const char *const keys[] = { "at_least",	   "at_most",
					    "temperature", "pressure",
					    "power",	   "window",
					    NULL };
	size_t before = c->problems->n_all;
	int slopes = read_slopes(c, map, e), times = read_times(c, map, e);

	yaml_check_keys(map, "equilibrate", keys, c->problems);
	if (c->problems->n_all == before && !slopes && !times)
		return 0;
	c->n_failed++;
	return -1;
}

/* A new gas cannot have arrived sooner than it travels. */
static int check_transit(struct compiler *c, struct place at,
			 const struct equilibrium *e)
{
	double transit = site_transit(c->site, c->pressure, c->flow);
	char text[QUANTITY_TEXT_MAX];

	if (!(c->flow > 0) || nsec_to_s(e->at_most) >= transit)
		return 0;
	return compiler_problem(c, at,
				"equilibrate: at_most is shorter than "
				"the gas travels to the sample (%s)",
				value_format(QUANTITY_TIME, transit, text));
}

int equilibrium_read(struct compiler *c, const struct yaml_node *node,
		     struct equilibrium *out)
{
	const struct yaml_node *value;
	bool wanted;

	*out = defaults(c->site);
	out->wanted = node;
	if (!node)
		return 0;
	value = value_resolve(c, node);
	if (!value)
		return -1;
	if (value->kind == YAML_MAPPING) {
		if (read_mapping(c, value, out))
			return -1;
	} else if (value_is_switch(value, &wanted)) {
		out->wanted = wanted;
	} else if (value_time(c, node, "equilibrate", 0, &out->at_least) !=
		   VALUE_GIVEN) {
		return -1;
	} else if (out->at_most <= out->at_least) {
		out->at_most += out->at_least;
	}
	return out->wanted ? check_transit(c, node->at, out) : 0;
}

/* Criteria without an instrument, or of a heater that is off, say nothing. */
void equilibrium_add(struct compiler *c, const struct equilibrium *e)
{
	const int *known = c->site->known;
	bool cold = isnan(c->target);
	char text[QUANTITY_TEXT_MAX];
	struct plan_step *step;

	if (cold)
		step = step_add(c, STEP_EQUILIBRATE, "equilibrate");
	else
		step = step_addf(
			c, STEP_EQUILIBRATE, "equilibrate at %s",
			value_format(QUANTITY_TEMPERATURE, c->target, text));
	step->equilibrate.temperature = cold ? INFINITY : e->temperature;
	step->equilibrate.pressure = known[KNOWN_CELL_PRESSURE] == ROLE_NONE
					     ? INFINITY
					     : e->pressure;
	step->equilibrate.power = cold || known[KNOWN_HEATER_POWER] == ROLE_NONE
					  ? INFINITY
					  : e->power;
	step->equilibrate.window = e->window;
	step->equilibrate.at_least = e->at_least;
	step->equilibrate.at_most = e->at_most;
	step->equilibrate.gas_arrived = c->flow > 0;
	if (c->flow > 0)
		builder_origin(&c->build)->about = nsec_from_s(
			site_transit(c->site, c->pressure, c->flow));
}

void verb_equilibrate(struct compiler *c, const struct call *call)
{
	struct equilibrium e = defaults(c->site);

	if (call->arg && equilibrium_read(c, call->arg, &e))
		return;
	if (!e.wanted) {
		compiler_problem(c, call->at,
				 "equilibrate: leave the step "
				 "out when it is not wanted");
		return;
	}
	section_begin(c);
	equilibrium_add(c, &e);
}
