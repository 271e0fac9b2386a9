/*
 * What a gauge makes of a pressure: an offset, noise, a clamp at zero, an
 * end of range and the steps of its converter. Torr.
 */
#ifndef DRIVERS_SIM_GAUGE_H
#define DRIVERS_SIM_GAUGE_H

#include "drivers/settings.h"
#include "drivers/sim_noise.h"

struct sim_gauge {
	double range; /* above it there is no reading: NAN */
	double step;
	double noise; /* sigma */
	double offset;
	double fine_below; /* 0: one range only */
	double fine_step;
	double fine_noise;
};

struct sim_gauge_params {
	struct sim_gauge cell, inlet, outlet;
	double flow_noise;   /* sccm, sigma of the flow meters */
	double column_noise; /* relative */
};

extern const struct sim_gauge_params sim_gauge_defaults;

/* Reads `gauges: {cell: {...}, inlet: {...}, outlet: {...}, ...}`. */
int sim_gauge_read(const struct yaml_node *map, struct sim_gauge_params *out,
		   struct problems *problems);

double sim_gauge_measure(const struct sim_gauge *gauge, struct sim_noise *noise,
			 double pressure);

#endif
