#include "ring/orders.h"

#include <stdlib.h>

#include "base/array.h"

struct orders {
	struct worker *worker;
	bool is_closing;
	nsec (*now)(void *context);
	void *context;
};

struct orders *orders_new(uv_loop_t *loop, nsec (*now)(void *context),
			  void *context, struct err *err)
{
	struct orders *orders = memory_zeroed(1, sizeof(*orders));

	orders->now = now;
	orders->context = context;
	orders->worker = worker_new(loop, "orders", ORDERS_WAITING_MAX, err);
	if (orders->worker)
		return orders;
	free(orders);
	return NULL;
}

static void work(struct job *job)
{
	struct order_job *j = (struct order_job *)job;

	order_compile(&j->order);
	if (j->more)
		j->more(j);
}

static void done(struct job *job)
{
	struct order_job *j = (struct order_job *)job;

	j->done(j, j->orders->now(j->orders->context), job->dropped);
}

int orders_submit(struct orders *orders, struct order_job *j, struct err *err)
{
	if (orders->is_closing)
		return err_set(err, ERR_STATE, "the daemon is ending");
	j->job = (struct job){ .work = work, .done = done };
	j->orders = orders;
	if (!worker_submit(orders->worker, &j->job, err))
		return 0;
	return err_set(err, ERR_FULL,
		       "%d recipes wait to be checked: try again",
		       ORDERS_WAITING_MAX);
}

bool orders_close(struct orders *orders, uint64_t timeout_ms)
{
	if (!orders)
		return true;
	orders->is_closing = true;
	if (!worker_stop(orders->worker, timeout_ms))
		return false;
	worker_free(orders->worker);
	free(orders);
	return true;
}
