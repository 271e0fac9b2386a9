/* Which lines of the journal raise an alarm, and when it is over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "ring/alarm_lines.h"

/* A line, and the one alarm that is there after it: its source, or NULL. */
static const struct {
	enum severity rank;
	const char *kind, *of, *text;
	const char *source;
	enum alarm_state state;
} lines[] = {
	{ SEVERITY_ALARM, "trip", NULL,
	  "heater above 1015 °C (heater reads 1020 °C): cool",
	  "trip heater above 1015 °C", ALARM_UNACKNOWLEDGED },
	{ SEVERITY_WARNING, "trip", NULL, "the log cannot be written: hold",
	  "trip the log cannot be written", ALARM_UNACKNOWLEDGED },
	{ SEVERITY_ALARM, "safe", NULL, "not confirmed yet: heater.output",
	  "safe", ALARM_UNACKNOWLEDGED },
	{ SEVERITY_WARNING, "ramp", NULL, "the ramp waits", "ramp",
	  ALARM_UNACKNOWLEDGED },
	{ SEVERITY_ALARM, "fault", NULL, "step 3: no equilibrium", "fault",
	  ALARM_RETURNED },
	{ SEVERITY_WARNING, "image", NULL, "image 3: late", "image",
	  ALARM_RETURNED },
	{ SEVERITY_WARNING, "link", "heater", "heater is lost: no answer",
	  "link heater", ALARM_UNACKNOWLEDGED },
	{ SEVERITY_WARNING, "link", NULL, "meter: its range changed", "link",
	  ALARM_RETURNED },
	{ SEVERITY_ALARM, "store", "room", "3 MB are left", "store room",
	  ALARM_UNACKNOWLEDGED },
	{ SEVERITY_WARNING, "clock", NULL, "set back by 2 h", "clock",
	  ALARM_RETURNED },
	{ SEVERITY_WARNING, "abort", NULL, "aborted by the operator", NULL, 0 },
	{ SEVERITY_WARNING, "prompt", NULL, "is it dry?", NULL, 0 },
	{ SEVERITY_WARNING, "control", NULL, "bob has taken over", NULL, 0 },
	{ SEVERITY_INFO, "link", "heater", "heater is back", NULL, 0 },
	{ SEVERITY_INFO, "start", NULL, "making everything safe", NULL, 0 },
};

static void each_kind_has_its_effect(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		const struct journal_line line = { .rank = lines[i].rank,
						   .kind = lines[i].kind,
						   .of = lines[i].of,
						   .text = lines[i].text };
		struct alarms a = { 0 };

		alarm_line(&a, &line);
		if (!lines[i].source) {
			assert_int_equal(a.n, 0);
			continue;
		}
		assert_int_equal(a.n, 1);
		assert_string_equal(a.v[0].source, lines[i].source);
		assert_string_equal(a.v[0].text, lines[i].text);
		assert_int_equal(a.v[0].state, lines[i].state);
	}
}

static void tell(struct alarms *a, enum severity rank, const char *kind,
		 const char *of, const char *text)
{
	const struct journal_line line = {
		.rank = rank, .kind = kind, .of = of, .text = text
	};

	alarm_line(a, &line);
}

static void an_info_about_the_same_says_it_is_over(void **state)
{
	struct alarms a = { 0 };

	(void)state;
	tell(&a, SEVERITY_WARNING, "link", "heater", "heater is lost");
	tell(&a, SEVERITY_INFO, "link", "heater2", "heater2 is back");
	assert_int_equal(a.v[0].state, ALARM_UNACKNOWLEDGED);
	tell(&a, SEVERITY_INFO, "link", "heater", "heater is back");
	assert_int_equal(a.v[0].state, ALARM_RETURNED);
}

static void a_trip_is_over_when_the_level_is(void **state)
{
	struct engine_status s = { .level = LEVEL_COOL, .latched = true };
	struct alarms a = { 0 };

	(void)state;
	tell(&a, SEVERITY_ALARM, "trip", NULL, "too hot (1 K): cool");
	tell(&a, SEVERITY_ALARM, "trip", NULL, "too hot (2 K): cool");
	alarm_cut_off(&a, 1);
	assert_int_equal(a.n, 2);
	alarm_watch(&a, 2, &s);
	assert_int_equal(a.v[0].state, ALARM_UNACKNOWLEDGED);
	s = (struct engine_status){ .level = LEVEL_RUN };
	alarm_watch(&a, 3, &s);
	assert_int_equal(a.v[0].state, ALARM_RETURNED);
	assert_int_equal(a.v[1].state, ALARM_RETURNED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_has_its_effect),
		cmocka_unit_test(an_info_about_the_same_says_it_is_over),
		cmocka_unit_test(a_trip_is_over_when_the_level_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
