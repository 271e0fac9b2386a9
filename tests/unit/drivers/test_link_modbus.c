/* Modbus against libmodbus' own server over TCP, and against faults written
 * byte by byte on a pty (RTU). */
#include <arpa/inet.h>
#include <modbus.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/text.h"
#include "drivers/bus.h"
#include "drivers/link_modbus.h"
#include "raw_pty.h"

#define REPLY (300 * NSEC_PER_MS)

struct bench {
	struct yaml *yaml;
	struct bus *bus;
	struct link_modbus *m;
	struct wire *wire;
	int fd, slave; /* RTU: the unit's end */
	int listener, port;
	modbus_t *server;
	modbus_mapping_t *map;
	pthread_t thread;
	atomic_bool stops;
};

static void make_bus(struct bench *b, const char *config)
{
	struct problems problems = { 0 };

	b->yaml = yaml_parse(config, strlen(config), "bus", &problems);
	b->bus = bus_new("bus", yaml_root(b->yaml), 0, &problems);
	assert_int_equal(problems.n, 0);
	b->m = bus_modbus(b->bus);
	b->wire = bus_wire(b->bus);
}

static void *serve(void *context)
{
	struct bench *b = context;
	uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
	int n;

	while (!b->stops) {
		if (modbus_tcp_accept(b->server, &b->listener) < 0)
			break;
		while ((n = modbus_receive(b->server, query)) >= 0)
			modbus_reply(b->server, query, n, b->map);
		modbus_close(b->server);
	}
	return NULL;
}

static int set_up_tcp(void **state)
{
	struct bench *b = memory_zeroed(1, sizeof(*b));
	struct sockaddr_in a;
	socklen_t n = sizeof(a);
	char config[128];

	b->fd = b->slave = -1;
	b->server = modbus_new_tcp("127.0.0.1", 0);
	b->map = modbus_mapping_new(100, 100, 100, 100);
	b->listener = modbus_tcp_listen(b->server, 1);
	assert_true(b->listener >= 0);
	getsockname(b->listener, (struct sockaddr *)&a, &n);
	snprintf(config, sizeof(config),
		 "{type: modbus-tcp, "
		 "host: 127.0.0.1, port: %d}",
		 ntohs(a.sin_port));
	make_bus(b, config);
	pthread_create(&b->thread, NULL, serve, b);
	*state = b;
	return 0;
}

static int tear_down_tcp(void **state)
{
	struct bench *b = *state;

	b->stops = true;
	bus_free(b->bus);
	shutdown(b->listener, SHUT_RDWR);
	pthread_join(b->thread, NULL);
	close(b->listener);
	modbus_mapping_free(b->map);
	modbus_free(b->server);
	yaml_tree_free(b->yaml);
	free(b);
	return 0;
}

static int set_up_rtu(void **state)
{
	struct bench *b = memory_zeroed(1, sizeof(*b));
	char name[RAW_PTY_NAME_MAX], config[128];

	raw_pty(&b->fd, &b->slave, name);
	snprintf(config, sizeof(config),
		 "{type: modbus-rtu, path: %s, "
		 "baud: 115200, quarantine: 60 ms}",
		 name);
	make_bus(b, config);
	*state = b;
	return 0;
}

static int tear_down_rtu(void **state)
{
	struct bench *b = *state;

	bus_free(b->bus);
	close(b->fd);
	close(b->slave);
	yaml_tree_free(b->yaml);
	free(b);
	return 0;
}

static void make_ready(struct bench *b)
{
	uint64_t epoch;
	struct err err;

	assert_int_equal(wire_ready(b->wire, &epoch, &err), 0);
}

static struct modbus_span span_at(uint16_t at, uint16_t n)
{
	return (struct modbus_span){ .unit = 1,
				     .space = MODBUS_HOLDING,
				     .at = at,
				     .n = n,
				     .reply = REPLY };
}

static void registers_are_written_and_read_back(void **state)
{
	struct bench *b = *state;
	struct modbus_span span = span_at(10, 3);
	uint16_t out[] = { 1, 0xffff, 0x1234 }, in[3] = { 0 };
	struct err err = { 0 };

	make_ready(b);
	assert_int_equal(link_modbus_write(b->m, &span, out, &err), 0);
	assert_int_equal(link_modbus_read(b->m, &span, in, NULL, &err), 0);
	assert_memory_equal(in, out, sizeof(in));
}

