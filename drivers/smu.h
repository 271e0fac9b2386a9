/*
 * A source meter with a heater chip on its terminals, as a driver: the talk
 * is a table of command strings per model (keithley_2400.c, ...), the loop is
 * drivers/smu_heater.h.
 *
 * `output` off means the probe current: microwatts, at which the temperature
 * is read. The meter's output itself is off after safe(), after a fault, and
 * while the line is not trusted; it comes back with the probe current when
 * the loop runs (turn()), and heats when it is told to.
 *
 * A meter that is only looked at tells whether its output is off, and nothing
 * more: each measurement of the loop sets the current as well.
 *
 *	heater:
 *	  driver: keithley-2450
 *	  bus: meter
 *	  every: 100 ms
 *	  params:
 *	    expect: {serial: "04400123"}
 *	    chip: {...}			# drivers/chip_file.h
 *	    probe: 0.1 mA
 *	    loop: 40 ms
 */
#ifndef DRIVERS_SMU_H
#define DRIVERS_SMU_H

#include "drivers/driver.h"
#include "drivers/smu_heater.h"
#include "drivers/wire.h"

#define SMU_LINE_MAX 640
#define SMU_CHANNELS 7

/*
 * Command strings. In them {V} is the voltage limit (V), {A} the greatest
 * current (A), {I} the level (A), {N} the integration time (power line
 * cycles), {T} the dead-man's time (s).
 */
struct smu_check {
	const char *ask;    /* NULL ends a list */
	const char *expect; /* a text, or a number within 0.1 % */
};

struct smu_kind {
	const char *models; /* that *IDN? may say: " 2400 2401 " */
	const char *terminator;
	/* Goes before everything that is sent; it ends what the dead-man
	 * waits in. NULL: nothing. */
	const char *wake;
	const char *const *setup;	/* NULL-terminated; output off */
	const char *const *armed;	/* besides, with a dead-man; or NULL */
	const struct smu_check *checks; /* of what was set up */
	struct smu_check is_off;
	const char *on;		/* with the probe current */
	const char *off;	/* current 0, output off */
	const char *level;	/* sets {I} */
	const char *turn;	/* sets {I}, measures, answers */
	const char *armed_turn; /* the same with a dead-man */
	const char *error;	/* the oldest error of the queue */
	/* The answer to `turn`; -1: it is none. */
	int (*sample)(const char *answer, struct smu_sample *sample);
};

extern const struct channel smu_channels[SMU_CHANNELS];

struct smu {
	const struct smu_kind *kind;
	struct wire *wire;
	struct chip chip;
	struct smu_heater heater;
	char terminator[4];
	double nplc;
	nsec loop, reply, dead_man;
	char model[32], serial[32]; /* as it has said */
	uint64_t epoch;		    /* of the wire, when it did */
	bool is_looked_at;	    /* not set up: identified, no more */
	bool is_open;		    /* set up, nothing unknown since */
	bool is_off;		    /* the output is, by its own word */
	bool is_turning;	    /* since it was opened */
	nsec next;		    /* turn */
	nsec rest_until;	    /* nothing is switched on before */
	nsec rest;		    /* after the next fault */
	unsigned turns;		    /* since errors were asked for */
	struct err trouble;	    /* why nothing is known */
};

/* The functions of struct driver, for each model with its table in front. */
int smu_open(struct device *dev, const struct smu_kind *kind, struct err *err);
int smu_look(struct device *dev, const struct smu_kind *kind, struct err *err);
bool smu_fact(const struct device *dev, size_t i, struct device_fact *fact);
int smu_poll(struct device *dev, double *values, struct err *err);
int smu_write(struct device *dev, size_t channel, double value,
	      struct err *err);
int smu_safe(struct device *dev, struct err *err);
nsec smu_turn(struct device *dev, struct err *err);
void smu_close(struct device *dev);

/* n numbers with one of `between` between each; blanks around them count for
 * nothing. 9.9E37 and more, and "nan", are NAN: the meter has none. The number
 * of numbers that there are, or -1. */
int smu_numbers(const char *answer, const char *between, double *values,
		int max);

#endif
