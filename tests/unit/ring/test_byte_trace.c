/* Bytes that pass on a pty, as lines for people. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "drivers/bus.h"
#include "drivers/link.h"
#include "ring/byte_trace.h"
#include "raw_pty.h"

#define S NSEC_PER_S

struct bench {
	struct config config;
	struct yaml *yaml;
	struct rig *rig;
	struct link *link;
	struct byte_trace *trace;
	struct text line;
	int fd, slave; /* the instrument's end */
};

static int setup(void **state)
{
	struct bench *b = memory_zeroed(1, sizeof(*b));
	struct problems problems = { 0 };
	char name[RAW_PTY_NAME_MAX], text[160];
	const struct yaml_node *buses;
	struct err err;

	raw_pty(&b->fd, &b->slave, name);
	snprintf(text, sizeof(text),
		 "{gas: {type: file, path: %s}, "
		 "lab: {type: sim}}",
		 name);
	b->yaml = yaml_parse(text, strlen(text), "buses", &problems);
	buses = yaml_root(b->yaml);
	for (size_t i = 0; i < KNOWN_N; i++)
		b->config.site.known[i] = ROLE_NONE;
	b->config.n_buses = 2;
	b->config.buses[0] =
		(struct config_bus){ "gas", yaml_get(buses, "gas") };
	b->config.buses[1] =
		(struct config_bus){ "lab", yaml_get(buses, "lab") };
	b->rig = rig_new(&b->config, 1, &problems);
	assert_non_null(b->rig);
	b->link = bus_link(rig_bus(b->rig, 0));
	assert_int_equal(link_open(b->link, &err), 0);
	b->trace = byte_trace_new(&b->config, b->rig);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	rig_free(b->rig);
	byte_trace_free(b->trace);
	yaml_tree_free(b->yaml);
	text_free(&b->line);
	close(b->fd);
	close(b->slave);
	free(b);
	return 0;
}

static void send_bytes(struct bench *b, const char *bytes, size_t n)
{
	char away[4096];
	struct err err;

	assert_int_equal(link_send(b->link, bytes, n, link_now() + S, &err), 0);
	assert_true(read(b->fd, away, sizeof(away)) > 0);
}

static void start(struct bench *b)
{
	struct err err;

	assert_int_equal(byte_trace_start(b->trace, "gas", S, &err), 0);
}

static void expect(struct bench *b, const char *line)
{
	assert_true(byte_trace_line(b->trace, &b->line));
	assert_string_equal(text_str(&b->line), line);
}

static void expect_no_more(struct bench *b)
{
	assert_false(byte_trace_line(b->trace, &b->line));
}

static void what_goes_and_comes_is_shown(void **state)
{
	static const struct link_end end = { .terminator = "\n",
					     .n_terminator = 1 };
	struct bench *b = *state;
	char answer[16];
	struct err err;
	size_t n;

	start(b);
	send_bytes(b, "A\r", 2);
	assert_int_equal(write(b->fd, "\x01\xff<\n", 4), 4);
	assert_int_equal(link_receive(b->link, &end, answer, sizeof(answer), &n,
				      link_now() + S, &err),
			 0);
	expect(b, "gas 0.000 > 41 0D  A<CR>");
	assert_true(byte_trace_line(b->trace, &b->line));
	assert_non_null(strstr(text_str(&b->line), " < 01 FF 3C 0A  ..<<LF>"));
	expect_no_more(b);
}

static void what_was_before_is_not_shown(void **state)
{
	struct bench *b = *state;
	struct err err;

	send_bytes(b, "1", 1);
	start(b);
	send_bytes(b, "2", 1);
	assert_int_equal(byte_trace_stop(b->trace, "gas", &err), 0);
	send_bytes(b, "3", 1);
	start(b);
	expect_no_more(b);
	send_bytes(b, "4", 1);
	expect(b, "gas 0.000 > 34  4");
}

static void of_a_long_piece_the_beginning_is_shown(void **state)
{
	struct bench *b = *state;
	char bytes[300], *end;

	memset(bytes, 'x', sizeof(bytes));
	start(b);
	send_bytes(b, bytes, sizeof(bytes));
	assert_true(byte_trace_line(b->trace, &b->line));
	end = strstr(b->line.s, "  x");
	assert_non_null(end);
	assert_int_equal(strspn(end + 2, "x"), BYTE_TRACE_SHOWN_MAX);
	assert_string_equal(end + 2 + BYTE_TRACE_SHOWN_MAX, " ... 300 bytes");
}

static void what_is_too_much_is_counted(void **state)
{
	struct bench *b = *state;
	char last[80] = "";
	int n = 0;

	start(b);
	for (int i = 0; i < BYTE_TRACE_RATE_MAX + 17; i++)
		send_bytes(b, "x", 1);
	while (byte_trace_line(b->trace, &b->line))
		n++;
	/* A slow machine may be in the next second already. */
	assert_in_range(n, BYTE_TRACE_RATE_MAX, BYTE_TRACE_RATE_MAX + 18);
	usleep(1000000);
	send_bytes(b, "y", 1);
	while (byte_trace_line(b->trace, &b->line)) {
		if (strstr(b->line.s, " 79  y"))
			break;
		text_copy(last, sizeof(last), b->line.s);
	}
	if (n == BYTE_TRACE_RATE_MAX)
		assert_non_null(strstr(last, "- 17 pieces are left out here"));
}

static void a_bus_that_is_not_there_is_told_with_those_that_are(void **state)
{
	struct bench *b = *state;
	struct err err;

	assert_int_equal(byte_trace_start(b->trace, "gaz", S, &err), -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
	assert_string_equal(err.msg,
			    "there is no bus 'gaz'; there are gas, lab");
	assert_int_equal(byte_trace_start(b->trace, "lab", S, &err), -1);
	assert_int_equal(err.code, ERR_STATE);
}

static void it_ends_by_itself(void **state)
{
	struct bench *b = *state;

	start(b);
	assert_false(byte_trace_expire(b->trace, S - 1));
	byte_trace_print(b->trace, 0, &b->line);
	assert_string_equal(text_str(&b->line),
			    "[{\"bus\":\"gas\",\"expires\":1.000000}]");
	assert_true(byte_trace_expire(b->trace, S));
	assert_false(byte_trace_is_on(b->trace));
	send_bytes(b, "x", 1);
	expect_no_more(b);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_goes_and_comes_is_shown),
		TEST(what_was_before_is_not_shown),
		TEST(of_a_long_piece_the_beginning_is_shown),
		TEST(what_is_too_much_is_counted),
		TEST(a_bus_that_is_not_there_is_told_with_those_that_are),
		TEST(it_ends_by_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
