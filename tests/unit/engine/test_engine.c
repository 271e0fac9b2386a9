/* The engine as an operator meets it: starting, pausing, ending. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "plant.h"

static void start_is_safe_and_read_back(void **state)
{
	struct plant *p = *state;

	p->value[OUTPUT] = 1;
	p->value[H2] = 5;
	p->engine = engine_new(&p->site, false);
	plant_run(p, 0.0001);
	assert_true(plant_saw(p, "safe heater.output 0 (start)"));
	assert_true(plant_saw(p, "safe gas.H2 0 (start)"));
	assert_true(plant_status(p).latched);
	plant_until(p, "level run", 5);
	assert_true(plant_status(p).safe_confirmed);
}

static void start_stays_latched_while_an_output_is_not_read_back(void **state)
{
	struct plant *p = *state;

	p->deaf = true;
	p->value[OUTPUT] = 1;
	p->engine = engine_new(&p->site, false);
	plant_until(p, "not confirmed yet", 5);
	plant_run(p, 60);
	assert_true(plant_status(p).latched);
	assert_false(plant_status(p).safe_confirmed);
	p->deaf = false;
	plant_until(p, "level run", 30);
}

static void after_an_interrupted_run_it_needs_a_reset(void **state)
{
	struct plant *p = *state;

	plant_boot(p, true);
	assert_true(plant_status(p).latched);
	plant_wait(p, 1);
	assert_false(plant_command(p, (struct command){ .kind = COMMAND_START,
							.plan = &p->plan,
							.run = 1 }));
	assert_int_equal(p->released, 1);
	assert_true(plant_say(p, COMMAND_RESET));
	assert_int_equal(plant_status(p).level, LEVEL_RUN);
}

static void ramp_has_the_slope_asked_for(void **state)
{
	struct plant *p = *state;
	nsec began;

	plant_boot(p, false);
	plant_ramp(p, 121, 20);
	plant_start(p);
	began = p->now;
	plant_until(p, "done 1 ramp", 400);
	/* 100 K at 20 K/min are 300 s, to one setpoint. */
	assert_true(fabs(nsec_to_s(p->now - began) - 300.0) <= 0.5);
	assert_true(plant_saw(p, "set heater 121"));
}

static void ramp_starts_from_what_is_measured(void **state)
{
	struct plant *p = *state;

	plant_boot(p, false);
	p->value[HEATER] = 57;
	p->follows = false;
	plant_run(p, 1);
	plant_ramp(p, 60, 20);
	plant_start(p);
	plant_until(p, "set heater.output 1", 1);
	assert_true(plant_saw(p, "set heater 57 (step 1)"));
}

static void ramp_waits_for_a_slow_heater(void **state)
{
	struct plant *p = *state;

	plant_boot(p, false);
	plant_ramp(p, 221, 20);
	plant_start(p);
	plant_run(p, 60);
	p->lag = 8;
	plant_until(p, "the ramp waits", 5);
	plant_forget(p);
	plant_run(p, 20);
	assert_false(plant_saw(p, "set heater"));
	p->lag = 0;
	plant_until(p, "the ramp goes on", 2);
	plant_until(p, "set heater", 2);
}

static void ramp_that_never_follows_fails(void **state)
{
	struct plant *p = *state;

	plant_boot(p, false);
	plant_ramp(p, 221, 20);
	plant_start(p);
	plant_run(p, 10);
	p->lag = 8;
	plant_until(p,
		    "end aborted: step 1, ramp: the temperature does not "
		    "follow",
		    100);
	assert_true(plant_saw(p, "safe heater.output 0"));
}

static void soak_counts_only_inside_the_band(void **state)
{
	struct plant *p = *state;
	nsec began;

	plant_boot(p, false);
	plant_ramp(p, 31, 60);
	plant_hold(p, 31, 60);
	plant_start(p);
	plant_until(p, "step 3 hold", 60);
	began = p->now;
	plant_run(p, 20);
	p->lag = 3;
	plant_run(p, 30);
	p->lag = 0;
	plant_until(p, "done 3", 100);
	assert_true(nsec_to_s(p->now - began) >= 90.0);
	assert_true(nsec_to_s(p->now - began) <= 90.5);
	assert_true(plant_saw(p, "inside the band"));
}

static void hold_that_never_soaks_fails(void **state)
{
	struct plant *p = *state;

	plant_boot(p, false);
	plant_ramp(p, 31, 60);
	plant_hold(p, 31, 60);
	plant_start(p);
	plant_until(p, "step 3 hold", 60);
	p->lag = 3;
	plant_until(p, "were inside the band", 300);
	assert_int_equal(plant_status(p).state, STATE_ABORTED);
}

