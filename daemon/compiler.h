/*
 * Compiles recipes on a thread of its own: a long one takes longer than the
 * loop may be busy.
 *
 * Loop's thread, but for `more`.
 */
#ifndef DAEMON_COMPILER_H
#define DAEMON_COMPILER_H

#include "daemon/order.h"
#include "daemon/worker.h"

#define COMPILER_WAITING_MAX 16

struct compile {
	struct job job;
	struct order order; /* made by desk_order() */
	/* On the thread, when the order is compiled; NULL: nothing more. */
	void (*more)(struct compile *c);
	/* On the loop, exactly once, at the ring's time `now`. dropped: it
	 * was not compiled, the daemon is ending. */
	void (*done)(struct compile *c, nsec now, bool dropped);
	struct compiler *compiler;
};

struct compiler;

/* now(context): the ring's time. */
struct compiler *compiler_new(uv_loop_t *loop, nsec (*now)(void *context),
			      void *context, struct err *err);

/* ERR_FULL: too many wait; ERR_STATE: it is being closed. `done` is not called
 * then. The compile must stay. */
int compiler_submit(struct compiler *c, struct compile *compile,
		    struct err *err);

/* What waits is dropped; the loop must run once more. False: the thread
 * hangs; it must be left alone. */
bool compiler_close(struct compiler *c, uint64_t timeout_ms);

#endif
