#include "emulator/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "base/array.h"

#define BACKLOG 16
#define OUT_MAX (4 * 1024 * 1024)

struct emulator_connection {
	uv_poll_t poll;
	int fd;
	struct emulator_server *server;
	size_t n;
	char bytes[EMULATOR_REQUEST_MAX];
	struct text out;
	size_t sent;
	bool ends; /* when all is sent */
};

static void serve(struct emulator_server *s);

bool emulator_server_is_serial(const struct emulator_server *s)
{
	return s->codec->baud != 0;
}

/* -- connections -------------------------------------------------------- */

static void on_closed(uv_handle_t *handle)
{
	struct emulator_connection *c = handle->data;

	close(c->fd);
	text_free(&c->out);
	free(c);
}

static void hang_up(struct emulator_connection *c)
{
	struct emulator_server *s = c->server;

	for (int i = 0; i < EMULATOR_CONNECTIONS_MAX; i++)
		if (s->connections[i] == c)
			s->connections[i] = NULL;
	if (s->asker == c)
		s->asker = NULL;
	uv_close((uv_handle_t *)&c->poll, on_closed);
}

static void send_out(struct emulator_connection *c)
{
	while (c->sent < c->out.n) {
		ssize_t n =
			write(c->fd, c->out.s + c->sent, c->out.n - c->sent);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0) {
			c->ends = true;
			break;
		}
		c->sent += (size_t)n;
	}
	text_clear(&c->out);
	c->sent = 0;
}

static void on_ready(uv_poll_t *poll, int status, int events);

/* False: it has gone. */
static bool watch(struct emulator_connection *c)
{
	send_out(c);
	if (c->ends && !c->out.n) {
		hang_up(c);
		return false;
	}
	uv_poll_start(&c->poll,
		      UV_DISCONNECT |
			      (c->n < sizeof(c->bytes) ? UV_READABLE : 0) |
			      (c->out.n ? UV_WRITABLE : 0),
		      on_ready);
	return true;
}

/* A line that nobody reads loses bytes. */
static void say(struct emulator_connection *c, const char *bytes, size_t n)
{
	if (c->out.n + n <= OUT_MAX)
		text_add_n(&c->out, bytes, n);
}

