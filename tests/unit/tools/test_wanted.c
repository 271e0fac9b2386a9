#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/array.h"
#include "tools/wanted.h"

static void says(const struct history_record *h, enum wanted_kind kind,
		 const char *line)
{
	_cleanup_(text_free) struct text out = { 0 };

	assert_int_equal(wanted_line(h, &out), kind);
	assert_string_equal(text_str(&out), line);
}

static void a_line_says_all_of_a_setpoint(void **state)
{
	struct history_record h = { .type = RECORD_SETPOINT,
				    .setpoint = { .id = 7,
						  .channel = "heater",
						  .value = 350.1,
						  .cause = "step" } };

	(void)state;
	says(&h, WANTED_SETPOINT, "set 7 heater 350.1 (step)");
	/* The next double is another line. */
	h.setpoint.value = nextafter(350.1, 400);
	says(&h, WANTED_SETPOINT, "set 7 heater 350.1000000000001 (step)");
	h.setpoint.value = (double)NAN;
	h.setpoint.safe = true;
	says(&h, WANTED_SETPOINT, "set 7 heater nan (step, safe)");
}

static void events_and_states_have_lines(void **state)
{
	const struct history_record event = {
		.type = RECORD_EVENT,
		.event = { "warning", "trip", "too hot" },
	};
	const struct history_record changed = {
		.type = RECORD_STATE,
		.state = { "aborted", "cool", true },
	};

	(void)state;
	says(&event, WANTED_EVENT, "warning trip: too hot");
	says(&changed, WANTED_STATE, "aborted, level cool, latched");
}

static void readings_are_not_wanted(void **state)
{
	const struct history_record h = { .type = RECORD_SAMPLE };

	(void)state;
	says(&h, WANTED_N, "");
}

static void a_list_keeps_what_is_added(void **state)
{
	struct wanted_list l = { 0 };

	(void)state;
	for (int i = 0; i < 3000; i++)
		wanted_add(&l, i, i % 2 ? "odd" : "even");
	assert_int_equal(l.n, 3000);
	assert_int_equal(l.v[2999].t, 2999);
	assert_string_equal(l.v[2999].line, "odd");
	wanted_fini(&l);
	assert_int_equal(l.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_says_all_of_a_setpoint),
		cmocka_unit_test(events_and_states_have_lines),
		cmocka_unit_test(readings_are_not_wanted),
		cmocka_unit_test(a_list_keeps_what_is_added),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
