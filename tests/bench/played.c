#include "played.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "base/array.h"
#include "drivers/checksum.h"
#include "drivers/link.h"

#define COLD 20
#define SLOW (20 * NSEC_PER_MS) /* longer than a safe command waits */
#define MAKER 4711
#define HOT 999

void fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("bench_daemon_trip: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(1);
}

/* -- the wire ----------------------------------------------------------- */

static void open_pty(struct played *p)
{
	struct termios t;

	if (openpty(&p->fd, &p->slave, p->path, NULL, NULL))
		fail("no pty");
	tcgetattr(p->slave, &t);
	cfmakeraw(&t);
	tcsetattr(p->slave, TCSANOW, &t);
}

static void open_listener(struct played *p)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t n = sizeof(a);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	p->listener = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(p->listener, (struct sockaddr *)&a, n) ||
	    listen(p->listener, 8) ||
	    getsockname(p->listener, (struct sockaddr *)&a, &n))
		fail("no port");
	p->port = ntohs(a.sin_port);
}

void played_accept(struct played *p)
{
	if (p->fd >= 0)
		close(p->fd);
	p->fd = accept(p->listener, NULL, NULL);
	p->in.n = 0;
	p->late_at = NSEC_NEVER;
}

void played_open(struct played *p, const struct played_kind *kind)
{
	*p = (struct played){ .kind = kind,
			      .fd = -1,
			      .slave = -1,
			      .listener = -1,
			      .late_at = NSEC_NEVER,
			      .hot_since = NSEC_NEVER };
	if (pipe(p->told))
		fail("no pipe");
	if (kind->tcp)
		open_listener(p);
	else
		open_pty(p);
}

