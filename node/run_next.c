/*
 * The recipe that the queue starts next, on its way through the orders:
 *
 * 1. It is ordered when its turn has come, against the state as it is then.
 * 2. It is compiled, on the thread of the orders when there is one.
 * 3. Back on the loop: the queue looks again. When its turn is still now, and
 *    no command was given meanwhile, it is started with what was compiled;
 *    else what is next by then is ordered anew.
 *
 * Somebody who wants an end meanwhile means what was about to begin: the queue
 * is held.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/array.h"
#include "node/run_parts.h"

void run_next_drop(struct run_next **next)
{
	struct run_next *n = *next;

	*next = NULL;
	if (!n)
		return;
	order_fini(&n->job.order);
	sheet_fini(&n->sheet);
	free(n);
}

struct run_next *run_next_take(struct run_module *r)
{
	struct run_next *n = r->next;

	assert(n && n->ready);
	r->next = NULL;
	return n;
}

static void on_compiled(struct order_job *j, nsec now, bool dropped)
{
	struct run_next *n = (struct run_next *)j;
	struct run_order *go = n->go;
	struct run_module *r = n->r;

	n->ready = true;
	n->go = NULL;
	if (dropped && go) {
		node_answer_error(r->node, go->request.token, ERROR_IMPOSSIBLE,
				  "the daemon is ending");
		run_order_free(go);
	}
	if (dropped)
		return;
	if (n->n_stops != r->n_stops && r->queue.state == QUEUE_GOES)
		queue_hold(&r->queue, "somebody who wanted an end", now);
	run_queue_tick(r, now);
	if (go)
		run_queue_gone_on(go, now);
}

static void fail(struct run_next *n)
{
	n->failed = n->ready = true;
}

static void order(struct run_next *n, const struct queue_entry *e, nsec now)
{
	struct orders *orders = n->r->setup->orders;
	struct desk *desk = n->r->setup->desk;
	struct desk_recipe recipe;

	if (sheet_parse(&n->sheet, e->sheet, &n->err)) {
		fail(n);
		return;
	}
	recipe = desk_recipe_of(&n->sheet, e->label);
	if (desk_order(desk, now, &recipe, &n->job.order, &n->err)) {
		fail(n);
	} else if (!orders) {
		order_compile(&n->job.order);
		n->ready = true;
	} else if (orders_submit(orders, &n->job, &n->err)) {
		/* Too many wait: another one is made a moment later. */
		run_next_drop(&n->r->next);
	}
}

static bool is_for(const struct run_next *n, const struct queue_entry *e)
{
	return n->id == e->id &&
	       (n->failed || desk_is_current(n->r->setup->desk, &n->job.order));
}

bool run_next_is_ready(struct run_module *r, const struct queue_entry *e,
		       nsec now)
{
	if (r->next && !r->next->ready)
		return false;
	if (r->next && is_for(r->next, e))
		return true;
	run_next_drop(&r->next);
	r->next = memory_zeroed(1, sizeof(*r->next));
	*r->next = (struct run_next){ .job = { .done = on_compiled },
				      .r = r,
				      .id = e->id,
				      .n_stops = r->n_stops };
	order(r->next, e, now);
	return r->next && r->next->ready;
}
