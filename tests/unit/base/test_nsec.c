#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/nsec.h"

static void expect_iso(nsec t, const char *expected)
{
	char out[NSEC_ISO_MAX];

	nsec_iso(t, out);
	assert_string_equal(out, expected);
}

static void iso_is_utc_and_truncates(void **state)
{
	(void)state;
	expect_iso(0, "1970-01-01T00:00:00.000000Z");
	expect_iso(INT64_C(1795332932123456789), "2026-11-22T07:35:32.123456Z");
	expect_iso(INT64_C(951782400999999999), "2000-02-29T00:00:00.999999Z");
	expect_iso(-1, "1969-12-31T23:59:59.999999Z");
	expect_iso(INT64_MAX, "2262-04-11T23:47:16.854775Z");
	expect_iso(INT64_MIN, "1677-09-21T00:12:43.145224Z");
}

static void expect_span(double s, const char *expected)
{
	char out[NSEC_ISO_MAX];

	nsec_span(nsec_from_s(s), out);
	assert_string_equal(out, expected);
}

static void span_is_short(void **state)
{
	(void)state;
	expect_span(0, "0 s");
	expect_span(12.5, "12.5 s");
	expect_span(12.04, "12 s");
	expect_span(59.94, "59.9 s");
	expect_span(59.96, "1 min");
	expect_span(570, "9 min 30 s");
	expect_span(605, "10 min 05 s");
	expect_span(3599.6, "1 h");
	expect_span(7500, "2 h 05 min");
	expect_span(-90, "-1 min 30 s");
}

static void span_has_no_overflow(void **state)
{
	char out[NSEC_ISO_MAX];

	(void)state;
	nsec_span(NSEC_NEVER, out);
	assert_string_equal(out, "for ever");
	nsec_span(NSEC_NEVER - 1, out);
	assert_string_equal(out, "centuries");
	nsec_span(INT64_MIN, out);
	assert_string_equal(out, "centuries");
}

static void arithmetic_rounds_and_saturates(void **state)
{
	(void)state;
	assert_int_equal(nsec_from_s(1e-9), 1);
	assert_int_equal(nsec_from_s(0.1), 100000000);
	assert_int_equal(nsec_from_s(-0.1), -100000000);
	assert_true(nsec_to_s(1500 * NSEC_PER_MS) == 1.5);
	assert_int_equal(nsec_after(NSEC_NEVER, 5), NSEC_NEVER);
	assert_int_equal(nsec_after(NSEC_NEVER - 3, 5), NSEC_NEVER);
	assert_int_equal(nsec_after(2, 3), 5);
	assert_int_equal(nsec_min(2, 3), 2);
	assert_int_equal(nsec_max(2, 3), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(iso_is_utc_and_truncates),
		cmocka_unit_test(span_is_short),
		cmocka_unit_test(span_has_no_overflow),
		cmocka_unit_test(arithmetic_rounds_and_saturates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
