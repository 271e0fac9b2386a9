#include "drivers/sim_manifold.h"

#include <assert.h>
#include <math.h>

const struct sim_manifold_params sim_manifold_defaults = {
	.inlet_volume = 1.0,
	.outlet_volume = 1.0,
	.conductance = 0.0011,
	.rupture_conductance = 0.1,
	.cell_lag = 0.26,
	.bypass_lag = 0.05,
	.flow_lag = 0.2,
	.vent_lag = 0.5,
	.supply_pressure = 3000.0,
	.pump_time = 3.36,
	.pump_knee = 17.0,
	.tail_time = 200.0,
	.tail_knee = 1.0,
	.pump_base = 0.001,
	.pump_speed = 200.0,
	.start_pressure = 760.0,
};

#define PLACE(member) offsetof(struct sim_manifold_params, member)
const struct setting sim_manifold_settings[] = {
	{ "inlet_volume", QUANTITY_VOLUME, PLACE(inlet_volume), 0.01, 1e4, 0 },
	{ "outlet_volume", QUANTITY_VOLUME, PLACE(outlet_volume), 0.01, 1e4,
	  0 },
	{ "conductance", QUANTITY_NUMBER, PLACE(conductance), 1e-7, 0.01, 0 },
	{ "rupture_conductance", QUANTITY_NUMBER, PLACE(rupture_conductance),
	  1e-7, 100.0, 0 },
	{ "cell_lag", QUANTITY_TIME, PLACE(cell_lag), 0.001, 100.0, 0 },
	{ "bypass_lag", QUANTITY_TIME, PLACE(bypass_lag), 0.001, 100.0, 0 },
	{ "flow_lag", QUANTITY_TIME, PLACE(flow_lag), 0.001, 100.0, 0 },
	{ "vent_lag", QUANTITY_TIME, PLACE(vent_lag), 0.001, 100.0, 0 },
	{ "supply_pressure", QUANTITY_PRESSURE, PLACE(supply_pressure), 1.0,
	  1e5, 0 },
	{ "pump_time", QUANTITY_TIME, PLACE(pump_time), 0.5, 1e4, 0 },
	{ "pump_knee", QUANTITY_PRESSURE, PLACE(pump_knee), 0.0, 1000.0, 0 },
	{ "tail_time", QUANTITY_TIME, PLACE(tail_time), 1.0, 1e6, 0 },
	{ "tail_knee", QUANTITY_PRESSURE, PLACE(tail_knee), 1e-6, 100.0, 0 },
	{ "pump_base", QUANTITY_PRESSURE, PLACE(pump_base), 0.0, 100.0, 0 },
	{ "pump_speed", QUANTITY_NUMBER, PLACE(pump_speed), 0.1, 1e6, 0 },
	{ "start_pressure", QUANTITY_PRESSURE, PLACE(start_pressure), 0.0,
	  1000.0, 0 },
	{ 0 },
};
#undef PLACE

static double amount(const struct sim_volume *v)
{
	double sum = 0.0;

	for (int i = 0; i < SIM_SPECIES_N; i++)
		sum += v->n[i];
	return sum;
}

double sim_volume_pressure(const struct sim_volume *v)
{
	return amount(v) / v->volume;
}

void sim_volume_mix(const struct sim_volume *v, struct sim_mix *out)
{
	double sum = amount(v);

	for (int i = 0; i < SIM_SPECIES_N; i++)
		out->x[i] = sum > 0.0 ? v->n[i] / sum : sim_air.x[i];
}

static void scale(struct sim_volume *v, double factor)
{
	for (int i = 0; i < SIM_SPECIES_N; i++)
		v->n[i] *= factor;
}

static void add(struct sim_volume *v, const struct sim_mix *mix, double n)
{
	for (int i = 0; i < SIM_SPECIES_N; i++)
		v->n[i] += n * mix->x[i];
}

/* Moves n > 0 of what `from` holds; never more than there is. */
static void move(struct sim_volume *from, struct sim_volume *to, double n)
{
	double all = amount(from);
	double share = all > n ? n / all : 1.0;

	if (!(n > 0.0 && all > 0.0))
		return;
	for (int i = 0; i < SIM_SPECIES_N; i++) {
		double part = from->n[i] * share;

		from->n[i] -= part;
		to->n[i] += part;
	}
}

