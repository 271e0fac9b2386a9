/*
 * One instrument in real time: opened, polled at t0 + k * period, given up
 * when it does not answer, and tried again.
 *
 * There is never more than one request for readings out. A poll whose time
 * comes while the one before is still out is skipped; when that one has been
 * out for INSTRUMENT_OVERDUE periods the instrument counts as lost, and what
 * it may still answer is thrown away: it is too old to be a reading.
 */
#ifndef RING_INSTRUMENT_H
#define RING_INSTRUMENT_H

#include "ring/plant.h"

#define INSTRUMENT_OVERDUE 3
/* What could not be asked just now is asked again so long after. */
#define INSTRUMENT_AGAIN (20 * NSEC_PER_MS)
/* What it says is wrong is over when it has not said so for so long. */
#define INSTRUMENT_WELL_AFTER (5 * NSEC_PER_S)
/* Not longer: what is lost may have to be told to be safe. */
#define INSTRUMENT_BACKOFF_MAX (5 * NSEC_PER_S)

/*
 * The turns of a driver that has a loop of its own: jobs like others, behind
 * what waits at the bus already, and behind safe commands above all.
 */
struct instrument_turn {
	struct call call;
	struct instrument *of;
	nsec next;   /* NSEC_NEVER: none is due */
	nsec wanted; /* as the driver said */
};

struct instrument {
	struct call call;
	struct instrument_turn turn;
	nsec period;
	nsec next;  /* when something is to be done */
	nsec asked; /* when the call went out */
	nsec backoff;
	nsec lost_since;   /* NSEC_NEVER: it is not lost */
	unsigned failures; /* polls, in a row */
	bool up;	   /* open, as far as is known */
	bool tried;	   /* was opened, or failed to, once */
	bool polled;	   /* polls go on while up */
	bool overdue;	   /* the poll that is out was given up */
	double value[POLL_CHANNELS_MAX];
	uint32_t bad;
	/* What it says is wrong with it: newest, and as it was told. */
	char condition[DEVICE_CONDITION_MAX], told[DEVICE_CONDITION_MAX];
	nsec well_since; /* NSEC_NEVER: it says that something is wrong */
};

/* Starts to open it at once. The plant outlives the instrument. */
void instrument_init(struct instrument *ins, struct plant *p, size_t index);

/* Polls begin now. */
void instrument_begin(struct instrument *ins, nsec now);

/* When something is to be done. */
nsec instrument_deadline(const struct instrument *ins);

/* To be called when now has reached that. */
void instrument_due(struct instrument *ins, nsec now);

/* No more turns, and what waits at the bus is taken back. An instrument that
 * has turns is not polled any more either: it is about to be made safe for
 * good, and nothing may switch it on again behind that. */
void instrument_rest(struct instrument *ins);

/* One poll besides the regular ones, unless one is out. */
void instrument_hurry(struct instrument *ins, nsec now);

#endif
