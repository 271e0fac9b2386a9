/* The turns of a driver that has a loop of its own, in real time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lab.h"

#define EVERY (40 * NSEC_PER_MS)

static int setup(void **state)
{
	return lab_setup(state, EVERY);
}

static void begin(struct lab *lab)
{
	lab_open(lab);
	instrument_begin(&lab->instrument, lab->fake.clock.now);
}

static void tick(struct lab *lab)
{
	instrument_due(&lab->instrument, instrument_deadline(&lab->instrument));
}

static void test_no_turn_before_polls_begin(void **state)
{
	struct lab *lab = *state;

	lab_open(lab);
	assert_true(instrument_deadline(&lab->instrument) == NSEC_NEVER);
	assert_int_equal(lab->fake.turns, 0);
}

static void test_the_first_turn_is_before_the_first_poll(void **state)
{
	struct lab *lab = *state;

	begin(lab);
	lab->fake.gated = true;
	tick(lab);
	uv_sem_wait(&lab->fake.reached);
	assert_int_equal(lab->fake.turns, 1);
	uv_sem_post(&lab->fake.gate);
	lab_settle(lab);
}

static void test_a_turn_comes_when_the_driver_said(void **state)
{
	struct lab *lab = *state;

	begin(lab);
	for (int i = 1; i <= 20; i++) {
		nsec at;

		instrument_due(&lab->instrument, lab->instrument.turn.next);
		lab_settle(lab);
		at = lab->instrument.turn.call.at;
		assert_int_equal(lab->fake.turns, i);
		assert_true(lab->instrument.turn.next == at + EVERY);
	}
}

static void test_never_two_turns_at_once(void **state)
{
	struct lab *lab = *state;

	begin(lab);
	lab->instrument.turn.next = NSEC_NEVER;
	lab->fake.gated = true;
	tick(lab);
	uv_sem_wait(&lab->fake.reached);
	for (int i = 0; i < 5; i++) {
		lab->instrument.turn.next = lab->fake.clock.now;
		instrument_due(&lab->instrument, lab->fake.clock.now);
	}
	uv_sem_post(&lab->fake.gate);
	lab_settle(lab);
	assert_int_equal(lab->fake.turns, 1);
}

static void test_what_a_turn_tells_is_polled_at_once(void **state)
{
	struct lab *lab = *state;

	begin(lab);
	tick(lab);
	lab_settle(lab);
	lab->fake.turn_tells = ERR_STATE;
	instrument_due(&lab->instrument, lab->instrument.turn.next);
	lab_settle(lab);
	lab_settle(lab);
	assert_int_equal(lab->fake.polls, 2);
}

static void test_no_turn_while_the_link_is_lost(void **state)
{
	struct lab *lab = *state;

	begin(lab);
	lab->fake.poll_fails = ERR_IO;
	tick(lab);
	lab_settle(lab);
	assert_false(lab->instrument.up);
	assert_true(lab->instrument.turn.next == NSEC_NEVER);
	lab->fake.poll_fails = ERR_NONE;
	tick(lab);
	lab_settle(lab);
	assert_int_equal(lab->fake.opens, 2);
	assert_true(lab->instrument.turn.next != NSEC_NEVER);
}

static void test_nothing_comes_behind_safe(void **state)
{
	struct lab *lab = *state;
	int turns, polls;

	begin(lab);
	tick(lab);
	lab_settle(lab);
	lab->fake.gated = true;
	lab->instrument.turn.next = NSEC_NEVER;
	tick(lab);
	uv_sem_wait(&lab->fake.reached);
	/* One that waits behind the poll at the gate. */
	lab->instrument.turn.next = lab->fake.clock.now;
	instrument_due(&lab->instrument, lab->fake.clock.now);
	assert_true(lab->instrument.turn.call.out);
	turns = lab->fake.turns;
	polls = lab->fake.polls;
	instrument_rest(&lab->instrument);
	uv_sem_post(&lab->fake.gate);
	lab_settle(lab);
	assert_int_equal(lab->fake.turns, turns);
	assert_int_equal(lab->fake.polls, polls);
	assert_true(instrument_deadline(&lab->instrument) == NSEC_NEVER);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, lab_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_no_turn_before_polls_begin),
		TEST(test_the_first_turn_is_before_the_first_poll),
		TEST(test_a_turn_comes_when_the_driver_said),
		TEST(test_never_two_turns_at_once),
		TEST(test_what_a_turn_tells_is_polled_at_once),
		TEST(test_no_turn_while_the_link_is_lost),
		TEST(test_nothing_comes_behind_safe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
