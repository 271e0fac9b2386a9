/*
 * The gases of the simulated manifold: amounts and mixtures, how well they
 * conduct heat, how long they travel.
 *
 * Amounts are pressure times volume at room temperature, Torr mL: a line of
 * volume V holding n has the pressure n / V.
 */
#ifndef DRIVERS_SIM_GAS_H
#define DRIVERS_SIM_GAS_H

#include "drivers/settings.h"

enum sim_species { SIM_H2, SIM_N2, SIM_AR, SIM_NH3, SIM_O2, SIM_SPECIES_N };

/* 1 sccm in Torr mL per second. */
#define SIM_SCCM (760.0 / 60.0)
#define SIM_MBAR_PER_TORR (1013.25 / 760.0)

/* Mole fractions, adding up to 1. */
struct sim_mix {
	double x[SIM_SPECIES_N];
};

struct sim_gas_params {
	struct sim_species_params {
		double conductivity_300; /* mW/(m K) at 300 K */
		double conductivity_600; /* at 600 K */
		double free_path;	 /* um at 1 atm, 300 K */
	} species[SIM_SPECIES_N];
	double transit[6]; /* a..f, see sim_gas_transit */
};

/* What conduction needs of a mixture; fractions weigh linearly. */
struct sim_conduction {
	double conductivity_0; /* k = k0 + k1 T; mW/(m K), K */
	double conductivity_1;
	double free_path; /* um at 1 atm, 300 K */
};

extern const struct sim_gas_params sim_gas_defaults;

/* Reads `gas: {H2: {...}, ..., transit: [...]}`. */
int sim_gas_read(const struct yaml_node *map, struct sim_gas_params *out,
		 struct problems *problems);

/* "H2"; static. */
const char *sim_species_name(enum sim_species species);

/* 78 % nitrogen, 21 % oxygen, 1 % argon. */
extern const struct sim_mix sim_air;

void sim_gas_conduction(const struct sim_gas_params *p,
			const struct sim_mix *mix, struct sim_conduction *out);

/* Seconds from inlet to sample: f + P e / (a + b F + c F^2 + d F^3) with P in
 * mbar and F in mL/min, as the holder's vendor publishes it. Here P comes in
 * Torr and F in sccm, which the vendor's mL/min is. F > 0. */
double sim_gas_transit(const struct sim_gas_params *p, double pressure,
		       double flow);

#endif
