/*
 * The closed loop of a heater chip on a source meter, without any wire: it is
 * told what the meter has measured and says what current comes next.
 *
 * The chip is its own thermometer: R = V / I gives T by its calibration. The
 * membrane settles in milliseconds, so that from one sample to the next it
 * stands still for its current; the loop therefore asks "which current would
 * have kept it at the temperature I want", with the heat conduction it has
 * seen (vacuum or gas), and goes a part of the way there: a PI loop in its
 * incremental form whose integral is the current itself. What it starts from
 * is what flows, so there is nothing to bump, and nothing winds up while a
 * limit holds.
 *
 * A current heats more the hotter (more resistive) the metal gets; the aim
 * counts that in, and the loop keeps its gain from 20 to 1000 degC.
 *
 * Off: no current, nothing is known. Probing: the probe current, microwatts,
 * the temperature is read and the heater counts as off. Heating: the loop.
 */
#ifndef DRIVERS_SMU_HEATER_H
#define DRIVERS_SMU_HEATER_H

#include <stdbool.h>

#include "base/nsec.h"
#include "drivers/chip_file.h"

/* Bad samples in a row that are a fault. */
#define SMU_HEATER_BAD 2
/* Above temperature_max: at one sample, and at two of three. */
#define SMU_HEATER_HARD 30.0
#define SMU_HEATER_SOFT 15.0

enum smu_state { SMU_OFF, SMU_PROBING, SMU_HEATING };

enum smu_fault {
	SMU_FINE,
	SMU_NO_NUMBER,	   /* the meter gave none */
	SMU_OPEN,	   /* no current flows */
	SMU_SHORT,	   /* R below its window */
	SMU_LIMITED,	   /* the meter's compliance holds */
	SMU_STRANGE,	   /* R above its window */
	SMU_OTHER_CURRENT, /* not the current that was set */
	SMU_HOT,
	SMU_POWER,
	SMU_SENSE,	  /* more power than this temperature takes */
	SMU_SWITCHED_OFF, /* by itself, or by somebody */
	SMU_FAULTS_N
};

struct smu_settings {
	double probe;	   /* mA, the least current while on */
	double response;   /* s, with which a deviation goes away */
	double smoothing;  /* s, of the temperature that is published */
	double slew;	   /* K/s, the fastest that it is heated */
	double excess;	   /* share of the power ... */
	double excess_min; /* ... and mW, that are a lost sense line */
};

extern const struct smu_settings smu_settings_usual;

struct smu_sample {
	double voltage; /* V between the sense contacts; NAN: none */
	double current; /* mA; NAN: none */
	bool limited;	/* the meter says that its limit holds */
	bool off;	/* the meter says that its output is off */
};

struct smu_heater {
	const struct chip *chip;
	struct smu_settings settings;
	enum smu_state state;
	enum smu_fault fault;	/* why it is off */
	double setpoint;	/* degC */
	double reference;	/* on its way to the setpoint */
	double level;		/* mA that is to flow */
	double temperature;	/* degC, smoothed */
	double conductance;	/* mW/K, as seen */
	double usual;		/* the same, slowly */
	struct smu_sample last; /* the newest good one */
	nsec at;		/* when that was; -1: there is none */
	enum smu_fault bad;	/* what was wrong with the newest one */
	unsigned n_bad, n_power, n_excess, n_learned;
	unsigned hot; /* one bit per sample over the soft limit */
};

/* chip outlives it. Off, setpoint ambient. */
void smu_heater_init(struct smu_heater *h, const struct chip *chip,
		     const struct smu_settings *settings);

/* No current from now on; `why` is kept until it probes again. */
void smu_heater_off(struct smu_heater *h, enum smu_fault why);

/* Begins to probe, from any state; what is set stays, but heating has to be
 * asked for anew. */
void smu_heater_probe(struct smu_heater *h);

/* Heating begins at the temperature that is measured. -1 while off. */
int smu_heater_heat(struct smu_heater *h);

/* May be set in any state. -1: above temperature_max, or not a number. */
int smu_heater_set(struct smu_heater *h, double setpoint);

/* What was measured while h->level flowed. `now` rises. Afterwards h->level
 * is what is to flow next; when this returns a fault it is off, and that must
 * be carried out first of all. */
enum smu_fault smu_heater_sample(struct smu_heater *h,
				 const struct smu_sample *sample, nsec now);

/* Of the newest good sample; NAN when there is none. */
double smu_heater_resistance(const struct smu_heater *h); /* ohm */
double smu_heater_power(const struct smu_heater *h);	  /* mW */

/* "the heater is open". Static. */
const char *smu_fault_text(enum smu_fault fault);

#endif
