/*
 * A question and its answer over a unix socket, one at a time, both ends on
 * one core: with a bare echo of libuv, with the daemon that listens at PATH,
 * and with a server of our own in this program, in turns of a second, so that
 * all see the same machine.
 *
 * Our own server is the daemon's (server.c over node.c) with one parameter
 * that takes every value at once: of a change, what is left is the daemon's
 * part of it. (Each change of the daemon's own waits for an instrument, or for
 * the disk.)
 *
 * Usage: bench_daemon_socket PATH. A line for each question: name, the median
 * in ms, the 99th of a hundred as it is mostly and in the quietest second, and
 * round trips per second.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <uv.h>

#include "base/array.h"
#include "daemon/server.h"
#include "protocol/node.h"

#define TURNS 5
#define PER_TURN 60000 /* a second: ten ticks of the daemon, and commits */
#define LINE_MAX_BYTES 65536
#define CROWD_MAX 50
#define FAN_ROUNDS 200
#define T0 (INT64_C(1500000000) * NSEC_PER_S)

struct question {
	const char *name, *text;
	bool counts; /* a new value each time, or nobody would be told */
	int fd;
	int n_crowd; /* others that must hear of it before it is over */
	size_t n;    /* of all, and of these in took_ms: */
	size_t n_kept;
	double took_ms[PER_TURN];
	size_t n_turns;
	double median_ms[TURNS], p99_ms[TURNS];
};

struct echo {
	uv_loop_t loop;
	uv_pipe_t pipe;
	char room[LINE_MAX_BYTES];
	uv_write_t write;
};

struct own {
	uv_loop_t loop;
	uv_prepare_t prepare;
	struct node *node;
	struct server *server;
	int target;
	nsec t;
	char path[64];
};

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static void fail(const char *what)
{
	fprintf(stderr, "bench_daemon_socket: %s\n", what);
	exit(1);
}

/* -- a bare echo -------------------------------------------------------- */

static void give_room(uv_handle_t *handle, size_t n, uv_buf_t *buf)
{
	struct echo *echo = handle->data;

	(void)n;
	*buf = uv_buf_init(echo->room, sizeof(echo->room));
}

static void on_bytes(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct echo *echo = stream->data;
	uv_buf_t back;

	if (n < 0) {
		uv_close((uv_handle_t *)stream, NULL);
		return;
	}
	back = uv_buf_init(buf->base, (unsigned)n);
	uv_write(&echo->write, stream, &back, 1, NULL);
}

static void *run_echo(void *context)
{
	struct echo *echo = context;

	uv_read_start((uv_stream_t *)&echo->pipe, give_room, on_bytes);
	uv_run(&echo->loop, UV_RUN_DEFAULT);
	return NULL;
}

static int begin_echo(struct echo *echo)
{
	pthread_t thread;
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) ||
	    uv_loop_init(&echo->loop) ||
	    uv_pipe_init(&echo->loop, &echo->pipe, 0) ||
	    uv_pipe_open(&echo->pipe, fd[1]))
		fail("no echo");
	echo->pipe.data = echo;
	if (pthread_create(&thread, NULL, run_echo, echo))
		fail("no thread");
	return fd[0];
}

/* -- a server of our own ------------------------------------------------ */

static void on_request(void *context, const struct node_request *r)
{
	struct own *own = context;

	node_set_double(r->node, own->target, r->number, r->t);
	node_answer(r->node, r->token, r->t);
}

/* Each moment is another one, as it is to the daemon. */
static nsec own_utc(void *context)
{
	return ++((struct own *)context)->t;
}

static void on_prepare(uv_prepare_t *prepare)
{
	server_flush(((struct own *)prepare->data)->server);
}

static void make_node(struct own *own)
{
	static const char *const writable[] = { "Writable", NULL };
	static const struct datainfo number = {
		.type = DATAINFO_DOUBLE,
		.limited = true,
		.max = 1e6,
	};
	int m;

	own->node = node_new(&(struct node_identity){ .equipment_id = "own" });
	m = node_add_module(own->node,
			    &(struct node_module){ .name = "m",
						   .classes = writable,
						   .on_request = on_request,
						   .context = own });
	own->target = node_add_parameter(
		own->node, m,
		&(struct node_parameter){ .name = "target",
					  .datainfo = &number,
					  .writable = true });
	node_set_double(own->node, own->target, 0.5, T0);
}

static int listen_at(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) ||
	    listen(fd, 128))
		fail("cannot listen");
	return fd;
}

static void *run_own(void *context)
{
	struct own *own = context;

	uv_run(&own->loop, UV_RUN_DEFAULT);
	return NULL;
}

static void begin_own(struct own *own)
{
	static const struct access everybody;
	struct server_setup setup = { .loop = &own->loop,
				      .access = &everybody,
				      .utc = own_utc,
				      .context = own };
	pthread_t thread;
	struct err err;

	own->t = T0;
	snprintf(own->path, sizeof(own->path), "/tmp/gascell-bench-%d",
		 (int)getpid());
	unlink(own->path);
	make_node(own);
	setup.node = own->node;
	if (uv_loop_init(&own->loop) ||
	    uv_prepare_init(&own->loop, &own->prepare))
		fail("no loop");
	own->prepare.data = own;
	uv_prepare_start(&own->prepare, on_prepare);
	own->server = server_new(&setup);
	if (server_add(own->server, listen_at(own->path), false, &err))
		fail(err.msg);
	if (pthread_create(&thread, NULL, run_own, own))
		fail("no thread");
}

