#include "drivers/link.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"

#define HELD_MAX 4096
/* A line that talks without end is not read for ever by one discard. */
#define DISCARD_READS_MAX 64

struct link {
	const struct link_kind *kind;
	void *settings;
	char *name;
	int fd;
	bool urgent;
	bool receives; /* an answer; else it waits for something else */
	int event;     /* readable while interrupted */
	atomic_uint interrupts, hurries; /* those, and the hasty of them */
	_Atomic(nsec) grace_until;	 /* NSEC_NEVER: none was noticed */
	_Atomic(const struct link_sink *) sink;
	size_t first, end;	      /* of what is held */
	unsigned char held[HELD_MAX]; /* came, not yet asked for */
};

struct link *link_new(const struct link_kind *kind, const char *name,
		      void *settings)
{
	struct link *l = memory_zeroed(1, sizeof(*l));

	l->kind = kind;
	l->name = text_dup(name);
	l->settings = settings;
	l->fd = -1;
	l->grace_until = NSEC_NEVER;
	/* Without it an interrupt is noticed at the next wait instead of
	 * in this one. */
	l->event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	return l;
}

void link_free(struct link *l)
{
	if (!l)
		return;
	link_close(l);
	if (l->event >= 0)
		close(l->event);
	if (l->kind->free)
		l->kind->free(l->settings);
	free(l->name);
	free(l);
}

const char *link_name(const struct link *l)
{
	return l->name;
}

bool link_is_fresh_when_opened(const struct link *l)
{
	return l->kind->is_fresh_when_opened;
}

bool link_is_open(const struct link *l)
{
	return l->fd >= 0;
}

int link_fd(const struct link *l)
{
	return l->fd;
}

void link_close(struct link *l)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
	l->first = l->end = 0;
}

int link_open(struct link *l, struct err *err)
{
	if (l->fd >= 0)
		return 0;
	l->fd = l->kind->open(l, l->settings, link_now() + LINK_OPEN_MAX, err);
	return l->fd < 0 ? err_wrap(err, "%s", l->name) : 0;
}

void link_interrupt(struct link *l, enum link_hurry hurry)
{
	uint64_t one = 1;

	if (hurry == LINK_AT_ONCE)
		atomic_fetch_add(&l->hurries, 1);
	atomic_fetch_add(&l->interrupts, 1);
	/* It fails only when it is readable already. */
	if (write(l->event, &one, sizeof(one)) < 0)
		return;
}

static void forget_event(struct link *l)
{
	uint64_t n;

	if (read(l->event, &n, sizeof(n)) < 0)
		return;
}

void link_resume(struct link *l, enum link_hurry hurry)
{
	unsigned before = atomic_fetch_sub(&l->interrupts, 1);

	assert(before > 0);
	if (hurry == LINK_AT_ONCE)
		atomic_fetch_sub(&l->hurries, 1);
	if (before > 1)
		return;
	l->grace_until = NSEC_NEVER;
	forget_event(l);
}

void link_urgent(struct link *l, bool urgent)
{
	l->urgent = urgent;
	l->grace_until = NSEC_NEVER;
}

bool link_is_urgent(const struct link *l)
{
	return l->urgent;
}

bool link_gives_way(const struct link *l)
{
	return !l->urgent && atomic_load(&l->interrupts) > 0;
}

void link_trace(struct link *l, const struct link_sink *sink)
{
	atomic_store(&l->sink, sink);
}

bool link_is_traced(const struct link *l)
{
	return atomic_load(&l->sink) != NULL;
}

void link_tell_sink(const struct link *l, bool sent, const void *bytes,
		    size_t n)
{
	const struct link_sink *sink = atomic_load(&l->sink);

	if (sink && n)
		sink->bytes(sink->context, link_now(), sent, bytes, n);
}

static int lose(struct link *l, struct err *err, const char *why)
{
	link_close(l);
	return err_set(err, ERR_IO, "%s: %s", l->name, why);
}

