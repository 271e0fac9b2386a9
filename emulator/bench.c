#include "emulator/bench.h"

#include <assert.h>
#include <math.h>

#include "drivers/bus.h"

static const char nothing[] = "type: sim\n";

int emulator_bench_init(struct emulator_bench *b,
			const struct yaml_node *laboratory, uint64_t seed,
			nsec now, struct problems *problems)
{
	static const struct sim_source off = { .limit = 1.0 };
	struct err err = { 0 };
	const struct driver *driver = driver_find("sim-gasbox", &err);

	assert(driver);
	*b = (struct emulator_bench){ .now = now };
	b->yaml = yaml_parse(nothing, sizeof(nothing) - 1, "laboratory",
			     problems);
	if (!laboratory)
		laboratory = yaml_root(b->yaml);
	b->bus = bus_new("laboratory", laboratory, seed, problems);
	b->sim = bus_sim(b->bus);
	if (!b->sim) {
		if (b->bus)
			problems_add(problems, laboratory->at,
				     "the laboratory is a bus of type sim");
		emulator_bench_fini(b);
		return -1;
	}
	sim_noise_init(&b->noise, b->sim->seed, "bench");
	sim_chip_drive(&b->sim->chip, &off);
	device_init(&b->gasbox, driver, "gasbox", b->bus, NULL);
	b->gasbox.now = now;
	/* A fault in the very first moment hinders only this. */
	(void)driver->open(&b->gasbox, &err);
	return 0;
}

void emulator_bench_fini(struct emulator_bench *b)
{
	if (b->gasbox.driver)
		device_fini(&b->gasbox);
	bus_free(b->bus);
	yaml_tree_free(b->yaml);
	*b = (struct emulator_bench){ 0 };
}

void emulator_bench_advance(struct emulator_bench *b)
{
	sim_lab_advance(b->sim, b->now);
}

static size_t find(const struct emulator_bench *b, const char *channel)
{
	int i = driver_channel(b->gasbox.driver, channel);

	assert(i >= 0);
	return (size_t)i;
}

double emulator_bench_read(struct emulator_bench *b, const char *channel)
{
	double values[DEVICE_CHANNELS_MAX];
	struct err err = { 0 };

	b->gasbox.now = b->now;
	/* What a fault of the simulation hides has no number here. */
	if (b->gasbox.driver->poll(&b->gasbox, values, &err))
		return (double)NAN;
	return values[find(b, channel)];
}

void emulator_bench_write(struct emulator_bench *b, const char *channel,
			  double value)
{
	struct err err = { 0 };

	b->gasbox.now = b->now;
	/* The caller reads back, as everybody does with an instrument. */
	(void)b->gasbox.driver->write(&b->gasbox, find(b, channel), value,
				      &err);
}
