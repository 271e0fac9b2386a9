/*
 * Orders are compiled on a thread of their own: a long recipe takes longer
 * than the loop may be busy.
 *
 * Loop's thread, but for `more`.
 */
#ifndef RING_ORDERS_H
#define RING_ORDERS_H

#include "ring/order.h"
#include "ring/worker.h"

#define ORDERS_WAITING_MAX 16

struct order_job {
	struct job job;
	struct order order; /* made by desk_order() */
	/* On the thread, when the order is compiled; NULL: nothing more. */
	void (*more)(struct order_job *j);
	/* On the loop, exactly once, at the ring's time `now`. dropped: it
	 * was not compiled, the daemon is ending. */
	void (*done)(struct order_job *j, nsec now, bool dropped);
	struct orders *orders;
};

struct orders;

/* now(context): the ring's time. */
struct orders *orders_new(uv_loop_t *loop, nsec (*now)(void *context),
			  void *context, struct err *err);

/* ERR_FULL: too many wait; ERR_STATE: it is being closed. `done` is not called
 * then. The job must stay. */
int orders_submit(struct orders *orders, struct order_job *j, struct err *err);

/* What waits is dropped; the loop must run once more. False: the thread
 * hangs; it must be left alone. */
bool orders_close(struct orders *orders, uint64_t timeout_ms);

#endif
