/*
 * A Pfeiffer TPG 36x gauge controller: a mnemonic is acknowledged (ACK or
 * NAK), the answer comes after ENQ. Its gauges are those of the bench's cell,
 * inlet and outlet line.
 */
#ifndef EMULATOR_TPG_H
#define EMULATOR_TPG_H

#include "emulator/bench.h"
#include "emulator/codec.h"

#define TPG_GAUGES_MAX 6
#define TPG_REQUEST_MAX 64

struct emulator_tpg {
	struct emulator_bench *bench;
	size_t n_gauges;
	const char *gauges[TPG_GAUGES_MAX]; /* channels */
	int unit;		     /* 0 mbar, 1 Torr, 2 Pa, 3 micron, 4 hPa */
	const char *error;	     /* after a NAK: its word; NULL */
	char asked[TPG_REQUEST_MAX]; /* what ENQ fetches */
};

extern const struct emulator_codec emulator_tpg_codec;

/* Cell, outlet and inlet, in this order; unit mbar. */
void emulator_tpg_init(struct emulator_tpg *t, struct emulator_bench *bench);

#endif
