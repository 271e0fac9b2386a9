/*
 * Transactions per second over TCP on this machine: one line asked and
 * answered by drivers/wire.c, and four registers by link_modbus.c, each
 * against a bare blocking loop (send and recv; libmodbus) with the same peer
 * in the same run.
 */
#include <arpa/inet.h>
#include <modbus.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "drivers/bus.h"
#include "drivers/link_modbus.h"

#define ROUNDS 20000
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

/* Answers lines with a line, one connection after another. */
static void *serve_lines(void *context)
{
	int listener = *(int *)context, one = 1;

	for (int k = 0; k < 2; k++) {
		int fd = accept(listener, NULL, NULL);
		char bytes[64];

		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		while (read(fd, bytes, sizeof(bytes)) > 0)
			if (write(fd, answer, sizeof(answer) - 1) < 0)
				break;
		close(fd);
	}
	return NULL;
}

static void *serve_modbus(void *context)
{
	int listener = *(int *)context;
	modbus_t *server = modbus_new_tcp("127.0.0.1", 0);
	modbus_mapping_t *map = modbus_mapping_new(8, 8, 8, 8);
	uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
	int n;

	for (int k = 0; k < 2; k++) {
		if (modbus_tcp_accept(server, &listener) < 0)
			break;
		while ((n = modbus_receive(server, query)) >= 0)
			modbus_reply(server, query, n, map);
		modbus_close(server);
	}
	modbus_mapping_free(map);
	modbus_free(server);
	return NULL;
}

static double rate(nsec began)
{
	return ROUNDS / nsec_to_s(link_now() - began);
}

static double bare_lines(int port)
{
	int fd = connect_to(port);
	nsec began = link_now();
	char bytes[64];

	for (int i = 0; i < ROUNDS; i++)
		if (send(fd, "A\n", 2, 0) != 2 ||
		    recv(fd, bytes, sizeof(bytes), 0) <= 0)
			exit(1);
	close(fd);
	return rate(began);
}

static double bare_modbus(int port)
{
	modbus_t *m = modbus_new_tcp("127.0.0.1", port);
	uint16_t words[WORDS];
	double result;
	nsec began;

	if (modbus_connect(m))
		exit(1);
	began = link_now();
	for (int i = 0; i < ROUNDS; i++)
		if (modbus_read_registers(m, 0, WORDS, words) != WORDS)
			exit(1);
	result = rate(began);
	modbus_close(m);
	modbus_free(m);
	return result;
}

static void check(int status, const struct err *err)
{
	if (!status)
		return;
	fprintf(stderr, "%s\n", err->msg);
	exit(1);
}

static double our_lines(struct bus *bus)
{
	struct wire *wire = bus_wire(bus);
	struct err err = { 0 };
	uint64_t epoch;
	char text[64];
	nsec began;

	check(wire_ready(wire, &epoch, &err), &err);
	began = link_now();
	for (int i = 0; i < ROUNDS; i++)
		check(wire_line(wire, "A", "\n", NSEC_PER_S, text, sizeof(text),
				&err),
		      &err);
	return rate(began);
}

static double our_modbus(struct bus *bus)
{
	const struct modbus_span span = { .unit = 1,
					  .space = MODBUS_HOLDING,
					  .n = WORDS };
	uint16_t words[WORDS];
	struct err err = { 0 };
	uint64_t epoch;
	nsec began;

	check(wire_ready(bus_wire(bus), &epoch, &err), &err);
	began = link_now();
	for (int i = 0; i < ROUNDS; i++)
		check(link_modbus_read(bus_modbus(bus), &span, words, NULL,
				       &err),
		      &err);
	return rate(began);
}

static double ours(const char *type, int port, double (*run)(struct bus *))
{
	struct problems problems = { 0 };
	struct yaml *yaml;
	struct bus *bus;
	char config[128];
	double result;

	snprintf(config, sizeof(config),
		 "{type: %s, host: 127.0.0.1, "
		 "port: %d}",
		 type, port);
	yaml = yaml_parse(config, strlen(config), "bus", &problems);
	bus = bus_new("bus", yaml_root(yaml), 0, &problems);
	result = run(bus);
	bus_free(bus);
	yaml_tree_free(yaml);
	return result;
}

static void compare(const char *what, const char *type, void *(*serve)(void *),
		    double (*bare)(int), double (*run)(struct bus *))
{
	pthread_t thread;
	int port, listener = listen_on(&port);
	double a, b;

	pthread_create(&thread, NULL, serve, &listener);
	a = bare(port);
	b = ours(type, port, run);
	pthread_join(thread, NULL);
	close(listener);
	printf("%-12s bare %8.0f/s, ours %8.0f/s, ratio %.2f\n", what, a, b,
	       b / a);
}

int main(void)
{
	compare("ASCII, TCP", "tcp", serve_lines, bare_lines, our_lines);
	compare("Modbus TCP", "modbus-tcp", serve_modbus, bare_modbus,
		our_modbus);
	return 0;
}
