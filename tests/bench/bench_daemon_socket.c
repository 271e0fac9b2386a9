/*
 * A question and its answer over a unix socket, one at a time: with a bare
 * echo of libuv, and with the daemon that listens at PATH, in turns, so that
 * all see the same machine.
 *
 * Usage: bench_daemon_socket PATH. A line for each question: name, the median
 * and the 99th of a hundred in ms.
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

#define ROUNDS 4000
#define TURNS 4
#define LINE_MAX_BYTES 65536

struct question {
	const char *name, *text;
	int fd;
	size_t n;
	double took_ms[ROUNDS];
};

struct echo {
	uv_loop_t loop;
	uv_pipe_t pipe;
	char room[LINE_MAX_BYTES];
	uv_write_t write;
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

static int begin_echo(struct echo *echo, pthread_t *thread)
{
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) ||
	    uv_loop_init(&echo->loop) ||
	    uv_pipe_init(&echo->loop, &echo->pipe, 0) ||
	    uv_pipe_open(&echo->pipe, fd[1]))
		fail("no echo");
	echo->pipe.data = echo;
	if (pthread_create(thread, NULL, run_echo, echo))
		fail("no thread");
	return fd[0];
}

static int knock(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)))
		fail("nobody listens there");
	return fd;
}

static void ask(struct question *q, char *room)
{
	size_t n = strlen(q->text), got = 0;
	double began = now_ms();
	ssize_t some;

	if (write(q->fd, q->text, n) != (ssize_t)n)
		fail("cannot write");
	do {
		some = read(q->fd, room + got, LINE_MAX_BYTES - 1 - got);
		if (some <= 0)
			fail("cannot read");
		got += (size_t)some;
	} while (room[got - 1] != '\n');
	q->took_ms[q->n++] = now_ms() - began;
	room[got] = '\0';
	if (!strncmp(room, "error", 5))
		fail(room);
}

static int ascending(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void print(struct question *q)
{
	qsort(q->took_ms, q->n, sizeof(*q->took_ms), ascending);
	printf("%-8s %10.4f %10.4f\n", q->name, q->took_ms[q->n / 2],
	       q->took_ms[q->n * 99 / 100]);
}

int main(int argc, char **argv)
{
	static struct question v[] = {
		{ .name = "echo", .text = "ping 1\n" },
		{ .name = "ping", .text = "ping 1\n" },
		{ .name = "read", .text = "read heater:value\n" },
	};
	static struct echo echo;
	static char room[LINE_MAX_BYTES];
	pthread_t thread;
	size_t turn, i, k;

	if (argc != 2)
		fail("which socket?");
	v[0].fd = begin_echo(&echo, &thread);
	v[1].fd = v[2].fd = knock(argv[1]);
	for (turn = 0; turn < TURNS; turn++)
		for (i = 0; i < ARRAY_SIZE(v); i++)
			for (k = 0; k < ROUNDS / TURNS; k++)
				ask(&v[i], room);
	for (i = 0; i < ARRAY_SIZE(v); i++)
		print(&v[i]);
	close(v[0].fd);
	close(v[1].fd);
	pthread_join(thread, NULL);
	return 0;
}
