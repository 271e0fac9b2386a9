/*
 * The time of the program: nanoseconds that never jump, anchored once to UTC.
 *
 * Real time is CLOCK_BOOTTIME: monotonic like CLOCK_MONOTONIC, but it goes on
 * while the machine sleeps, so that a night in suspend is seen as what it is.
 * The wall clock may be set; that is noticed and changes nothing here.
 *
 * With a speed other than 1 the program's time runs so many times faster, and
 * is elastic: it does not run past a deadline that was not served, nor more
 * than CLOCK_SLACK past the oldest hold (a request that is still unanswered).
 * A busy machine then makes time slower; it never makes readings stale.
 *
 * Nothing but clock_real() and clock_utc() reads a clock of the machine. All
 * functions are the loop's thread's, except clock_published().
 */
#ifndef RING_CLOCK_H
#define RING_CLOCK_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/nsec.h"

#define CLOCK_SLACK (50 * NSEC_PER_MS)
#define CLOCK_SPEED_MAX 100000.0
#define CLOCK_STEP_MIN (NSEC_PER_S / 2)

/* Time waits for whoever has one of these. */
struct clock_hold {
	nsec since;
	struct clock_hold *previous;
	struct clock_hold *next;
};

struct clock {
	double speed;
	nsec utc_offset;	  /* UTC = time + this */
	nsec wall;		  /* wall clock - real, as last noted */
	nsec anchor_real, anchor; /* time was `anchor` at anchor_real */
	nsec now;		  /* newest time that was given out */
	nsec due;		  /* next deadline */
	struct clock_hold *oldest, *newest;
	_Atomic(nsec) published;
};

nsec clock_real(void);	 /* CLOCK_BOOTTIME */
nsec clock_utc(void);	 /* CLOCK_REALTIME */
nsec clock_worked(void); /* what this thread has had of a core */

/* The program's time begins where real time stands. speed > 0. */
void clock_init(struct clock *c, nsec real, nsec utc, double speed);

/* The time at this moment of real time; never less than before. */
nsec clock_at(struct clock *c, nsec real);

/* The next deadline, for clock_alarm(). A deadline that lies behind is due
 * at once. */
void clock_set_due(struct clock *c, nsec due);

/* When, in real time, to wake up for the deadline; NSEC_NEVER: not before a
 * hold ends, or there is no deadline. */
nsec clock_alarm(struct clock *c);

void clock_hold(struct clock *c, struct clock_hold *hold);
void clock_release(struct clock *c, struct clock_hold *hold);

/* By how much the wall clock was set since this was last said; 0 while less
 * than CLOCK_STEP_MIN. */
nsec clock_wall_step(struct clock *c, nsec real, nsec utc);

/* For drivers on their threads: the time, as good as it can be had there. */
nsec clock_published(const struct clock *c);

#endif
