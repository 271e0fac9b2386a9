/*
 * The microscope behind a temscript server: beam, column, a camera and a
 * scanning detector. With its traps: an unknown detector gives 200 and {},
 * nothing is done while a frame is exposed, a refused blank is still a 204.
 */
#ifndef EMULATOR_TEMSCRIPT_H
#define EMULATOR_TEMSCRIPT_H

#include "emulator/bench.h"
#include "emulator/codec.h"

#define TEMSCRIPT_CAMERA "BM-Ceta"
#define TEMSCRIPT_DETECTOR "HAADF"

struct temscript_settings {
	double time_s; /* exposure; of one pixel when it scans */
	int binning;   /* 1, 2, 4, 8 */
	int part;      /* of the edge: 1 FULL, 2 HALF, 4 QUARTER */
};

struct emulator_temscript {
	struct emulator_bench *bench;
	size_t size; /* pixels along an edge, unbinned */
	struct temscript_settings camera, scan;
};

extern const struct emulator_codec emulator_temscript_codec;

void emulator_temscript_init(struct emulator_temscript *t,
			     struct emulator_bench *bench, size_t size);

#endif
