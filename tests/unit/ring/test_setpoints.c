#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "ring/setpoints.h"
#include "fake_plant.h"

struct lab {
	struct fake_plant fake;
	struct setpoints *setpoints;
	struct call open;
	bool opened;
	struct call blocker;
	uint32_t id;
	nsec wanted; /* time of the next setpoint */
};

static int work_open(struct call *call)
{
	return rig_open(call->plant->rig, 0, call->at, &call->err);
}

static void on_opened(struct call *call)
{
	struct lab *lab =
		(struct lab *)((char *)call - offsetof(struct lab, open));

	lab->opened = true;
}

static int setup(void **state)
{
	struct lab *lab = memory_zeroed(1, sizeof(*lab));
	struct err err;

	fake_setup(&lab->fake);
	lab->setpoints = setpoints_new(&lab->fake.plant);
	lab->open = (struct call){ .plant = &lab->fake.plant,
				   .work = work_open,
				   .done = on_opened };
	assert_int_equal(call_submit(&lab->open, &err), 0);
	while (!lab->opened)
		uv_run(&lab->fake.loop, UV_RUN_ONCE);
	*state = lab;
	return 0;
}

static int teardown(void **state)
{
	struct lab *lab = *state;

	fake_teardown(&lab->fake);
	setpoints_free(lab->setpoints);
	free(lab);
	return 0;
}

static uint32_t set(struct lab *lab, uint16_t role, double value, bool safe,
		    uint64_t batch)
{
	struct action action = { .type = ACTION_SET };

	action.set.id = ++lab->id;
	action.set.role = role;
	action.set.value = value;
	action.set.safe = safe;
	setpoints_set(lab->setpoints, &action, lab->wanted, batch);
	return lab->id;
}

/* 1: ok, -1: refused, 0: not answered. At most one answer there is. */
static int answer_of(const struct lab *lab, uint32_t id)
{
	int found = 0;

	for (size_t i = 0; i < lab->fake.n_events; i++) {
		const struct event *e = &lab->fake.events[i];

		if (e->type != EVENT_ANSWER || e->answer.set != id)
			continue;
		assert_int_equal(found, 0);
		found = e->answer.ok ? 1 : -1;
	}
	return found;
}

static int work_gate(struct call *call)
{
	struct lab *lab =
		(struct lab *)((char *)call - offsetof(struct lab, blocker));

	uv_sem_post(&lab->fake.reached);
	uv_sem_wait(&lab->fake.gate);
	return 0;
}

static void on_gate(struct call *call)
{
	(void)call;
}

/* The bus is busy with something until its gate is opened. */
static void block(struct lab *lab)
{
	struct err err;

	lab->blocker = (struct call){ .plant = &lab->fake.plant,
				      .work = work_gate,
				      .done = on_gate };
	assert_int_equal(call_submit(&lab->blocker, &err), 0);
	uv_sem_wait(&lab->fake.reached);
}

static void unblock(struct lab *lab)
{
	uv_sem_post(&lab->fake.gate);
}

static void test_nothing_is_sent_before_it_is_on_disk(void **state)
{
	struct lab *lab = *state;
	uint32_t a = set(lab, 0, 100, false, 1);
	uint32_t b = set(lab, 0, 200, false, 2);

	setpoints_committed(lab->setpoints, 1);
	fake_run(&lab->fake, 1);
	assert_int_equal(answer_of(lab, a), 1);
	assert_int_equal(answer_of(lab, b), 0);
	assert_int_equal(lab->fake.writes, 1);
	setpoints_committed(lab->setpoints, 2);
	fake_run(&lab->fake, 2);
	assert_true(lab->fake.write[1].value == 200);
	assert_int_equal(setpoints_open(lab->setpoints), 0);
}

/* Events of one moment have times of their own, ahead of a clock that stands
 * still. */
