/*
 * The simulated laboratory as the emulated instruments of `gascelld emulate`
 * see it: one bus, the gas system on it, and the chip on the source meter's
 * terminals instead of in a closed loop. It has no clock: whoever asks sets
 * `now` first. Loop's thread.
 */
#ifndef EMULATOR_BENCH_H
#define EMULATOR_BENCH_H

#include "drivers/driver.h"
#include "drivers/sim_lab.h"

struct emulator_bench {
	struct yaml *yaml; /* of a laboratory with defaults */
	struct bus *bus;
	struct sim_lab *sim;
	struct device gasbox;
	struct sim_noise noise; /* of meters and cameras */
	nsec now;
};

/* `laboratory` is the mapping of a bus of type sim; NULL: with defaults. It
 * outlives the bench. -1 with problems when it has mistakes. */
int emulator_bench_init(struct emulator_bench *b,
			const struct yaml_node *laboratory, uint64_t seed,
			nsec now, struct problems *problems);
void emulator_bench_fini(struct emulator_bench *b);

/* Computes everything up to b->now. */
void emulator_bench_advance(struct emulator_bench *b);

/* By the gas system's channel names (docs/simulator.md). NAN: no number. */
double emulator_bench_read(struct emulator_bench *b, const char *channel);
void emulator_bench_write(struct emulator_bench *b, const char *channel,
			  double value);

#endif
