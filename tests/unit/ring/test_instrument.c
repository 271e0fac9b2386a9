#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/text.h"
#include "ring/lost.h"
#include "lab.h"

static int setup(void **state)
{
	return lab_setup(state, 0);
}

static void begin(struct lab *lab)
{
	lab_open(lab);
	instrument_begin(&lab->instrument, lab->now);
}

/* The next time something is due has come. */
static void tick(struct lab *lab)
{
	lab->now = lab->instrument.next;
	instrument_due(&lab->instrument, lab->now);
}

static void test_opened_and_made_safe_before_the_first_poll(void **state)
{
	struct lab *lab = *state;

	begin(lab);
	assert_true(lab->instrument.up);
	assert_int_equal(lab->fake.opens, 1);
	assert_int_equal(lab->fake.safes, 1);
	assert_int_equal(lab->fake.polls, 0);
}

static void test_a_poll_becomes_an_event(void **state)
{
	struct lab *lab = *state;

	begin(lab);
	tick(lab);
	lab_settle(lab);
	assert_int_equal(fake_count(&lab->fake, EVENT_POLL), 1);
	assert_true(lab->fake.value == 20.5);
	assert_int_equal(lab->fake.events[0].poll.bad, 0);
}

static void test_polls_stay_on_their_grid_however_late(void **state)
{
	struct lab *lab = *state;
	nsec start;

	begin(lab);
	start = lab->instrument.next;
	for (int i = 0; i < 20; i++) {
		instrument_due(&lab->instrument,
			       lab->instrument.next + 7 * NSEC_PER_MS);
		lab_settle(lab);
	}
	assert_int_equal(lab->instrument.next, start + 20 * FAKE_PERIOD);
	instrument_due(&lab->instrument,
		       lab->instrument.next + 5 * FAKE_PERIOD / 2);
	assert_int_equal(lab->instrument.next, start + 23 * FAKE_PERIOD);
}

static void hang(struct lab *lab)
{
	lab->fake.gated = true;
	tick(lab);
	uv_sem_wait(&lab->fake.reached);
}

static void test_never_two_polls_at_once(void **state)
{
	struct lab *lab = *state;

	begin(lab);
	hang(lab);
	for (int i = 0; i < 10; i++)
		tick(lab);
	assert_int_equal(lab->fake.polls, 1);
	uv_sem_post(&lab->fake.gate);
	lab_settle(lab);
	assert_int_equal(lab->fake.polls, 1);
}

static void test_silence_is_a_loss_after_three_periods(void **state)
{
	struct lab *lab = *state;

	begin(lab);
	hang(lab);
	tick(lab);
	tick(lab);
	assert_int_equal(lab->fake.n_events, 0);
	tick(lab);
	assert_int_equal(fake_count(&lab->fake, EVENT_LOST), 1);
	assert_int_equal(lab->fake.events[0].lost.code, ERR_TIMEOUT);
	tick(lab);
	assert_int_equal(fake_count(&lab->fake, EVENT_LOST), 1);
	uv_sem_post(&lab->fake.gate);
	lab_settle(lab);
}

static void test_a_late_answer_is_no_reading(void **state)
{
	struct lab *lab = *state;

	begin(lab);
	hang(lab);
	for (int i = 0; i < INSTRUMENT_OVERDUE; i++)
		tick(lab);
	/* It was asked so long ago. */
	uv_sleep(INSTRUMENT_OVERDUE * FAKE_PERIOD / NSEC_PER_MS);
	uv_sem_post(&lab->fake.gate);
	lab_settle(lab);
	assert_int_equal(fake_count(&lab->fake, EVENT_POLL), 0);
	tick(lab);
	lab_settle(lab);
	assert_int_equal(fake_count(&lab->fake, EVENT_POLL), 1);
	assert_int_equal(lab->instrument.lost_since, NSEC_NEVER);
}

static int work_gate(struct call *call)
{
	struct fake_plant *f = call->plant->context;

	uv_sem_wait(&f->gate);
	return 0;
}