/* Shuts off a volume's inflow at a pressure: leaves what fits. */
static void cut_to(struct sim_volume *v, double pressure)
{
	double p = sim_volume_pressure(v);

	if (p > pressure)
		scale(v, pressure / p);
}

void sim_manifold_init(struct sim_manifold *m,
		       const struct sim_manifold_params *params,
		       const struct sim_gas_params *gas)
{
	*m = (struct sim_manifold){
		.params = params,
		.gas = gas,
		.inlet.volume = params->inlet_volume,
		.outlet.volume = params->outlet_volume,
		.cell_pressure = params->start_pressure,
	};
	add(&m->inlet, &sim_air, params->start_pressure * m->inlet.volume);
	add(&m->outlet, &sim_air, params->start_pressure * m->outlet.volume);
	for (int i = 0; i < SIM_TRANSIT_CELLS; i++)
		m->transit[i] = sim_air;
}

bool sim_manifold_pumps(const struct sim_manifold *m)
{
	return m->pump && !m->faults.pump_stopped;
}

void sim_manifold_touch(struct sim_manifold *m)
{
	m->is_steady = false;
	for (int i = 0; i < SIM_VALVE_N; i++)
		if (!m->faults.valve_stuck[i])
			m->valve[i] = m->valve_wanted[i];
}

/* A controller passes gas only where both of its valves are open. Returns
 * what came in (Torr mL). */
static double feed(struct sim_manifold *m, nsec dt)
{
	const struct sim_manifold_params *p = m->params;
	double keep = sim_decay(&m->flow_decay, dt, p->flow_lag);
	bool can_fill = m->valve[SIM_VALVE_SUPPLY] &&
			sim_volume_pressure(&m->inlet) < p->supply_pressure;
	double sum = 0.0;

	for (int i = 0; i < SIM_SPECIES_N; i++) {
		double target = m->flow_wanted[i];

		if (target < m->faults.mfc_leak[i])
			target = m->faults.mfc_leak[i];
		if (!can_fill || !m->valve[SIM_VALVE_GAS + i])
			m->flow[i] = target = 0.0;
		m->flow[i] = target + (m->flow[i] - target) * keep;
		if (fabs(m->flow[i] - target) < 1e-9)
			m->flow[i] = target;
		m->inlet.n[i] += m->flow[i] * SIM_SCCM * nsec_to_s(dt);
		sum += m->flow[i];
	}
	return sum * SIM_SCCM * nsec_to_s(dt);
}

static double leak(struct sim_volume *v, double sccm, double dt_s)
{
	double n = sccm * SIM_SCCM * dt_s;

	if (!(n > 0.0) || sim_volume_pressure(v) >= 760.0)
		return 0.0;
	add(v, &sim_air, n);
	return n;
}

static void equalise(struct sim_manifold *m, nsec dt)
{
	double a = m->inlet.volume, b = m->outlet.volume;
	double over = sim_volume_pressure(&m->inlet) -
		      sim_volume_pressure(&m->outlet);
	double n;

	if (!m->valve[SIM_VALVE_BYPASS])
		return;
	n = over * a * b / (a + b) *
	    (1.0 - sim_decay(&m->bypass_decay, dt, m->params->bypass_lag));
	if (n > 0.0)
		move(&m->inlet, &m->outlet, n);
	else
		move(&m->outlet, &m->inlet, -n);
}

/* Through the holder, when both of its valves are open. Returns what came
 * into the outlet line (Torr mL). */
static double flow_through(struct sim_manifold *m, double dt_s)
{
	double over = sim_volume_pressure(&m->inlet) -
		      sim_volume_pressure(&m->outlet);
	double n;

	m->cell_flow = 0.0;
	if (!m->valve[SIM_VALVE_INLET] || !m->valve[SIM_VALVE_OUTLET])
		return 0.0;
	m->cell_flow = m->params->conductance * over * SIM_MBAR_PER_TORR;
	n = m->cell_flow * SIM_SCCM * dt_s;
	if (n > 0.0)
		move(&m->inlet, &m->outlet, n);
	else
		move(&m->outlet, &m->inlet, -n);
	return n > 0.0 ? n : 0.0;
}

