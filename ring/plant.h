/*
 * The instruments as the loop sees them: behind the threads of their buses.
 * What an instrument is asked is a call; while one is out the elastic clock
 * waits for it; its answer comes back on the loop.
 */
#ifndef RING_PLANT_H
#define RING_PLANT_H

#include "drivers/link.h"
#include "ring/clock.h"
#include "ring/journal.h"
#include "ring/rig.h"
#include "ring/worker.h"

#define PLANT_QUEUE_MAX 256 /* calls waiting at one bus */

struct plant {
	const struct config *config;
	struct rig *rig;
	struct clock *clock;
	struct journal *journal;
	struct worker *buses[CONFIG_BUSES_MAX];
	/* Gives an event to the ring; also from inside an action, then the
	 * event waits for its turn. */
	void (*feed)(void *context, const struct event *event);
	void *context;
};

/* Starts a thread per bus. plant->config, rig, clock, journal, feed are set.
 * On failure what was started is stopped again. */
int plant_start(struct plant *p, uv_loop_t *loop, struct err *err);

/* False: a thread hangs in a driver; the process must then end without
 * freeing the rig. */
bool plant_stop(struct plant *p, uint64_t timeout_ms);

nsec plant_now(struct plant *p);

struct call {
	struct job job;
	struct clock_hold hold;
	struct plant *plant;
	size_t instrument;
	bool out;	       /* submitted, and not yet back */
	bool first;	       /* what its bus does gives way, */
	enum link_hurry hurry; /* ... how soon */
	nsec at;	       /* time at which it was done */
	int status;	       /* what `work` returned */
	struct err err;
	/* On the bus's thread; `call->at` is set. */
	int (*work)(struct call *call);
	/* On the loop's; dropped calls have ERR_STATE and no `at`. */
	void (*done)(struct call *call);
};

/* plant, instrument, work and done are set; it is not out. ERR_FULL: done
 * is not called. */
int call_submit(struct call *call, struct err *err);

/* Overtakes everything that waits at its bus, and interrupts what is under
 * way there, which then fails with ERR_AGAIN. Never refused. */
void call_submit_first(struct call *call, enum link_hurry hurry);

/* See worker_drop(). */
bool call_drop(struct call *call);

#endif