static void coils_are_written_and_read_back(void **state)
{
	struct bench *b = *state;
	struct modbus_span span = span_at(3, 10);
	uint16_t out[10] = { 1, 0, 1, 1, 0, 0, 0, 0, 0, 1 }, in[10];
	struct err err = { 0 };

	make_ready(b);
	span.space = MODBUS_COIL;
	assert_int_equal(link_modbus_write(b->m, &span, out, &err), 0);
	assert_int_equal(link_modbus_read(b->m, &span, in, NULL, &err), 0);
	assert_memory_equal(in, out, sizeof(in));
	span.n = 1;
	span.single = true;
	out[0] = 0;
	assert_int_equal(link_modbus_write(b->m, &span, out, &err), 0);
	assert_int_equal(b->map->tab_bits[3], 0);
}

static void an_exception_is_an_answer_and_costs_no_trust(void **state)
{
	struct bench *b = *state;
	struct modbus_span span = span_at(5000, 1);
	uint64_t before;
	uint16_t word;
	int exception;
	struct err err;

	make_ready(b);
	before = wire_epoch(b->wire);
	assert_int_equal(link_modbus_read(b->m, &span, &word, &exception, &err),
			 -1);
	assert_int_equal(err.code, ERR_RANGE);
	assert_int_equal(exception, 2);
	assert_int_equal(wire_epoch(b->wire), before);
}

static void safe_is_told_without_being_ready(void **state)
{
	struct bench *b = *state;
	struct modbus_span span = span_at(7, 1);
	uint16_t word = 77;
	struct err err = { 0 };

	assert_int_equal(link_modbus_tell(b->m, &span, &word, &err), 0);
	for (int i = 0; i < 300 && b->map->tab_registers[7] != 77; i++)
		usleep(10000);
	assert_int_equal(b->map->tab_registers[7], 77);
}

static void floats_are_packed_as_the_sheets_say(void **state)
{
	static const uint16_t right[][2] = {
		[MODBUS_ABCD] = { 0x41c8, 0x0000 },
		[MODBUS_CDAB] = { 0x0000, 0x41c8 },
		[MODBUS_BADC] = { 0xc841, 0x0000 },
		[MODBUS_DCBA] = { 0x0000, 0xc841 },
	};
	uint16_t words[2];

	(void)state;
	for (int i = 0; i < 4; i++) {
		enum modbus_order order = (enum modbus_order)i;

		modbus_from_float(25.0f, order, words);
		assert_memory_equal(words, right[i], sizeof(words));
		assert_true(modbus_float(words, order) == 25.0f);
	}
}

/* What a unit says on the serial line when it is asked. */
struct talk {
	struct bench *b;
	useconds_t delay;
	const char *bytes;
	size_t n;
	bool interrupts; /* a safe command comes then */
};

static void *talk(void *context)
{
	struct talk *t = context;
	char question[64];
	size_t got = 0;

	while (got < 8) {
		ssize_t n = read(t->b->fd, question + got, 8 - got);

		if (n <= 0)
			return NULL;
		got += (size_t)n;
	}
	usleep(t->delay);
	if (write(t->b->fd, t->bytes, t->n) < 0)
		return NULL;
	if (t->interrupts)
		bus_interrupt(t->b->bus, LINK_AT_ONCE);
	return NULL;
}

/* 01 03 02 00 6F F8 68: register = 111, with its checksum. */
#define ANSWER_111 "\x01\x03\x02\x00\x6f\xf8\x68"
#define ANSWER_222 "\x01\x03\x02\x00\xde\x38\x1c"

static int read_one(struct bench *b, struct talk *t, uint16_t at,
		    uint16_t *word, struct err *err)
{
	struct modbus_span span = span_at(at, 1);
	pthread_t thread;
	int status;

	t->b = b;
	pthread_create(&thread, NULL, talk, t);
	status = link_modbus_read(b->m, &span, word, NULL, err);
	pthread_join(thread, NULL);
	return status;
}

static void a_good_answer_is_read(void **state)
{
	struct bench *b = *state;
	struct talk t = { .bytes = ANSWER_111, .n = 7 };
	struct err err = { 0 };
	uint16_t word = 0;

	make_ready(b);
	assert_int_equal(read_one(b, &t, 0x160, &word, &err), 0);
	assert_int_equal(word, 111);
}

static void a_late_answer_is_not_that_of_the_next_registers(void **state)
{
	struct bench *b = *state;
	struct talk late = { .bytes = ANSWER_222, .n = 7, .delay = 450000 };
	struct talk good = { .bytes = ANSWER_111, .n = 7 };
	struct err err = { 0 };
	uint16_t word = 0;

	make_ready(b);
	assert_int_equal(read_one(b, &late, 0x161, &word, &err), -1);
	assert_int_equal(err.code, ERR_TIMEOUT);
	for (int i = 0; i < 3; i++) {
		make_ready(b);
		assert_int_equal(read_one(b, &good, 0x160, &word, &err), 0);
		assert_int_equal(word, 111);
	}
}

