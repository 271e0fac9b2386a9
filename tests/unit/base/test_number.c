#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/number.h"
#include "comma.h"

static double parse(const char *s)
{
	struct err err;
	double v = NAN;

	assert_int_equal(number_parse(s, &v, &err), 0);
	return v;
}

static void numbers_are_read(void **state)
{
	(void)state;
	assert_true(parse("0") == 0);
	assert_true(signbit(parse("-0")));
	assert_true(parse("+12.50") == 12.5);
	assert_true(parse("007") == 7);
	assert_true(parse("1e3") == 1000);
	assert_true(parse("1E-3") == 0.001);
	assert_true(parse("-850.5") == -850.5);
	assert_true(parse("1e-400") == 0);
}

static void reading_rounds_correctly(void **state)
{
	(void)state;
	assert_true(parse("0.1") == 0.1);
	assert_true(parse("9007199254740993") == 9007199254740992.0);
	assert_true(parse("9007199254740993.00000001") == 9007199254740994.0);
	assert_true(parse("1.7976931348623157e308") == DBL_MAX);
	assert_true(parse("5e-324") == 5e-324);
	assert_true(parse("123456789012345678901234567890") ==
		    123456789012345678901234567890.0);
	assert_true(parse("3.0517578125e-5") == 0x1p-15);
}

static void other_text_is_no_number(void **state)
{
	static const char *const bad[] = {
		"",	" 1",  "1 ",	".5",  "5.",  "1e",  "1e+",
		"0x10", "inf", "nan",	"1,5", "--1", "+-1", "1.2.3",
		"e5",	"-",   "1_000", "1f",  "٣",
	};
	struct err err;
	double v = 7;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(number_parse(bad[i], &v, &err), -1);
		assert_int_equal(err.code, ERR_INVALID);
	}
	assert_int_equal(number_parse("1e309", &v, &err), -1);
	assert_int_equal(err.code, ERR_RANGE);
	assert_int_equal(number_parse("1e99999999999999999999", &v, &err), -1);
	assert_int_equal(err.code, ERR_RANGE);
	assert_true(v == 7);
}

static void errors_show_no_control_characters(void **state)
{
	struct err err;
	double v;

	(void)state;
	assert_int_equal(number_parse("1\x1b[2J", &v, &err), -1);
	assert_string_equal(err.msg, "'1\\x1b[2J' is not a number "
				     "(like 12 or 0.5 or 2e-3)");
}

static void span_takes_the_longest_number(void **state)
{
	(void)state;
	assert_int_equal(number_span("20 Torr"), 2);
	assert_int_equal(number_span("1.5e3s"), 5);
	assert_int_equal(number_span("3eV"), 1);
	assert_int_equal(number_span("5.mbar"), 1);
	assert_int_equal(number_span("-7"), 2);
	assert_int_equal(number_span("+x"), 0);
	assert_int_equal(number_span(""), 0);
}

static int parse_int(const char *s, int64_t min, int64_t max, int64_t *v)
{
	struct err err = { .code = ERR_NONE };

	return number_parse_int(s, min, max, v, &err) ? (int)err.code : 0;
}

static void whole_numbers_are_checked(void **state)
{
	int64_t v = 0;

	(void)state;
	assert_int_equal(parse_int("-12", -20, 20, &v), 0);
	assert_int_equal(v, -12);
	assert_int_equal(parse_int("+9223372036854775807", 0, INT64_MAX, &v),
			 0);
	assert_true(v == INT64_MAX);
	assert_int_equal(parse_int("-9223372036854775808", INT64_MIN, 0, &v),
			 0);
	assert_true(v == INT64_MIN);
	assert_int_equal(parse_int("9223372036854775808", 0, INT64_MAX, &v),
			 ERR_RANGE);
	assert_int_equal(parse_int("21", -20, 20, &v), ERR_RANGE);
	assert_int_equal(parse_int("1.0", -20, 20, &v), ERR_INVALID);
	assert_int_equal(parse_int("", -20, 20, &v), ERR_INVALID);
	assert_int_equal(parse_int("1e1", -20, 20, &v), ERR_INVALID);
	assert_true(v == INT64_MIN);
}

