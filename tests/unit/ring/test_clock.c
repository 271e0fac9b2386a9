#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ring/clock.h"

#define START (1000 * NSEC_PER_S)
#define UTC (INT64_C(1700000000) * NSEC_PER_S)

static struct clock at_speed(double speed)
{
	struct clock c;

	clock_init(&c, START, UTC, speed);
	return c;
}

static void test_plain_time_is_real_time(void **state)
{
	struct clock c = at_speed(1.0);

	(void)state;
	assert_int_equal(clock_at(&c, START + 12345), START + 12345);
	assert_int_equal(START + c.utc_offset, UTC);
}

static void test_plain_time_passes_a_deadline_nobody_served(void **state)
{
	struct clock c = at_speed(1.0);

	(void)state;
	clock_set_due(&c, START + 10);
	assert_int_equal(clock_at(&c, START + 5000), START + 5000);
	assert_int_equal(clock_alarm(&c), START + 10);
}

static void test_time_never_goes_back(void **state)
{
	struct clock c = at_speed(1.0);

	(void)state;
	clock_at(&c, START + 100);
	assert_int_equal(clock_at(&c, START + 50), START + 100);
}

static void test_fast_time_is_so_many_times_faster(void **state)
{
	struct clock c = at_speed(100.0);

	(void)state;
	assert_int_equal(clock_at(&c, START + NSEC_PER_S),
			 START + 100 * NSEC_PER_S);
}

static void test_fast_time_stops_at_a_deadline(void **state)
{
	struct clock c = at_speed(100.0);

	(void)state;
	clock_set_due(&c, START + NSEC_PER_S);
	assert_int_equal(clock_at(&c, START + NSEC_PER_S), START + NSEC_PER_S);
	/* Served: it goes on from there, not from where it might be. */
	clock_set_due(&c, NSEC_NEVER);
	assert_int_equal(clock_at(&c, START + NSEC_PER_S + 1000),
			 START + NSEC_PER_S + 100000);
}

static void test_fast_time_waits_for_an_answer(void **state)
{
	struct clock c = at_speed(100.0);
	struct clock_hold hold;
	nsec limit = START + CLOCK_SLACK;

	(void)state;
	clock_hold(&c, &hold);
	assert_int_equal(clock_at(&c, START + NSEC_PER_S), limit);
	clock_release(&c, &hold);
	assert_int_equal(clock_at(&c, START + NSEC_PER_S + 10), limit + 1000);
}

static void test_the_oldest_hold_counts(void **state)
{
	struct clock c = at_speed(10.0);
	struct clock_hold a, b;

	(void)state;
	clock_hold(&c, &a);
	clock_at(&c, START + NSEC_PER_MS);
	clock_hold(&c, &b);
	assert_int_equal(clock_at(&c, START + NSEC_PER_S), START + CLOCK_SLACK);
	clock_release(&c, &a);
	assert_int_equal(clock_at(&c, START + 2 * NSEC_PER_S),
			 START + 10 * NSEC_PER_MS + CLOCK_SLACK);
	clock_release(&c, &b);
	assert_null(c.oldest);
	assert_null(c.newest);
}

static void test_holds_end_in_any_order(void **state)
{
	struct clock c = at_speed(10.0);
	struct clock_hold v[3];

	(void)state;
	for (int i = 0; i < 3; i++)
		clock_hold(&c, &v[i]);
	clock_release(&c, &v[1]);
	clock_release(&c, &v[2]);
	assert_ptr_equal(c.oldest, &v[0]);
	assert_ptr_equal(c.newest, &v[0]);
	clock_release(&c, &v[0]);
	assert_null(c.oldest);
}

static void test_the_alarm_rings_when_the_deadline_has_come(void **state)
{
	const double speeds[] = { 3.0, 7.5, 100.0, 99999.0, 0.1 };

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		struct clock c = at_speed(speeds[i]);
		nsec due = START + 1234567891;

		clock_at(&c, START + 77);
		clock_set_due(&c, due);
		assert_int_equal(clock_at(&c, clock_alarm(&c)), due);
	}
}

static void test_no_alarm_while_time_stands_still(void **state)
{
	struct clock c = at_speed(100.0);
	struct clock_hold hold;

	(void)state;
	clock_hold(&c, &hold);
	clock_set_due(&c, START + 10 * CLOCK_SLACK);
	assert_int_equal(clock_alarm(&c), NSEC_NEVER);
	clock_set_due(&c, START + CLOCK_SLACK / 2);
	assert_int_not_equal(clock_alarm(&c), NSEC_NEVER);
}

static void test_a_step_of_the_wall_clock_is_told_once(void **state)
{
	struct clock c = at_speed(1.0);
	nsec later = 3600 * NSEC_PER_S;

	(void)state;
	assert_int_equal(clock_wall_step(&c, START + 5, UTC + 5), 0);
	assert_int_equal(clock_wall_step(&c, START + 6, UTC + 6 + later),
			 later);
	assert_int_equal(clock_wall_step(&c, START + 7, UTC + 7 + later), 0);
	assert_int_equal(clock_at(&c, START + 8), START + 8);
	assert_int_equal(START + c.utc_offset, UTC);
}

static void test_slewing_is_not_a_step(void **state)
{
	struct clock c = at_speed(1.0);

	(void)state;
	/* 500 ppm, as fast as a clock is ever slewed, looked at each second. */
	assert_int_equal(clock_wall_step(&c, START + NSEC_PER_S,
					 UTC + NSEC_PER_S + 500000),
			 0);
}

static void test_a_month_at_ten_hertz_does_not_drift(void **state)
{
	struct clock c = at_speed(1.0);
	nsec period = 100 * NSEC_PER_MS, due = START;

	(void)state;
	for (int i = 0; i < 1000000; i++) {
		due += period;
		clock_set_due(&c, due);
		/* Each time it is served a little late. */
		clock_at(&c, clock_alarm(&c) + 60000);
	}
	assert_int_equal(clock_alarm(&c) - START, 1000000 * period);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain_time_is_real_time),
		cmocka_unit_test(
			test_plain_time_passes_a_deadline_nobody_served),
		cmocka_unit_test(test_time_never_goes_back),
		cmocka_unit_test(test_fast_time_is_so_many_times_faster),
		cmocka_unit_test(test_fast_time_stops_at_a_deadline),
		cmocka_unit_test(test_fast_time_waits_for_an_answer),
		cmocka_unit_test(test_the_oldest_hold_counts),
		cmocka_unit_test(test_holds_end_in_any_order),
		cmocka_unit_test(
			test_the_alarm_rings_when_the_deadline_has_come),
		cmocka_unit_test(test_no_alarm_while_time_stands_still),
		cmocka_unit_test(test_a_step_of_the_wall_clock_is_told_once),
		cmocka_unit_test(test_slewing_is_not_a_step),
		cmocka_unit_test(test_a_month_at_ten_hertz_does_not_drift),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