static void expect_refusal(struct bench *b, const char *bytes, size_t n)
{
	struct talk t = { .bytes = bytes, .n = n };
	uint64_t before;
	struct err err = { 0 };
	uint16_t word = 4711;

	make_ready(b);
	before = wire_epoch(b->wire);
	assert_int_equal(read_one(b, &t, 0x160, &word, &err), -1);
	assert_int_equal(err.code, ERR_PROTOCOL);
	assert_int_equal(word, 4711);
	assert_true(wire_epoch(b->wire) > before);
}

static void a_wrong_checksum_is_refused(void **state)
{
	expect_refusal(*state, "\x01\x03\x02\x00\x6f\xf8\x69", 7);
}

static void half_a_frame_is_refused(void **state)
{
	expect_refusal(*state, ANSWER_111, 5);
}

static void the_answer_of_another_unit_is_refused(void **state)
{
	expect_refusal(*state, "\x02\x03\x02\x00\x6f\xbc\x68", 7);
}

static void an_answer_of_another_length_is_refused(void **state)
{
	/* Two registers, well framed: 01 03 04 00 01 00 02 2A 32. */
	expect_refusal(*state, "\x01\x03\x04\x00\x01\x00\x02\x2a\x32", 9);
}

static void garbage_is_refused(void **state)
{
	expect_refusal(*state, "%&!garbage garbage", 18);
}

static void unit_zero_is_not_asked(void **state)
{
	struct bench *b = *state;
	struct modbus_span span = span_at(1, 1);
	struct err err;
	uint16_t word;

	span.unit = 0;
	make_ready(b);
	assert_int_equal(link_modbus_read(b->m, &span, &word, NULL, &err), -1);
	assert_int_equal(err.code, ERR_INVALID);
}

/* A safe command waits for no answer that stays in the middle. */
static void half_a_frame_gives_way(void **state)
{
	struct bench *b = *state;
	struct talk t = { .bytes = ANSWER_111, .n = 5, .interrupts = true };
	struct err err = { 0 };
	uint16_t word;

	make_ready(b);
	assert_int_equal(read_one(b, &t, 0x160, &word, &err), -1);
	assert_int_equal(err.code, ERR_AGAIN);
	bus_resume(b->bus, LINK_AT_ONCE);
}

struct seen {
	char bytes[64];
	size_t n;
};

static void on_bytes(void *context, nsec at, bool sent, const void *bytes,
		     size_t n)
{
	struct seen *seen = context;

	(void)at;
	seen->bytes[seen->n++] = sent ? '>' : '<';
	memcpy(seen->bytes + seen->n, bytes, n);
	seen->n += n;
}

static void bytes_are_traced_as_they_are_on_the_line(void **state)
{
	static const char right[] = ">\x01\x03\x01\x60\x00\x01\x85\xe8"
				    "<\x01\x03\x02\x00\x6f\xf8\x69";
	struct bench *b = *state;
	struct talk t = { .bytes = "\x01\x03\x02\x00\x6f\xf8\x69", .n = 7 };
	struct seen seen = { 0 };
	struct link_sink sink = { on_bytes, &seen };
	struct err err;
	uint16_t word;

	make_ready(b);
	bus_trace(b->bus, &sink);
	assert_int_equal(read_one(b, &t, 0x160, &word, &err), -1);
	assert_int_equal(seen.n, sizeof(right) - 1);
	assert_memory_equal(seen.bytes, right, sizeof(right) - 1);
}

#define TCP(test)                                                              \
	cmocka_unit_test_setup_teardown(test, set_up_tcp, tear_down_tcp)
#define RTU(test)                                                              \
	cmocka_unit_test_setup_teardown(test, set_up_rtu, tear_down_rtu)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TCP(registers_are_written_and_read_back),
		TCP(coils_are_written_and_read_back),
		TCP(an_exception_is_an_answer_and_costs_no_trust),
		TCP(safe_is_told_without_being_ready),
		cmocka_unit_test(floats_are_packed_as_the_sheets_say),
		RTU(a_good_answer_is_read),
		RTU(a_late_answer_is_not_that_of_the_next_registers),
		RTU(a_wrong_checksum_is_refused),
		RTU(half_a_frame_is_refused),
		RTU(half_a_frame_gives_way),
		RTU(bytes_are_traced_as_they_are_on_the_line),
		RTU(the_answer_of_another_unit_is_refused),
		RTU(an_answer_of_another_length_is_refused),
		RTU(garbage_is_refused),
		RTU(unit_zero_is_not_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
