#include "ring/ring.h"

#include <assert.h>

/* More time-outs than this within a millisecond is an engine that asks for
 * the same moment again and again. */
#define TIMEOUTS_MAX 100000

static void turn(struct ring *r, const struct event *event)
{
	assert(event->now > r->last);
	r->last = event->now;
	r->has_deadline = false;
	engine_step(r->engine, event, &r->actions);
	journal_event(r->journal, event);
	journal_actions(r->journal, event->now, &r->actions);
	for (size_t i = 0; i < r->actions.n; i++)
		r->act(r->context, &r->actions.v[i], event->now);
	if (r->seen)
		r->seen(r->context, event, &r->actions);
}

nsec ring_deadline(struct ring *r)
{
	if (!r->has_deadline)
		r->deadline = engine_deadline(r->engine);
	r->has_deadline = true;
	return r->deadline;
}

/* A time-out keeps its own time however late it is given: what was decided
 * then does not depend on when the loop came round to it. */
void ring_advance(struct ring *r, nsec now)
{
	nsec deadline = ring_deadline(r);
	nsec mark = r->last;
	int n = 0;

	while (deadline <= now) {
		struct event event = { .type = EVENT_TIMEOUT };

		if (r->last - mark >= NSEC_PER_MS) {
			mark = r->last;
			n = 0;
		}
		n++;
		assert(n < TIMEOUTS_MAX);
		event.now = nsec_max(deadline, r->last + 1);
		turn(r, &event);
		deadline = ring_deadline(r);
	}
}

/* Settles on a time before which nothing is due any more, so that feeding
 * the logged times again gives the same times. */
void ring_feed(struct ring *r, struct event *event)
{
	nsec now;

	assert(event->type != EVENT_TIMEOUT);
	do {
		now = nsec_max(event->now, r->last + 1);
		ring_advance(r, now);
	} while (now <= r->last);
	event->now = now;
	turn(r, event);
}