/* False: the other side has gone. */
static bool read_in(struct emulator_connection *c)
{
	while (c->n < sizeof(c->bytes)) {
		ssize_t n =
			read(c->fd, c->bytes + c->n, sizeof(c->bytes) - c->n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN;
		if (n == 0)
			return false;
		c->n += (size_t)n;
	}
	return true;
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
	struct emulator_connection *c = poll->data;
	struct emulator_server *s = c->server;

	if (status < 0 || ((events & UV_READABLE) && !read_in(c)) ||
	    events == UV_DISCONNECT)
		hang_up(c);
	else if (!watch(c))
		return;
	serve(s);
}

static struct emulator_connection *connect_fd(struct emulator_server *s, int fd,
					      uv_poll_cb on)
{
	struct emulator_connection *c = memory_zeroed(1, sizeof(*c));

	c->fd = fd;
	c->server = s;
	c->poll.data = c;
	if (uv_poll_init(s->wires->loop, &c->poll, fd)) {
		close(fd);
		free(c);
		return NULL;
	}
	uv_poll_start(&c->poll, UV_READABLE, on);
	return c;
}

/* -- requests and replies ----------------------------------------------- */

static const struct emulator_fault *fault(struct emulator_server *s,
					  enum wire_fault kind, char unit)
{
	return emulator_faults_take(&s->wires->faults, kind, s->name, unit,
				    s->wires->real());
}

static nsec bench_time(const struct emulator_wires *w)
{
	return w->began + (nsec)((double)(w->real() - w->began) * w->speed);
}

static void deliver(struct emulator_server *s)
{
	struct emulator_connection *c = s->asker;

	s->is_busy = false;
	s->asker = NULL;
	if (!c)
		return;
	say(c, text_str(&s->reply.bytes), s->reply.bytes.n);
	c->ends = s->reply.ends;
	watch(c);
}

static void on_time(uv_timer_t *timer)
{
	struct emulator_server *s = timer->data;

	deliver(s);
	serve(s);
}

/* Keeps what would have been said, then spoils it. */
static void spoil(struct emulator_server *s)
{
	static const enum wire_fault kinds[] = { WIRE_HALF, WIRE_GARBAGE,
						 WIRE_CHECKSUM, WIRE_FOREIGN };
	struct text swap = s->before;

	if (!s->reply.bytes.n)
		return;
	s->before = s->said;
	s->said = swap;
	text_clear(&s->said);
	text_add_n(&s->said, s->reply.bytes.s, s->reply.bytes.n);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (fault(s, kinds[i], s->reply.unit))
			emulator_fault_spoil(kinds[i], s->codec,
					     &s->reply.bytes, &s->before);
}

/* Real time until the reply is out: the instrument's and the line's pass at
 * the laboratory's speed, lateness does not. */
static nsec delay(struct emulator_server *s)
{
	double after = (double)s->reply.after;
	const struct emulator_fault *late = NULL;

	if (s->codec->baud)
		after += (double)s->reply.bytes.n * 10.0 * 1e9 / s->codec->baud;
	if (s->reply.bytes.n)
		late = fault(s, WIRE_LATE, s->reply.unit);
	return (nsec)(after / s->wires->speed) + (late ? late->by : 0);
}

/* What is lost is lost on its way there: nothing is done. */
static bool is_lost(struct emulator_server *s, const char *bytes, size_t n)
{
	char unit = 0;

	if (s->codec->unit_of)
		unit = s->codec->unit_of(bytes, n);
	return fault(s, WIRE_NO_REPLY, unit) != NULL;
}

static void answer(struct emulator_connection *c, size_t n)
{
	struct emulator_server *s = c->server;
	nsec wait;

	text_clear(&s->reply.bytes);
	s->reply = (struct emulator_reply){ .bytes = s->reply.bytes };
	s->wires->bench->now = bench_time(s->wires);
	if (!is_lost(s, c->bytes, n))
		s->codec->answer(s->instrument, c->bytes, n, &s->reply);
	c->n -= n;
	memmove(c->bytes, c->bytes + n, c->n);
	watch(c);
	if (!s->reply.bytes.n)
		return;
	spoil(s);
	wait = delay(s);
	s->is_busy = true;
	s->asker = c;
	if (wait < NSEC_PER_MS)
		deliver(s);
	else
		uv_timer_start(&s->timer, on_time,
			       (uint64_t)(wait / NSEC_PER_MS), 0);
}

/* One request of one connection; false: there is none. */
static bool serve_one(struct emulator_server *s)
{
	for (int i = 0; i < EMULATOR_CONNECTIONS_MAX; i++) {
		struct emulator_connection *c = s->connections[i];
		size_t n = c && c->n && !c->ends
				   ? s->codec->span(c->bytes, c->n)
				   : 0;

		if (n == EMULATOR_REFUSED && emulator_server_is_serial(s)) {
			c->n = 0;
		} else if (n == EMULATOR_REFUSED) {
			hang_up(c);
		} else if (n) {
			answer(c, n);
			return true;
		}
	}
	return false;
}

static void serve(struct emulator_server *s)
{
	uv_update_time(s->wires->loop);
	while (!s->is_busy && serve_one(s))
		continue;
}

/* -- up and down -------------------------------------------------------- */

static int system_failed(const struct emulator_server *s, const char *what,
			 struct err *err)
{
	return err_set(err, ERR_IO, "%s: %s: %s", s->name, what,
		       strerror(errno));
}

static void on_knock(uv_poll_t *poll, int status, int events)
{
	struct emulator_connection *listener = poll->data;
	struct emulator_server *s = listener->server;
	int fd =
		accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	int one = 1;

	(void)status;
	(void)events;
	if (fd < 0)
		return;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	for (int i = 0; i < EMULATOR_CONNECTIONS_MAX; i++)
		if (!s->connections[i]) {
			s->connections[i] = connect_fd(s, fd, on_ready);
			return;
		}
	close(fd);
}

static int bind_port(struct emulator_server *s, int fd)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)s->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t n = sizeof(at);
	int one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&at, n) || listen(fd, BACKLOG) ||
	    getsockname(fd, (struct sockaddr *)&at, &n))
		return -1;
	s->port = ntohs(at.sin_port);
	return 0;
}

