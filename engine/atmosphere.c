/*
 * The gas as measured: which gases flow, what the volumes may still hold (the
 * ledger), and what has reached the sample. A gas counts as flowing when two
 * readings in a row say so; a single one is noise.
 *
 * The sample sees the inlet's gas after the transit time of the holder, which
 * depends on pressure and flow: each change at the inlet makes progress dt /
 * transit, and has arrived at 1. When the pressure itself changes, gas is
 * pushed through at once.
 */
#include <math.h>
#include <stdio.h>

#include "engine/state.h"

#define FLOW_SAMPLES 2
#define FILLING_AFTER (5 * NSEC_PER_S)
#define VACUUM_BELOW 5.0     /* Torr: "no gas" for people */
#define MIXTURE_CHANGED 0.02 /* mole fraction */
#define PRESSURE_MOVED 0.2   /* relative: pushes gas through */

void atmosphere_init(struct engine *e)
{
	ledger_init(&e->ledger, 760.0);
	e->flow_seen_at = -1;
	e->n_compositions = 1;
	e->compositions[0].m.x[GAS_UNKNOWN] = 1.0;
	e->compositions[0].progress = 1.0;
	e->transport_t = -1;
}

static bool flows(const struct engine *e, size_t gas)
{
	return e->flow_count[gas] >= FLOW_SAMPLES;
}

bool atmosphere_reactive(const struct engine *e)
{
	const struct gases *g = &e->site->gases;

	for (size_t i = 1; i < g->n; i++)
		if (g->v[i].kind != GAS_INERT && flows(e, i))
			return true;
	return false;
}

static void count_flows(struct engine *e, uint16_t poll)
{
	for (size_t i = 1; i < e->site->gases.n; i++) {
		int role = e->site->gas_flow[i];
		double value;

		if (role == ROLE_NONE || e->site->roles[role].poll != poll)
			continue;
		value = e->readings[role].value;
		if (!(value > e->site->gas_rule.flow_seen))
			e->flow_count[i] = 0;
		else if (e->flow_count[i] < FLOW_SAMPLES)
			e->flow_count[i]++;
		if (flows(e, i))
			e->flow_seen_at = e->now;
	}
}

/* Gases with at least so many samples in a row. */
static struct mixture flowing(const struct engine *e, uint8_t samples)
{
	struct mixture m = { { 0 } };
	double sum = 0.0;

	for (size_t i = 1; i < e->site->gases.n; i++)
		if (e->flow_count[i] >= samples) {
			m.x[i] = e->readings[e->site->gas_flow[i]].value;
			sum += m.x[i];
		}
	for (size_t i = 1; sum > 0.0 && i < e->site->gases.n; i++)
		m.x[i] /= sum;
	return m;
}

/* The gas rule on measured flows: a fuel where an oxidiser may be, or the
 * other way round. */
static void gas_rule(struct engine *e, const struct mixture *m)
{
	const struct gases *g = &e->site->gases;
	double max = e->site->gas_rule.residual_max;
	bool fuel = false, oxidiser = false;

	for (size_t i = 1; i < g->n; i++) {
		fuel |= m->x[i] > 0.0 && gas_burns(g->v[i].kind);
		oxidiser |= m->x[i] > 0.0 && gas_oxidises(g->v[i].kind);
	}
	if ((fuel && !(ledger_oxidiser(&e->ledger, g) <= max)) ||
	    (oxidiser && !(ledger_fuel(&e->ledger, g) <= max)))
		level_enter(e, LEVEL_ISOLATE, CAUSE_INTERLOCK, 0,
			    fuel ? "fuel flows where an oxidiser may be"
				 : "an oxidiser flows where fuel may be");
}

static double line_bound(const struct engine *e, int role)
{
	const struct role *r = &e->site->roles[role];

	return fabs(r->offset) + 3.0 * r->resolution;
}

/* Gases that begin to flow: the first sample says so, or they were asked for
 * and their controller has not been polled since. */
static struct mixture beginning(const struct engine *e)
{
	struct mixture m = flowing(e, 1);

	for (size_t i = 1; i < e->site->gases.n; i++) {
		int role = e->site->gas_flow[i];

		if (role != ROLE_NONE && e->outputs[role].value > 0.0)
			m.x[i] = 1.0;
	}
	return m;
}

/* A rise that comes with the beginning of a flow is no noise: it is that gas,
 * not an unknown one. */
static bool begins_to_fill(struct engine *e, double reading, double bound)
{
	struct mixture m = beginning(e);

	if (mixture_is_none(&m) || !(reading - bound > e->ledger.pressure))
		return false;
	ledger_flow(&e->ledger, &e->site->gases, &m);
	return true;
}

static void keep_pressure(struct engine *e, int line)
{
	double reading = e->readings[line].value, bound = line_bound(e, line);
	bool filling = e->flow_seen_at >= 0 &&
		       e->now - e->flow_seen_at <= FILLING_AFTER;

	if (!filling)
		filling = begins_to_fill(e, reading, bound);
	ledger_pressure(&e->ledger, reading, bound, filling);
}

