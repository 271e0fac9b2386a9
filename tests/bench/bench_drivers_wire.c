/*
 * Transactions per second over TCP on this machine: one line asked and
 * answered by drivers/wire.c, and four registers by link_modbus.c, each
 * against a bare blocking loop (send and recv; libmodbus) with the same kind
 * of peer. The two take turns in short rounds, so that what else runs on the
 * machine meets both; what counts is the median of the rounds' ratios. All of
 * it runs on one core.
 */
#include <arpa/inet.h>
#include <modbus.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "drivers/bus.h"
#include "drivers/link_modbus.h"

#define ROUNDS 61
#define EACH 400 /* transactions in a round */
#define WORDS 4

static const char answer[] = "+014.62 +021.89 +010.05\n";

static int listen_on(int *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t n = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (struct sockaddr *)&a, n) || listen(fd, 2) ||
	    getsockname(fd, (struct sockaddr *)&a, &n))
		exit(1);
	*port = ntohs(a.sin_port);
	return fd;
}

static int connect_to(int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)))
		exit(1);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

/* Answers lines with a line. */
static void *serve_lines(void *context)
{
	int fd = accept(*(int *)context, NULL, NULL), one = 1;
	char bytes[64];

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	while (read(fd, bytes, sizeof(bytes)) > 0)
		if (write(fd, answer, sizeof(answer) - 1) < 0)
			break;
	close(fd);
	return NULL;
}

static void *serve_modbus(void *context)
{
	modbus_t *server = modbus_new_tcp("127.0.0.1", 0);
	modbus_mapping_t *map = modbus_mapping_new(8, 8, 8, 8);
	uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
	int n;

	if (modbus_tcp_accept(server, context) >= 0)
		while ((n = modbus_receive(server, query)) >= 0)
			modbus_reply(server, query, n, map);
	modbus_close(server);
	modbus_mapping_free(map);
	modbus_free(server);
	return NULL;
}

static void check(int status, const struct err *err)
{
	if (!status)
		return;
	fprintf(stderr, "%s\n", err->msg);
	exit(1);
}

/* What is compared: open, one transaction, close; bare and ours. */
struct side {
	void *(*open)(int port);
	void (*ask)(void *inside);
	void (*close)(void *inside);
};

static void *bare_lines_open(int port)
{
	int *fd = memory_zeroed(1, sizeof(*fd));

	*fd = connect_to(port);
	return fd;
}

static void bare_lines_ask(void *inside)
{
	const int *fd = inside;
	char bytes[64];

	if (send(*fd, "A\n", 2, 0) != 2 ||
	    recv(*fd, bytes, sizeof(bytes), 0) <= 0)
		exit(1);
}

static void bare_lines_close(void *inside)
{
	close(*(int *)inside);
	free(inside);
}

static void *bare_modbus_open(int port)
{
	modbus_t *m = modbus_new_tcp("127.0.0.1", port);

	if (modbus_connect(m))
		exit(1);
	return m;
}

static void bare_modbus_ask(void *inside)
{
	uint16_t words[WORDS];

	if (modbus_read_registers(inside, 0, WORDS, words) != WORDS)
		exit(1);
}

static void bare_modbus_close(void *inside)
{
	modbus_close(inside);
	modbus_free(inside);
}

struct ours {
	struct yaml *yaml;
	struct bus *bus;
};

static void *ours_open(const char *type, int port)
{
	struct ours *o = memory_zeroed(1, sizeof(*o));
	struct problems problems = { 0 };
	struct err err = { 0 };
	char config[128];
	uint64_t epoch;

	snprintf(config, sizeof(config),
		 "{type: %s, host: 127.0.0.1, "
		 "port: %d}",
		 type, port);
	o->yaml = yaml_parse(config, strlen(config), "bus", &problems);
	o->bus = bus_new("bus", yaml_root(o->yaml), 0, &problems);
	check(wire_ready(bus_wire(o->bus), &epoch, &err), &err);
	return o;
}

static void *our_lines_open(int port)
{
	return ours_open("tcp", port);
}

static void *our_modbus_open(int port)
{
	return ours_open("modbus-tcp", port);
}

static void our_lines_ask(void *inside)
{
	struct ours *o = inside;
	struct err err = { 0 };
	char text[64];

	check(wire_line(bus_wire(o->bus), "A", "\n", NSEC_PER_S, text,
			sizeof(text), &err),
	      &err);
}

static void our_modbus_ask(void *inside)
{
	const struct modbus_span span = { .unit = 1,
					  .space = MODBUS_HOLDING,
					  .n = WORDS };
	struct ours *o = inside;
	struct err err = { 0 };
	uint16_t words[WORDS];

	check(link_modbus_read(bus_modbus(o->bus), &span, words, NULL, &err),
	      &err);
}

static void ours_close(void *inside)
{
	struct ours *o = inside;

	bus_free(o->bus);
	yaml_tree_free(o->yaml);
	free(o);
}

static double round_of(const struct side *side, void *inside)
{
	nsec began = link_now();

	for (int i = 0; i < EACH; i++)
		side->ask(inside);
	return EACH / nsec_to_s(link_now() - began);
}

static int ascending(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double median(double *v)
{
	qsort(v, ROUNDS, sizeof(*v), ascending);
	return v[ROUNDS / 2];
}

/* Who begins changes from round to round. */
static void take_turns(const struct side sides[2], void *const inside[2],
		       const char *what)
{
	double rate[2][ROUNDS], ratio[ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		for (int k = 0; k < 2; k++) {
			int side = (i + k) % 2;

			rate[side][i] = round_of(&sides[side], inside[side]);
		}
		ratio[i] = rate[1][i] / rate[0][i];
	}
	printf("%-12s bare %8.0f/s, ours %8.0f/s, ratio %.2f\n", what,
	       median(rate[0]), median(rate[1]), median(ratio));
}

static void compare(const char *what, void *(*serve)(void *),
		    const struct side sides[2])
{
	pthread_t threads[2];
	int listeners[2];
	void *inside[2];

	for (int i = 0; i < 2; i++) {
		int port;

		listeners[i] = listen_on(&port);
		pthread_create(&threads[i], NULL, serve, &listeners[i]);
		inside[i] = sides[i].open(port);
	}
	take_turns(sides, inside, what);
	for (int i = 0; i < 2; i++) {
		sides[i].close(inside[i]);
		pthread_join(threads[i], NULL);
		close(listeners[i]);
	}
}

/* Both ends on one core: else it depends on where they happen to run. */
static void stay_on_this_core(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)sched_getcpu(), &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		exit(1);
}

int main(void)
{
	static const struct side lines[] = {
		{ bare_lines_open, bare_lines_ask, bare_lines_close },
		{ our_lines_open, our_lines_ask, ours_close },
	};
	static const struct side modbus[] = {
		{ bare_modbus_open, bare_modbus_ask, bare_modbus_close },
		{ our_modbus_open, our_modbus_ask, ours_close },
	};

	stay_on_this_core();
	compare("ASCII, TCP", serve_lines, lines);
	compare("Modbus TCP", serve_modbus, modbus);
	return 0;
}
