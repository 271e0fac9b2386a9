#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "cli/figure.h"

static void expect(double v, const char *unit, const char *expected)
{
	char out[FIGURE_MAX];

	figure_value(v, unit, out);
	assert_string_equal(out, expected);
}

static void temperatures_have_one_decimal(void **state)
{
	(void)state;
	expect(350.06, "degC", "350.1");
	expect(-12.34, "degC", "-12.3");
	expect(1000, "degC", "1000.0");
}

static void pressures_have_four_digits(void **state)
{
	(void)state;
	expect(782.123, "Torr", "782.1");
	expect(50.1274, "Torr", "50.13");
	expect(1.00349, "Torr", "1.003");
	expect(0.98349, "Torr", "0.983");
	expect(2.314e-7, "Torr", "2.31e-07");
	expect(0, "Torr", "0.000");
	expect(1234.5, "Torr", "1234");
}

static void rounding_up_adds_no_digit(void **state)
{
	(void)state;
	expect(99.996, "Torr", "100.0");
	expect(9.99999, "Torr", "10.00");
}

static void noise_around_zero_has_no_sign(void **state)
{
	(void)state;
	expect(-0.0001, "sccm", "0.000");
	expect(-0.01, "degC", "0.0");
	expect(-0.002, "sccm", "-0.002");
}

static void what_is_no_number_is_a_dash(void **state)
{
	(void)state;
	expect((double)NAN, "degC", "-");
	expect((double)INFINITY, "Torr", "-");
}

static void without_unit_nothing_is_padded(void **state)
{
	(void)state;
	expect(3, "", "3");
	expect(1.234567e-6, "", "1.2346e-06");
}

static void units_are_for_people(void **state)
{
	char out[FIGURE_MAX];

	(void)state;
	figure_with_unit(350, "degC", out);
	assert_string_equal(out, "350.0 °C");
	figure_with_unit(3, "", out);
	assert_string_equal(out, "3");
}

static void times_are_local(void **state)
{
	char out[FIGURE_MAX];
	nsec t = INT64_C(1795332932123456789);

	(void)state;
	setenv("TZ", "CET-1", 1);
	tzset();
	figure_date(t, out);
	assert_string_equal(out, "2026-11-22 08:35:32");
	figure_clock(t, out);
	assert_string_equal(out, "08:35:32");
	figure_clock(0, out);
	assert_string_equal(out, "");
	unsetenv("TZ");
	tzset();
}

static void spans_are_rounded_to_what_matters(void **state)
{
	char out[FIGURE_MAX];

	(void)state;
	figure_seconds(0.21, out);
	assert_string_equal(out, "0.2 s");
	figure_seconds(3599.7, out);
	assert_string_equal(out, "1 h");
	figure_seconds((double)NAN, out);
	assert_string_equal(out, "-");
	figure_seconds(1e300, out);
	assert_string_equal(out, "-");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(temperatures_have_one_decimal),
		cmocka_unit_test(pressures_have_four_digits),
		cmocka_unit_test(rounding_up_adds_no_digit),
		cmocka_unit_test(noise_around_zero_has_no_sign),
		cmocka_unit_test(what_is_no_number_is_a_dash),
		cmocka_unit_test(without_unit_nothing_is_padded),
		cmocka_unit_test(units_are_for_people),
		cmocka_unit_test(times_are_local),
		cmocka_unit_test(spans_are_rounded_to_what_matters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
