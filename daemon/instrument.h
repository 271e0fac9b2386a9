/*
 * One instrument in real time: opened, polled at t0 + k * period, given up
 * when it does not answer, and tried again.
 *
 * There is never more than one request for readings out. A poll whose time
 * comes while the one before is still out is skipped; when that one has been
 * out for INSTRUMENT_OVERDUE periods the instrument counts as lost, and what
 * it may still answer is thrown away: it is too old to be a reading.
 */
#ifndef DAEMON_INSTRUMENT_H
#define DAEMON_INSTRUMENT_H

#include "daemon/plant.h"

#define INSTRUMENT_OVERDUE 3
/* Not longer: what is lost may have to be told to be safe. */
#define INSTRUMENT_BACKOFF_MAX (5 * NSEC_PER_S)

struct instrument {
	struct call call;
	nsec period;
	nsec next;			/* when something is to be done */
	nsec asked;			/* when the call went out */
	nsec backoff;
	nsec lost_since;		/* NSEC_NEVER: it is not lost */
	unsigned failures;		/* polls, in a row */
	bool up;			/* open, as far as is known */
	bool tried;			/* was opened, or failed to, once */
	bool polled;			/* polls go on while up */
	bool overdue;			/* the poll that is out was given up */
	double value[POLL_CHANNELS_MAX];
	uint32_t bad;
};

/* Starts to open it at once. The plant outlives the instrument. */
void instrument_init(struct instrument *ins, struct plant *p, size_t index);

/* Polls begin now. */
void instrument_begin(struct instrument *ins, nsec now);

/* To be called when now has reached ins->next. */
void instrument_due(struct instrument *ins, nsec now);

/* One poll besides the regular ones, unless one is out. */
void instrument_hurry(struct instrument *ins, nsec now);

#endif
