/* Registers that answer for another one, and single bits of a word. The unit
 * is a small server of the test: sixteen holding registers over Modbus TCP. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "drivers/bus.h"
#include "drivers/definition.h"
#include "small_socket.h"

#define REGISTERS 16

struct unit {
	int listener;
	uint16_t port;
	pthread_t thread;
	_Atomic uint16_t word[REGISTERS];
	_Atomic uint16_t stuck;	  /* bits that keep their value */
	_Atomic uint16_t result;  /* register 2 becomes this ... */
	atomic_int looks;	  /* ... when it was read so often */
	atomic_int writes, reads; /* of register 1 */
};

static void store(struct unit *u, unsigned at, uint16_t word)
{
	uint16_t stuck = u->stuck;

	if (at == 1)
		u->writes++;
	u->word[at] = (uint16_t)((word & ~stuck) | (u->word[at] & stuck));
}

static uint16_t load(struct unit *u, unsigned at)
{
	if (at == 2 && u->looks > 0 && --u->looks == 0)
		u->word[2] = u->result;
	if (at == 1)
		u->reads++;
	return u->word[at];
}

/* Functions 3 and 16, as far as they are used here. */
static bool serve(struct unit *u, int fd)
{
	uint8_t in[64], out[64];
	unsigned at, n, length;

	if (!small_read(fd, in, 6) || !small_read(fd, in + 6, in[5]))
		return false;
	at = in[9];
	n = in[11];
	memcpy(out, in, 12);
	length = in[7] == 3 ? 3 + 2 * n : 6;
	for (unsigned i = 0; i < n; i++) {
		if (in[7] == 16) {
			store(u, at + i,
			      (uint16_t)(in[13 + 2 * i] << 8 | in[14 + 2 * i]));
			continue;
		}
		uint16_t word = load(u, at + i);

		out[9 + 2 * i] = (uint8_t)(word >> 8);
		out[10 + 2 * i] = (uint8_t)word;
	}
	if (in[7] == 3)
		out[8] = (uint8_t)(2 * n);
	out[5] = (uint8_t)length;
	return send(fd, out, 6 + length, MSG_NOSIGNAL) == 6 + (ssize_t)length;
}

static void *run(void *context)
{
	struct unit *u = context;
	int fd;

	while ((fd = accept(u->listener, NULL, NULL)) >= 0) {
		while (serve(u, fd))
			continue;
		close(fd);
	}
	return NULL;
}

static void unit_start(struct unit *u)
{
	u->listener = small_listen(&u->port, true);
	pthread_create(&u->thread, NULL, run, u);
}

static void unit_stop(struct unit *u)
{
	shutdown(u->listener, SHUT_RDWR);
	pthread_join(u->thread, NULL);
	close(u->listener);
}

struct bench {
	struct unit unit;
	struct yaml *yaml;
	struct bus *bus;
	struct definition *d;
	struct device dev;
	struct err err; /* the newest */
};

#define HEAD                                                                   \
	"definition: x\nsummary: s\nproof: p\ntalks: modbus\n"                 \
	"frame: {reply: 300 ms, write: multiple}\n"

#define BITS                                                                   \
	HEAD "registers:\n"                                                    \
	     "  low: {at: 1, bit: 0}\n  high: {at: 1, bit: 15}\n"              \
	     "channels:\n"                                                     \
	     "  low: {read: low, write: low, quantity: switch}\n"              \
	     "  high: {read: high, write: high, quantity: switch}\n"           \
	     "safe:\n  - low: off\n  - high: off\n"

#define COMMAND                                                                \
	HEAD "registers:\n"                                                    \
	     "  command: {at: 4, ack: {register: result, is: [0], "            \
	     "within: 100 ms, refused: {32769: unknown command}}}\n"           \
	     "  result: {at: 2}\n"                                             \
	     "channels:\n"                                                     \
	     "  command: {write: command, min: 0, max: 9}\n"                   \
	     "  result: {read: result}\n"                                      \
	     "safe: []\n"

