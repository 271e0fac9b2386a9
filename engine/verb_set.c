/* set and mix: what phases tell the instruments of a manifold. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "engine/value.h"
#include "engine/verbs.h"

/* What has verbs of its own. */
static const enum known_role reserved[] = {
	KNOWN_HEATER, KNOWN_HEATER_OUTPUT, KNOWN_HEATER_POWER,
	KNOWN_BEAM,   KNOWN_CAMERA,
};

static bool is_reserved(const struct site *s, int role)
{
	for (size_t i = 0; i < ARRAY_SIZE(reserved); i++)
		if (s->known[reserved[i]] == role)
			return true;
	return false;
}

static const char *format_setpoint(const struct role *role, double value,
				   char out[QUANTITY_TEXT_MAX])
{
	if (role->quantity == QUANTITY_SWITCH &&
	    !strncmp(role->name, "valve.", 6)) {
		text_copy(out, QUANTITY_TEXT_MAX,
			  value > 0 ? "open" : "closed");
		return out;
	}
	return value_format(role->quantity, value, out);
}

/* Pressures reach the cell when a line is blocked: the chip's limit counts
 * for each of them. */
static int check_range(struct compiler *c, struct place at,
		       const struct role *role, double value)
{
	char text[QUANTITY_TEXT_MAX], min[QUANTITY_TEXT_MAX],
		max[QUANTITY_TEXT_MAX];
	double most = c->site->holder.pressure_max;

	value_format(role->quantity, value, text);
	if (!(value >= role->min && value <= role->max))
		return compiler_problem(
			c, at,
			"%s: %s is outside of what the "
			"instrument allows (%s to %s)",
			role->name, text,
			value_format(role->quantity, role->min, min),
			value_format(role->quantity, role->max, max));
	if (role->quantity == QUANTITY_PRESSURE && !(value <= most))
		return compiler_problem(
			c, at,
			"%s: %s is too much: the chip "
			"allows at most %s",
			role->name, text,
			value_format(QUANTITY_PRESSURE, most, max));
	return 0;
}

/* A value that the recipe has given is the recipe's mistake. */
static struct place place_of(struct compiler *c, const struct yaml_node *node)
{
	return scope_reference(node) ? c->at : node->at;
}

static int read_set(struct compiler *c, const struct yaml_node *node,
		    struct text *label)
{
	int index = need_role(c, node->key_at, node->key, ROLE_WRITE);
	const struct role *role;
	char text[QUANTITY_TEXT_MAX];
	double value;

	if (index == ROLE_NONE)
		return -1;
	role = &c->site->roles[index];
	if (is_reserved(c->site, index))
		return compiler_problem(c, node->key_at,
					"%s is not set by a "
					"phase",
					node->key);
	if (value_quantity(c, node, node->key, role->quantity, &value) !=
		    VALUE_GIVEN ||
	    check_range(c, place_of(c, node), role, value))
		return -1;
	builder_set(&c->build, (struct role_value){ (uint16_t)index, value });
	text_addf(label, "%s%s %s", label->n ? ", " : "set ", role->name,
		  format_setpoint(role, value, text));
	return 0;
}

static void add_set_step(struct compiler *c, uint32_t first, const char *label)
{
	struct plan_step *step = step_add(c, STEP_SET, label);

	step->set.first = first;
	step->set.n = c->build.plan->n_sets - first;
}

void verb_set(struct compiler *c, const struct call *call)
{
	_cleanup_(text_free) struct text label = { 0 };
	uint32_t first = c->build.plan->n_sets;
	int status = 0;

	for (const struct yaml_node *n = call->arg->first; n; n = n->next)
		if (read_set(c, n, &label))
			status = -1;
	if (!status)
		add_set_step(c, first, text_str(&label));
}

static void add_role(struct compiler *c, int role, double value)
{
	if (role != ROLE_NONE)
		builder_set(&c->build,
			    (struct role_value){ (uint16_t)role, value });
}

/* What is closed is closed before anything is opened. */
static void add_flows(struct compiler *c, const struct mixture *gas,
		      double flow)
{
	const struct site *s = c->site;

	for (size_t i = 1; i < s->gases.n; i++) {
		if (gas->x[i] > 0)
			continue;
		add_role(c, s->gas_valve[i], 0);
		add_role(c, s->gas_flow[i], 0);
	}
	for (size_t i = 1; i < s->gases.n; i++) {
		if (!(gas->x[i] > 0))
			continue;
		add_role(c, s->gas_valve[i], 1);
		add_role(c, s->gas_flow[i], gas->x[i] * flow);
	}
}

static int check_flows(struct compiler *c, struct place at,
		       const struct mixture *gas, double flow)
{
	const struct site *s = c->site;
	int status = 0;

	for (size_t i = 1; i < s->gases.n; i++)
		if (gas->x[i] > 0 && s->gas_flow[i] != ROLE_NONE &&
		    check_range(c, at, &s->roles[s->gas_flow[i]],
				gas->x[i] * flow))
			status = -1;
	return status;
}

void verb_mix(struct compiler *c, const struct call *call)
{
	uint32_t first = c->build.plan->n_sets;
	const struct yaml_node *gas_node, *flow_node;
	char text[QUANTITY_TEXT_MAX], names[GAS_TEXT_MAX];
	char label[GAS_TEXT_MAX + QUANTITY_TEXT_MAX + 8];
	struct mixture gas = { 0 };
	double flow = 0;

	if (call->arg->kind == YAML_SCALAR) {
		if (strcmp(call->arg->s, "none")) {
			compiler_problem(c, call->arg->at,
					 "mix: 'none' or "
					 "'{gas: $gas, flow: 10 sccm}' is "
					 "wanted");
			return;
		}
		add_flows(c, &gas, 0);
		add_set_step(c, first, "stop all gases");
		return;
	}
	gas_node = call_need(c, call, "gas");
	flow_node = call_need(c, call, "flow");
	if (value_gas(c, gas_node, &gas) != VALUE_GIVEN ||
	    value_positive(c, flow_node, "flow", QUANTITY_FLOW, &flow) !=
		    VALUE_GIVEN ||
	    check_flows(c, place_of(c, gas_node), &gas, flow))
		return;
	add_flows(c, &gas, flow);
	value_gas_print(&c->site->gases, &gas, names);
	snprintf(label, sizeof(label), "mix %s, %s", names,
		 value_format(QUANTITY_FLOW, flow, text));
	add_set_step(c, first, label);
}
