/*
 * The queue of runs as the log keeps it, for who takes it up again after a
 * start. It is written with batches, like all else.
 */
#ifndef STORE_QUEUE_H
#define STORE_QUEUE_H

#include "store/store.h"

/* One that has not left the queue. Texts are valid during the call. */
struct store_queued {
	struct batch_queue_add add;
	const char *state, *reason;
	uint32_t run; /* 0: none */
};

struct store_queue {
	uint32_t last; /* highest number ever given to an entry */
	char state[16];
	char reason[256];
};

/* In the order of their places; before the store goes to its thread. */
int store_queue_read(struct store *s, struct store_queue *out,
		     void (*entry)(void *context, const struct store_queued *q),
		     void *context, struct err *err);

#endif
