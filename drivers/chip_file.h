/*
 * What is known of one heater chip: its serial number, its thermometer
 * R(T), what it takes to heat it, and what it must never be given. It comes
 * with the chip and stands under `chip` in the instrument's params:
 *
 *	chip:
 *	  serial: DH-0417
 *	  resistance: [0.0, 0.279, 153.051]	# a T^2 + b T + c ohm, T in degC
 *	  power: [6.50e-7, 7.679e-3]	# in vacuum, a dT^2 + b dT mW
 *	  voltage_max: 12 V
 *	  current_max: 40 mA
 *	  power_max: 400 mW
 *	  temperature_max: 1000 degC
 *	  resistance_min: 120 ohm
 *	  resistance_max: 480 ohm
 */
#ifndef DRIVERS_CHIP_FILE_H
#define DRIVERS_CHIP_FILE_H

#include "base/err.h"
#include "base/yaml.h"

#define CHIP_SERIAL_MAX 32

struct chip {
	char serial[CHIP_SERIAL_MAX];
	double resistance[3];	/* a, b, c of a T^2 + b T + c ohm */
	double power[2];	/* a, b of a dT^2 + b dT mW, vacuum */
	double ambient;		/* degC, where dT is 0 */
	double voltage_max;	/* V: the compliance */
	double current_max;	/* mA */
	double power_max;	/* mW */
	double temperature_max; /* degC, of setpoints */
	double resistance_min;	/* ohm; outside: open or short */
	double resistance_max;
};

/* `map` is the mapping `chip`, needed whole but for ambient (21 degC) and
 * power. ERR_INVALID names the place; also when the calibration does not fit
 * the limits: R(T) must rise from ambient to temperature_max inside the
 * window of R. */
int chip_read(const struct yaml_node *map, struct chip *chip, struct err *err);

double chip_resistance(const struct chip *chip, double temperature);

/* dR/dT, ohm/K, > 0. */
double chip_slope(const struct chip *chip, double temperature);

/* NAN when no temperature has that resistance. */
double chip_temperature(const struct chip *chip, double resistance);

/* mW to keep it at this temperature in vacuum; >= 0. */
double chip_power(const struct chip *chip, double temperature);

#endif
