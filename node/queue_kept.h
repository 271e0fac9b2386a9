/*
 * The queue as the last start of the daemon left it, read from the log before
 * the log goes to its thread.
 */
#ifndef NODE_QUEUE_KEPT_H
#define NODE_QUEUE_KEPT_H

#include "node/queue.h"
#include "store/queue.h"

struct queue_kept {
	struct store_queue queue;
	size_t n;
	struct queue_entry v[QUEUE_MAX]; /* who takes one up empties it */
};

int queue_kept_read(struct queue_kept *k, struct store *store, struct err *err);
void queue_kept_fini(struct queue_kept *k);

#endif
