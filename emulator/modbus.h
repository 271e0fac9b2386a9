/*
 * A Modbus I/O station, on TCP or as RTU on a serial line, with the bench's
 * valves, its pump and a hardware beam blanker: coils command, discrete inputs
 * of the same number tell where things are. Coils may be read at 0x200 +
 * number as well, as on stations that keep outputs there.
 *
 *   0-4 shut-offs of H2, N2, Ar, NH3, O2;  5 supply  6 inlet  7 outlet
 *   8 bypass  9 pump valve  10 pump  11 blanker (1: the beam is cut off)
 */
#ifndef EMULATOR_MODBUS_H
#define EMULATOR_MODBUS_H

#include "emulator/bench.h"
#include "emulator/codec.h"

#define EMULATOR_COILS_N 12

struct emulator_modbus {
	struct emulator_bench *bench;
	bool coils[EMULATOR_COILS_N]; /* as commanded */
};

extern const struct emulator_codec emulator_modbus_codec;
extern const struct emulator_codec emulator_rtu_codec;

/* All off. */
void emulator_modbus_init(struct emulator_modbus *m,
			  struct emulator_bench *bench);

#endif