static void test_an_answer_is_never_before_its_setpoint(void **state)
{
	struct lab *lab = *state;
	uint32_t id;

	lab->wanted = lab->fake.plant.clock->now + 100 * NSEC_PER_S;
	id = set(lab, 0, 100, false, 1);
	setpoints_committed(lab->setpoints, 1);
	fake_run(&lab->fake, 1);
	assert_int_equal(answer_of(lab, id), 1);
	assert_true(lab->fake.events[lab->fake.n_events - 1].now >=
		    lab->wanted);
}

static void test_a_safe_one_does_not_wait_for_the_disk(void **state)
{
	struct lab *lab = *state;

	set(lab, 0, 100, false, 1);
	set(lab, 1, 0, true, 1);
	fake_run(&lab->fake, 1);
	assert_int_equal(lab->fake.writes, 1);
	assert_int_equal(lab->fake.write[0].channel, 1);
	assert_int_equal(setpoints_waiting(lab->setpoints), 1);
	setpoints_refuse(lab->setpoints, &(struct err){ .code = ERR_IO });
}

static void test_a_safe_one_overtakes_the_queue_of_its_bus(void **state)
{
	struct lab *lab = *state;

	block(lab);
	set(lab, 0, 100, false, 1);
	setpoints_committed(lab->setpoints, 1);
	set(lab, 1, 0, true, 2);
	unblock(lab);
	fake_run(&lab->fake, 2);
	assert_int_equal(lab->fake.write[0].channel, 1);
	assert_int_equal(lab->fake.write[1].channel, 0);
}

static void test_a_safe_one_ends_what_waits_for_the_disk(void **state)
{
	struct lab *lab = *state;
	uint32_t hot = set(lab, 1, 1, false, 1);
	uint32_t off = set(lab, 1, 0, true, 1);

	setpoints_committed(lab->setpoints, 1);
	fake_run(&lab->fake, 2);
	assert_int_equal(answer_of(lab, hot), -1);
	assert_int_equal(answer_of(lab, off), 1);
	assert_int_equal(lab->fake.writes, 1);
}

static void test_a_safe_one_ends_what_waits_at_the_bus(void **state)
{
	struct lab *lab = *state;
	uint32_t hot, off;

	block(lab);
	hot = set(lab, 1, 1, false, 1);
	setpoints_committed(lab->setpoints, 1);
	off = set(lab, 1, 0, true, 2);
	unblock(lab);
	fake_run(&lab->fake, 2);
	assert_int_equal(answer_of(lab, hot), -1);
	assert_int_equal(answer_of(lab, off), 1);
	assert_int_equal(lab->fake.writes, 1);
	assert_true(lab->fake.write[0].value == 0);
}

static void test_a_safe_one_leaves_other_roles_alone(void **state)
{
	struct lab *lab = *state;
	uint32_t other = set(lab, 0, 100, false, 1);

	set(lab, 1, 0, true, 1);
	setpoints_committed(lab->setpoints, 1);
	fake_run(&lab->fake, 2);
	assert_int_equal(answer_of(lab, other), 1);
}

static void test_a_safe_level_ends_everything_that_waits(void **state)
{
	struct lab *lab = *state;
	uint32_t at_bus, at_disk;

	block(lab);
	at_bus = set(lab, 0, 100, false, 1);
	setpoints_committed(lab->setpoints, 1);
	at_disk = set(lab, 1, 1, false, 2);
	setpoints_overtake(lab->setpoints);
	setpoints_committed(lab->setpoints, 2);
	unblock(lab);
	fake_run(&lab->fake, 2);
	assert_int_equal(answer_of(lab, at_bus), -1);
	assert_int_equal(answer_of(lab, at_disk), -1);
	assert_int_equal(lab->fake.writes, 0);
}

static void test_a_safe_level_does_not_drop_safe_ones(void **state)
{
	struct lab *lab = *state;
	uint32_t off;

	block(lab);
	off = set(lab, 1, 0, true, 1);
	setpoints_overtake(lab->setpoints);
	unblock(lab);
	fake_run(&lab->fake, 1);
	assert_int_equal(answer_of(lab, off), 1);
}

