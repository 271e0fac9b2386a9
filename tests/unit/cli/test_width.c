#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/width.h"

static void expect_cut(const char *s, size_t columns, const char *expected)
{
	struct text out = { 0 };

	width_add_cut(&out, s, columns);
	assert_string_equal(text_str(&out), expected);
	assert_true(width_of(text_str(&out)) <= columns);
	text_free(&out);
}

static void width_counts_columns_not_bytes(void **state)
{
	(void)state;
	assert_int_equal(width_of(""), 0);
	assert_int_equal(width_of("350 °C"), 6);
	assert_int_equal(width_of("温度"), 4);
	assert_int_equal(width_of("e\u0301"), 1);
	assert_int_equal(width_of("█▌░"), 3);
}

static void colours_take_no_columns(void **state)
{
	(void)state;
	assert_int_equal(width_of("\033[1;31mbad\033[0m"), 3);
}

static void broken_text_is_measured_within_its_bounds(void **state)
{
	(void)state;
	assert_int_equal(width_of("\xc2"), 1);
	assert_int_equal(width_of("\xe2\x82"), 2);
	assert_int_equal(width_of("\xff\xff"), 2);
	assert_int_equal(width_of("\033["), 0);
}

static void what_fits_is_not_cut(void **state)
{
	(void)state;
	expect_cut("350 °C", 6, "350 °C");
	expect_cut("", 0, "");
}

static void what_does_not_fit_ends_in_an_ellipsis(void **state)
{
	(void)state;
	expect_cut("350 °C", 5, "350 …");
	expect_cut("温度温度", 5, "温度…");
	expect_cut("温度温度", 4, "温…");
	expect_cut("abc", 0, "");
}

static void a_cut_colour_is_ended(void **state)
{
	(void)state;
	expect_cut("\033[32mrunning\033[0m", 4, "\033[32mrun…\033[0m");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(width_counts_columns_not_bytes),
		cmocka_unit_test(colours_take_no_columns),
		cmocka_unit_test(broken_text_is_measured_within_its_bounds),
		cmocka_unit_test(what_fits_is_not_cut),
		cmocka_unit_test(what_does_not_fit_ends_in_an_ellipsis),
		cmocka_unit_test(a_cut_colour_is_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
