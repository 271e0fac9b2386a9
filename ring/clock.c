#include "ring/clock.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

static nsec read_clock(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (nsec)t.tv_sec * NSEC_PER_S + t.tv_nsec;
}

nsec clock_real(void)
{
	return read_clock(CLOCK_BOOTTIME);
}

nsec clock_utc(void)
{
	return read_clock(CLOCK_REALTIME);
}

nsec clock_worked(void)
{
	return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

static bool is_plain(const struct clock *c)
{
	return c->speed == 1.0;
}

void clock_init(struct clock *c, nsec real, nsec utc, double speed)
{
	assert(speed > 0 && speed <= CLOCK_SPEED_MAX);
	*c = (struct clock){
		.speed = speed,
		.utc_offset = utc - real,
		.wall = utc - real,
		.anchor_real = real,
		.anchor = real,
		.now = real,
		.due = NSEC_NEVER,
	};
	atomic_init(&c->published, real);
}

/* The farthest that elastic time may run now. */
static nsec limit(const struct clock *c)
{
	nsec held = NSEC_NEVER;

	if (c->oldest)
		held = nsec_after(c->oldest->since, CLOCK_SLACK);
	return nsec_max(c->now, nsec_min(held, c->due));
}

static nsec scaled(const struct clock *c, nsec real)
{
	double passed = (double)(real - c->anchor_real) * c->speed;

	return c->anchor + (nsec)passed;
}

nsec clock_at(struct clock *c, nsec real)
{
	nsec t = real;

	if (!is_plain(c)) {
		t = scaled(c, real);
		if (t > limit(c)) {
			t = limit(c);
			c->anchor = t;
			c->anchor_real = real;
		}
	}
	c->now = nsec_max(c->now, t);
	atomic_store_explicit(&c->published, c->now, memory_order_release);
	return c->now;
}

void clock_set_due(struct clock *c, nsec due)
{
	c->due = due;
}

nsec clock_alarm(struct clock *c)
{
	double rest;

	if (c->due == NSEC_NEVER)
		return NSEC_NEVER;
	if (is_plain(c))
		return c->due;
	if (limit(c) < c->due)
		return NSEC_NEVER;
	/* Rounded up, or the alarm would find the time just not come. */
	rest = (double)(c->due - c->anchor) / c->speed + 1;
	return c->anchor_real + (nsec)(rest > 0 ? rest : 0);
}

void clock_hold(struct clock *c, struct clock_hold *hold)
{
	*hold = (struct clock_hold){ .since = c->now, .previous = c->newest };
	if (c->newest)
		c->newest->next = hold;
	else
		c->oldest = hold;
	c->newest = hold;
}

void clock_release(struct clock *c, struct clock_hold *hold)
{
	if (hold->previous)
		hold->previous->next = hold->next;
	else
		c->oldest = hold->next;
	if (hold->next)
		hold->next->previous = hold->previous;
	else
		c->newest = hold->previous;
	*hold = (struct clock_hold){ 0 };
}

nsec clock_wall_step(struct clock *c, nsec real, nsec utc)
{
	nsec step = utc - real - c->wall;

	if (llabs(step) < CLOCK_STEP_MIN)
		return 0;
	c->wall += step;
	return step;
}

nsec clock_published(const struct clock *c)
{
	if (is_plain(c))
		return clock_real();
	return atomic_load_explicit(&c->published, memory_order_acquire);
}
