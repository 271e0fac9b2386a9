/*
 * Alicat controllers and meters on one RS-232/485 line, ASCII: mass-flow
 * controllers, pressure controllers and a flow meter of the bench, each with
 * a letter of its own. They speak as firmware 10v20 does in published
 * captures of real units, and understand the older commands, too.
 *
 * A letter that no unit has is met with silence, a command that the unit does
 * not know with "?".
 */
#ifndef EMULATOR_ALICAT_H
#define EMULATOR_ALICAT_H

#include "emulator/bench.h"
#include "emulator/codec.h"

#define ALICAT_UNITS_MAX 8

enum alicat_kind {
	ALICAT_MFC,   /* p, T, volume and mass flow, setpoint, gas */
	ALICAT_METER, /* the same without a setpoint */
	ALICAT_PC,    /* pressure, setpoint */
};

struct alicat_unit {
	char id; /* 'A' .. 'Z' */
	enum alicat_kind kind;
	const char *channel;  /* of the gas system: its reading, and what
				 * is set */
	const char *setpoint; /* where that is read back; NULL: meter */
	double full_scale;    /* sccm or Torr */
	int gas;	      /* Alicat's number */
	bool holds;	      /* valve closed until cancelled */
	double held;	      /* the setpoint meanwhile */
};

struct emulator_alicat {
	struct emulator_bench *bench;
	size_t n_units;
	struct alicat_unit units[ALICAT_UNITS_MAX];
};

extern const struct emulator_codec emulator_alicat_codec;

/* A H2, B N2, C Ar, D NH3, E O2 of 20 sccm; F the meter of what flows through
 * the cell. */
void emulator_alicat_flows(struct emulator_alicat *a,
			   struct emulator_bench *bench);

/* A inlet, B outlet, of 1000 Torr. */
void emulator_alicat_pressures(struct emulator_alicat *a,
			       struct emulator_bench *bench);

#endif
