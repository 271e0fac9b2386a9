/*
 * The simulated laboratory: one physical model of chip, gas system, column
 * and sample that all simulated instruments of a bus share. It has no clock:
 * each driver computes it up to its dev->now.
 *
 * All numbers are parameters of the bus in the configuration, with the
 * defaults of docs/simulator.md. Belongs to its bus's thread, but for
 * sim_lab_new, which reads quantities and is for the loop's thread.
 */
#ifndef DRIVERS_SIM_LAB_H
#define DRIVERS_SIM_LAB_H

#include "base/problems.h"
#include "base/yaml.h"
#include "drivers/sim_chip.h"
#include "drivers/sim_column.h"
#include "drivers/sim_fault.h"
#include "drivers/sim_gas.h"
#include "drivers/sim_gauge.h"
#include "drivers/sim_manifold.h"
#include "drivers/sim_particles.h"

struct sim_lab_params {
	struct sim_chip_params chip;
	struct sim_gas_params gas;
	struct sim_manifold_params manifold;
	struct sim_gauge_params gauges;
	struct sim_column_params column;
	struct sim_camera_params camera;
};

struct sim_lab {
	struct sim_lab_params params;
	uint64_t seed;
	bool has_started;
	nsec origin;	 /* dev->now at lab time 0 */
	nsec t;		 /* lab time, computed up to here */
	nsec next_fault; /* when a fault begins or ends */
	struct sim_chip chip;
	struct sim_manifold manifold;
	struct sim_column column;
	struct sim_particles sample;
	struct sim_faults faults;
};

/* `params` is the bus's mapping (keys type, seed, chip, gas, manifold, gauges,
 * column, camera, faults) or NULL for defaults; it is not kept. Mistakes go
 * to problems; NULL then. A `seed` other than 0 goes before that in params. */
struct sim_lab *sim_lab_new(const struct yaml_node *params, uint64_t seed,
			    struct problems *problems);
void sim_lab_free(struct sim_lab *lab);

/* Computes the plant up to `now`; earlier times do nothing. */
void sim_lab_advance(struct sim_lab *lab, nsec now);

/* The sum of all that: for drivers, before each exchange with an instrument.
 * Advances to dev->now and tells what the link does. */
struct sim_link sim_lab_link(struct sim_lab *lab, const struct device *dev,
			     struct err *err);

/* What is really there, whatever instruments say: for safety tests. As of
 * the last sim_lab_advance. */
enum sim_place { SIM_INLET_LINE, SIM_OUTLET_LINE, SIM_SAMPLE };

double sim_lab_true_pressure(const struct sim_lab *lab,
			     enum sim_place place); /* Torr */
/* Mole fractions; also those of the last traces in a vacuum. */
void sim_lab_true_mix(const struct sim_lab *lab, enum sim_place place,
		      struct sim_mix *out);
double sim_lab_true_fuel(const struct sim_lab *lab, enum sim_place place);
double sim_lab_true_oxidiser(const struct sim_lab *lab, enum sim_place place);
double sim_lab_true_temperature(const struct sim_lab *lab); /* degC */
bool sim_lab_true_beam(const struct sim_lab *lab);	    /* on the sample */
bool sim_lab_is_ruptured(const struct sim_lab *lab);

#endif
