#include "ring/timer.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct timer *t = poll->data;
	uint64_t expired;

	(void)events;
	if (status < 0)
		return;
	/* It may have been armed anew since epoll saw it: then EAGAIN. */
	if (read(t->fd, &expired, sizeof(expired)) != sizeof(expired))
		return;
	t->armed = NSEC_NEVER;
	t->fired(t->context);
}

int timer_init(struct timer *t, uv_loop_t *loop, void (*fired)(void *context),
	       void *context, struct err *err)
{
	int status;

	*t = (struct timer){ .armed = NSEC_NEVER,
			     .fired = fired,
			     .context = context };
	t->fd = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	if (t->fd < 0)
		return err_set(err, ERR_IO, "timerfd: %s", strerror(errno));
	status = uv_poll_init(loop, &t->poll, t->fd);
	if (!status) {
		t->poll.data = t;
		status = uv_poll_start(&t->poll, UV_READABLE, on_readable);
	}
	if (status) {
		close(t->fd);
		return err_set(err, ERR_IO, "timerfd: %s", uv_strerror(status));
	}
	return 0;
}

void timer_arm(struct timer *t, nsec real)
{
	struct itimerspec when = { 0 };
	int status;

	if (real == t->armed)
		return;
	t->armed = real;
	if (real != NSEC_NEVER) {
		/* All zero would disarm it. */
		if (real < 1)
			real = 1;
		when.it_value.tv_sec = (time_t)(real / NSEC_PER_S);
		when.it_value.tv_nsec = (long)(real % NSEC_PER_S);
	}
	status = timerfd_settime(t->fd, TFD_TIMER_ABSTIME, &when, NULL);
	assert(!status);
	(void)status;
}

static void on_closed(uv_handle_t *handle)
{
	struct timer *t = handle->data;

	close(t->fd);
	t->fd = -1;
}

void timer_close(struct timer *t)
{
	if (t->fd >= 0 && !uv_is_closing((uv_handle_t *)&t->poll))
		uv_close((uv_handle_t *)&t->poll, on_closed);
}
