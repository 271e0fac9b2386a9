/*
 * A request with a recipe on its way through the orders:
 *
 * 1. The request is copied, because it is gone when the answer is known.
 * 2. Its recipe is ordered at the desk, against the state as it is then.
 * 3. It is compiled, on the thread of the orders when there is one.
 * 4. Back on the loop: when a command was given meanwhile, the state may be
 *    another one, and it is ordered anew. Else whoever made the request goes
 *    on with the plan, or the client gets the mistakes.
 */
#include <stdlib.h>

#include "base/array.h"
#include "node/run_parts.h"

#define TRIES_MAX 5

struct run_order *run_order_new(const struct asked *a,
				void (*then)(struct run_order *o))
{
	struct run_order *o = memory_zeroed(1, sizeof(*o));

	o->request = *a->request;
	o->who = *a->request->who;
	o->request.who = &o->who;
	o->argument = json_incref((json_t *)a->request->argument);
	o->a = (struct asked){ .r = a->r,
			       .request = &o->request,
			       .now = a->now,
			       .who = { o->who.user, o->who.program } };
	o->n_stops = a->r->n_stops;
	o->then = then;
	return o;
}

void run_order_free(struct run_order *o)
{
	order_fini(&o->job.order);
	recipe_request_fini(&o->q);
	text_free(&o->text);
	json_decref(o->argument);
	free(o);
}

static void refuse(struct run_order *o, enum error_class c, const char *text)
{
	node_answer_error(o->a.r->node, o->request.token, c, text);
	run_order_free(o);
}

int run_order_read(struct run_order *o)
{
	const struct daemon_node_setup *setup = o->a.r->setup;
	enum error_class c;
	struct err err;

	if (!recipe_request_read(&o->q, o->request.argument, setup->find,
				 setup->find_context, &c, &err))
		return 0;
	refuse(o, c, err.msg);
	return -1;
}

int run_order_find(struct run_order *o)
{
	struct err err;

	if (!run_find_recipe(o->a.r, o->request.string, &o->q, &err))
		return 0;
	refuse(o, ERROR_RANGE, err.msg);
	return -1;
}

static void finish(struct run_order *o)
{
	if (o->job.order.plan || o->is_question)
		o->then(o);
	else
		run_refuse_recipe(&o->a, &o->job.order.problems);
	run_order_free(o);
}

static bool is_current(const struct run_order *o)
{
	return o->later || o->is_question ||
	       desk_is_current(o->a.r->setup->desk, &o->job.order);
}

static void on_compiled(struct order_job *j, nsec now, bool dropped)
{
	struct run_order *o = (struct run_order *)j;

	o->a.now = now;
	o->request.t = run_utc(o->a.r, now);
	if (dropped) {
		refuse(o, ERROR_IMPOSSIBLE, "the daemon is ending");
	} else if (is_current(o)) {
		finish(o);
	} else if (++o->tries == TRIES_MAX) {
		refuse(o, ERROR_IS_BUSY,
		       "commands come faster than the recipe is checked: try "
		       "again");
	} else {
		order_fini(&j->order);
		text_clear(&o->text);
		run_order_go(o);
	}
}

static int take_in(struct run_order *o, struct err *err)
{
	struct desk *desk = o->a.r->setup->desk;

	return o->later ? desk_order_later(desk, &o->q.recipe, &o->job.order,
					   err)
			: desk_order(desk, o->a.now, &o->q.recipe,
				     &o->job.order, err);
}

void run_order_go(struct run_order *o)
{
	struct orders *orders = o->a.r->setup->orders;
	struct err err;

	if (take_in(o, &err)) {
		refuse(o, ERROR_RANGE, err.msg);
		return;
	}
	o->job.done = on_compiled;
	if (!orders) {
		order_compile(&o->job.order);
		if (o->job.more)
			o->job.more(&o->job);
		finish(o);
	} else if (orders_submit(orders, &o->job, &err)) {
		refuse(o, ERROR_IS_BUSY, err.msg);
	}
}