/* With a broken membrane each line empties into the column. */
static double spill(struct sim_manifold *m, nsec dt, double column)
{
	struct sim_volume *lines[] = { &m->inlet, &m->outlet };
	double spilt = 0.0;

	m->cell_flow = 0.0;
	for (int i = 0; i < 2; i++) {
		double tau =
			lines[i]->volume / (m->params->rupture_conductance *
					    SIM_SCCM * SIM_MBAR_PER_TORR);
		double before = sim_volume_pressure(lines[i]);
		double keep = sim_decay(&m->rupture_decay[i], dt, tau);
		double n = (before - column) * (1.0 - keep) * lines[i]->volume;

		if (!m->valve[i ? SIM_VALVE_OUTLET : SIM_VALVE_INLET] ||
		    before <= column)
			continue;
		scale(lines[i], 1.0 - n / amount(lines[i]));
		spilt += n;
		if (i == 0)
			m->cell_flow = n / SIM_SCCM / nsec_to_s(dt);
	}
	return spilt;
}

/* Vents what is over its setpoint; what flows in is vented at once. */
static void vent(struct sim_manifold *m, nsec dt, double before)
{
	double over = before - m->inlet_wanted;
	double keep = sim_decay(&m->vent_decay, dt, m->params->vent_lag);

	if (m->inlet_wanted <= 0.0)
		return;
	cut_to(&m->inlet, m->inlet_wanted + (over > 0.0 ? over * keep : 0.0));
}

/* 1/s, of both lines together. */
static double pump_rate(const struct sim_manifold_params *p, double pressure)
{
	return pressure / (p->pump_time * (pressure + p->pump_knee)) +
	       p->tail_knee / (p->tail_time * (pressure + p->tail_knee));
}

/* The rate falls with the pressure, so it is taken in the middle of the step;
 * (2 - x) / (2 + x) is exp(-x) to 2e-5 at the steps there are. */
static double pumped(const struct sim_manifold_params *p, double before,
		     double dt_s)
{
	/* Both lines together were measured; one alone empties faster. */
	double both = (p->inlet_volume + p->outlet_volume) / p->outlet_volume;
	double x = pump_rate(p, before) * both * dt_s;
	double middle = before * (4.0 - x) / (4.0 + x);

	x = pump_rate(p, middle) * both * dt_s;
	return before * (2.0 - x) / (2.0 + x);
}

/*
 * `through` (Torr mL) came into the pumped lines during this step. The pump
 * takes it at its full speed; the slow pump-down that was measured is that
 * of the gas which stood in the lines.
 */
static void pump(struct sim_manifold *m, double dt_s, double through)
{
	const struct sim_manifold_params *p = m->params;
	double before = sim_volume_pressure(&m->outlet);
	double stood = before - through / m->outlet.volume;
	double floor = through / dt_s / p->pump_speed;
	double after;

	if (!m->valve[SIM_VALVE_PUMP] || !sim_manifold_pumps(m))
		return;
	if (p->pump_base > floor)
		floor = p->pump_base;
	if (m->outlet_wanted > floor)
		floor = m->outlet_wanted;
	if (before <= floor)
		return;
	after = stood > 0.0 ? pumped(p, stood, dt_s) : 0.0;
	scale(&m->outlet, (after > floor ? after : floor) / before);
}

static double cell_target(const struct sim_manifold *m, double column)
{
	double in = sim_volume_pressure(&m->inlet);
	double out = sim_volume_pressure(&m->outlet);

	if (m->is_ruptured)
		return column;
	if (m->valve[SIM_VALVE_INLET] && m->valve[SIM_VALVE_OUTLET])
		return sqrt(0.5 * (in * in + out * out));
	if (m->valve[SIM_VALVE_INLET])
		return in;
	if (m->valve[SIM_VALVE_OUTLET])
		return out;
	return m->cell_pressure;
}

/* The line that gas enters the cell from. */
static const struct sim_volume *cell_source(const struct sim_manifold *m)
{
	if (!m->valve[SIM_VALVE_OUTLET])
		return &m->inlet;
	if (!m->valve[SIM_VALVE_INLET])
		return &m->outlet;
	return m->cell_flow >= 0.0 ? &m->inlet : &m->outlet;
}

static void blend(struct sim_mix *mix, const struct sim_mix *with, double share)
{
	for (int i = 0; i < SIM_SPECIES_N; i++)
		mix->x[i] += share * (with->x[i] - mix->x[i]);
}

/*
 * A cell whose pressure rises takes in new gas all along its capillaries:
 * what was there is diluted, as purging relies on. It gets what its line
 * holds while it fills, so a little more of the old gas stays than
 * base / fill.
 */