static void pause_in_a_ramp_freezes_the_setpoint(void **state)
{
	struct plant *p = *state;
	double setpoint;

	plant_boot(p, false);
	plant_ramp(p, 121, 20);
	plant_start(p);
	plant_run(p, 30);
	assert_true(plant_say(p, COMMAND_PAUSE));
	assert_int_equal(plant_status(p).state, STATE_PAUSED);
	setpoint = plant_status(p).setpoint;
	plant_run(p, 600);
	assert_true(plant_status(p).setpoint == setpoint);
	assert_true(plant_say(p, COMMAND_RESUME));
	plant_run(p, 1);
	assert_true(plant_status(p).setpoint > setpoint);
	assert_true(plant_status(p).setpoint < setpoint + 1);
}

static void pause_in_a_soak_stops_its_clock(void **state)
{
	struct plant *p = *state;
	nsec began;

	plant_boot(p, false);
	plant_ramp(p, 31, 60);
	plant_hold(p, 31, 60);
	plant_start(p);
	plant_until(p, "step 3 hold", 60);
	began = p->now;
	plant_run(p, 20);
	assert_true(plant_say(p, COMMAND_PAUSE));
	plant_run(p, 1000);
	assert_true(plant_say(p, COMMAND_RESUME));
	plant_until(p, "done 3", 100);
	assert_true(nsec_to_s(p->now - began) >= 1060.0);
	assert_true(nsec_to_s(p->now - began) <= 1060.5);
}

static void pause_waits_for_the_end_of_a_gas_step(void **state)
{
	struct plant *p = *state;
	struct plan_step *s;

	plant_boot(p, false);
	s = plant_wait(p, 10);
	s->flags = STEP_BOUNDARY;
	plant_wait(p, 10);
	plant_start(p);
	assert_true(plant_say(p, COMMAND_PAUSE));
	assert_int_equal(plant_status(p).state, STATE_PAUSING);
	plant_run(p, 60);
	assert_int_equal(plant_status(p).state, STATE_PAUSED);
	assert_int_equal(plant_status(p).step, 1);
}

static void skip_of_a_ramp_leaves_its_hold_out(void **state)
{
	struct plant *p = *state;

	plant_boot(p, false);
	plant_ramp(p, 121, 20);
	plant_hold(p, 121, 600);
	plant_wait(p, 5);
	plant_start(p);
	plant_run(p, 10);
	assert_true(plant_say(p, COMMAND_SKIP));
	assert_int_equal(plant_status(p).step, 3);
	plant_until(p, "end complete", 10);
}

static void skip_of_a_gas_step_is_refused(void **state)
{
	struct plant *p = *state;

	plant_boot(p, false);
	plant_wait(p, 10)->flags = STEP_BOUNDARY;
	plant_start(p);
	assert_false(plant_say(p, COMMAND_SKIP));
	assert_true(plant_saw(p, "cannot be skipped"));
}

static void extend_lengthens_the_hold(void **state)
{
	struct plant *p = *state;
	struct command extend = { .kind = COMMAND_EXTEND,
				  .duration = 30 * NSEC_PER_S };
	nsec began;

	plant_boot(p, false);
	plant_ramp(p, 31, 60);
	plant_hold(p, 31, 60);
	plant_start(p);
	assert_false(plant_command(p, extend));
	plant_until(p, "step 3 hold", 60);
	began = p->now;
	plant_run(p, 50);
	assert_true(plant_command(p, extend));
	plant_until(p, "done 3", 100);
	assert_true(nsec_to_s(p->now - began) >= 90.0);
}

static void stop_goes_through_the_tail(void **state)
{
	struct plant *p = *state;

	plant_boot(p, false);
	plant_ramp(p, 121, 20);
	plant_tail(p);
	plant_start(p);
	plant_run(p, 10);
	assert_true(plant_say(p, COMMAND_STOP));
	plant_run(p, 1);
	assert_true(plant_saw(p, "state stopping"));
	assert_true(plant_saw(p, "step 2 note"));
	assert_true(plant_saw(p, "end stopped"));
	assert_int_equal(plant_status(p).level, LEVEL_RUN);
}

static void abort_makes_safe_at_once_and_latches(void **state)
{
	struct plant *p = *state;

	plant_boot(p, false);
	plant_ramp(p, 121, 20);
	plant_tail(p);
	plant_start(p);
	plant_run(p, 10);
	assert_true(plant_say(p, COMMAND_ABORT));
	assert_true(plant_saw(p, "safe heater.output 0 (operator)"));
	assert_true(plant_saw(p, "end aborted: aborted by the operator"));
	assert_false(plant_saw(p, "note"));
	assert_true(plant_status(p).latched);
	assert_int_equal(p->released, 1);
}

static void end_of_a_run_switches_off(void **state)
{
	struct plant *p = *state;

	plant_boot(p, false);
	plant_purged(p);
	plant_set(p, H2_VALVE, 1);
	plant_set(p, H2, 3);
	plant_ramp(p, 31, 60);
	plant_start(p);
	plant_until(p, "end complete", 60);
	plant_run(p, 2);
	assert_true(p->value[OUTPUT] == 0.0);
	assert_true(p->value[H2] == 0.0);
	assert_true(p->value[H2_VALVE] == 0.0);
	assert_int_equal(plant_status(p).level, LEVEL_RUN);
}