static int open_tcp(struct emulator_server *s, struct err *err)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return system_failed(s, "socket", err);
	if (bind_port(s, fd)) {
		system_failed(s, "cannot listen", err);
		close(fd);
		return -1;
	}
	s->listener = connect_fd(s, fd, on_knock);
	return s->listener ? 0 : system_failed(s, "poll", err);
}

static int make_link(struct emulator_server *s, struct err *err)
{
	if (!s->link[0])
		return 0;
	if ((unlink(s->link) && errno != ENOENT) || symlink(s->path, s->link))
		return system_failed(s, s->link, err);
	return 0;
}

/* The slave side stays open here, or the master would hang up whenever a
 * client closes it. */
static int open_slave(struct emulator_server *s)
{
	struct termios raw;

	s->slave = open(s->path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (s->slave < 0 || tcgetattr(s->slave, &raw))
		return -1;
	cfmakeraw(&raw);
	return tcsetattr(s->slave, TCSANOW, &raw);
}

static int open_pty(struct emulator_server *s, struct err *err)
{
	int fd = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return system_failed(s, "no pty", err);
	if (grantpt(fd) || unlockpt(fd) ||
	    ptsname_r(fd, s->path, sizeof(s->path)) || open_slave(s)) {
		system_failed(s, "no pty", err);
		close(fd);
		return -1;
	}
	s->connections[0] = connect_fd(s, fd, on_ready);
	if (!s->connections[0])
		return system_failed(s, "poll", err);
	return make_link(s, err);
}

static int up(struct emulator_server *s, struct err *err)
{
	int status = emulator_server_is_serial(s) ? open_pty(s, err)
						  : open_tcp(s, err);

	s->is_up = status == 0;
	return status;
}

static void hang_up_all(struct emulator_server *s)
{
	for (int i = 0; i < EMULATOR_CONNECTIONS_MAX; i++)
		if (s->connections[i])
			hang_up(s->connections[i]);
}

static void down(struct emulator_server *s)
{
	hang_up_all(s);
	if (s->listener) {
		/* From now on, not from when the loop goes on. */
		shutdown(s->listener->fd, SHUT_RDWR);
		uv_close((uv_handle_t *)&s->listener->poll, on_closed);
	}
	s->listener = NULL;
	if (s->slave >= 0)
		close(s->slave);
	s->slave = -1;
	if (s->link[0])
		unlink(s->link);
	s->is_up = false;
}

int emulator_server_start(struct emulator_server *s,
			  struct emulator_wires *wires, struct err *err)
{
	s->wires = wires;
	s->slave = -1;
	uv_timer_init(wires->loop, &s->timer);
	s->timer.data = s;
	return up(s, err);
}

static void flood(struct emulator_server *s)
{
	static const char noise[] = "\xa5Z?\x05+999.9 0x7f U%\r\n\x81\x06";

	for (int i = 0; i < EMULATOR_CONNECTIONS_MAX; i++)
		if (s->connections[i]) {
			say(s->connections[i], noise, sizeof(noise) - 1);
			watch(s->connections[i]);
		}
}

/* The old pty closes only when the loop goes on, so that the new one cannot
 * get its name. */
static void drop(struct emulator_server *s)
{
	struct err err = { 0 };

	if (!emulator_server_is_serial(s)) {
		hang_up_all(s);
		return;
	}
	down(s);
	if (up(s, &err))
		down(s);
	else if (s->moved)
		s->moved(s->context, s);
}

void emulator_server_tick(struct emulator_server *s)
{
	bool dies = fault(s, WIRE_DIE, 0) != NULL;
	struct err err = { 0 };

	if (s->is_up && dies) {
		down(s);
	} else if (!s->is_up && !dies) {
		/* A port that is not free yet is tried again. */
		if (up(s, &err))
			down(s);
		else if (s->moved)
			s->moved(s->context, s);
	}
	if (!s->is_up)
		return;
	if (fault(s, WIRE_DROP, 0))
		drop(s);
	if (fault(s, WIRE_FLOOD, 0))
		flood(s);
}

void emulator_server_stop(struct emulator_server *s)
{
	if (!s->wires)
		return;
	down(s);
	uv_close((uv_handle_t *)&s->timer, NULL);
}

void emulator_server_fini(struct emulator_server *s)
{
	text_free(&s->reply.bytes);
	text_free(&s->said);
	text_free(&s->before);
}
