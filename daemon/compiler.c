#include "daemon/compiler.h"

#include <stdlib.h>

#include "base/array.h"

struct compiler {
	struct worker *worker;
	bool is_closing;
	nsec (*now)(void *context);
	void *context;
};

struct compiler *compiler_new(uv_loop_t *loop, nsec (*now)(void *context),
			      void *context, struct err *err)
{
	struct compiler *c = memory_zeroed(1, sizeof(*c));

	c->now = now;
	c->context = context;
	c->worker = worker_new(loop, "recipes", COMPILER_WAITING_MAX, err);
	if (c->worker)
		return c;
	free(c);
	return NULL;
}

static void work(struct job *job)
{
	struct compile *c = (struct compile *)job;

	order_compile(&c->order);
	if (c->more)
		c->more(c);
}

static void done(struct job *job)
{
	struct compile *c = (struct compile *)job;
	const struct compiler *compiler = c->compiler;

	c->done(c, compiler->now(compiler->context), job->dropped);
}

int compiler_submit(struct compiler *c, struct compile *compile,
		    struct err *err)
{
	if (c->is_closing)
		return err_set(err, ERR_STATE, "the daemon is ending");
	compile->job = (struct job){ .work = work, .done = done };
	compile->compiler = c;
	if (!worker_submit(c->worker, &compile->job, err))
		return 0;
	return err_set(err, ERR_FULL,
		       "%d recipes wait to be checked: try again",
		       COMPILER_WAITING_MAX);
}

bool compiler_close(struct compiler *c, uint64_t timeout_ms)
{
	if (!c)
		return true;
	c->is_closing = true;
	if (!worker_stop(c->worker, timeout_ms))
		return false;
	worker_free(c->worker);
	free(c);
	return true;
}
