/*
 * The ring: event -> engine_step() -> actions -> rig -> events. This part is
 * the same in virtual and in real time: it keeps times strictly increasing,
 * gives due time-outs their turn first, puts everything down in the journal,
 * and hands the actions on. Never entered from inside an action.
 */
#ifndef RING_RING_H
#define RING_RING_H

#include "engine/engine.h"
#include "ring/journal.h"

struct ring {
	struct engine *engine;
	struct journal *journal;
	nsec last; /* time of the newest event */
	/* Called for each action, in order, after all of them are in the
	 * journal; must not feed the ring. */
	void (*act)(void *context, const struct action *action, nsec now);
	/* Optional: every event with its actions, for traces and clients. */
	void (*seen)(void *context, const struct event *event,
		     const struct actions *actions);
	void *context;
	struct actions actions; /* scratch; of the newest event */
	bool has_deadline;	/* false: ask the engine again */
	nsec deadline;
};

/* engine_deadline(), remembered from one event to the next: it is wanted
 * several times for each. */
nsec ring_deadline(struct ring *r);

/* Sets event->now to at least last + 1 and feeds it. The ring's `actions`
 * are this event's afterwards. */
void ring_feed(struct ring *r, struct event *event);

/* Gives all time-outs that are due at or before now. */
void ring_advance(struct ring *r, nsec now);

#endif
