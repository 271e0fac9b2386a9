/*
 * The life of the daemon's laboratory: opened, commanded safe, read back,
 * ready; on the way out commanded safe, read back, each instrument's own
 * safe(), stopped. Each phase has a bound; when that is over the next one
 * begins without what is missing. Loop's thread.
 */
#ifndef RING_LIFE_H
#define RING_LIFE_H

#include "ring/instrument.h"
#include "ring/ring.h"
#include "ring/setpoints.h"
#include "ring/timers.h"

#define LIFE_OPEN_WITHIN                                                       \
	(2 * NSEC_PER_S) /* then polls begin without the rest */
#define LIFE_READY_WITHIN (10 * NSEC_PER_S)
#define LIFE_SAFE_WITHIN NSEC_PER_S /* for safe() of all instruments */

enum life_phase {
	LIFE_OPENING,
	LIFE_BEGINNING,	 /* the engine has commanded all safe */
	LIFE_CONFIRMING, /* polls read it back */
	LIFE_READY,
	LIFE_STOPPING, /* as BEGINNING and CONFIRMING */
	LIFE_CALLING_SAFE,
	LIFE_STOPPED,
};

struct life {
	struct plant *plant;
	struct ring *ring;
	struct setpoints *setpoints;
	struct instrument *instruments;
	size_t n_instruments;
	/* Once: everything was read back safe, or that took too long. */
	void (*ready)(void *context, bool confirmed);
	/* Once: nothing is asked of anybody any more. */
	void (*stopped)(void *context);
	void *context;

	struct timer patience;
	enum life_phase phase;
	bool impatient;
	struct call safe_calls[POLLS_MAX];
	size_t n_safe_calls; /* not yet back */
};

/* The fields above the line are set. Begins to open all instruments. */
void life_begin(struct life *l, struct timers *timers);

/* At the end of each turn of the loop: is it time for the next phase? */
void life_turn(struct life *l);

/* The way out; the engine was told to abort before. Again: hurries. */
void life_stop(struct life *l, nsec within);

/* The loop must run once more before the memory goes. */
void life_close(struct life *l);

#endif
