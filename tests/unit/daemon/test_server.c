/* Who is served, and who is cut off: a server with clients on unix sockets
 * that are part of the test, turned by hand. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

#include "daemon/server.h"
#include "ring/clock.h"

#define CLIENTS_MAX 4
#define STUCK_S (SERVER_STUCK / NSEC_PER_S)
/* Of one request: longer than clients may keep a turn. */
#define LONG (3 * NSEC_PER_MS)
#define LONG_BYTES 3000

struct lab {
	uv_loop_t loop;
	uv_prepare_t prepare;
	struct access everybody;
	struct node *node;
	struct server *server;
	struct sockaddr_un address;
	socklen_t size;
	nsec real; /* what server_tick() is told */
	int fds[CLIENTS_MAX];
	size_t n_fds;
	size_t n_carried_out;
};

static void on_request(void *context, const struct node_request *r)
{
	nsec until = clock_real() + LONG;
	struct lab *lab = context;

	lab->n_carried_out++;
	while (clock_real() < until)
		;
	node_answer(r->node, r->token, r->t);
}

static nsec utc(void *context)
{
	(void)context;
	return INT64_C(1500000000) * NSEC_PER_S;
}

static void on_prepare(uv_prepare_t *prepare)
{
	server_flush(((struct lab *)prepare->data)->server);
}

static void make_node(struct lab *lab)
{
	static const struct datainfo string = {
		.type = DATAINFO_STRING,
		.maxlen = LONG_BYTES,
	};
	char text[LONG_BYTES + 1];
	int m, p;

	lab->node = node_new(&(struct node_identity){ .equipment_id = "x" });
	m = node_add_module(lab->node,
			    &(struct node_module){ .name = "m",
						   .on_request = on_request,
						   .context = lab });
	node_add_command(lab->node, m, &(struct node_command){ .name = "_w" });
	p = node_add_parameter(lab->node, m,
			       &(struct node_parameter){ .name = "long",
							 .datainfo = &string });
	memset(text, 'x', LONG_BYTES);
	text[LONG_BYTES] = '\0';
	node_set_string(lab->node, p, text, utc(NULL));
}

static int listen_somewhere(struct lab *lab)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const struct sockaddr_un any = { .sun_family = AF_UNIX };

	assert_int_equal(
		bind(fd, (const struct sockaddr *)&any, sizeof(any.sun_family)),
		0);
	assert_int_equal(listen(fd, 8), 0);
	lab->size = sizeof(lab->address);
	assert_int_equal(
		getsockname(fd, (struct sockaddr *)&lab->address, &lab->size),
		0);
	return fd;
}

static void setup(struct lab *lab)
{
	struct server_setup s = { .loop = &lab->loop, .utc = utc };
	struct err err;

	*lab = (struct lab){ .real = clock_real() };
	make_node(lab);
	assert_int_equal(uv_loop_init(&lab->loop), 0);
	uv_prepare_init(&lab->loop, &lab->prepare);
	lab->prepare.data = lab;
	uv_prepare_start(&lab->prepare, on_prepare);
	s.node = lab->node;
	s.access = &lab->everybody;
	lab->server = server_new(&s);
	assert_int_equal(
		server_add(lab->server, listen_somewhere(lab), false, &err), 0);
}

static void teardown(struct lab *lab)
{
	for (size_t i = 0; i < lab->n_fds; i++)
		close(lab->fds[i]);
	server_close(lab->server);
	uv_close((uv_handle_t *)&lab->prepare, NULL);
	uv_run(&lab->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&lab->loop), 0);
	node_free(lab->node);
}

static void turn(struct lab *lab, int n)
{
	while (n--)
		uv_run(&lab->loop, UV_RUN_NOWAIT);
}

static void tick(struct lab *lab, nsec after)
{
	lab->real += after;
	server_tick(lab->server, lab->real);
	turn(lab, 10);
}

static int knock(struct lab *lab)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_int_equal(
		connect(fd, (struct sockaddr *)&lab->address, lab->size), 0);
	lab->fds[lab->n_fds++] = fd;
	turn(lab, 2);
	return fd;
}

static bool say(int fd, const char *s)
{
	return send(fd, s, strlen(s), MSG_NOSIGNAL) == (ssize_t)strlen(s);
}

static bool is_connected(int fd)
{
	struct pollfd p = { .fd = fd };

	assert_true(poll(&p, 1, 0) >= 0);
	return !(p.revents & POLLHUP);
}

/* All at once. */
static bool say_often(int fd, const char *s, size_t times)
{
	_cleanup_(text_free) struct text t = { 0 };

	while (times--)
		text_add(&t, s);
	return say(fd, text_str(&t));
}

