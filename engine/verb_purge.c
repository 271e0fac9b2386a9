/*
 * purge: pump to the base, then cycles of fill and pump, each recorded and
 * verified. What was there before is reduced by base/fill in each cycle; the
 * first pumping earns nothing, for it does not tell gases apart.
 */
#include <math.h>
#include <stdio.h>

#include "base/array.h"
#include "engine/gauge.h"
#include "engine/phase.h"
#include "engine/value.h"
#include "engine/verbs.h"

#define CYCLES_MAX 1000

struct purge {
	struct mixture gas;
	char name[GAS_TEXT_MAX];
	uint32_t cycles;
	double fill, base, residual;
	int gauge; /* resolves the base */
	int fill_gauge;
};

static int check_inert(struct compiler *c, struct place at,
		       const struct mixture *gas)
{
	const struct gases *g = &c->site->gases;

	for (size_t i = 0; i < g->n; i++)
		if (gas->x[i] > 0 && g->v[i].kind != GAS_INERT)
			return compiler_problem(c, at,
						"purge: %s is not "
						"inert",
						g->v[i].name);
	return 0;
}

static int read_pressures(struct compiler *c, const struct call *call,
			  struct purge *p)
{
	const struct yaml_node *fill = call_get(call, "fill"),
			       *base = call_get(call, "base");
	struct place fill_at = fill ? fill->at : call->at,
		     base_at = base ? base->at : call->at;
	enum value_state f, b;

	p->fill = c->site->defaults.fill;
	p->base = c->site->defaults.base;
	f = value_positive(c, fill, "fill", QUANTITY_PRESSURE, &p->fill);
	b = value_positive(c, base, "base", QUANTITY_PRESSURE, &p->base);
	if (f == VALUE_BAD || b == VALUE_BAD ||
	    value_check_pressure(c, fill_at, "fill", p->fill))
		return -1;
	if (!(p->base < p->fill))
		return compiler_problem(c, base_at,
					"base: not below the "
					"fill pressure");
	p->gauge = gauge_need(c, base_at, p->base);
	p->fill_gauge = c->site->known[KNOWN_CELL_PRESSURE];
	if (p->fill_gauge == ROLE_NONE)
		p->fill_gauge = p->gauge;
	return p->gauge == ROLE_NONE ? -1 : 0;
}

/* Cycles that leave at most the residual; the tiny step back is rounding. */
static uint32_t cycles_for(const struct purge *p)
{
	double n = ceil(log(p->residual) / log(p->base / p->fill) - 1e-9);

	return (uint32_t)fmin(fmax(n, 1), CYCLES_MAX + 1.0);
}

static int check_cycles(struct compiler *c, struct place at,
			const struct purge *p)
{
	char left[NUMBER_TEXT_MAX], wanted[NUMBER_TEXT_MAX];
	uint32_t needed = cycles_for(p);

	if (p->cycles >= needed)
		return 0;
	number_print_digits(pow(p->base / p->fill, p->cycles) * 100, 2, left);
	number_print_digits(p->residual * 100, 2, wanted);
	return compiler_problem(c, at,
				"purge: %u cycle%s leave%s %s %%, but "
				"%s %% is wanted: %u are needed",
				p->cycles, p->cycles == 1 ? "" : "s",
				p->cycles == 1 ? "s" : "", left, wanted,
				needed);
}

static int read_cycles(struct compiler *c, const struct call *call,
		       struct purge *p)
{
	const struct yaml_node *cycles = call_get(call, "cycles"),
			       *residual = call_get(call, "residual");
	enum value_state n, r;

	p->residual = c->site->gas_rule.residual_max;
	n = value_count(c, cycles, "cycles", CYCLES_MAX, &p->cycles);
	r = value_positive(c, residual, "residual", QUANTITY_FRACTION,
			   &p->residual);
	if (n == VALUE_BAD || r == VALUE_BAD)
		return -1;
	if (p->residual >= 1)
		return compiler_problem(c, residual ? residual->at : call->at,
					"residual: not below 1");
	if (n == VALUE_ABSENT)
		p->cycles = cycles_for(p);
	if (p->cycles > CYCLES_MAX)
		return compiler_problem(c, call->at,
					"purge: more than %d "
					"cycles would be needed",
					CYCLES_MAX);
	return check_cycles(c, cycles ? cycles->at : call->at, p);
}

static void add_record(struct compiler *c, enum step_kind kind,
		       const struct purge *p, uint32_t cycle, const char *label)
{
	struct plan_step *step = step_add(c, kind, label);

	step->purge.cycle = cycle;
	step->purge.cycles = p->cycles;
	step->purge.gauge = (uint16_t)(kind == STEP_PURGE_FILLED ? p->fill_gauge
								 : p->gauge);
	step->purge.fill = p->fill;
	step->purge.base = p->base;
	step->purge.residual_max = p->residual;
}

static void add_cycle(struct compiler *c, const struct purge *p, uint32_t cycle)
{
	char label[COMPILER_LABEL_MAX], text[QUANTITY_TEXT_MAX];
	struct phase_given given = { 0 };

	snprintf(label, sizeof(label), "purge with %s %u/%u: fill to %s",
		 p->name, cycle, p->cycles,
		 value_format(QUANTITY_PRESSURE, p->fill, text));
	phase_give_gas(c, &given, &p->gas);
	phase_give(c, &given, "pressure", QUANTITY_PRESSURE, p->fill);
	phase_add(c, PHASE_FILL, &given, label);
	add_record(c, STEP_PURGE_FILLED, p, cycle, label);
	snprintf(label, sizeof(label), "purge with %s %u/%u: pump to %s",
		 p->name, cycle, p->cycles,
		 value_format(QUANTITY_PRESSURE, p->base, text));
	gauge_add_evacuate(c, p->gauge, p->base, label);
	add_record(c, STEP_PURGE_PUMPED, p, cycle, label);
}

static void add_purge(struct compiler *c, const struct purge *p)
{
	char label[COMPILER_LABEL_MAX], text[QUANTITY_TEXT_MAX];

	section_begin(c);
	c->sealed = true;
	snprintf(label, sizeof(label), "purge with %s, %u times", p->name,
		 p->cycles);
	add_record(c, STEP_PURGE_BEGIN, p, 0, label);
	snprintf(label, sizeof(label), "purge with %s: pump to %s", p->name,
		 value_format(QUANTITY_PRESSURE, p->base, text));
	gauge_add_evacuate(c, p->gauge, p->base, label);
	for (uint32_t i = 1; i <= p->cycles && !compiler_is_full(c); i++)
		add_cycle(c, p, i);
	snprintf(label, sizeof(label), "purge with %s: verify what is left",
		 p->name);
	add_record(c, STEP_PURGE_END, p, 0, label);
}

void verb_purge(struct compiler *c, const struct call *call)
{
	const struct yaml_node *gas = call_need(c, call, "gas");
	enum value_state mixed;
	struct purge p = { 0 };
	int pressures, cycles = -1;

	mixed = value_gas(c, gas, &p.gas);
	pressures = read_pressures(c, call, &p);
	if (!pressures)
		cycles = read_cycles(c, call, &p);
	if (mixed != VALUE_GIVEN || pressures || cycles ||
	    check_inert(c, gas->at, &p.gas))
		return;
	if (!phase_need(c, PHASE_EVACUATE) || !phase_need(c, PHASE_FILL))
		return;
	value_gas_print(&c->site->gases, &p.gas, p.name);
	add_purge(c, &p);
}