static void a_changed_plan_takes_over_at_the_next_section(void **state)
{
	struct plant *p = *state;
	struct plan_step note = { .kind = STEP_NOTE };
	struct plan other = { .n_steps = 1,
			      .tail = 1,
			      .steps = &note,
			      .text = p->labels,
			      .temperature_max = INFINITY,
			      .pressure_max = INFINITY };

	plant_boot(p, false);
	plant_wait(p, 10);
	plant_wait(p, 1000);
	plant_start(p);
	assert_true(plant_command(p, (struct command){ .kind = COMMAND_REPLACE,
						       .plan = &other }));
	plant_run(p, 5);
	assert_int_equal(p->released, 0);
	plant_until(p, "end complete", 10);
	assert_true(plant_saw(p, "the changed plan takes over"));
	assert_int_equal(p->released, 2);
}

static void a_prompt_takes_an_answer(void **state)
{
	struct plant *p = *state;
	struct plan_step *s;

	plant_boot(p, false);
	s = plant_step(p, STEP_ASK);
	s->ask.n_choices = 2;
	s->ask.abort = 2;
	s->ask.otherwise = -1;
	plant_start(p);
	assert_true(plant_status(p).asking);
	assert_false(plant_command(
		p, (struct command){ .kind = COMMAND_ANSWER, .choice = 2 }));
	assert_true(plant_command(
		p, (struct command){ .kind = COMMAND_ANSWER, .choice = 0 }));
	assert_true(plant_saw(p, "end complete"));
}

static void a_prompt_nobody_answers_fails(void **state)
{
	struct plant *p = *state;
	struct plan_step *s;

	plant_boot(p, false);
	s = plant_step(p, STEP_ASK);
	s->ask.n_choices = 1;
	s->ask.within = 60 * NSEC_PER_S;
	s->ask.otherwise = -1;
	plant_start(p);
	plant_run(p, 59);
	assert_true(plant_status(p).asking);
	plant_until(p, "end aborted: step 1, ask: nobody answered", 2);
}

static void a_wait_says_what_it_waited_for(void **state)
{
	struct plant *p = *state;
	struct plan_step *s;

	plant_boot(p, false);
	s = plant_wait(p, 1);
	s->wait.within = 60 * NSEC_PER_S;
	s->wait.n = 1;
	p->conds[0] = (struct cond){ CELL, COND_ABOVE, 300 };
	plant_start(p);
	plant_until(p,
		    "waited 1 min for cell_pressure >= 300 Torr: it reads "
		    "1 Torr",
		    61);
}

static void manual_set_is_refused_while_a_run_is_active(void **state)
{
	struct plant *p = *state;
	struct command set = { .kind = COMMAND_SET, .role = PUMP, .value = 1 };

	plant_boot(p, false);
	assert_true(plant_command(p, set));
	assert_true(plant_saw(p, "set pump 1 (operator)"));
	plant_wait(p, 10);
	plant_start(p);
	assert_false(plant_command(p, set));
}

static void the_same_events_give_the_same_actions(void **state)
{
	struct plant *p = *state;
	struct text first = { 0 };

	for (int i = 0; i < 2; i++) {
		plant_init(p);
		plant_boot(p, false);
		plant_ramp(p, 121, 20);
		plant_hold(p, 121, 60);
		plant_start(p);
		plant_until(p, "end complete", 1000);
		if (i == 0) {
			text_add(&first, text_str(&p->trace));
			plant_fini(p);
		}
	}
	assert_string_equal(text_str(&first), text_str(&p->trace));
	text_free(&first);
}

#define T(f) cmocka_unit_test_setup_teardown(f, plant_setup, plant_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(start_is_safe_and_read_back),
		T(start_stays_latched_while_an_output_is_not_read_back),
		T(after_an_interrupted_run_it_needs_a_reset),
		T(ramp_has_the_slope_asked_for),
		T(ramp_starts_from_what_is_measured),
		T(ramp_waits_for_a_slow_heater),
		T(ramp_that_never_follows_fails),
		T(soak_counts_only_inside_the_band),
		T(hold_that_never_soaks_fails),
		T(pause_in_a_ramp_freezes_the_setpoint),
		T(pause_in_a_soak_stops_its_clock),
		T(pause_waits_for_the_end_of_a_gas_step),
		T(skip_of_a_ramp_leaves_its_hold_out),
		T(skip_of_a_gas_step_is_refused),
		T(extend_lengthens_the_hold),
		T(stop_goes_through_the_tail),
		T(abort_makes_safe_at_once_and_latches),
		T(end_of_a_run_switches_off),
		T(a_changed_plan_takes_over_at_the_next_section),
		T(a_prompt_takes_an_answer),
		T(a_prompt_nobody_answers_fails),
		T(a_wait_says_what_it_waited_for),
		T(manual_set_is_refused_while_a_run_is_active),
		T(the_same_events_give_the_same_actions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
