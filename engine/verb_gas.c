/* atmosphere, evacuate, isolate. */
#include <math.h>
#include <stdio.h>

#include "base/array.h"
#include "engine/gauge.h"
#include "engine/phase.h"
#include "engine/value.h"
#include "engine/verbs.h"

/* Of what the holder passes at most, when more is asked for; the outlet is
 * then at 14 % of the pressure at the sample, which a pump still reaches. */
#define UP_TO_SHARE 0.9

struct atmosphere {
	struct mixture gas;
	double pressure, flow, inlet, outlet;
	bool flows;
	char name[GAS_TEXT_MAX];
};

static int read_up_to(struct compiler *c, const struct yaml_node *map,
		      struct atmosphere *a)
{
	static const char *const keys[] = { "up_to", NULL };
	size_t before = c->problems->n_all;
	double most = 0, passes;
	enum value_state state;
	struct err err;

	yaml_check_keys(map, "flow", keys, c->problems);
	c->n_failed += c->problems->n_all > before;
	state = value_positive(c, yaml_get(map, "up_to"), "up_to",
			       QUANTITY_FLOW, &most);
	if (state == VALUE_BAD)
		return -1;
	if (state == VALUE_ABSENT)
		return compiler_problem(c, map->at,
					"flow: '0.1 sccm' or "
					"'{up_to: 0.1 sccm}' is wanted");
	passes = site_flow_most(c->site, a->pressure);
	a->flow = most <= passes ? most : UP_TO_SHARE * passes;
	if (site_flow_pressures(c->site, a->pressure, a->flow, &a->inlet,
				&a->outlet, &err))
		return compiler_problem(c, map->at, "flow: %s", err.msg);
	return 0;
}

static int read_flow(struct compiler *c, const struct yaml_node *node,
		     struct atmosphere *a)
{
	const struct yaml_node *value;
	struct err err;

	a->flows = node;
	if (!node)
		return 0;
	value = value_resolve(c, node);
	if (value && value->kind == YAML_MAPPING)
		return read_up_to(c, value, a);
	if (!value || value_positive(c, node, "flow", QUANTITY_FLOW,
				     &a->flow) != VALUE_GIVEN)
		return -1;
	if (site_flow_pressures(c->site, a->pressure, a->flow, &a->inlet,
				&a->outlet, &err))
		return compiler_problem(c, node->at,
					"flow: %s; 'flow: "
					"{up_to: ...}' takes what passes",
					err.msg);
	return 0;
}

static int read_pressure(struct compiler *c, const struct yaml_node *node,
			 double *out)
{
	if (value_positive(c, node, "pressure", QUANTITY_PRESSURE, out) !=
	    VALUE_GIVEN)
		return -1;
	return value_check_pressure(c, node->at, "pressure", *out);
}

/* After a fault nobody looks: nothing that burns or oxidises is let in. */
static int check_tail(struct compiler *c, struct place at,
		      const struct mixture *gas)
{
	const struct gases *g = &c->site->gases;

	for (size_t i = 0; i < g->n && c->place & IN_TAIL; i++)
		if (gas->x[i] > 0 && g->v[i].kind != GAS_INERT)
			return compiler_problem(c, at,
						"gas: on_fault lets in "
						"inert gases only, not %s",
						g->v[i].name);
	return 0;
}

static void print_label(const struct atmosphere *a, char *out, size_t size)
{
	char pressure[QUANTITY_TEXT_MAX], flow[QUANTITY_TEXT_MAX],
		digits[NUMBER_TEXT_MAX];

	value_format(QUANTITY_PRESSURE, a->pressure, pressure);
	number_print_digits(a->flow, 3, digits);
	snprintf(flow, sizeof(flow), ", %s sccm", digits);
	snprintf(out, size, "%s at %s%s", a->name, pressure,
		 a->flows ? flow : "");
}

static void add_atmosphere(struct compiler *c, const struct atmosphere *a)
{
	enum phase phase = a->flows ? PHASE_FLOW : PHASE_FILL;
	struct phase_given given = { 0 };
	char label[COMPILER_LABEL_MAX];

	if (!phase_need(c, phase))
		return;
	phase_give_gas(c, &given, &a->gas);
	phase_give(c, &given, "pressure", QUANTITY_PRESSURE, a->pressure);
	if (a->flows) {
		phase_give(c, &given, "flow", QUANTITY_FLOW, a->flow);
		phase_give(c, &given, "inlet", QUANTITY_PRESSURE, a->inlet);
		phase_give(c, &given, "outlet", QUANTITY_PRESSURE, a->outlet);
	}
	print_label(a, label, sizeof(label));
	section_begin(c);
	phase_add(c, phase, &given, label);
	c->flow = a->flow;
	c->pressure = a->pressure;
}

void verb_atmosphere(struct compiler *c, const struct call *call)
{
	const struct yaml_node *gas = call_need(c, call, "gas"),
			       *pressure = call_need(c, call, "pressure");
	struct atmosphere a = { 0 };
	enum value_state mixed = value_gas(c, gas, &a.gas);
	int at = read_pressure(c, pressure, &a.pressure);

	if (mixed != VALUE_GIVEN || at || check_tail(c, gas->at, &a.gas) ||
	    read_flow(c, call_get(call, "flow"), &a))
		return;
	value_gas_print(&c->site->gases, &a.gas, a.name);
	add_atmosphere(c, &a);
}

void verb_evacuate(struct compiler *c, const struct call *call)
{
	const struct yaml_node *node = call_get(call, "to");
	double to = c->site->defaults.base;
	char text[QUANTITY_TEXT_MAX], label[COMPILER_LABEL_MAX];
	int gauge;

	if (value_positive(c, node, "to", QUANTITY_PRESSURE, &to) == VALUE_BAD)
		return;
	gauge = gauge_need(c, node ? node->at : call->at, to);
	if (gauge == ROLE_NONE || !phase_need(c, PHASE_EVACUATE))
		return;
	snprintf(label, sizeof(label), "evacuate to %s",
		 value_format(QUANTITY_PRESSURE, to, text));
	section_begin(c);
	gauge_add_evacuate(c, gauge, to, label);
}

void verb_isolate(struct compiler *c, const struct call *call)
{
	struct phase_given given = { 0 };

	(void)call;
	if (!phase_need(c, PHASE_ISOLATE))
		return;
	section_begin(c);
	phase_add(c, PHASE_ISOLATE, &given, "isolate");
	c->flow = 0;
}
