#include "tools/tracer.h"

#include "base/array.h"
#include "engine/trace.h"

static void put(struct tracer *t, nsec now, const struct action *a)
{
	_cleanup_(text_free) struct text line = { 0 };
	char time[NUMBER_TEXT_MAX];

	trace_action(a, t->site, t->plan, &line);
	if (!line.n)
		return;
	number_print_fixed(nsec_to_s(now), 1, time);
	fprintf(t->to, "[%7s] %s\n", time, text_str(&line));
}

/* A run that begins has its plan in the engine when its first action is seen;
 * one that ends has let it go already, so the old one is kept till then. */
void tracer_put(struct tracer *t, const struct event *event,
		const struct actions *actions)
{
	struct engine_status status = { 0 };

	if (!actions->n)
		return;
	if (t->engine)
		engine_status(t->engine, event->now, &status);
	if (!t->plan)
		t->plan = status.plan;
	for (size_t i = 0; i < actions->n; i++) {
		const struct action *a = &actions->v[i];

		put(t, event->now, a);
		if (a->type == ACTION_RELEASE && a->release.plan == t->plan)
			t->plan = status.plan;
	}
}
