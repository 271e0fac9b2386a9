#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "ring/seen.h"

static struct event again(const struct event *event)
{
	struct event out = { 0 };
	struct seen row;
	struct err err;

	assert_true(seen_encode(event, &row));
	assert_int_equal(seen_decode(&row, &out, &err), 0);
	assert_int_equal(out.type, event->type);
	return out;
}

static struct event command_again(struct command command)
{
	struct event event = { .type = EVENT_COMMAND, .command = command };

	event = again(&event);
	assert_int_equal(event.command.kind, command.kind);
	assert_int_equal(event.command.id, command.id);
	return event;
}

static void test_a_lost_instrument_comes_back_as_it_was(void **state)
{
	struct event event = { .type = EVENT_LOST };

	(void)state;
	event.lost.poll = POLLS_MAX - 1;
	event.lost.code = ERR_PROTOCOL;
	event = again(&event);
	assert_int_equal(event.lost.poll, POLLS_MAX - 1);
	assert_int_equal(event.lost.code, ERR_PROTOCOL);
}

static void test_an_answer_comes_back_as_it_was(void **state)
{
	struct event event = { .type = EVENT_ANSWER };

	(void)state;
	event.answer.set = UINT32_MAX;
	event.answer.ok = true;
	assert_true(again(&event).answer.ok);
	event.answer.ok = false;
	event.answer.code = ERR_TIMEOUT;
	event = again(&event);
	assert_int_equal(event.answer.set, UINT32_MAX);
	assert_false(event.answer.ok);
	assert_int_equal(event.answer.code, ERR_TIMEOUT);
}

static void test_a_frame_comes_back_with_its_times(void **state)
{
	struct event event = { .type = EVENT_FRAME };

	(void)state;
	event.frame.image = 7;
	event.frame.ok = true;
	event.frame.began = INT64_C(1234567890123456789);
	event.frame.ended = event.frame.began + 1;
	event = again(&event);
	assert_int_equal(event.frame.image, 7);
	assert_true(event.frame.ok);
	assert_int_equal(event.frame.began, INT64_C(1234567890123456789));
	assert_int_equal(event.frame.ended, INT64_C(1234567890123456790));
}

static void test_a_fault_comes_back_as_it_was(void **state)
{
	struct event event = { .type = EVENT_FAULT };

	(void)state;
	event.fault.fault = FAULT_LATE;
	event.fault.gone = true;
	event = again(&event);
	assert_int_equal(event.fault.fault, FAULT_LATE);
	assert_true(event.fault.gone);
}

static void test_every_command_keeps_its_argument(void **state)
{
	struct event event;
	uint32_t id = UINT32_MAX;

	(void)state;
	event = command_again((struct command){
		.kind = COMMAND_START, .id = id, .run = 4000000000u });
	assert_int_equal(event.command.run, 4000000000u);
	event = command_again((struct command){
		.kind = COMMAND_EXTEND, .id = id, .duration = -5 });
	assert_int_equal(event.command.duration, -5);
	event = command_again((struct command){
		.kind = COMMAND_ANSWER, .id = id, .choice = 5 });
	assert_int_equal(event.command.choice, 5);
	event = command_again((struct command){ .kind = COMMAND_SET,
						.id = id,
						.role = 127,
						.value = 0.1 + 0.2 });
	assert_int_equal(event.command.role, 127);
	assert_true(event.command.value == 0.1 + 0.2);
}

static void test_commands_without_argument_come_back(void **state)
{
	static const enum command_kind kinds[] = {
		COMMAND_PAUSE, COMMAND_RESUME, COMMAND_SKIP,	COMMAND_STOP,
		COMMAND_ABORT, COMMAND_RESET,  COMMAND_REPLACE,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		command_again((struct command){ .kind = kinds[i], .id = 1 });
}

static void test_polls_and_timeouts_leave_no_row(void **state)
{
	struct event poll = { .type = EVENT_POLL };
	struct event timeout = { .type = EVENT_TIMEOUT };
	struct seen row;

	(void)state;
	assert_false(seen_encode(&poll, &row));
	assert_false(seen_encode(&timeout, &row));
}

static void test_rows_that_nobody_wrote_are_refused(void **state)
{
	static const struct seen rows[] = {
		{ .type = EVENT_POLL },
		{ .type = EVENT_TIMEOUT },
		{ .type = SEEN_CLOCK },
		{ .type = -1 },
		{ .type = EVENT_LOST, .a = POLLS_MAX },
		{ .type = EVENT_LOST, .a = -1 },
		{ .type = EVENT_LOST, .c = 1000 },
		{ .type = EVENT_ANSWER, .a = -1 },
		{ .type = EVENT_ANSWER, .d = 2 },
		{ .type = EVENT_FRAME, .a = INT64_MAX },
		{ .type = EVENT_FAULT, .a = 99 },
		{ .type = EVENT_FAULT, .c = 2 },
		{ .type = EVENT_COMMAND, .a = COMMAND_N },
		{ .type = EVENT_COMMAND, .a = -1 },
		{ .type = EVENT_COMMAND, .a = INT64_MAX },
		{ .type = EVENT_COMMAND, .a = COMMAND_SET, .c = 65536 },
		{ .type = EVENT_COMMAND, .a = COMMAND_ANSWER, .c = -1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct event event = { .now = 42, .type = EVENT_FAULT };
		struct err err;

		assert_int_equal(seen_decode(&rows[i], &event, &err), -1);
		assert_int_equal(err.code, ERR_INVALID);
		assert_int_equal(event.type, EVENT_FAULT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_lost_instrument_comes_back_as_it_was),
		cmocka_unit_test(test_an_answer_comes_back_as_it_was),
		cmocka_unit_test(test_a_frame_comes_back_with_its_times),
		cmocka_unit_test(test_a_fault_comes_back_as_it_was),
		cmocka_unit_test(test_every_command_keeps_its_argument),
		cmocka_unit_test(test_commands_without_argument_come_back),
		cmocka_unit_test(test_polls_and_timeouts_leave_no_row),
		cmocka_unit_test(test_rows_that_nobody_wrote_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