static void expect_print(double v, const char *expected)
{
	char out[NUMBER_TEXT_MAX];

	assert_int_equal(number_print(v, out), strlen(expected));
	assert_string_equal(out, expected);
}

static void printing_is_shortest(void **state)
{
	(void)state;
	expect_print(0, "0");
	expect_print(-0.0, "-0");
	expect_print(350, "350");
	expect_print(0.1, "0.1");
	expect_print(-273.15, "-273.15");
	expect_print(0.1 + 0.2, "0.30000000000000004");
	expect_print(1e-9, "1e-09");
	expect_print(0.0001, "0.0001");
	expect_print(0.00001, "1e-05");
	expect_print(999999999999999, "999999999999999");
	expect_print(1e15, "1e+15");
	expect_print(1e23, "1e+23");
	expect_print(5e-324, "5e-324");
	expect_print(DBL_MAX, "1.7976931348623157e+308");
	expect_print(-1.2345678901234567e-300, "-1.2345678901234568e-300");
}

/* A small generator, so that a failure comes back. */
static uint64_t next(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

static void printing_and_reading_are_inverse(void **state)
{
	uint64_t x = 88172645463325252U, bits;
	char out[NUMBER_TEXT_MAX];
	double v;
	int i;

	(void)state;
	for (i = 0; i < 20000; i++) {
		bits = next(&x);
		memcpy(&v, &bits, sizeof(v));
		if (i % 2)
			v = (double)(int32_t)bits / (double)(1 << i % 20);
		if (i % 3 == 0)
			v = (double)(int32_t)bits / 1000;
		if (!isfinite(v))
			continue;
		assert_true(number_print(v, out) < NUMBER_TEXT_MAX);
		assert_true(parse(out) == v);
	}
}

static void fixed_and_digits_print_like_printf(void **state)
{
	char out[NUMBER_TEXT_MAX];

	(void)state;
	assert_int_equal(number_print_fixed(28, 1, out), 4);
	assert_string_equal(out, "28.0");
	number_print_fixed(0.125, 2, out);
	assert_string_equal(out, "0.12");
	number_print_fixed(-0.001, 2, out);
	assert_string_equal(out, "0.00");
	number_print_fixed(-1e300, 3, out);
	assert_string_equal(out, "-1.0000000000000001e+300");
	assert_int_equal(number_print_digits(101325.25, 6, out), 6);
	assert_string_equal(out, "101325");
	number_print_digits(1.0 / 3, 3, out);
	assert_string_equal(out, "0.333");
	number_print_digits(-DBL_MIN, 99, out);
	assert_string_equal(out, "-2.2250738585072014e-308");
}

static void the_locale_does_not_matter(void **state)
{
	char out[NUMBER_TEXT_MAX];

	if (!comma_enter())
		skip();
	snprintf(out, sizeof(out), "%.1f", 0.5);
	assert_string_equal(out, "0,5");
	numbers_are_read(state);
	reading_rounds_correctly(state);
	other_text_is_no_number(state);
	printing_is_shortest(state);
	fixed_and_digits_print_like_printf(state);
	setlocale(LC_ALL, "C");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_read),
		cmocka_unit_test(reading_rounds_correctly),
		cmocka_unit_test(other_text_is_no_number),
		cmocka_unit_test(errors_show_no_control_characters),
		cmocka_unit_test(span_takes_the_longest_number),
		cmocka_unit_test(whole_numbers_are_checked),
		cmocka_unit_test(printing_is_shortest),
		cmocka_unit_test(printing_and_reading_are_inverse),
		cmocka_unit_test(fixed_and_digits_print_like_printf),
		cmocka_unit_test(the_locale_does_not_matter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
