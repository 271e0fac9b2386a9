/*
 * One alarm on the loop at an absolute moment of CLOCK_BOOTTIME, exact to
 * what the kernel gives (uv_timer rounds to milliseconds and, repeating,
 * drifts by 0.2 % at 10 Hz). Loop's thread.
 */
#ifndef RING_TIMER_H
#define RING_TIMER_H

#include <uv.h>

#include "base/err.h"
#include "base/nsec.h"

struct timer {
	uv_poll_t poll;
	int fd;
	nsec armed; /* NSEC_NEVER: not */
	void (*fired)(void *context);
	void *context;
};

int timer_init(struct timer *t, uv_loop_t *loop, void (*fired)(void *context),
	       void *context, struct err *err);

/* A moment in the past fires at once. Costs nothing when it is the same as
 * before. */
void timer_arm(struct timer *t, nsec real);

/* The loop must run once more before the memory goes. */
void timer_close(struct timer *t);

#endif