/* On the definition whose text is the state before. */
static int set_up(void **state)
{
	struct bench *b = memory_zeroed(1, sizeof(*b));
	struct problems problems = { 0 };
	const char *text = *state;
	char config[128];

	unit_start(&b->unit);
	snprintf(config, sizeof(config),
		 "{type: modbus-tcp, host: 127.0.0.1, port: %d}", b->unit.port);
	b->yaml = yaml_parse(config, strlen(config), "bus", &problems);
	b->bus = bus_new("bus", yaml_root(b->yaml), 0, &problems);
	b->d = definition_parse(text, strlen(text), "x.yaml", &problems);
	if (!b->d)
		fail_msg("%d: %s", problems.v[0].line, problems.v[0].msg);
	device_init(&b->dev, &b->d->driver, "x", b->bus, NULL);
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *b = *state;

	device_fini(&b->dev);
	bus_free(b->bus);
	yaml_tree_free(b->yaml);
	definition_free(b->d);
	unit_stop(&b->unit);
	free(b);
	return 0;
}

static void open_it(struct bench *b)
{
	if (b->dev.driver->open(&b->dev, &b->err))
		fail_msg("%s", b->err.msg);
}

static int set_up_open(void **state)
{
	set_up(state);
	open_it(*state);
	return 0;
}

static int put(struct bench *b, size_t channel, double value)
{
	return b->dev.driver->write(&b->dev, channel, value, &b->err);
}

static void a_bit_leaves_the_others_of_its_word(void **state)
{
	struct bench *b = *state;

	b->unit.word[1] = 0x0ff0;
	assert_int_equal(put(b, 0, 1), 0);
	assert_int_equal(b->unit.word[1], 0x0ff1);
	assert_int_equal(put(b, 1, 1), 0);
	assert_int_equal(b->unit.word[1], 0x8ff1);
	assert_int_equal(put(b, 0, 0), 0);
	assert_int_equal(b->unit.word[1], 0x8ff0);
}

static void a_word_that_reads_back_otherwise_is_an_error(void **state)
{
	struct bench *b = *state;

	b->unit.word[1] = 0x0100;
	b->unit.stuck = 0x0001;
	assert_int_equal(put(b, 0, 1), -1);
	assert_int_equal(b->err.code, ERR_STATE);
	assert_non_null(
		strstr(b->err.msg, "low: its word is 0x0100, not 0x0101"));
	/* The line is as good as before. */
	b->unit.stuck = 0;
	assert_int_equal(put(b, 0, 1), 0);
}

static void safe_clears_its_bits_and_no_others(void **state)
{
	struct bench *b = *state;

	b->unit.word[1] = 0xffff;
	assert_int_equal(b->dev.driver->safe(&b->dev, &b->err), 0);
	assert_int_equal(b->unit.word[1], 0x7ffe);
}

/* The word as it was read last: one bit after the other. */
static void safe_on_a_doubted_line_uses_what_is_known(void **state)
{
	struct bench *b = *state;
	double values[2];
	int reads;

	/* Nothing is known before it was read once. */
	assert_int_equal(b->dev.driver->safe(&b->dev, &b->err), -1);
	assert_non_null(strstr(b->err.msg, "not known"));
	open_it(b);
	b->unit.word[1] = 0x8ff1;
	assert_int_equal(b->dev.driver->poll(&b->dev, values, &b->err), 0);
	wire_suspect(bus_wire(b->bus), &b->err, "doubt");
	reads = b->unit.reads;
	assert_int_equal(b->dev.driver->safe(&b->dev, &b->err), 0);
	assert_int_equal(b->unit.reads, reads);
	/* What was told is there when it answers again. */
	assert_int_equal(b->dev.driver->poll(&b->dev, values, &b->err), 0);
	assert_int_equal(b->unit.word[1], 0x0ff0);
}

static void a_command_counts_when_it_is_acknowledged(void **state)
{
	struct bench *b = *state;

	b->unit.word[2] = 7;
	b->unit.looks = 3;
	assert_int_equal(put(b, 0, 5), 0);
	assert_int_equal(b->unit.word[4], 5);
	assert_int_equal(b->unit.looks, 0);
}

