/*
 * Answers that wait until what they confirm is in the log: a `done` or a
 * `changed` that an operator reads means that it is on disk. When the log
 * cannot be written, or takes too long, the client is told so: what it asked
 * for was done all the same, because going safe never waits for a disk.
 *
 * Loop's thread.
 */
#ifndef NODE_RECEIPT_H
#define NODE_RECEIPT_H

#include "node/node.h"

#define RECEIPT_WITHIN (8 * NSEC_PER_S) /* clients give up after 10 */

struct receipts;

/* setup->batch NULL: there is no log, nothing waits. */
struct receipts *receipts_new(const struct daemon_node_setup *setup,
			      struct node *node);
void receipts_free(struct receipts *r);

/* What was just done for this request is in the batch that is being filled.
 * json: as of node_answer_result(), or NULL. */
void receipts_answer(struct receipts *r, uint64_t token, const char *json,
		     nsec t);

/* The same for a change whose intent was logged some time ago, in the batch
 * that receipts_batch() named then. */
uint64_t receipts_batch(const struct receipts *r);
void receipts_answer_change(struct receipts *r, uint64_t token, uint64_t batch,
			    nsec t);

/* All up to this batch is on disk. */
void receipts_committed(struct receipts *r, uint64_t batch);

/* It could not be written just now. */
void receipts_failed(struct receipts *r, const char *why);

void receipts_tick(struct receipts *r, nsec now);

#endif