static void on_gate_passed(struct call *call)
{
	(void)call;
}

/* Not its own fault: it was read when its turn came. */
static void test_what_waited_for_a_dead_neighbour_is_a_reading(void **state)
{
	struct lab *lab = *state;
	struct call neighbour = { .plant = &lab->fake.plant,
				  .work = work_gate,
				  .done = on_gate_passed };
	struct err err;

	begin(lab);
	assert_int_equal(call_submit(&neighbour, &err), 0);
	for (int i = 0; i <= INSTRUMENT_OVERDUE; i++)
		tick(lab);
	assert_int_equal(fake_count(&lab->fake, EVENT_LOST), 1);
	uv_sleep(INSTRUMENT_OVERDUE * FAKE_PERIOD / NSEC_PER_MS);
	uv_sem_post(&lab->fake.gate);
	lab_settle(lab);
	assert_int_equal(fake_count(&lab->fake, EVENT_POLL), 1);
	assert_int_equal(lab->instrument.lost_since, NSEC_NEVER);
}

struct heard {
	int n;
	enum severity rank;
	char kind[16], of[32], text[300];
};

static void hear(void *context, const struct journal_line *line)
{
	struct heard *heard = context;

	heard->n++;
	heard->rank = line->rank;
	text_copy(heard->kind, sizeof(heard->kind), line->kind);
	text_copy(heard->of, sizeof(heard->of), line->of ? line->of : "");
	text_copy(heard->text, sizeof(heard->text), line->text);
}

static void test_what_it_says_of_itself_is_told_once(void **state)
{
	struct lab *lab = *state;
	struct heard heard = { 0 };

	journal_listen(lab->fake.plant.journal, hear, &heard);
	begin(lab);
	lab->fake.condition = "HLD: its valve is held";
	for (int i = 0; i < 3; i++) {
		tick(lab);
		lab_settle(lab);
	}
	assert_int_equal(heard.n, 1);
	assert_int_equal(heard.rank, SEVERITY_WARNING);
	assert_string_equal(heard.kind, "status");
	assert_string_equal(heard.of, "fake");
	assert_string_equal(heard.text, "fake: HLD: its valve is held");
	/* It comes and goes: that is no news. */
	for (int i = 0; i < 20; i++) {
		lab->fake.condition = i % 2 ? "HLD: its valve is held" : NULL;
		tick(lab);
		lab_settle(lab);
	}
	assert_int_equal(heard.n, 1);
	lab->fake.condition = NULL;
	tick(lab);
	lab_settle(lab);
	assert_int_equal(heard.n, 1);
	lab->fake.clock.now += INSTRUMENT_WELL_AFTER;
	tick(lab);
	lab_settle(lab);
	assert_int_equal(heard.n, 2);
	assert_int_equal(heard.rank, SEVERITY_INFO);
	assert_string_equal(heard.text, "fake: all is well with it again");
	journal_unlisten(lab->fake.plant.journal, &heard);
}

static void test_one_failure_is_told_and_the_link_stays(void **state)
{
	struct lab *lab = *state;

	begin(lab);
	lab->fake.poll_fails = ERR_TIMEOUT;
	tick(lab);
	lab_settle(lab);
	assert_int_equal(fake_count(&lab->fake, EVENT_LOST), 1);
	assert_true(lab->instrument.up);
	lab->fake.poll_fails = ERR_NONE;
	tick(lab);
	lab_settle(lab);
	assert_int_equal(fake_count(&lab->fake, EVENT_POLL), 1);
	assert_int_equal(lab->fake.opens, 1);
}

static void test_three_failures_open_the_link_anew(void **state)
{
	struct lab *lab = *state;

	begin(lab);
	lab->fake.poll_fails = ERR_TIMEOUT;
	for (int i = 0; i < LOST_FAILURES_MAX; i++) {
		tick(lab);
		lab_settle(lab);
	}
	assert_false(lab->instrument.up);
	lab->fake.poll_fails = ERR_NONE;
	tick(lab);
	lab_settle(lab);
	assert_int_equal(lab->fake.opens, 2);
	assert_int_equal(lab->fake.safes, 2);
	tick(lab);
	lab_settle(lab);
	assert_int_equal(fake_count(&lab->fake, EVENT_POLL), 1);
}

