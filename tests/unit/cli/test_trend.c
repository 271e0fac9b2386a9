#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "base/array.h"
#include "cli/trend.h"
#include "cli/width.h"

#define S NSEC_PER_S
#define BEGIN (INT64_C(1795332932) * S)

static void draws(const struct trend *t, size_t columns, const char *wanted)
{
	_cleanup_(text_free) struct text out = { 0 };

	trend_draw(t, columns, 1, &out);
	assert_string_equal(text_str(&out), wanted);
}

static void a_ramp_rises(void **state)
{
	struct trend t = { 0 };
	int i;

	(void)state;
	for (i = 0; i < 8; i++)
		trend_add(&t, BEGIN + i * S, 20 + i * 10);
	draws(&t, 8, "▁▂▃▄▅▆▇█");
	draws(&t, 80, "▁▂▃▄▅▆▇█");
	draws(&t, 2, "▂▆");
}

static void what_does_not_move_lies_on_the_floor(void **state)
{
	struct trend t = { 0 };
	int i;

	(void)state;
	for (i = 0; i < 4; i++)
		trend_add(&t, BEGIN + i * S, 350 + 1e-6 * i);
	draws(&t, 4, "▁▁▁▁");
}

static void nothing_is_drawn_of_nothing(void **state)
{
	struct trend t = { 0 };
	double least, most;

	(void)state;
	draws(&t, 10, "");
	trend_add(&t, BEGIN, NAN);
	trend_add(&t, 0, 5);
	draws(&t, 10, "");
	assert_false(trend_range(&t, &least, &most));
}

static void a_long_gap_is_blank_a_short_one_is_held(void **state)
{
	struct trend t = { 0 };

	(void)state;
	trend_add(&t, BEGIN, 1);
	trend_add(&t, BEGIN + 3 * S, 2);
	draws(&t, 4, "▁▁▁█");
	trend_add(&t, BEGIN + 33 * S, 1);
	draws(&t, 34, "▁▁▁█                             ▁");
}

static void a_night_keeps_its_peaks_in_bounded_space(void **state)
{
	struct trend t = { 0 };
	double least, most;
	int i;

	(void)state;
	for (i = 0; i < 50000; i++)
		trend_add(&t, BEGIN + i * S, i == 12345 ? 1000 : 20);
	assert_in_range(t.n, TREND_MAX / 2, TREND_MAX);
	assert_true(trend_range(&t, &least, &most));
	assert_true(least == 20 && most == 1000);
}

static void what_is_older_than_the_first_is_left_out(void **state)
{
	struct trend t = { 0 };

	(void)state;
	trend_add(&t, BEGIN, 5);
	trend_add(&t, BEGIN - S, 900);
	draws(&t, 10, "▁");
}

static void rows_stand_on_each_other(void **state)
{
	_cleanup_(text_free) struct text out = { 0 };
	struct trend t = { 0 };

	(void)state;
	trend_add(&t, BEGIN, 0);
	trend_add(&t, BEGIN + S, 10);
	trend_draw(&t, 10, 2, &out);
	assert_string_equal(text_str(&out), " █\n▁█\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ramp_rises),
		cmocka_unit_test(what_does_not_move_lies_on_the_floor),
		cmocka_unit_test(nothing_is_drawn_of_nothing),
		cmocka_unit_test(a_long_gap_is_blank_a_short_one_is_held),
		cmocka_unit_test(a_night_keeps_its_peaks_in_bounded_space),
		cmocka_unit_test(what_is_older_than_the_first_is_left_out),
		cmocka_unit_test(rows_stand_on_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