/* -- the other end ------------------------------------------------------ */

static int knock(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)))
		fail("nobody listens there");
	return fd;
}

/* Reads lines to the one that begins with this word. */
static void read_to(int fd, const char *word)
{
	static char room[LINE_MAX_BYTES];
	size_t got = 0, n = strlen(word);
	ssize_t some;
	char *line;

	for (;;) {
		some = read(fd, room + got, LINE_MAX_BYTES - 1 - got);
		if (some <= 0)
			fail("cannot read");
		got += (size_t)some;
		room[got] = '\0';
		if (room[got - 1] != '\n')
			continue;
		room[got - 1] = '\0';
		line = strrchr(room, '\n');
		line = line ? line + 1 : room;
		if (!strncmp(line, word, n))
			return;
		if (!strncmp(line, "error", 5))
			fail(line);
		got = 0;
	}
}

static int knock_activated(const char *path)
{
	int fd = knock(path);

	if (write(fd, "activate\n", 9) != 9)
		fail("cannot write");
	read_to(fd, "active");
	return fd;
}

static void ask(struct question *q, const int *crowd)
{
	char text[64];
	double began;
	size_t n;
	int i;

	if (q->counts)
		n = (size_t)snprintf(text, sizeof(text), "%s%zu.25\n", q->text,
				     q->n % 100000);
	else
		n = (size_t)snprintf(text, sizeof(text), "%s\n", q->text);
	began = now_ms();
	if (write(q->fd, text, n) != (ssize_t)n)
		fail("cannot write");
	read_to(q->fd, q->counts ? "changed" : "");
	for (i = 0; i < q->n_crowd; i++)
		read_to(crowd[i], "update");
	q->took_ms[q->n_kept++] = now_ms() - began;
	q->n++;
}

static int ascending(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void end_turn(struct question *q)
{
	qsort(q->took_ms, q->n_kept, sizeof(*q->took_ms), ascending);
	q->median_ms[q->n_turns] = q->took_ms[q->n_kept / 2];
	q->p99_ms[q->n_turns++] = q->took_ms[q->n_kept * 99 / 100];
	q->n_kept = 0;
}

static void print(struct question *q)
{
	double median;

	qsort(q->median_ms, q->n_turns, sizeof(*q->median_ms), ascending);
	qsort(q->p99_ms, q->n_turns, sizeof(*q->p99_ms), ascending);
	median = q->median_ms[q->n_turns / 2];
	printf("%-12s %10.4f %10.4f %10.4f %10.0f\n", q->name, median,
	       q->p99_ms[q->n_turns / 2], q->p99_ms[0], 1e3 / median);
}

static void play(struct question *v, size_t n, const int *crowd)
{
	size_t turn, i, k;

	for (turn = 0; turn < TURNS; turn++)
		for (i = 0; i < n; i++) {
			for (k = 0; k < PER_TURN; k++)
				ask(&v[i], crowd);
			end_turn(&v[i]);
		}
	for (i = 0; i < n; i++)
		print(&v[i]);
}

static void fan_out(const char *path)
{
	static struct question q[] = {
		{ .name = "to-1", .n_crowd = 1 },
		{ .name = "to-10", .n_crowd = 10 },
		{ .name = "to-50", .n_crowd = 50 },
	};
	int crowd[CROWD_MAX], asker = knock(path);
	size_t i, n = 0;
	int k;

	/* One crowd after the other: who is connected is told. */
	for (i = 0; i < ARRAY_SIZE(q); i++) {
		while (n < (size_t)q[i].n_crowd)
			crowd[n++] = knock_activated(path);
		q[i].text = "change m:target ";
		q[i].counts = true;
		q[i].fd = asker;
		for (k = 0; k < FAN_ROUNDS; k++)
			ask(&q[i], crowd);
		end_turn(&q[i]);
		print(&q[i]);
	}
}

int main(int argc, char **argv)
{
	static struct question v[] = {
		{ .name = "echo", .text = "ping 1" },
		{ .name = "ping", .text = "ping 1" },
		{ .name = "echo-read", .text = "read heater:value" },
		{ .name = "read", .text = "read heater:value" },
		{ .name = "own-read", .text = "read m:target" },
		{ .name = "own-change",
		  .text = "change m:target ",
		  .counts = true },
	};
	static struct echo echo;
	static struct own own;

	if (argc != 2)
		fail("which socket?");
	begin_own(&own);
	v[0].fd = v[2].fd = begin_echo(&echo);
	v[1].fd = v[3].fd = knock(argv[1]);
	v[4].fd = knock(own.path);
	v[5].fd = knock_activated(own.path);
	play(v, ARRAY_SIZE(v), NULL);
	close(v[5].fd);
	close(v[4].fd);
	fan_out(own.path);
	unlink(own.path);
	/* The threads end with the program. */
	fflush(stdout);
	_exit(0);
}
