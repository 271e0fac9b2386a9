/*
 * A simulated laboratory for one test: a bus made of YAML text and its three
 * instruments, with a clock that only the test moves.
 */
#ifndef TESTS_LABORATORY_H
#define TESTS_LABORATORY_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "drivers/bus.h"
#include "drivers/driver.h"
#include "drivers/sim_lab.h"

#define START (1000 * NSEC_PER_S)

struct laboratory {
	struct yaml *yaml;
	struct bus *bus;
	struct sim_lab *sim;
	nsec now;
	struct device heater, gas, scope;
};

static inline void lab_device(struct laboratory *lab, struct device *dev,
			      const char *driver, const char *name)
{
	struct err err = { 0 };

	device_init(dev, driver_find(driver, &err), name, lab->bus, NULL);
	dev->now = lab->now;
	if (dev->driver->open(dev, &err))
		fail_msg("%s", err.msg);
}

/* `more` is added to "type: sim". */
static inline void lab_open(struct laboratory *lab, const char *more,
			    uint64_t seed)
{
	struct problems problems = { 0 };
	struct text text = { 0 };

	*lab = (struct laboratory){ .now = START };
	text_addf(&text, "type: sim\n%s", more);
	lab->yaml = yaml_parse(text.s, text.n, "site.yaml", &problems);
	text_free(&text);
	assert_non_null(lab->yaml);
	lab->bus = bus_new("sim", yaml_root(lab->yaml), seed, &problems);
	if (problems.n)
		fail_msg("%d:%d: %s", problems.v[0].line, problems.v[0].column,
			 problems.v[0].msg);
	problems_free(&problems);
	lab->sim = bus_sim(lab->bus);
	assert_non_null(lab->sim);
}

static inline void lab_connect(struct laboratory *lab)
{
	lab_device(lab, &lab->heater, "sim-heater", "heater");
	lab_device(lab, &lab->gas, "sim-gasbox", "gas");
	lab_device(lab, &lab->scope, "sim-microscope", "microscope");
}

static inline void lab_start(struct laboratory *lab, const char *more)
{
	lab_open(lab, more, 0);
	lab_connect(lab);
}

static inline void lab_close(struct laboratory *lab)
{
	device_fini(&lab->heater);
	device_fini(&lab->gas);
	device_fini(&lab->scope);
	bus_free(lab->bus);
	yaml_tree_free(lab->yaml);
	quantity_fini();
}

static inline size_t channel_of(const struct device *dev, const char *name)
{
	int i = driver_channel(dev->driver, name);

	if (i < 0)
		fail_msg("%s has no channel %s", dev->name, name);
	return (size_t)i;
}

static inline int try_set(struct laboratory *lab, struct device *dev,
			  const char *name, double value, struct err *err)
{
	dev->now = lab->now;
	return dev->driver->write(dev, channel_of(dev, name), value, err);
}

static inline void set(struct laboratory *lab, struct device *dev,
		       const char *name, double value)
{
	struct err err = { 0 };

	if (try_set(lab, dev, name, value, &err))
		fail_msg("%s", err.msg);
}

static inline int try_poll(struct laboratory *lab, struct device *dev,
			   double *values, struct err *err)
{
	dev->now = lab->now;
	return dev->driver->poll(dev, values, err);
}

static inline double get(struct laboratory *lab, struct device *dev,
			 const char *name)
{
	double values[DEVICE_CHANNELS_MAX];
	struct err err = { 0 };

	if (try_poll(lab, dev, values, &err))
		fail_msg("%s", err.msg);
	return values[channel_of(dev, name)];
}

static inline void wait_for(struct laboratory *lab, double seconds)
{
	lab->now += nsec_from_s(seconds);
	sim_lab_advance(lab->sim, lab->now);
}

static inline void set_all(struct laboratory *lab, const char *const *names,
			   double value)
{
	for (; *names; names++)
		set(lab, &lab->gas, *names, value);
}

/* Both lines and the cell are pumped. */
static inline void pump_all(struct laboratory *lab)
{
	static const char *const open[] = { "inlet_valve",  "outlet_valve",
					    "bypass_valve", "pump_valve",
					    "pump",	    NULL };

	set_all(lab, open, 1.0);
}

/* One gas, and only that, fills lines and cell to a pressure. */
static inline void fill_with(struct laboratory *lab, const char *gas,
			     double pressure)
{
	char name[32] = "";

	set(lab, &lab->gas, "pump_valve", 0.0);
	set(lab, &lab->gas, "supply_valve", 1.0);
	set(lab, &lab->gas, "inlet_pressure", pressure);
	strcat(strcpy(name, gas), "_valve");
	set(lab, &lab->gas, name, 1.0);
	strcat(strcpy(name, gas), "_flow");
	set(lab, &lab->gas, name, 20.0);
}

/* Lines and cell hold `gas` at that pressure, and next to nothing else. */
static inline void hold_gas(struct laboratory *lab, const char *gas,
			    double pressure)
{
	pump_all(lab);
	wait_for(lab, 1500.0);
	fill_with(lab, gas, pressure);
	wait_for(lab, 30.0);
}

static inline double true_pressure(const struct laboratory *lab,
				   enum sim_place place)
{
	return sim_lab_true_pressure(lab->sim, place);
}

struct statistics {
	double n, sum, squares;
};

static inline void note(struct statistics *s, double x)
{
	s->n += 1.0;
	s->sum += x;
	s->squares += x * x;
}

static inline double mean_of(const struct statistics *s)
{
	return s->sum / s->n;
}

static inline double sigma_of(const struct statistics *s)
{
	double mean = mean_of(s);

	return sqrt(s->squares / s->n - mean * mean);
}

static inline void assert_near(double value, double expected, double within)
{
	if (!(fabs(value - expected) <= within))
		fail_msg("%.6g is not %.6g +- %.3g", value, expected, within);
}

#endif
