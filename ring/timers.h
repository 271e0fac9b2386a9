/*
 * What a loop has to do later: any number of timers on one of the kernel's, at
 * absolute moments of CLOCK_BOOTTIME, exact to what the kernel gives.
 *
 * libuv's own timers round to milliseconds and, repeating, drift by 0.2 % at
 * 10 Hz. And as long as one runs, the kernel sets up and takes down an alarm
 * for every sleep of the loop: of a question over the socket, that is 1 us of
 * 15, and more than one in a hundred waits twice as long (in a virtual machine,
 * where the clock is the host's). So the daemon's loop has none of them.
 *
 * Loop's thread.
 */
#ifndef RING_TIMERS_H
#define RING_TIMERS_H

#include <stdbool.h>

#include <uv.h>

#include "base/err.h"
#include "base/nsec.h"

struct timer {
	struct timers *all;
	nsec at; /* NSEC_NEVER: it does not run */
	void (*fired)(void *context);
	void *context;
	struct timer *next; /* of those that run */
};

struct timers {
	uv_poll_t poll;
	int fd;
	nsec armed; /* when the kernel wakes the loop: as due, or earlier */
	struct timer *first;
};

int timers_init(struct timers *all, uv_loop_t *loop, struct err *err);

/* Nothing fires any more. The loop must run once more before the memory
 * goes. */
void timers_close(struct timers *all);

/* It does not run yet. While it does its memory must stay. */
void timer_init(struct timer *t, struct timers *all,
		void (*fired)(void *context), void *context);

/* Fires once, the earliest first; at a moment in the past, in the loop's next
 * turn. Costs nothing when it is the same as before. */
void timer_start_at(struct timer *t, nsec real);
void timer_start_in(struct timer *t, nsec span);
void timer_stop(struct timer *t);

static inline bool timer_runs(const struct timer *t)
{
	return t->at != NSEC_NEVER;
}

#endif