static void one_that_is_refused_says_why(void **state)
{
	struct bench *b = *state;

	b->unit.word[2] = 32769;
	assert_int_equal(put(b, 0, 5), -1);
	assert_int_equal(b->err.code, ERR_RANGE);
	assert_string_equal(b->err.msg, "command: refused: unknown command");
}

static void one_that_is_never_acknowledged_fails_in_bounded_time(void **state)
{
	struct bench *b = *state;
	nsec began;

	b->unit.word[2] = 7;
	began = link_now();
	assert_int_equal(put(b, 0, 5), -1);
	assert_true(link_now() - began >= 100 * NSEC_PER_MS);
	assert_true(link_now() - began < 2 * NSEC_PER_S);
	assert_int_equal(b->err.code, ERR_TIMEOUT);
	assert_string_equal(b->err.msg, "command: not acknowledged in 100 ms: "
					"result reads 7");
}

static void a_safe_command_waits_for_no_acknowledgement(void **state)
{
	struct bench *b = *state;

	b->unit.word[2] = 7;
	link_urgent(bus_wire(b->bus)->link, true);
	assert_int_equal(put(b, 0, 5), 0);
	link_urgent(bus_wire(b->bus)->link, false);
	assert_int_equal(b->unit.word[4], 5);
}

static void each_mistake_has_its_place(void **state)
{
	static const struct {
		const char *registers, *words;
		int column;
	} mistakes[] = {
		{ "a: {at: 1, bit: 16}", "from 0 to 15", 41 },
		{ "a: {at: 1, type: f32, bit: 1}", "whole number", 52 },
		{ "a: {at: 1, ack: {is: [0]}}", "which register", 41 },
		{ "a: {at: 1, ack: {register: b, is: [0]}}", "no register 'b'",
		  52 },
		{ "a: {at: 1, ack: {register: a}}", "has to become", 41 },
		{ "a: {at: 1, ack: {register: a, is: []}}", "1 to 4 numbers",
		  59 },
		{ "a: {at: 1, ack: {register: a, is: [0], refused: {x: y}}}",
		  "a number", 74 },
		{ "a: {at: 1, space: input}", "is an input", 0 },
		{ "a: {at: 1, type: text, words: 3}", "is a text", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(mistakes); i++) {
		struct problems problems = { 0 };
		char text[512];
		bool found = false;

		snprintf(text, sizeof(text),
			 HEAD "safe: []\nregisters: {x: {at: 9}, %s}\n"
			      "channels: {a: {write: a}}\n",
			 mistakes[i].registers);
		assert_null(definition_parse(text, strlen(text), "x.yaml",
					     &problems));
		for (size_t k = 0; k < problems.n; k++)
			found = found ||
				(strstr(problems.v[k].msg, mistakes[i].words) &&
				 (!mistakes[i].column ||
				  (problems.v[k].line == 7 &&
				   problems.v[k].column ==
					   mistakes[i].column)));
		if (!found)
			fail_msg("%s: %d:%d: %s", mistakes[i].registers,
				 problems.v[0].line, problems.v[0].column,
				 problems.v[0].msg);
		problems_free(&problems);
	}
}

#define WITH(set_up, test, text)                                               \
	cmocka_unit_test_prestate_setup_teardown(test, set_up, tear_down,      \
						 (char *)text)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(set_up_open, a_bit_leaves_the_others_of_its_word, BITS),
		WITH(set_up_open, a_word_that_reads_back_otherwise_is_an_error,
		     BITS),
		WITH(set_up_open, safe_clears_its_bits_and_no_others, BITS),
		WITH(set_up, safe_on_a_doubted_line_uses_what_is_known, BITS),
		WITH(set_up_open, a_command_counts_when_it_is_acknowledged,
		     COMMAND),
		WITH(set_up_open, one_that_is_refused_says_why, COMMAND),
		WITH(set_up_open,
		     one_that_is_never_acknowledged_fails_in_bounded_time,
		     COMMAND),
		WITH(set_up_open, a_safe_command_waits_for_no_acknowledgement,
		     COMMAND),
		cmocka_unit_test(each_mistake_has_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