static void keep_flows(struct engine *e, const struct mixture *m)
{
	if (mixture_is_none(m))
		return;
	/* Trips once: afterwards the level is ISOLATE already. */
	if (e->level < LEVEL_ISOLATE)
		gas_rule(e, m);
	ledger_flow(&e->ledger, &e->site->gases, m);
}

static struct composition *newest(struct engine *e)
{
	return &e->compositions[(e->n_compositions - 1) % COMPOSITIONS_MAX];
}

static bool differ(const struct mixture *a, const struct mixture *b)
{
	for (size_t i = 0; i < GAS_MAX; i++)
		if (fabs(a->x[i] - b->x[i]) > MIXTURE_CHANGED)
			return true;
	return mixture_is_none(a) != mixture_is_none(b);
}

static void note_composition(struct engine *e, const struct mixture *m)
{
	struct composition *c;

	if (!differ(m, &newest(e)->m))
		return;
	e->n_compositions++;
	c = newest(e);
	c->m = *m;
	c->progress = 0.0;
}

static uint32_t oldest(const struct engine *e)
{
	return e->n_compositions > COMPOSITIONS_MAX
		       ? e->n_compositions - COMPOSITIONS_MAX
		       : 0;
}

static void arrive(struct engine *e, double progress)
{
	for (uint32_t i = oldest(e); i < e->n_compositions; i++) {
		struct composition *c = &e->compositions[i % COMPOSITIONS_MAX];

		c->progress = fmin(1.0, c->progress + progress);
	}
}

static void transport(struct engine *e)
{
	double p = value_of(e, KNOWN_CELL_PRESSURE);
	double flow = value_of(e, KNOWN_CELL_FLOW);
	double dt;

	if (e->transport_t < 0) {
		e->transport_t = e->now;
		e->transport_pressure = p;
		return;
	}
	dt = nsec_to_s(e->now - e->transport_t);
	e->transport_t = e->now;
	if (isnan(p))
		return;
	/* Below VACUUM_BELOW the gauge's own steps would look like moves. */
	if (!(fabs(p - e->transport_pressure) <=
	      PRESSURE_MOVED * fmax(e->transport_pressure, VACUUM_BELOW))) {
		e->transport_pressure = p;
		arrive(e, 1.0);
	} else if (flow > 0.0) {
		arrive(e, dt / site_transit(e->site, p, flow));
	}
}

static int line_gauge(const struct engine *e)
{
	int line = known(e, KNOWN_INLET_PRESSURE);

	return line != ROLE_NONE ? line : known(e, KNOWN_CELL_PRESSURE);
}

static bool comes_with(const struct engine *e, int role, uint16_t poll)
{
	return role != ROLE_NONE && e->site->roles[role].poll == poll;
}

static void keep_composition(struct engine *e, const struct mixture *m)
{
	if (!mixture_is_none(m))
		note_composition(e, m);
	else if (value_of(e, KNOWN_CELL_PRESSURE) < VACUUM_BELOW)
		note_composition(e, &(struct mixture){ { 0 } });
	transport(e);
}

/* Flows, the line's pressure and the cell's may come from one instrument or
 * from many. */
void atmosphere_poll(struct engine *e, uint16_t poll)
{
	int line = line_gauge(e);
	struct mixture m;

	count_flows(e, poll);
	if (comes_with(e, line, poll))
		keep_pressure(e, line);
	m = flowing(e, FLOW_SAMPLES);
	keep_flows(e, &m);
	if (comes_with(e, known(e, KNOWN_CELL_PRESSURE), poll))
		keep_composition(e, &m);
}

bool atmosphere_arrived(const struct engine *e)
{
	return e->compositions[(e->n_compositions - 1) % COMPOSITIONS_MAX]
		       .progress >= 1.0;
}

static int gas_of(const struct engine *e, int role)
{
	for (size_t i = 1; i < e->site->gases.n; i++)
		if (e->site->gas_flow[i] == role ||
		    e->site->gas_valve[i] == role)
			return (int)i;
	return -1;
}

bool atmosphere_may(struct engine *e, int role, double value, struct err *err)
{
	int gas = gas_of(e, role), heater = known(e, KNOWN_HEATER);
	double t;

	if (gas < 0 || !(value > 0.0))
		return true;
	if (e->site->gases.v[gas].kind == GAS_INERT)
		return true;
	t = heater == ROLE_NONE ? e->site->holder.ambient
				: e->readings[heater].value;
	return !ledger_admit(&e->ledger, &e->site->gases, gas,
			     e->site->gas_rule.residual_max, t,
			     e->site->gas_rule.hot_limit, err);
}

void engine_gas(const struct engine *e, nsec now, struct mixture *inlet,
		struct mixture *sample)
{
	uint32_t i = e->n_compositions - 1;

	(void)now;
	*inlet = e->compositions[i % COMPOSITIONS_MAX].m;
	while (i > oldest(e) &&
	       e->compositions[i % COMPOSITIONS_MAX].progress < 1.0)
		i--;
	*sample = e->compositions[i % COMPOSITIONS_MAX].m;
}
