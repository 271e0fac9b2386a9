#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/array.h"
#include "ring/clock.h"
#include "ring/timers.h"

#define N 4
#define FIRED_MAX 64

struct bench;

struct named {
	struct bench *bench;
	char name;
	struct timer timer;
};

struct bench {
	uv_loop_t loop;
	struct timers timers;
	struct named named[N]; /* 'a' to 'd' */
	char fired[FIRED_MAX + 1];
	size_t n;
	nsec again; /* 'a' starts itself at this moment, once; 0: no */
	int stops;  /* 'a' stops this one; 0: none */
};

static void on_fired(void *context)
{
	struct named *n = context;
	struct bench *b = n->bench;

	assert_false(timer_runs(&n->timer));
	assert_true(b->n < FIRED_MAX);
	b->fired[b->n++] = n->name;
	if (n->name != 'a')
		return;
	if (b->again)
		timer_start_at(&n->timer, b->again);
	b->again = 0;
	if (b->stops)
		timer_stop(&b->named[b->stops].timer);
}

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct err err;

	assert_int_equal(uv_loop_init(&b->loop), 0);
	assert_int_equal(timers_init(&b->timers, &b->loop, &err), 0);
	for (int i = 0; i < N; i++) {
		b->named[i].bench = b;
		b->named[i].name = (char)('a' + i);
		timer_init(&b->named[i].timer, &b->timers, on_fired,
			   &b->named[i]);
		assert_false(timer_runs(&b->named[i].timer));
	}
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	timers_close(&b->timers);
	timers_close(&b->timers); /* once more does no harm */
	uv_run(&b->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&b->loop), 0);
	free(b);
	return 0;
}

static void at(struct bench *b, int i, nsec real)
{
	timer_start_at(&b->named[i].timer, real);
}

static void turn_until(struct bench *b, size_t n)
{
	while (b->n < n)
		uv_run(&b->loop, UV_RUN_ONCE);
}

static void test_fire_in_the_order_of_their_moments(void **state)
{
	struct bench *b = *state;
	nsec now = clock_real();

	at(b, 0, now + 30 * NSEC_PER_MS);
	at(b, 1, now + 10 * NSEC_PER_MS);
	at(b, 2, now + 20 * NSEC_PER_MS);
	turn_until(b, 1);
	assert_true(clock_real() >= now + 10 * NSEC_PER_MS);
	turn_until(b, 3);
	assert_true(clock_real() >= now + 30 * NSEC_PER_MS);
	assert_string_equal(b->fired, "bca");
}

static void test_those_that_are_late_fire_in_order_in_one_turn(void **state)
{
	struct bench *b = *state;
	nsec now = clock_real();

	at(b, 0, now);
	at(b, 1, 0);
	at(b, 2, -NSEC_PER_S);
	uv_run(&b->loop, UV_RUN_ONCE);
	assert_string_equal(b->fired, "cba");
}

static void test_a_moment_may_be_moved_to_and_fro(void **state)
{
	struct bench *b = *state;
	nsec now = clock_real();

	at(b, 0, now + NSEC_PER_S * 3600);
	at(b, 1, now + 5 * NSEC_PER_MS);
	at(b, 0, now + 10 * NSEC_PER_MS);
	at(b, 1, now + 20 * NSEC_PER_MS);
	turn_until(b, 2);
	assert_string_equal(b->fired, "ab");
	assert_true(clock_real() >= now + 20 * NSEC_PER_MS);
}

static void test_never_is_to_stop(void **state)
{
	struct bench *b = *state;

	timer_start_in(&b->named[0].timer, NSEC_PER_MS);
	assert_true(timer_runs(&b->named[0].timer));
	at(b, 0, NSEC_NEVER);
	assert_false(timer_runs(&b->named[0].timer));
	timer_stop(&b->named[0].timer);
	timer_start_in(&b->named[1].timer, 5 * NSEC_PER_MS);
	timer_start_in(&b->named[2].timer, NSEC_NEVER);
	assert_false(timer_runs(&b->named[2].timer));
	turn_until(b, 1);
	assert_string_equal(b->fired, "b");
}

static void test_one_may_stop_another_that_is_due(void **state)
{
	struct bench *b = *state;

	b->stops = 1;
	at(b, 0, 1);
	at(b, 1, 2);
	at(b, 2, 3);
	turn_until(b, 2);
	assert_string_equal(b->fired, "ac");
	assert_false(timer_runs(&b->named[1].timer));
}

/* Or nothing else of the loop would ever have a turn. */
static void test_started_again_in_the_past_waits_for_the_next_turn(void **state)
{
	struct bench *b = *state;

	b->again = 1;
	at(b, 0, 1);
	uv_run(&b->loop, UV_RUN_ONCE);
	assert_string_equal(b->fired, "a");
	uv_run(&b->loop, UV_RUN_ONCE);
	assert_string_equal(b->fired, "aa");
}

static void test_no_sleep_of_the_loop_has_a_timer_of_its_own(void **state)
{
	struct bench *b = *state;

	timer_start_in(&b->named[0].timer, NSEC_PER_S);
	uv_run(&b->loop, UV_RUN_NOWAIT);
	assert_int_equal(uv_backend_timeout(&b->loop), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_fire_in_the_order_of_their_moments, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			test_those_that_are_late_fire_in_order_in_one_turn,
			setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_a_moment_may_be_moved_to_and_fro, setup, teardown),
		cmocka_unit_test_setup_teardown(test_never_is_to_stop, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			test_one_may_stop_another_that_is_due, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_started_again_in_the_past_waits_for_the_next_turn,
			setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_no_sleep_of_the_loop_has_a_timer_of_its_own, setup,
			teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
