/*
 * How much of a night the simulated laboratory costs: polls per second of
 * each driver, a night of 7 h with heater at 10 Hz, gas system and microscope
 * at 2 Hz, and one image.
 *
 *   gcc -O2 -ffp-contract=off -D_GNU_SOURCE -I. tests/bench/bench_drivers.c
 *       drivers/[a-z]*.c base/[a-z]*.c -lyaml -ludunits2 -ltiff -lm
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "drivers/bus.h"
#include "drivers/driver.h"

#define NIGHT_S 25200
#define INSTRUMENTS 3

static const char bus_text[] = "type: sim\n";

static const struct {
	const char *name, *driver;
	nsec period;
} instruments[INSTRUMENTS] = {
	{ "heater", "sim-heater", NSEC_PER_S / 10 },
	{ "gas", "sim-gasbox", NSEC_PER_S / 2 },
	{ "microscope", "sim-microscope", NSEC_PER_S / 2 },
};

struct laboratory {
	struct yaml *yaml;
	struct bus *bus;
	struct device devices[INSTRUMENTS];
};

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void check(int status, const struct err *err)
{
	if (!status)
		return;
	fprintf(stderr, "%s\n", err->msg);
	exit(1);
}

static void set(struct device *dev, const char *channel, double value)
{
	struct err err = { 0 };
	int i = driver_channel(dev->driver, channel);

	if (i < 0)
		abort();
	check(dev->driver->write(dev, (size_t)i, value, &err), &err);
}

static void open_all(struct laboratory *lab)
{
	struct problems problems = { 0 };
	struct err err = { 0 };

	lab->yaml =
		yaml_parse(bus_text, sizeof(bus_text) - 1, "bench", &problems);
	lab->bus = bus_new("sim", yaml_root(lab->yaml), 1, &problems);
	for (int i = 0; i < INSTRUMENTS; i++) {
		device_init(&lab->devices[i],
			    driver_find(instruments[i].driver, &err),
			    instruments[i].name, lab->bus, NULL);
		check(lab->devices[i].driver->open(&lab->devices[i], &err),
		      &err);
	}
}

static void close_all(struct laboratory *lab)
{
	for (int i = 0; i < INSTRUMENTS; i++)
		device_fini(&lab->devices[i]);
	bus_free(lab->bus);
	yaml_tree_free(lab->yaml);
}

static void poll(struct device *dev, nsec now)
{
	double values[DEVICE_CHANNELS_MAX];
	struct err err = { 0 };

	dev->now = now;
	check(dev->driver->poll(dev, values, &err), &err);
}

/* 3:1 hydrogen to nitrogen through the cell at 50 Torr. */
static void flow(struct device *gas)
{
	static const char *const open[] = { "h2_valve",	    "n2_valve",
					    "supply_valve", "inlet_valve",
					    "outlet_valve", "pump_valve",
					    "pump" };

	for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++)
		set(gas, open[i], 1.0);
	set(gas, "h2_flow", 0.15);
	set(gas, "n2_flow", 0.05);
	set(gas, "inlet_pressure", 70.66);
	set(gas, "outlet_pressure", 2.47);
}

static void time_each(struct laboratory *lab)
{
	for (int i = 0; i < INSTRUMENTS; i++) {
		double began = seconds(), took;
		nsec now = lab->devices[i].now;
		int n = 300000;

		for (int k = 0; k < n; k++)
			poll(&lab->devices[i], now += instruments[i].period);
		took = seconds() - began;
		printf("%-16s %10.0f polls/s %8.0f ns each\n",
		       instruments[i].driver, n / took, took / n * 1e9);
	}
}

/* A setpoint a second, gas that changes every hour. */
static void time_night(struct laboratory *lab)
{
	struct device *heater = &lab->devices[0], *gas = &lab->devices[1];
	nsec now = NSEC_PER_S * 1000000;
	double began = seconds();
	long n = 0;

	heater->now = gas->now = now;
	set(heater, "output", 1.0);
	flow(gas);
	for (int tick = 0; tick < NIGHT_S * 10; tick++) {
		now += NSEC_PER_S / 10;
		poll(heater, now);
		n++;
		if (tick % 10 == 0)
			set(heater, "temperature",
			    25.0 + (tick / 10) % 2100 / 3.0);
		if (tick % 36000 == 0)
			set(gas, "h2_flow", 0.15 + tick * 1e-7);
		if (tick % 5)
			continue;
		poll(gas, now);
		poll(&lab->devices[2], now);
		n += 2;
	}
	printf("%-16s %10ld polls   %8.3f s of CPU\n", "one night", n,
	       seconds() - began);
}

static void time_image(struct laboratory *lab)
{
	struct device *dev = &lab->devices[2];
	struct frame_request request = { .exposure_s = 1.0,
					 .description = "bench" };
	char path[] = "/tmp/bench-driversXXXXXX";
	struct frame frame = { 0 };
	struct err err = { 0 };
	double began;
	int fd = mkstemp(path);

	if (fd < 0)
		return;
	close(fd);
	request.path = path;
	dev->now += NSEC_PER_S * 2000000;
	set(dev, "beam", 1.0);
	check(dev->driver->acquire(dev, &request, &err), &err);
	dev->now += NSEC_PER_S;
	began = seconds();
	check(dev->driver->frame(dev, &frame, &err), &err);
	printf("%-16s %10s         %8.1f ms of CPU\n", "one image", "512x512",
	       (seconds() - began) * 1e3);
	if (getenv("BENCH_KEEP"))
		printf("%s\n", frame.path);
	else
		unlink(frame.path);
	unlink(path);
}

int main(void)
{
	struct laboratory lab = { 0 };

	open_all(&lab);
	time_each(&lab);
	time_night(&lab);
	time_image(&lab);
	close_all(&lab);
	return 0;
}
