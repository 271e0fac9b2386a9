/*
 * The ring in real time, on libuv.
 *
 * A tick: the alarm rings at the earliest of all deadlines; time-outs of the
 * engine come first, then each instrument whose time has come is asked, on
 * its bus's thread. An answer comes back on the loop, becomes an event with
 * the time of its arrival, and the engine's actions follow from it at once:
 * what makes safe goes to the head of its bus's queue inside that same call,
 * everything else waits until the batch with its intent is on disk. Before
 * the loop sleeps, a batch is started on its way if somebody waits for it,
 * and the alarm is set anew, to an absolute time.
 *
 * What can go wrong: an instrument is silent (EVENT_LOST, opened again with
 * back-off), the log fails (EVENT_FAULT, waiting setpoints are refused), the
 * machine sleeps (EVENT_FAULT). Each is an event; none stops the loop.
 */
#ifndef RING_LIVE_H
#define RING_LIVE_H

#include <uv.h>

#include "ring/ring.h"
#include "ring/timers.h"

#define LIVE_LATE (2 * NSEC_PER_S)

struct live;

struct live_setup {
	uv_loop_t *loop;
	struct timers *timers; /* of the loop */
	const struct config *config;
	struct store *store; /* handed over */
	nsec real, utc;	     /* the start of time; see clock.h */
	bool interrupted;    /* the last run was cut off */
	double speed;
	uint64_t seed;
	const char *images; /* directory; "": frames keep no file */
	/* All may be NULL. Called on the loop's thread. */
	void (*seen)(void *context, const struct event *event,
		     const struct actions *actions);
	void (*frame_file)(void *context, nsec now, uint32_t image,
			   const char *path);
	/* The log has all up to this batch; or could not be written. */
	void (*committed)(void *context, uint64_t batch);
	void (*log_failed)(void *context, const char *why);
	/* At the end of each turn of the loop: what clients are to see is
	 * there. */
	void (*turned)(void *context);
	/* Once: everything was read back safe, or that took too long. */
	void (*ready)(void *context, bool confirmed);
	/* After live_stop(): nothing is asked of anybody any more. */
	void (*stopped)(void *context);
	void *context;
};

/* Opens all instruments; the rest happens on the loop. Mistakes of buses go
 * to problems. On failure the store is closed. */
struct live *live_new(const struct live_setup *setup, struct problems *problems,
		      struct err *err);

struct ring *live_ring(struct live *l);
const struct rig *live_rig(const struct live *l);
nsec live_now(struct live *l);
nsec live_utc_offset(const struct live *l);
uint32_t live_next_run(const struct live *l);
void live_take_run(struct live *l);
/* The batch that is being filled; who asks waits for it. */
uint64_t live_batch(struct live *l);
const char *live_log_state(const struct live *l);

/* Names of instruments that are not connected now, for a message. */
void live_missing(const struct live *l, struct text *out);

/* Each second: has the wall clock been set? */
void live_check_wall(struct live *l);

/* Have the buses and the log moved since this was last asked? */
bool live_advances(struct live *l);

/*
 * Everything is made safe: the engine was told to abort before this. When
 * all safe setpoints are confirmed, or that took too long, each
 * instrument's own safe() is called; then `stopped`. Called again: hurries.
 */
void live_stop(struct live *l, nsec within);

/* Ends the threads, writes the rest of the log, closes it. The loop must run
 * until it has no handles. False: a thread hangs; the process must end
 * without freeing anything more. */
bool live_close(struct live *l);

/* After the loop has run out. */
void live_free(struct live *l);

#endif
