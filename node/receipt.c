#include "node/receipt.h"

#include <stdlib.h>

#include "base/array.h"

struct receipt {
	uint64_t token; /* 0: free */
	uint64_t batch;
	nsec t;	    /* when it was done; UTC */
	char *json; /* NULL: null */
};

struct receipts {
	const struct daemon_node_setup *setup;
	struct node *node;
	uint64_t committed; /* newest batch */
	size_t n;	    /* in use */
	struct receipt v[NODE_WAITING_MAX];
};

struct receipts *receipts_new(const struct daemon_node_setup *setup,
			      struct node *node)
{
	struct receipts *r = memory_zeroed(1, sizeof(*r));

	r->setup = setup;
	r->node = node;
	return r;
}

void receipts_free(struct receipts *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < NODE_WAITING_MAX; i++)
		free(r->v[i].json);
	free(r);
}

/* There are as many places as requests can wait in the node. */
static struct receipt *place(struct receipts *r)
{
	struct receipt *p = r->v;

	while (p->token)
		p++;
	return p;
}

uint64_t receipts_batch(const struct receipts *r)
{
	return r->setup->batch ? r->setup->batch(r->setup->batch_context) : 0;
}

static void answer(struct receipts *r, const struct receipt *given)
{
	struct receipt *p;

	if (given->batch <= r->committed) {
		node_answer_result(r->node, given->token,
				   given->json ? given->json : "null",
				   given->t);
		return;
	}
	p = place(r);
	*p = *given;
	p->json = given->json ? text_dup(given->json) : NULL;
	r->n++;
}

void receipts_answer(struct receipts *r, uint64_t token, const char *json,
		     nsec t)
{
	answer(r, &(struct receipt){ .token = token,
				     .batch = receipts_batch(r),
				     .t = t,
				     .json = (char *)(uintptr_t)json });
}

void receipts_answer_change(struct receipts *r, uint64_t token, uint64_t batch,
			    nsec t)
{
	answer(r, &(struct receipt){ .token = token, .batch = batch, .t = t });
}

static void release(struct receipts *r, struct receipt *p)
{
	free(p->json);
	*p = (struct receipt){ 0 };
	r->n--;
}

void receipts_committed(struct receipts *r, uint64_t batch)
{
	struct receipt *p;

	r->committed = batch;
	for (p = r->v; r->n && p < r->v + NODE_WAITING_MAX; p++) {
		if (!p->token || p->batch > batch)
			continue;
		node_answer_result(r->node, p->token,
				   p->json ? p->json : "null", p->t);
		release(r, p);
	}
}

static void confess(struct receipts *r, struct receipt *p, const char *why)
{
	_cleanup_(text_free) struct text text = { 0 };

	text_addf(&text, "it was done, but it is not in the log: %s", why);
	node_answer_error(r->node, p->token, ERROR_HARDWARE, text_str(&text));
	release(r, p);
}

void receipts_failed(struct receipts *r, const char *why)
{
	struct receipt *p;

	for (p = r->v; r->n && p < r->v + NODE_WAITING_MAX; p++)
		if (p->token)
			confess(r, p, why);
}

void receipts_tick(struct receipts *r, nsec now)
{
	nsec t = now + r->setup->utc_offset;
	struct receipt *p;

	for (p = r->v; r->n && p < r->v + NODE_WAITING_MAX; p++)
		if (p->token && t - p->t > RECEIPT_WITHIN)
			confess(r, p, "the disk does not answer");
}
