/*
 * A thread that does blocking work for the loop, one job after another: one
 * worker per bus, one for the log.
 *
 * A job changes hands twice: at submit to the worker, at `done` back to the
 * loop. `done` is called exactly once for each submitted job, on the loop's
 * thread, in the order in which the jobs ended, also for a job that was
 * dropped. Jobs belong to the caller; nothing is allocated here.
 *
 * All functions are the loop's thread's; `work` alone runs on the worker's.
 */
#ifndef RING_WORKER_H
#define RING_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/err.h"

struct job {
	void (*work)(struct job *job); /* on the worker's thread */
	void (*done)(struct job *job); /* on the loop's, exactly once */
	bool dropped;		       /* work was never called */
	struct job *next;	       /* the worker's */
};

struct worker;

/* `name` (at most 15 bytes count) is how the thread is called. `max` is how
 * many jobs may wait. The loop outlives the worker. */
struct worker *worker_new(uv_loop_t *loop, const char *name, size_t max,
			  struct err *err);

/* Waits behind all others. ERR_FULL: `done` is not called. */
int worker_submit(struct worker *w, struct job *job, struct err *err);

/* Waits behind other first ones only. Never refused: this is how things are
 * made safe, and the caller has a bound for its jobs. */
void worker_submit_first(struct worker *w, struct job *job);

/* A job that still waits is taken out; its `done` comes soon (not from
 * inside this call) with `dropped` set. False: it is being done, or was. */
bool worker_drop(struct worker *w, struct job *job);

/* How many jobs have ended, and whether one is being done: who looks twice
 * and sees the same number and true has found a stuck worker. */
uint64_t worker_count(struct worker *w, bool *busy);

/*
 * Drops what waits, waits at most so long for the job being done, and calls
 * every `done` that is due. False: the job has not ended in time; the thread
 * still runs, the worker and this job must then be left alone for good.
 */
bool worker_stop(struct worker *w, uint64_t timeout_ms);

/* After a worker_stop() that was true. The memory is freed by the loop when
 * it runs next. NULL is fine. */
void worker_free(struct worker *w);

#endif
