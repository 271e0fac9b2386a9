#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/json.h"

static void add_string(struct text *t, const char *s)
{
	text_clear(t);
	json_add_string(t, s);
}

static void strings_are_ascii(void **state)
{
	_cleanup_(text_free) struct text t = { 0 };

	(void)state;
	add_string(&t, "a\"b\\c\n\t\r\x01\x7f");
	assert_string_equal(text_str(&t),
			    "\"a\\\"b\\\\c\\n\\t\\r\\u0001\\u007f\"");
	add_string(&t, "350 \xc2\xb0\x43");
	assert_string_equal(text_str(&t), "\"350 \\u00b0C\"");
	add_string(&t, "\xf0\x9f\x94\xac");
	assert_string_equal(text_str(&t), "\"\\ud83d\\udd2c\"");
}

static void broken_utf8_is_replaced(void **state)
{
	_cleanup_(text_free) struct text t = { 0 };

	(void)state;
	add_string(&t, "a\xff"
		       "b\xc3");
	assert_string_equal(text_str(&t), "\"a\\ufffdb\\ufffd\"");
	add_string(&t, "\xed\xa0\x80");
	assert_string_equal(text_str(&t), "\"\\ufffd\\ufffd\\ufffd\"");
}

static void cuts_between_characters(void **state)
{
	_cleanup_(text_free) struct text t = { 0 };

	(void)state;
	json_add_string_cut(&t, "\xc3\xbc\xc3\xbcz", 5, 2);
	assert_string_equal(text_str(&t), "\"\\u00fc\\u00fc\"");
}

static void numbers_are_shortest(void **state)
{
	static const struct {
		double v;
		const char *s;
	} cases[] = {
		{ 0.1, "0.1" },
		{ 350, "350" },
		{ -0.5, "-0.5" },
		{ 1e300, "1e+300" },
		{ 1.0 / 3, "0.3333333333333333" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(text_free) struct text t = { 0 };

		json_add_double(&t, cases[i].v);
		assert_string_equal(text_str(&t), cases[i].s);
	}
}

static void integers_to_their_limits(void **state)
{
	_cleanup_(text_free) struct text t = { 0 };

	(void)state;
	json_add_int(&t, INT64_MIN);
	text_add_char(&t, ' ');
	json_add_int(&t, INT64_MAX);
	text_add_char(&t, ' ');
	json_add_int(&t, 0);
	assert_string_equal(text_str(&t),
			    "-9223372036854775808 9223372036854775807 0");
}

static void times_have_six_decimals(void **state)
{
	_cleanup_(text_free) struct text t = { 0 };

	(void)state;
	json_add_time(&t, INT64_C(1505396348543000999));
	assert_string_equal(text_str(&t), "1505396348.543000");
	text_clear(&t);
	json_add_time(&t, 0);
	assert_string_equal(text_str(&t), "0.000000");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings_are_ascii),
		cmocka_unit_test(broken_utf8_is_replaced),
		cmocka_unit_test(cuts_between_characters),
		cmocka_unit_test(numbers_are_shortest),
		cmocka_unit_test(integers_to_their_limits),
		cmocka_unit_test(times_have_six_decimals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