static void test_refused_when_the_log_fails(void **state)
{
	struct lab *lab = *state;
	uint32_t a = set(lab, 0, 100, false, 1);

	setpoints_refuse(lab->setpoints, &(struct err){ .code = ERR_FULL });
	assert_int_equal(answer_of(lab, a), -1);
	assert_int_equal(lab->fake.events[0].answer.code, ERR_FULL);
	setpoints_committed(lab->setpoints, 1);
	assert_int_equal(setpoints_open(lab->setpoints), 0);
	assert_int_equal(lab->fake.writes, 0);
}

static void test_there_is_always_room_for_safe_ones(void **state)
{
	struct lab *lab = *state;
	uint32_t last = 0, off;

	for (int i = 0; i <= SETPOINTS_MAX - SETPOINTS_SAFE; i++)
		last = set(lab, 0, i, false, 1);
	assert_int_equal(answer_of(lab, last), -1);
	off = set(lab, 1, 0, true, 1);
	fake_run(&lab->fake, 2);
	assert_int_equal(answer_of(lab, off), 1);
	setpoints_refuse(lab->setpoints, &(struct err){ .code = ERR_IO });
}

static void test_outside_its_limits_is_refused_once_more(void **state)
{
	struct lab *lab = *state;
	uint32_t a = set(lab, 0, 1001, false, 1);

	setpoints_committed(lab->setpoints, 1);
	fake_run(&lab->fake, 1);
	assert_int_equal(answer_of(lab, a), -1);
	assert_int_equal(lab->fake.writes, 0);
}

/* Sets, commits, failures and safe levels in any order: each set is answered
 * exactly once, and what was written last to the output is what was set
 * last, whenever that was a safe one. */
static void test_each_is_answered_once_whatever_happens(void **state)
{
	struct lab *lab = *state;
	uint64_t batch = 1;

	srand(2);
	for (int i = 0; i < 1000; i++) {
		int what = rand() % 10;

		if (what < 5)
			set(lab, (uint16_t)(rand() % 2), 1, false, batch);
		else if (what < 7)
			set(lab, 1, 0, true, batch);
		else if (what == 7)
			setpoints_committed(lab->setpoints, batch++);
		else if (what == 8)
			setpoints_overtake(lab->setpoints);
		else
			setpoints_refuse(lab->setpoints,
					 &(struct err){ .code = ERR_IO });
		uv_run(&lab->fake.loop, UV_RUN_NOWAIT);
	}
	setpoints_overtake(lab->setpoints);
	set(lab, 1, 0, true, batch);
	while (setpoints_open(lab->setpoints))
		uv_run(&lab->fake.loop, UV_RUN_ONCE);
	for (uint32_t id = 1; id <= lab->id; id++)
		assert_int_not_equal(answer_of(lab, id), 0);
	for (int i = lab->fake.writes - 1; i >= 0; i--) {
		if (lab->fake.write[i].channel != 1)
			continue;
		assert_true(lab->fake.write[i].value == 0);
		break;
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_nothing_is_sent_before_it_is_on_disk),
		T(test_an_answer_is_never_before_its_setpoint),
		T(test_a_safe_one_does_not_wait_for_the_disk),
		T(test_a_safe_one_overtakes_the_queue_of_its_bus),
		T(test_a_safe_one_ends_what_waits_for_the_disk),
		T(test_a_safe_one_ends_what_waits_at_the_bus),
		T(test_a_safe_one_leaves_other_roles_alone),
		T(test_a_safe_level_ends_everything_that_waits),
		T(test_a_safe_level_does_not_drop_safe_ones),
		T(test_refused_when_the_log_fails),
		T(test_there_is_always_room_for_safe_ones),
		T(test_outside_its_limits_is_refused_once_more),
		T(test_each_is_answered_once_whatever_happens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