static nsec grace_of(const struct link *l)
{
	if (l->urgent)
		return LINK_URGENT_GRACE;
	return l->receives && !atomic_load(&l->hurries) ? LINK_SOON_GRACE
							: LINK_GRACE;
}

/* When the wait has to end because of a safe command that waits. Gaps and
 * silences of an urgent transaction are kept: only its answer is given up. */
static nsec notice(struct link *l, nsec now)
{
	if (!atomic_load(&l->interrupts) || (l->urgent && !l->receives))
		return NSEC_NEVER;
	/* One in a hurry may have joined those that were noticed before. */
	l->grace_until = nsec_min(l->grace_until, now + grace_of(l));
	return l->grace_until;
}

static int leave_early(const struct link *l, struct err *err)
{
	return err_set(err, ERR_AGAIN, "%s: gave way to a safe command",
		       l->name);
}

static int poll_until(struct pollfd *v, nfds_t n, nsec span)
{
	struct timespec t = { (time_t)(span / NSEC_PER_S),
			      (long)(span % NSEC_PER_S) };
	int status = ppoll(v, n, &t, NULL);

	return status < 0 && errno != EINTR && errno != EAGAIN ? -1
	       : status < 0				       ? 0
							       : status;
}

int link_wait(struct link *l, int fd, short events, nsec deadline,
	      struct err *err)
{
	for (;;) {
		nsec now = link_now();
		nsec leave = notice(l, now);
		nsec until = nsec_min(deadline, leave);
		struct pollfd v[] = {
			{ .fd = fd, .events = events },
			{ .fd = l->event, .events = POLLIN },
		};
		/* Once all is noticed, the event would only wake for nothing;
		 * but one in a hurry may still come. */
		bool hurries = atomic_load(&l->hurries) > 0;
		bool listens = (leave == NSEC_NEVER || !hurries) &&
			       (!l->urgent || l->receives);

		if (poll_until(v, listens ? 2 : 1, nsec_max(0, until - now)) <
		    0)
			return err_set(err, ERR_IO, "%s: %s", l->name,
				       strerror(errno));
		if (v[0].revents)
			return 0;
		if (listens && v[1].revents && !hurries)
			forget_event(l);
		now = link_now();
		if (now >= deadline)
			return err_set(err, ERR_TIMEOUT,
				       "%s: no answer in "
				       "time",
				       l->name);
		if (leave != NSEC_NEVER && now >= leave)
			return leave_early(l, err);
	}
}

int link_pause(struct link *l, nsec until, struct err *err)
{
	if (link_now() >= until || link_wait(l, -1, 0, until, err) == 0 ||
	    err->code == ERR_TIMEOUT)
		return 0;
	return -1;
}

static ssize_t put(int fd, const void *bytes, size_t n)
{
	ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (sent < 0 && errno == ENOTSOCK)
		sent = write(fd, bytes, n);
	return sent;
}

int link_send(struct link *l, const void *bytes, size_t n, nsec deadline,
	      struct err *err)
{
	const char *s = bytes;

	if (l->fd < 0)
		return err_set(err, ERR_IO, "%s: not open", l->name);
	while (n) {
		ssize_t sent = put(l->fd, s, n);

		if (sent > 0) {
			link_tell_sink(l, true, s, (size_t)sent);
			s += sent;
			n -= (size_t)sent;
			continue;
		}
		if (sent < 0 && errno != EAGAIN && errno != EINTR)
			return lose(l, err, strerror(errno));
		if (link_wait(l, l->fd, POLLOUT, deadline, err))
			return -1;
	}
	return 0;
}