/* Asks for more than fits on the way to it, and reads nothing. */
static void fill(struct lab *lab, int fd)
{
	assert_true(say_often(fd, "read m:long\n", 400));
	turn(lab, 50);
}

static void test_who_reads_nothing_is_cut_off(void **state)
{
	struct lab lab;
	int fd, ticks = 0;

	(void)state;
	setup(&lab);
	fd = knock(&lab);
	fill(&lab, fd);
	while (is_connected(fd) && ticks++ < 3 * STUCK_S)
		tick(&lab, NSEC_PER_S);
	assert_false(is_connected(fd));
	assert_true(ticks > STUCK_S);
	teardown(&lab);
}

/* A machine that was suspended, or so busy that nobody got to run: that
 * time is not the client's. */
static void test_time_in_which_the_daemon_stood_still_does_not_count(
	void **state)
{
	struct lab lab;
	int fd;

	(void)state;
	setup(&lab);
	fd = knock(&lab);
	fill(&lab, fd);
	for (int i = 0; i < STUCK_S - 4; i++)
		tick(&lab, NSEC_PER_S);
	tick(&lab, 3600 * NSEC_PER_S);
	tick(&lab, NSEC_PER_S);
	assert_true(is_connected(fd));
	teardown(&lab);
}

/* The kernel says that there is room only when most of it is free. */
static void test_who_reads_slowly_is_not_cut_off(void **state)
{
	struct lab lab;
	char bytes[1500];
	int fd;

	(void)state;
	setup(&lab);
	fd = knock(&lab);
	fill(&lab, fd);
	for (int i = 0; i < 10 * STUCK_S; i++) {
		assert_true(recv(fd, bytes, sizeof(bytes), 0) > 0);
		tick(&lab, NSEC_PER_S);
	}
	assert_true(is_connected(fd));
	teardown(&lab);
}

/* The kernel calls a socket full that has small pieces in a quarter of it. Who
 * asks before he reads must not wait then for a daemon that waits for him. */
static void test_who_asks_before_he_reads_is_listened_to(void **state)
{
	_cleanup_(text_free) struct text got = { 0 };
	char bytes[4096];
	struct lab lab;
	size_t pongs = 0;
	ssize_t n;
	int fd;

	(void)state;
	setup(&lab);
	fd = knock(&lab);
	for (int i = 0; i < 100; i++) {
		assert_true(say(fd, "ping\n"));
		turn(&lab, 2);
	}
	for (int k = 0; k < 8; k++) {
		for (int i = 0; i < 200; i++)
			assert_true(say(fd, "ping\n"));
		turn(&lab, 20);
	}
	do {
		n = recv(fd, bytes, sizeof(bytes), 0);
		text_add_n(&got, bytes, n > 0 ? (size_t)n : 0);
		turn(&lab, 2);
	} while (n > 0);
	for (const char *s = text_str(&got); (s = strstr(s, "pong")); s++)
		pongs++;
	assert_int_equal(pongs, 1700);
	teardown(&lab);
}

static void test_who_asks_much_keeps_nobody_waiting(void **state)
{
	struct lab lab;
	char answer[64];
	int busy[2], fd;

	(void)state;
	setup(&lab);
	busy[0] = knock(&lab);
	busy[1] = knock(&lab);
	fd = knock(&lab);
	assert_true(say_often(busy[0], "do m:_w\n", 500));
	assert_true(say_often(busy[1], "do m:_w\n", 500));
	turn(&lab, 2);
	assert_true(say(fd, "ping\n"));
	lab.n_carried_out = 0;
	for (int i = 0; i < 12; i++)
		turn(&lab, 1);
	assert_true(lab.n_carried_out > 0);
	assert_true(recv(fd, answer, sizeof(answer), 0) > 0);
	assert_memory_equal(answer, "pong", 4);
	teardown(&lab);
}

/* What was answered is sent, however long others keep each turn. */
static void test_answers_are_sent_while_others_ask_much(void **state)
{
	struct lab lab;
	char answer[64];
	int fd;

	(void)state;
	setup(&lab);
	fd = knock(&lab);
	assert_true(say_often(fd, "do m:_w\n", 500));
	turn(&lab, 4);
	assert_true(lab.n_carried_out < 500);
	assert_true(recv(fd, answer, sizeof(answer), 0) > 0);
	assert_memory_equal(answer, "done m:_w", 9);
	teardown(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_reads_nothing_is_cut_off),
		cmocka_unit_test(
			test_time_in_which_the_daemon_stood_still_does_not_count),
		cmocka_unit_test(test_who_reads_slowly_is_not_cut_off),
		cmocka_unit_test(test_who_asks_before_he_reads_is_listened_to),
		cmocka_unit_test(test_who_asks_much_keeps_nobody_waiting),
		cmocka_unit_test(test_answers_are_sent_while_others_ask_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