void played_close(struct played *p)
{
	const int fds[] = { p->fd, p->slave, p->listener, p->told[0],
			    p->told[1] };

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

/* -- what is said on it -------------------------------------------------- */

static void put_bytes(struct frame *f, const void *bytes, size_t n)
{
	memcpy(f->v + f->n, bytes, n);
	f->n += n;
}

__attribute__((format(printf, 2, 3))) static void put_line(struct frame *f,
							   const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	f->n = (size_t)vsnprintf((char *)f->v, sizeof(f->v), fmt, ap);
	va_end(ap);
}

/* A PDU behind its unit, in the frame of the wire. */
static void put_modbus(const struct played *p, struct frame *f,
		       const unsigned char *pdu, size_t n)
{
	const unsigned char head[] = { 0, 0, 0, 0, 0, (unsigned char)n };

	f->n = 0;
	if (p->kind->tcp)
		put_bytes(f, head, sizeof(head));
	put_bytes(f, pdu, n);
	if (!p->kind->tcp)
		f->n += checksum_put(CHECKSUM_CRC16, (const char *)f->v, f->n,
				     (char *)f->v + f->n);
}

/* n registers from `at` on: maker, temperature, output. */
static void put_registers(const struct played *p, struct frame *f, int unit,
			  size_t at, size_t n, int temperature)
{
	const int words[] = { MAKER, temperature, unit == 1 && p->is_on };
	unsigned char pdu[3 + 2 * ARRAY_SIZE(words)] = { (unsigned char)unit,
							 3 };

	if (at + n > ARRAY_SIZE(words))
		fail("%zu registers at %zu", n, at);
	pdu[2] = (unsigned char)(2 * n);
	for (size_t i = 0; i < n; i++) {
		pdu[3 + 2 * i] = (unsigned char)(words[at + i] >> 8);
		pdu[4 + 2 * i] = (unsigned char)words[at + i];
	}
	put_modbus(p, f, pdu, 3 + 2 * n);
}

void played_off(const struct played *p, struct frame *f)
{
	static const unsigned char pdu[] = { 1, 6, 0, 2, 0, 0 };

	if (p->kind->modbus)
		put_modbus(p, f, pdu, sizeof(pdu));
	else
		put_line(f, "AO0\n");
}

/* -- the instruments ------------------------------------------------------ */

/* Of p->in; 0: not whole yet. */
static size_t question_size(const struct played *p)
{
	const unsigned char *end = memchr(p->in.v, '\n', p->in.n);
	size_t n = p->kind->tcp ? 12 : 8;

	if (p->kind->modbus)
		return p->in.n >= n ? n : 0;
	return end ? (size_t)(end - p->in.v) + 1 : 0;
}

static void say(struct played *p, const struct frame *f)
{
	/* A connection that was given up is made anew. */
	if (write(p->fd, f->v, f->n) < 0 && errno != EPIPE &&
	    errno != ECONNRESET)
		fail("%s: %s", p->kind->name, strerror(errno));
}

static void switched(struct played *p, bool on, nsec now)
{
	nsec took = now - p->hot_since;

	p->is_on = on;
	if (on || p->hot_since == NSEC_NEVER)
		return;
	p->hot_since = NSEC_NEVER;
	if (write(p->told[1], &took, sizeof(took)) < 0)
		fail("nobody listens");
}

/* The time is taken before the bytes go: what the system takes to bring them
 * over counts. The identity is no reading. */
static void say_reading(struct played *p, const unsigned char *q)
{
	bool is_one = !p->kind->modbus || q[3] + q[5] > 1, begins = false;
	int temperature;
	struct frame f;

	if (is_one && atomic_exchange(&p->heats, false)) {
		p->hot_since = link_now();
		begins = true;
	}
	temperature = p->hot_since == NSEC_NEVER ? COLD : HOT;
	if (p->kind->modbus)
		put_registers(p, &f, 1, q[3], q[5], temperature);
	else
		put_line(&f, "A %d %d\n", temperature, p->is_on);
	if (begins)
		p->hot_since = link_now();
	say(p, &f);
}

static void answer_heater(struct played *p, const unsigned char *q, size_t n,
			  nsec now)
{
	struct frame same = { .n = 0 };

	if (q[1] == (p->kind->modbus ? 3 : 'R')) {
		say_reading(p, q);
		return;
	}
	if (p->kind->modbus)
		switched(p, q[5], now);
	else if (q[1] == 'O')
		switched(p, q[2] == '1', now);
	if (p->kind->modbus)
		put_modbus(p, &same, q, n);
	else
		put_line(&same, "A bench\n");
	say(p, &same);
}

static void answer_other(struct played *p, const unsigned char *q, size_t n)
{
	if (p->kind->modbus && q[1] == 3)
		put_registers(p, &p->late, 2, q[3], q[5], COLD);
	else if (p->kind->modbus)
		put_modbus(p, &p->late, q, n);
	else if (q[1] == 'R')
		put_line(&p->late, "B %d 0\n", COLD);
	else
		put_line(&p->late, "B bench\n");
	p->late_at = link_now() + SLOW;
}

static void answer(struct played *p, size_t n, nsec now)
{
	size_t head = p->kind->modbus && p->kind->tcp ? 6 : 0;
	size_t tail = p->kind->modbus && !p->kind->tcp ? 2 : 0;
	const unsigned char *q = p->in.v + head;

	/* Something else is asked: the answer before is not waited for. */
	p->late_at = NSEC_NEVER;
	if (q[0] == 1 || q[0] == 'A')
		answer_heater(p, q, n - head - tail, now);
	else
		answer_other(p, q, n - head - tail);
	p->in.n -= n;
	memmove(p->in.v, p->in.v + n, p->in.n);
}

static void hear(struct played *p)
{
	ssize_t got =
		read(p->fd, p->in.v + p->in.n, PLAYED_FRAME_MAX - p->in.n);
	nsec now = link_now();
	size_t n;

	if (got <= 0) {
		if (p->kind->tcp && p->fd >= 0)
			close(p->fd);
		p->fd = p->kind->tcp ? -1 : p->fd;
		return;
	}
	p->in.n += (size_t)got;
	while ((n = question_size(p)))
		answer(p, n, now);
}

static int wait_ms(const struct played *p)
{
	if (p->late_at == NSEC_NEVER)
		return 100;
	return (int)(nsec_max(0, p->late_at - link_now()) / NSEC_PER_MS) + 1;
}

static void *play(void *context)
{
	struct played *p = context;

	while (!p->stops) {
		struct pollfd v[] = { { p->fd, POLLIN, 0 },
				      { p->listener, POLLIN, 0 } };

		poll(v, ARRAY_SIZE(v), wait_ms(p));
		/* What an old connection has brought is read first. */
		if (v[0].revents)
			hear(p);
		else if (v[1].revents)
			played_accept(p);
		else if (p->late_at <= link_now()) {
			p->late_at = NSEC_NEVER;
			say(p, &p->late);
		}
	}
	return NULL;
}

/* -- for others ----------------------------------------------------------- */

void played_start(struct played *p)
{
	if (pthread_create(&p->thread, NULL, play, p))
		fail("no thread");
}

void played_stop(struct played *p)
{
	p->stops = true;
	pthread_join(p->thread, NULL);
}

double played_trip_ms(struct played *p)
{
	struct pollfd v = { p->told[0], POLLIN, 0 };
	nsec took;

	p->heats = true;
	if (poll(&v, 1, PLAYED_PATIENCE_MS) != 1 ||
	    read(p->told[0], &took, sizeof(took)) != sizeof(took))
		fail("%s: the heater was not switched off", p->kind->name);
	return (double)took / NSEC_PER_MS;
}

void played_hot(const struct played *p, struct frame *out)
{
	if (p->kind->modbus)
		put_registers(p, out, 1, 0, 3, HOT);
	else
		put_line(out, "A %d 1\n", HOT);
}

double played_bare_ms(struct played *p, const struct frame *hot)
{
	nsec began = link_now();
	struct frame off;

	say(p, hot);
	if (read(p->fd, off.v, sizeof(off.v)) <= 0)
		fail("%s: bare", p->kind->name);
	return (double)(link_now() - began) / NSEC_PER_MS;
}
