/* A blanker on a coil, against a small Modbus unit. */
#include <stdlib.h>

#include "one_device.h"
#include "small_coils.h"

#define COIL 3

struct bench {
	struct small_coils unit;
	struct one_device d;
};

static int begin(void **state)
{
	struct bench *b = memory_zeroed(1, sizeof(*b));

	small_coils_start(&b->unit);
	one_bus(&b->d,
		"{type: modbus-tcp, host: 127.0.0.1, port: %u, "
		"quarantine: 20 ms}",
		b->unit.port);
	*state = b;
	return 0;
}

static int end(void **state)
{
	struct bench *b = *state;

	one_close(&b->d);
	small_coils_stop(&b->unit);
	free(b);
	return 0;
}

static struct bench *open_usual(void **state)
{
	struct bench *b = *state;

	one_open(&b->d, "modbus-coil", "{unit: 1, coil: 3}");
	return b;
}

static struct bench *open_with_beam(void **state)
{
	struct bench *b = open_usual(state);
	struct err err = { 0 };

	if (one_write(&b->d, 0, 1.0, &err))
		fail_msg("%s", err.msg);
	return b;
}

static void opening_blanks(void **state)
{
	struct bench *b = *state;

	b->unit.coil[COIL] = true;
	open_usual(state);
	assert_false(b->unit.coil[COIL]);
}

static void on_is_beam(void **state)
{
	struct bench *b = open_with_beam(state);

	assert_true(b->unit.coil[COIL]);
	assert_true(one_read(&b->d, 0) == 1.0);
}

static void safe_blanks(void **state)
{
	struct bench *b = open_with_beam(state);
	struct err err = { 0 };

	assert_int_equal(one_safe(&b->d, &err), 0);
	assert_true(one_read(&b->d, 0) == 0.0);
}

static void a_coil_that_does_not_obey_is_an_error(void **state)
{
	struct bench *b = open_usual(state);
	struct err err = { 0 };

	b->unit.is_stuck = true;
	assert_int_equal(one_write(&b->d, 0, 1.0, &err), -1);
	assert_int_equal(err.code, ERR_STATE);
	assert_non_null(strstr(err.msg, "coil 3 does not go on"));
}

/* It says yes and stays on: only the poll behind it can tell. */
static void a_blank_that_is_not_done_is_seen_by_the_poll(void **state)
{
	struct bench *b = open_with_beam(state);
	struct err err = { 0 };

	b->unit.is_stuck = true;
	one_safe(&b->d, &err);
	assert_true(one_read(&b->d, 0) == 1.0);
}

static void the_coil_has_to_be_said(void **state)
{
	struct bench *b = *state;

	one_refused(&b->d, "modbus-coil", "{unit: 1}", ERR_INVALID,
		    "coil is needed");
}

#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(opening_blanks),
		T(on_is_beam),
		T(safe_blanks),
		T(a_coil_that_does_not_obey_is_an_error),
		T(a_blank_that_is_not_done_is_seen_by_the_poll),
		T(the_coil_has_to_be_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
