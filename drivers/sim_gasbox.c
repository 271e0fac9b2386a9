/*
 * Simulated gas system: five mass-flow controllers, valves, pump, pressure
 * controllers before and behind the cell, and its gauges.
 */
#include <math.h>

#include "base/array.h"
#include "drivers/bus.h"
#include "drivers/driver.h"
#include "drivers/settings.h"
#include "drivers/sim_lab.h"
#include "drivers/sim_math.h"

#define FLOW_STEP 0.001 /* sccm */

/* Groups in the order of enum sim_species and enum sim_valve. */
enum {
	FLOW = 0,
	FLOW_SETPOINT = FLOW + SIM_SPECIES_N,
	VALVE = FLOW_SETPOINT + SIM_SPECIES_N,
	PUMP = VALVE + SIM_VALVE_N,
	INLET_PRESSURE,
	INLET_SETPOINT,
	OUTLET_PRESSURE,
	OUTLET_SETPOINT,
	CELL_PRESSURE,
	CELL_FLOW,
	CHANNELS_N
};

#define READ_WRITE (CHANNEL_READ | CHANNEL_WRITE)
#define FLOW_CHANNEL(gas)                                                      \
	{                                                                      \
		gas "_flow", QUANTITY_FLOW, READ_WRITE, 0.0, 20.0,             \
			.resolution = FLOW_STEP, .offset = 0.002,              \
			.tolerance = 0.001, .readback = gas "_setpoint"        \
	}
#define SETPOINT_CHANNEL(gas)                                                  \
	{                                                                      \
		gas "_setpoint", QUANTITY_FLOW, CHANNEL_READ,                  \
			.resolution = FLOW_STEP, .tolerance = 0.001            \
	}
#define SWITCH_CHANNEL(name)                                                   \
	{                                                                      \
		name, QUANTITY_SWITCH, READ_WRITE, .max = 1.0                  \
	}

static const struct channel channels[] = {
	[FLOW + SIM_H2] = FLOW_CHANNEL("h2"),
	[FLOW + SIM_N2] = FLOW_CHANNEL("n2"),
	[FLOW + SIM_AR] = FLOW_CHANNEL("ar"),
	[FLOW + SIM_NH3] = FLOW_CHANNEL("nh3"),
	[FLOW + SIM_O2] = FLOW_CHANNEL("o2"),
	[FLOW_SETPOINT + SIM_H2] = SETPOINT_CHANNEL("h2"),
	[FLOW_SETPOINT + SIM_N2] = SETPOINT_CHANNEL("n2"),
	[FLOW_SETPOINT + SIM_AR] = SETPOINT_CHANNEL("ar"),
	[FLOW_SETPOINT + SIM_NH3] = SETPOINT_CHANNEL("nh3"),
	[FLOW_SETPOINT + SIM_O2] = SETPOINT_CHANNEL("o2"),
	[VALVE + SIM_H2] = SWITCH_CHANNEL("h2_valve"),
	[VALVE + SIM_N2] = SWITCH_CHANNEL("n2_valve"),
	[VALVE + SIM_AR] = SWITCH_CHANNEL("ar_valve"),
	[VALVE + SIM_NH3] = SWITCH_CHANNEL("nh3_valve"),
	[VALVE + SIM_O2] = SWITCH_CHANNEL("o2_valve"),
	[VALVE + SIM_VALVE_SUPPLY] = SWITCH_CHANNEL("supply_valve"),
	[VALVE + SIM_VALVE_INLET] = SWITCH_CHANNEL("inlet_valve"),
	[VALVE + SIM_VALVE_OUTLET] = SWITCH_CHANNEL("outlet_valve"),
	[VALVE + SIM_VALVE_BYPASS] = SWITCH_CHANNEL("bypass_valve"),
	[VALVE + SIM_VALVE_PUMP] = SWITCH_CHANNEL("pump_valve"),
	[PUMP] = SWITCH_CHANNEL("pump"),
	[INLET_PRESSURE] = { "inlet_pressure", QUANTITY_PRESSURE, READ_WRITE,
			     0.0, 1000.0, .resolution = 0.244, .offset = 0.5,
			     .tolerance = 0.01, .readback = "inlet_setpoint" },
	[INLET_SETPOINT] = { "inlet_setpoint", QUANTITY_PRESSURE, CHANNEL_READ,
			     .resolution = 0.001, .tolerance = 0.01 },
	/* Below 10 Torr, where a base is judged; above, its steps are those
	 * of the others. */
	[OUTLET_PRESSURE] = { "outlet_pressure", QUANTITY_PRESSURE, READ_WRITE,
			      0.0, 1000.0, .resolution = 0.0024,
			      .offset = 0.005, .tolerance = 0.01,
			      .readback = "outlet_setpoint" },
	[OUTLET_SETPOINT] = { "outlet_setpoint", QUANTITY_PRESSURE,
			      CHANNEL_READ, .resolution = 0.001,
			      .tolerance = 0.01 },
	[CELL_PRESSURE] = { "cell_pressure", QUANTITY_PRESSURE, CHANNEL_READ,
			    .resolution = 0.244, .offset = 1.1 },
	[CELL_FLOW] = { "cell_flow", QUANTITY_FLOW, CHANNEL_READ,
			.resolution = FLOW_STEP, .offset = 0.002 },
};

_Static_assert(ARRAY_SIZE(channels) == CHANNELS_N &&
		       CHANNELS_N <= DEVICE_CHANNELS_MAX,
	       "all channels are in the table");

