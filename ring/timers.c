#include "ring/timers.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "ring/clock.h"

static void arm(struct timers *all, nsec real)
{
	struct itimerspec when = { 0 };
	int status;

	if (real == all->armed)
		return;
	all->armed = real;
	if (real != NSEC_NEVER) {
		/* All zero would disarm it. */
		if (real < 1)
			real = 1;
		when.it_value.tv_sec = (time_t)(real / NSEC_PER_S);
		when.it_value.tv_nsec = (long)(real % NSEC_PER_S);
	}
	status = timerfd_settime(all->fd, TFD_TIMER_ABSTIME, &when, NULL);
	assert(!status);
	(void)status;
}

static struct timer *earliest(const struct timers *all)
{
	struct timer *found = all->first;

	for (struct timer *t = found; t; t = t->next)
		if (t->at < found->at)
			found = t;
	return found;
}

static size_t count_due(const struct timers *all, nsec now)
{
	size_t n = 0;

	for (struct timer *t = all->first; t; t = t->next)
		n += t->at <= now;
	return n;
}

/* One that is started again for a moment in the past waits for the next turn,
 * or the loop would never come to anything else. */
static void fire_due(struct timers *all, nsec now)
{
	struct timer *t;

	for (size_t n = count_due(all, now); n; n--) {
		t = earliest(all);
		if (!t || t->at > now)
			return;
		timer_stop(t);
		t->fired(t->context);
	}
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct timers *all = poll->data;
	struct timer *t;
	uint64_t expired;

	(void)events;
	if (status < 0)
		return;
	/* It may have been armed anew since epoll saw it: then EAGAIN. */
	if (read(all->fd, &expired, sizeof(expired)) != sizeof(expired))
		return;
	all->armed = NSEC_NEVER;
	fire_due(all, clock_real());
	t = earliest(all);
	arm(all, t ? t->at : NSEC_NEVER);
}

int timers_init(struct timers *all, uv_loop_t *loop, struct err *err)
{
	int status;

	*all = (struct timers){ .armed = NSEC_NEVER };
	all->fd = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	if (all->fd < 0)
		return err_set(err, ERR_IO, "timerfd: %s", strerror(errno));
	status = uv_poll_init(loop, &all->poll, all->fd);
	if (!status) {
		all->poll.data = all;
		status = uv_poll_start(&all->poll, UV_READABLE, on_readable);
	}
	if (status) {
		close(all->fd);
		return err_set(err, ERR_IO, "timerfd: %s", uv_strerror(status));
	}
	return 0;
}

static void on_closed(uv_handle_t *handle)
{
	struct timers *all = handle->data;

	close(all->fd);
	all->fd = -1;
}

void timers_close(struct timers *all)
{
	if (all->fd >= 0 && !uv_is_closing((uv_handle_t *)&all->poll))
		uv_close((uv_handle_t *)&all->poll, on_closed);
}

void timer_init(struct timer *t, struct timers *all,
		void (*fired)(void *context), void *context)
{
	*t = (struct timer){
		.all = all, .at = NSEC_NEVER, .fired = fired, .context = context
	};
}

void timer_start_at(struct timer *t, nsec real)
{
	if (real == NSEC_NEVER) {
		timer_stop(t);
		return;
	}
	if (!timer_runs(t)) {
		t->next = t->all->first;
		t->all->first = t;
	}
	t->at = real;
	if (real < t->all->armed)
		arm(t->all, real);
}

void timer_start_in(struct timer *t, nsec span)
{
	timer_start_at(t, nsec_after(clock_real(), span));
}

/* The kernel is not told: it wakes the loop once for nothing, at worst. */
void timer_stop(struct timer *t)
{
	struct timer **in = &t->all->first;

	if (!timer_runs(t))
		return;
	while (*in != t)
		in = &(*in)->next;
	*in = t->next;
	t->at = NSEC_NEVER;
}
