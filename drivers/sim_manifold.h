/*
 * The gas system: five mass-flow controllers, the inlet line with its
 * back-pressure controller, the cell with the capillaries before and behind
 * it, the outlet line with its throttle, the pump, and all valves.
 *
 *   MFCs -|H2..O2|-|supply|- inlet line -|inlet|- cell -|outlet|- outlet line
 *                              |  `----------|bypass|-----------'   |
 *                            exhaust                        |pump|- pump
 *
 * Each volume holds amounts per gas (Torr mL), so the true composition is
 * known everywhere. The gas on its way to the sample is a row of mixed cells:
 * it arrives after the transit time, a little spread. The cell's own 20 nL
 * are too little to be missed in the lines and are not taken from them.
 */
#ifndef DRIVERS_SIM_MANIFOLD_H
#define DRIVERS_SIM_MANIFOLD_H

#include <stdbool.h>

#include "base/nsec.h"
#include "drivers/settings.h"
#include "drivers/sim_chip.h"
#include "drivers/sim_gas.h"

#define SIM_TRANSIT_CELLS 16

enum sim_valve {
	SIM_VALVE_GAS, /* + species: the shut-off of one gas */
	SIM_VALVE_SUPPLY = SIM_SPECIES_N,
	SIM_VALVE_INLET,
	SIM_VALVE_OUTLET,
	SIM_VALVE_BYPASS,
	SIM_VALVE_PUMP,
	SIM_VALVE_N
};

struct sim_manifold_params {
	double inlet_volume, outlet_volume; /* mL */
	double conductance;	    /* sccm per mbar, through the holder */
	double rupture_conductance; /* ... of either side once it broke */
	double cell_lag;	    /* s, cell behind the lines */
	double bypass_lag;	    /* s, for both lines to become equal */
	double flow_lag;	    /* s, of the mass-flow controllers */
	double vent_lag;	    /* s, of the back-pressure controller */
	double supply_pressure;	    /* Torr; no controller fills above it */
	/* The pump on both lines: dp/dt = -(p / pump_time) p / (p + pump_knee)
	 * - (p / tail_time) tail_knee / (p + tail_knee): the first is fitted
	 * to a log, the second makes the slow end come out. */
	double pump_time, pump_knee, tail_time, tail_knee;
	double pump_base;      /* Torr, no lower */
	double pump_speed;     /* mL/s, for what flows through the lines */
	double start_pressure; /* Torr of air, everywhere, at lab time 0 */
};

extern const struct sim_manifold_params sim_manifold_defaults;
extern const struct setting sim_manifold_settings[];

struct sim_volume {
	double n[SIM_SPECIES_N]; /* Torr mL */
	double volume;		 /* mL */
};

struct sim_manifold_faults {
	double leak_inlet, leak_outlet; /* sccm of air */
	double mfc_leak[SIM_SPECIES_N]; /* sccm with setpoint 0 */
	bool valve_stuck[SIM_VALVE_N];
	bool pump_stopped;
};

struct sim_manifold {
	const struct sim_manifold_params *params;
	const struct sim_gas_params *gas;
	struct sim_manifold_faults faults;

	/* What was commanded; valve[] is where the valves are. */
	bool valve_wanted[SIM_VALVE_N];
	double flow_wanted[SIM_SPECIES_N];
	double inlet_wanted, outlet_wanted; /* Torr; 0: not controlled */
	bool pump;

	bool valve[SIM_VALVE_N];
	bool is_ruptured;
	double flow[SIM_SPECIES_N]; /* sccm, out of the MFCs */
	struct sim_volume inlet, outlet;
	double cell_pressure;
	double cell_flow;			   /* sccm into the cell */
	struct sim_mix transit[SIM_TRANSIT_CELLS]; /* last: sample */

	bool is_steady; /* nothing changes until a command does */
	struct sim_decay cell_decay, bypass_decay, flow_decay, vent_decay;
	struct sim_decay rupture_decay[2];
};

/* Params and gas outlive it. All shut, pump off, filled with air. */
void sim_manifold_init(struct sim_manifold *m,
		       const struct sim_manifold_params *params,
		       const struct sim_gas_params *gas);

/* One step, at most 0.1 s. Returns what went through a broken membrane into
 * the column (Torr mL); column_pressure in Torr. */
double sim_manifold_step(struct sim_manifold *m, nsec dt,
			 double column_pressure);

/* After any command or fault: the steps are computed again. */
void sim_manifold_touch(struct sim_manifold *m);

bool sim_manifold_pumps(const struct sim_manifold *m);

double sim_volume_pressure(const struct sim_volume *v);
void sim_volume_mix(const struct sim_volume *v, struct sim_mix *out);

#endif