struct gasbox {
	struct sim_noise noise;
	bool has_noise;
	bool keeps_pump;
};

static void shut(struct sim_manifold *m, bool keeps_pump)
{
	for (int i = 0; i < SIM_SPECIES_N; i++)
		m->flow_wanted[i] = 0.0;
	for (int i = 0; i < SIM_VALVE_N; i++)
		m->valve_wanted[i] = false;
	m->inlet_wanted = 0.0;
	m->outlet_wanted = 0.0;
	if (!keeps_pump)
		m->pump = false;
	sim_manifold_touch(m);
}

static int gasbox_safe(struct device *dev, struct err *err)
{
	struct sim_lab *lab = bus_sim(dev->bus);
	const struct gasbox *gasbox = dev->state;
	struct sim_link link = sim_lab_link(lab, dev, err);

	if (link.is_done)
		shut(&lab->manifold, gasbox->keeps_pump);
	return link.status;
}

/* `pump: keep` leaves a running pump running when all is made safe. */
static int read_params(struct device *dev, struct err *err)
{
	static const char *const keys[] = { "pump", NULL };
	const struct yaml_node *pump = yaml_get(dev->params, "pump");
	struct gasbox *gasbox = dev->state;

	if (settings_check(dev->params, "a sim-gasbox", keys, err))
		return -1;
	return settings_choice(pump, "pump", "off", "keep", &gasbox->keeps_pump,
			       err);
}

static int gasbox_open(struct device *dev, struct err *err)
{
	struct sim_lab *lab = bus_sim(dev->bus);
	struct gasbox *gasbox = dev->state;

	if (!lab)
		return err_set(err, ERR_INVALID, "%s: needs a bus of type sim",
			       dev->name);
	if (read_params(dev, err))
		return -1;
	if (!gasbox->has_noise)
		sim_noise_init(&gasbox->noise, lab->seed, dev->name);
	gasbox->has_noise = true;
	return gasbox_safe(dev, err);
}

/* A meter through which nothing flows shows nothing. */
static double flow_reading(double flow, double sigma, struct sim_noise *noise)
{
	double n = sigma * sim_noise_normal(noise);

	if (flow == 0.0)
		return 0.0;
	return sim_round((flow + n) / FLOW_STEP) * FLOW_STEP;
}

static void read_switches(const struct sim_manifold *m, double *values)
{
	for (int i = 0; i < SIM_VALVE_N; i++)
		values[VALVE + i] = m->valve[i];
	values[PUMP] = sim_manifold_pumps(m);
}

static void read_gauges(const struct sim_lab *lab, struct sim_noise *noise,
			double *values)
{
	const struct sim_gauge_params *g = &lab->params.gauges;
	const struct sim_manifold *m = &lab->manifold;

	values[INLET_PRESSURE] = sim_gauge_measure(
		&g->inlet, noise, sim_volume_pressure(&m->inlet));
	values[OUTLET_PRESSURE] = sim_gauge_measure(
		&g->outlet, noise, sim_volume_pressure(&m->outlet));
	values[CELL_PRESSURE] =
		sim_gauge_measure(&g->cell, noise, m->cell_pressure);
}

static int gasbox_poll(struct device *dev, double *values, struct err *err)
{
	struct sim_lab *lab = bus_sim(dev->bus);
	struct gasbox *gasbox = dev->state;
	struct sim_link link = sim_lab_link(lab, dev, err);
	const struct sim_manifold *m = &lab->manifold;
	double sigma = lab->params.gauges.flow_noise;

	if (link.status)
		return link.status;
	for (int i = 0; i < SIM_SPECIES_N; i++) {
		values[FLOW + i] =
			flow_reading(m->flow[i], sigma, &gasbox->noise);
		values[FLOW_SETPOINT + i] = m->flow_wanted[i];
	}
	read_switches(m, values);
	read_gauges(lab, &gasbox->noise, values);
	values[INLET_SETPOINT] = m->inlet_wanted;
	values[OUTLET_SETPOINT] = m->outlet_wanted;
	values[CELL_FLOW] = flow_reading(m->cell_flow, sigma, &gasbox->noise);
	sim_faults_readings(&lab->faults, dev, lab->t, values);
	return 0;
}

static void set(struct sim_manifold *m, size_t channel, double value)
{
	if (channel < FLOW_SETPOINT)
		m->flow_wanted[channel - FLOW] = value;
	else if (channel >= VALVE && channel < PUMP)
		m->valve_wanted[channel - VALVE] = value != 0.0;
	else if (channel == PUMP)
		m->pump = value != 0.0;
	else if (channel == INLET_PRESSURE)
		m->inlet_wanted = value;
	else if (channel == OUTLET_PRESSURE)
		m->outlet_wanted = value;
	sim_manifold_touch(m);
}

static int gasbox_write(struct device *dev, size_t channel, double value,
			struct err *err)
{
	struct sim_lab *lab = bus_sim(dev->bus);
	struct sim_link link = sim_lab_link(lab, dev, err);

	if (link.is_done)
		set(&lab->manifold, channel, value);
	return link.status;
}

extern const struct driver driver_sim_gasbox;
const struct driver driver_sim_gasbox = {
	.name = "sim-gasbox",
	.summary = "gas system of the simulated laboratory",
	.state_size = sizeof(struct gasbox),
	.channels = channels,
	.n_channels = ARRAY_SIZE(channels),
	.open = gasbox_open,
	.look = gasbox_open, /* a laboratory of its own */
	.poll = gasbox_poll,
	.write = gasbox_write,
	.safe = gasbox_safe,
};
