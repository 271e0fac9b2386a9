/*
 * Brings the journal's batches to disk, on a thread of its own. While one
 * batch is being committed the next one fills. A commit starts at the end of
 * a turn of the loop: at once when somebody waits for it, else when the
 * oldest record is RECORDER_GATHER old, so that a tick is one transaction.
 *
 * When the log cannot be written, the batch is kept and tried again, less
 * and less often. What is recorded meanwhile stays in memory up to
 * RECORDER_BYTES_MAX; beyond that samples are left out, and the log says so
 * with gap rows once it works again.
 */
#ifndef RING_RECORDER_H
#define RING_RECORDER_H

#include <uv.h>

#include "ring/clock.h"
#include "ring/journal.h"
#include "ring/timers.h"

#define RECORDER_GATHER (50 * NSEC_PER_MS)
#define RECORDER_SLOW NSEC_PER_S
#define RECORDER_RETRY (100 * NSEC_PER_MS)
#define RECORDER_RETRY_MAX (5 * NSEC_PER_S)
#define RECORDER_BYTES_MAX (16 * 1024 * 1024)
#define RECORDER_ROOM_EVERY (10 * NSEC_PER_S)
/* Less than this on the disk counts as full. */
#define RECORDER_ROOM_MIN (INT64_C(16) * 1024 * 1024)

struct recorder;

struct recorder_setup {
	uv_loop_t *loop;
	struct timers *timers; /* of the loop */
	struct store *store;   /* its thread's, from now on */
	struct journal *journal;
	struct clock *clock;
	/* All on the loop, never from inside a call of these functions. */
	void (*committed)(void *context, uint64_t batch);
	void (*failed)(void *context, const struct err *err);
	void (*fault)(void *context, enum fault fault, bool gone);
	void *context;
};

struct recorder *recorder_new(const struct recorder_setup *setup,
			      struct err *err);

/* Number of the batch that is being filled, from 1. */
uint64_t recorder_batch(const struct recorder *r);

/* Somebody waits for what is being filled. */
void recorder_hurry(struct recorder *r);

/* Before the loop goes to sleep. */
void recorder_turn(struct recorder *r);

/* The number for the next run; once taken it comes into the file with the
 * run's beginning. */
uint32_t recorder_next_run(const struct recorder *r);
void recorder_take_run(struct recorder *r);

/* "ok", "slow", "failed: log: ..."; valid until it changes. */
const char *recorder_state(const struct recorder *r);

/* For the watchdog; see worker_count(). */
uint64_t recorder_count(struct recorder *r, bool *busy);

/*
 * Commits what is left, within the bound, and frees the recorder; the loop
 * must run once more, for its worker. The store is closed. False: the disk
 * hangs; the process must end without touching the store.
 */
bool recorder_close(struct recorder *r, uint64_t timeout_ms);

#endif
