/*
 * The microscope around the cell: its vacuum, its valves and the beam. A
 * command to the beam during an exposure takes effect only after it, as on
 * the most common remote-scripting server.
 */
#ifndef DRIVERS_SIM_COLUMN_H
#define DRIVERS_SIM_COLUMN_H

#include <stdbool.h>

#include "base/nsec.h"
#include "drivers/settings.h"
#include "drivers/sim_chip.h"

struct sim_column_params {
	double vacuum;	     /* Torr, undisturbed */
	double volume;	     /* mL */
	double pump;	     /* s, to pump a burst down */
	double burst;	     /* Torr, median of the bursting pressure */
	double burst_spread; /* sigma of its logarithm */
};

extern const struct sim_column_params sim_column_defaults;
extern const struct setting sim_column_settings[];

struct sim_column {
	const struct sim_column_params *params;
	double pressure; /* Torr */
	double burst;	 /* Torr: this membrane's */
	bool valves;	 /* open */
	bool beam;	 /* unblanked */
	bool beam_wanted;
	bool beam_stuck;
	bool blanker;	    /* a second one, in hardware, cuts it off */
	nsec exposed_until; /* the beam obeys again from then on */
	struct sim_decay pump_decay;
};

/* `chance` is a normal number: how strong this membrane is. */
void sim_column_init(struct sim_column *column,
		     const struct sim_column_params *params, double chance);

/* `spilt` (Torr mL) came out of the cell during dt. */
void sim_column_advance(struct sim_column *column, nsec dt, double spilt);

/* Beam commands that are due at `now`. */
void sim_column_obey(struct sim_column *column, nsec now);

/* Electrons on the sample. */
bool sim_column_beam(const struct sim_column *column);

#endif
