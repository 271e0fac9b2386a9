/*
 * The heater chip: a metal spiral on a membrane whose resistance is its
 * thermometer, and the closed loop in its supply that holds it at a setpoint.
 *
 * The membrane settles in 5 ms, so its power is always that of its
 * temperature; what takes time is the loop (1.23 s, which is the lag that a
 * real log shows on a ramp). Temperatures are degC, powers mW.
 *
 * Without that supply it is driven open loop: by a current or a voltage, as
 * from a source meter, and its temperature follows from the power balance.
 */
#ifndef DRIVERS_SIM_CHIP_H
#define DRIVERS_SIM_CHIP_H

#include <stdbool.h>

#include "base/nsec.h"
#include "drivers/settings.h"
#include "drivers/sim_gas.h"
#include "drivers/sim_noise.h"

struct sim_chip_params {
	double ambient;
	double resistance[3]; /* a T^2 + b T + c ohm: a, b, c */
	double power_1;	      /* vacuum: P = power_1 dT + power_2 dT^2 */
	double power_2;
	double power_max;	 /* what the supply can give */
	double lag;		 /* s, of the closed loop */
	double membrane;	 /* s, time constant with the output off */
	double hold_noise;	 /* K, sigma of the temperature in a hold */
	double cycle;		 /* s, period of the loop's slow cycle */
	double cycle_decay;	 /* s, over which it forgets its phase */
	double ramp_noise;	 /* K, sigma of the reading on a ramp */
	double resistance_noise; /* ohm, sigma of the raw reading */
	double power_noise;	 /* mW */
	double sense_current;	 /* mA, with the output off */
	double cold_error;	 /* K, too low at small currents */
	double gap;		 /* um of gas between chip and lid */
	double radius;		 /* um, of the heated area */
};

extern const struct sim_chip_params sim_chip_defaults;
extern const struct setting sim_chip_settings[];

/* What is wrong with the chip just now. */
struct sim_chip_faults {
	bool open;    /* no current flows */
	double drift; /* its resistance is (1 + drift) too high */
	double sense; /* of dT that is seen; 1: all of it */
};

/* A factor exp(-dt / tau), kept as long as dt stays the same. */
struct sim_decay {
	nsec dt;
	double factor;
};

double sim_decay(struct sim_decay *decay, nsec dt, double tau);

/* What a source meter puts on the chip's terminals. */
struct sim_source {
	bool is_voltage; /* else a current */
	double level;	 /* V or mA; either sign */
	double limit;	 /* mA or V, > 0: its compliance */
};

/* What it meets there. */
struct sim_terminals {
	double voltage;	 /* V, between the sense contacts */
	double current;	 /* mA */
	bool is_limited; /* the limit holds, not the level */
};

struct sim_chip {
	const struct sim_chip_params *params;
	struct sim_chip_faults faults;
	struct sim_conduction gas;
	double pressure; /* Torr, around the chip */
	bool output;
	bool is_open_loop;
	struct sim_source source; /* when it is open loop */
	double setpoint;
	double base;	 /* where the loop is, without its cycle */
	double cycle[2]; /* of the loop, in units of its sigma */
	nsec measured;	 /* when it was last read */
	struct sim_decay lag_decay, cycle_decay;
	double cycle_sin, cycle_cos, cycle_kick;
};

struct sim_chip_reading {
	double temperature, resistance, voltage, current, power;
};

/* params outlive the chip. Output off, at ambient, in vacuum. */
void sim_chip_init(struct sim_chip *chip, const struct sim_chip_params *params);

/* Gas around it, until said otherwise. */
void sim_chip_gas(struct sim_chip *chip, const struct sim_conduction *gas,
		  double pressure);

void sim_chip_advance(struct sim_chip *chip, nsec dt);

/* From now on open loop. `output` switches the source on and off. */
void sim_chip_drive(struct sim_chip *chip, const struct sim_source *source);

/* Open loop only: as of the last advance, without any noise. */
void sim_chip_terminals(const struct sim_chip *chip, struct sim_terminals *out);

/* The heater's true temperature. */
double sim_chip_temperature(const struct sim_chip *chip);

double sim_chip_resistance(const struct sim_chip_params *p, double temperature);

/* To keep it at this temperature in the gas it is in. */
double sim_chip_power(const struct sim_chip *chip, double temperature);

/* As its supply reads it at `now`; takes noise. NAN where nothing can be
 * read. */
void sim_chip_measure(struct sim_chip *chip, struct sim_noise *noise, nsec now,
		      struct sim_chip_reading *out);

#endif
