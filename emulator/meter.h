/*
 * The source meter on the chip: what its front panel would show, whichever
 * language sets it (emulator_scpi.h, emulator_tsp.h). SI units throughout: A,
 * V; the laboratory's chip has mA.
 */
#ifndef EMULATOR_METER_H
#define EMULATOR_METER_H

#include "emulator/bench.h"

#define METER_ERRORS_MAX 16

struct meter_error {
	int code;
	const char *words;
};

struct meter_reading {
	double voltage; /* V, between the sense contacts */
	double current; /* A */
	bool is_limited;
};

struct emulator_meter {
	struct emulator_bench *bench;
	double output;	       /* switches are 0 or 1 */
	double source_voltage; /* 1: the source is a voltage */
	double level_current, level_voltage;
	double limit_current, limit_voltage;
	double remote_sense; /* four wires */
	double nplc;	     /* one reading takes so many 20 ms */
	double measure;	     /* 0 current, 1 voltage, 2 ohm */
	double off_mode;     /* 0 normal, 1 zero, 2 high impedance */
	size_t n_errors;
	struct meter_error errors[METER_ERRORS_MAX];
};

/* After *RST or reset(): output off, source 0 V. Errors stay. */
void emulator_meter_reset(struct emulator_meter *m,
			  struct emulator_bench *bench);

/* Brings what was set to the chip. */
void emulator_meter_apply(struct emulator_meter *m);

void emulator_meter_measure(struct emulator_meter *m,
			    struct meter_reading *out);

/* How long that takes. */
nsec emulator_meter_takes(const struct emulator_meter *m);

/* The last entry of a full queue says that it was full. */
void emulator_meter_complain(struct emulator_meter *m, int code,
			     const char *words);

/* The oldest one; { 0, "No error" } when there is none. */
struct meter_error emulator_meter_error(struct emulator_meter *m);

#endif