static void fill_cell(struct sim_manifold *m, nsec dt, double column)
{
	double before = m->cell_pressure;
	double target = cell_target(m, column);
	double keep = sim_decay(&m->cell_decay, dt, m->params->cell_lag);
	struct sim_mix source;
	double share;

	m->cell_pressure = target + (before - target) * keep;
	if (fabs(m->cell_pressure - target) < 1e-9)
		m->cell_pressure = target;
	if (m->cell_pressure <= before)
		return;
	share = (m->cell_pressure - before) / m->cell_pressure;
	sim_volume_mix(cell_source(m), &source);
	for (int i = 0; i < SIM_TRANSIT_CELLS; i++)
		blend(&m->transit[i], &source, share);
}

/* The gas on its way: each cell of the row takes up the one before it. */
static void travel(struct sim_manifold *m, double dt_s)
{
	double flow = fabs(m->cell_flow);
	const struct sim_volume *line =
		m->cell_flow > 0.0 ? &m->inlet : &m->outlet;
	struct sim_mix source;
	double share;

	if (flow < 1e-6 || m->is_ruptured)
		return;
	share = dt_s * SIM_TRANSIT_CELLS /
		sim_gas_transit(m->gas, m->cell_pressure, flow);
	if (share > 1.0)
		share = 1.0;
	sim_volume_mix(line, &source);
	for (int i = SIM_TRANSIT_CELLS - 1; i >= 0; i--) {
		/* Backwards, the sample is the first to get it. */
		int at = m->cell_flow > 0.0 ? i : SIM_TRANSIT_CELLS - 1 - i;
		int from = m->cell_flow > 0.0 ? at - 1 : at + 1;

		blend(&m->transit[at], i ? &m->transit[from] : &source, share);
	}
}

static bool same_volume(const struct sim_volume *a, const struct sim_volume *b)
{
	double small = 1e-11 * (amount(b) + 1e-3 * b->volume);

	for (int i = 0; i < SIM_SPECIES_N; i++)
		if (!(fabs(a->n[i] - b->n[i]) <= small))
			return false;
	return true;
}

/* All gas along the way is that of the line it comes from. */
static bool has_arrived(const struct sim_manifold *m)
{
	struct sim_mix source;

	if (fabs(m->cell_flow) < 1e-6)
		return true;
	sim_volume_mix(cell_source(m), &source);
	for (int i = 0; i < SIM_TRANSIT_CELLS; i++)
		for (int k = 0; k < SIM_SPECIES_N; k++)
			if (fabs(m->transit[i].x[k] - source.x[k]) > 1e-12)
				return false;
	return true;
}

static bool flows_reached(const struct sim_manifold *m,
			  const double before[SIM_SPECIES_N])
{
	for (int i = 0; i < SIM_SPECIES_N; i++)
		if (m->flow[i] != before[i])
			return false;
	return true;
}

double sim_manifold_step(struct sim_manifold *m, nsec dt,
			 double column_pressure)
{
	struct sim_volume inlet = m->inlet, outlet = m->outlet;
	double flow[SIM_SPECIES_N], spilt = 0.0, dt_s = nsec_to_s(dt);
	double inlet_before = sim_volume_pressure(&inlet);
	double cell_before = m->cell_pressure;
	double fed, leaked, through = 0.0;

	assert(dt > 0 && dt <= NSEC_PER_S / 10);
	if (m->is_steady)
		return 0.0;
	for (int i = 0; i < SIM_SPECIES_N; i++)
		flow[i] = m->flow[i];
	/* The holder first: it sees the pressures that the controllers hold,
	 * not those between feeding and venting. */
	if (m->is_ruptured)
		spilt = spill(m, dt, column_pressure);
	else
		through = flow_through(m, dt_s);
	fed = feed(m, dt) + leak(&m->inlet, m->faults.leak_inlet, dt_s);
	leaked = leak(&m->outlet, m->faults.leak_outlet, dt_s);
	vent(m, dt, inlet_before);
	equalise(m, dt);
	pump(m, dt_s, leaked + (m->valve[SIM_VALVE_BYPASS] ? fed : through));
	fill_cell(m, dt, column_pressure);
	travel(m, dt_s);
	m->is_steady = !m->is_ruptured && flows_reached(m, flow) &&
		       m->cell_pressure == cell_before &&
		       same_volume(&inlet, &m->inlet) &&
		       same_volume(&outlet, &m->outlet) && has_arrived(m);
	return spilt;
}