/* Reads once without waiting: 1 something came, 0 nothing, -1 lost. */
static int fetch(struct link *l, struct err *err)
{
	ssize_t n = read(l->fd, l->held, sizeof(l->held));

	l->first = l->end = 0;
	if (n > 0) {
		l->end = (size_t)n;
		link_tell_sink(l, false, l->held, (size_t)n);
		return 1;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	return lose(l, err, n ? strerror(errno) : "closed by the other side");
}

/* At least one byte held, or an error. */
static int fill(struct link *l, nsec deadline, struct err *err)
{
	while (l->first == l->end) {
		if (l->fd < 0)
			return err_set(err, ERR_IO, "%s: not open", l->name);
		/* What was just asked for is not there yet: wait first. */
		if (link_wait(l, l->fd, POLLIN, deadline, err) ||
		    fetch(l, err) < 0)
			return -1;
	}
	return 0;
}

static bool has_terminator(const struct link_end *end, const char *bytes,
			   size_t n)
{
	return end->n_terminator && n >= end->n_terminator &&
	       memcmp(bytes + n - end->n_terminator, end->terminator,
		      end->n_terminator) == 0;
}

/* Whether n bytes are an answer; *rest counts down what follows its mark. */
static bool is_whole(const struct link_end *end, const char *bytes, size_t n,
		     size_t *rest)
{
	if (*rest)
		return --*rest == 0;
	if (end->n && n >= end->n)
		return true;
	if (!has_terminator(end, bytes, n))
		return false;
	*rest = end->extra;
	return *rest == 0;
}

static int refuse_long(const struct link *l, size_t size, struct err *err)
{
	return err_set(err, ERR_PROTOCOL,
		       "%s: an answer of more than %zu "
		       "bytes",
		       l->name, size);
}

static int receive(struct link *l, const struct link_end *end, void *bytes,
		   size_t size, size_t *n, nsec deadline, struct err *err)
{
	char *answer = bytes;
	size_t rest = 0;

	assert(end->n_terminator || end->n || end->silence);
	*n = 0;
	for (;;) {
		nsec until = deadline;
		bool by_silence = *n && end->silence;

		if (by_silence)
			until = nsec_min(until, link_now() + end->silence);
		if (fill(l, until, err)) {
			if (by_silence && err->code == ERR_TIMEOUT)
				return 0;
			return -1;
		}
		/* Also where bytes never cease to come. */
		if (link_now() >= deadline)
			return err_set(err, ERR_TIMEOUT,
				       "%s: an answer "
				       "without end",
				       l->name);
		while (l->first < l->end) {
			if (*n == size)
				return refuse_long(l, size, err);
			answer[(*n)++] = (char)l->held[l->first++];
			if (is_whole(end, answer, *n, &rest))
				return 0;
		}
	}
}

int link_receive(struct link *l, const struct link_end *end, void *bytes,
		 size_t size, size_t *n, nsec deadline, struct err *err)
{
	int status;

	l->receives = true;
	status = receive(l, end, bytes, size, n, deadline, err);
	l->receives = false;
	/* To whoever made it safe, no answer has come. */
	if (status && l->urgent && err->code == ERR_AGAIN)
		err->code = ERR_TIMEOUT;
	return status;
}

int link_discard(struct link *l, size_t *n, struct err *err)
{
	*n = l->end - l->first;
	l->first = l->end = 0;
	if (l->fd < 0)
		return 0;
	for (int i = 0; i < DISCARD_READS_MAX; i++) {
		int got = fetch(l, err);

		if (got <= 0)
			return got;
		*n += l->end;
		l->first = l->end = 0;
	}
	return 0;
}

int link_drain(struct link *l, nsec quiet, nsec deadline, struct err *err)
{
	for (;;) {
		nsec now = link_now();
		size_t n;

		if (now >= deadline)
			return err_set(err, ERR_PROTOCOL,
				       "%s: does not stop talking", l->name);
		if (link_discard(l, &n, err))
			return -1;
		/* A silence that begins too late may still end in time. */
		if (link_wait(l, l->fd, POLLIN, now + quiet, err))
			return err->code == ERR_TIMEOUT ? 0 : -1;
	}
}