static void test_a_broken_wire_opens_the_link_anew_at_once(void **state)
{
	struct lab *lab = *state;

	begin(lab);
	lab->fake.poll_fails = ERR_IO;
	tick(lab);
	lab_settle(lab);
	assert_false(lab->instrument.up);
}

static void test_tries_less_and_less_often(void **state)
{
	struct lab *lab = *state;
	nsec before, pause = 0;

	lab->fake.open_fails = ERR_IO;
	instrument_init(&lab->instrument, &lab->fake.plant, 0);
	lab_settle(lab);
	instrument_begin(&lab->instrument, lab->now);
	assert_true(lab->instrument.tried);
	for (int i = 0; i < 12; i++) {
		tick(lab);
		lab_settle(lab);
		before = pause;
		pause = lab->instrument.backoff;
		assert_true(pause >= before);
		assert_true(pause <= INSTRUMENT_BACKOFF_MAX);
	}
	assert_int_equal(pause, INSTRUMENT_BACKOFF_MAX);
	assert_int_equal(lab->fake.opens, 13);
}

static void test_what_is_no_number_is_marked_bad(void **state)
{
	struct lab *lab = *state;

	begin(lab);
	lab->fake.reads = 1.0 / 0.0;
	tick(lab);
	lab_settle(lab);
	assert_int_equal(lab->fake.events[0].poll.bad, 1);
}

static void test_a_poll_that_gave_way_is_no_loss_and_is_asked_again(
	void **state)
{
	struct lab *lab = *state;

	begin(lab);
	lab->fake.poll_fails = ERR_AGAIN;
	for (int i = 0; i < LOST_FAILURES_MAX + 1; i++) {
		nsec before = lab->instrument.next;

		tick(lab);
		lab_settle(lab);
		/* At once, not a period later. */
		assert_true(lab->instrument.next < before + FAKE_PERIOD);
	}
	assert_int_equal(lab->fake.n_events, 0);
	assert_int_equal(lab->instrument.failures, 0);
	lab->fake.poll_fails = ERR_NONE;
	tick(lab);
	lab_settle(lab);
	assert_int_equal(fake_count(&lab->fake, EVENT_POLL), 1);
	assert_int_equal(lab->fake.opens, 1);
}

static void test_opening_that_gave_way_is_tried_again_at_once(void **state)
{
	struct lab *lab = *state;

	lab->fake.open_fails = ERR_AGAIN;
	instrument_init(&lab->instrument, &lab->fake.plant, 0);
	lab_settle(lab);
	assert_false(lab->instrument.tried);
	assert_int_equal(lab->instrument.lost_since, NSEC_NEVER);
	assert_true(lab->instrument.next <=
		    plant_now(&lab->fake.plant) + INSTRUMENT_AGAIN);
	lab->fake.open_fails = ERR_NONE;
	tick(lab);
	lab_settle(lab);
	assert_true(lab->instrument.up);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, lab_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_opened_and_made_safe_before_the_first_poll),
		T(test_a_poll_becomes_an_event),
		T(test_polls_stay_on_their_grid_however_late),
		T(test_never_two_polls_at_once),
		T(test_silence_is_a_loss_after_three_periods),
		T(test_a_late_answer_is_no_reading),
		T(test_what_waited_for_a_dead_neighbour_is_a_reading),
		T(test_what_it_says_of_itself_is_told_once),
		T(test_one_failure_is_told_and_the_link_stays),
		T(test_three_failures_open_the_link_anew),
		T(test_a_broken_wire_opens_the_link_anew_at_once),
		T(test_tries_less_and_less_often),
		T(test_what_is_no_number_is_marked_bad),
		T(test_a_poll_that_gave_way_is_no_loss_and_is_asked_again),
		T(test_opening_that_gave_way_is_tried_again_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
