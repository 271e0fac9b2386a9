/* What trips, to which level, and how it is let go again. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "plant.h"

static void heat(struct plant *p)
{
	plant_ramp(p, 500, 600);
	plant_hold(p, 500, 3600);
	plant_start(p);
	plant_until(p, "step 3", 60);
	p->follows = false;
	plant_forget(p);
}

static void one_sample_over_the_hard_limit_cools(void **state)
{
	struct plant *p = *state;

	heat(p);
	p->value[HEATER] = 1001;
	plant_run(p, 0.11);
	assert_true(
		plant_saw(p, "heater above 1000 °C (heater reads 1001 °C)"));
	assert_true(plant_saw(p, "safe heater.output 0 (interlock)"));
	assert_int_equal(plant_status(p).level, LEVEL_COOL);
	assert_int_equal(plant_status(p).state, STATE_ABORTED);
}

static void soft_limit_needs_two_of_three(void **state)
{
	struct plant *p = *state;

	heat(p);
	p->value[HEATER] = 951;
	plant_run(p, 0.1);
	p->value[HEATER] = 500;
	plant_run(p, 0.3);
	assert_int_equal(plant_status(p).level, LEVEL_RUN);
	p->value[HEATER] = 951;
	plant_run(p, 0.1);
	p->value[HEATER] = 500;
	plant_run(p, 0.1);
	p->value[HEATER] = 951;
	plant_run(p, 0.1);
	assert_int_equal(plant_status(p).level, LEVEL_COOL);
}

static void a_nan_is_over_every_limit(void **state)
{
	struct plant *p = *state;

	heat(p);
	p->value[HEATER] = NAN;
	plant_run(p, 0.11);
	assert_int_equal(plant_status(p).level, LEVEL_COOL);
	assert_true(plant_saw(p, "reads nothing valid"));
}

static void a_silent_heater_trips_when_its_reading_is_old(void **state)
{
	struct plant *p = *state;
	nsec began;

	heat(p);
	p->silent[0] = true;
	began = p->now;
	plant_until(p, "no heater reading", 1);
	assert_true(nsec_to_s(p->now - began) <= 0.4);
	assert_int_equal(plant_status(p).level, LEVEL_COOL);
}

static void a_lost_gas_instrument_isolates(void **state)
{
	struct plant *p = *state;

	p->silent[1] = true;
	plant_until(p, "no pressure reading", 3);
	assert_int_equal(plant_status(p).level, LEVEL_ISOLATE);
	assert_true(plant_saw(p, "safe gas.Ar 0"));
}

static void a_short_silence_where_all_is_safe_repeats_nothing(void **state)
{
	struct plant *p = *state;

	plant_forget(p);
	p->value[COLUMN] = 1;
	plant_until(p, "everything was read back safe", 3);
	assert_int_equal(plant_status(p).level, LEVEL_ISOLATE);
	plant_forget(p);
	p->silent[1] = true;
	plant_until(p, "no pressure reading", 3);
	p->silent[1] = false;
	plant_run(p, 3);
	assert_false(plant_saw(p, "safe gas.Ar 0"));
	assert_true(plant_saw(p, "everything was read back safe"));
}

/* Somebody has switched it off and on: its valve is open. */
static void what_was_silent_is_read_back_again(void **state)
{
	struct plant *p = *state;

	plant_forget(p);
	p->value[COLUMN] = 1;
	plant_until(p, "everything was read back safe", 3);
	p->silent[1] = true;
	plant_until(p, "no pressure reading", 3);
	assert_false(plant_status(p).safe_confirmed);
	plant_forget(p);
	p->silent[1] = false;
	p->value[H2] = 5;
	plant_until(p, "safe gas.H2 0", 12);
	plant_until(p, "everything was read back safe", 3);
	assert_true(p->value[H2] == 0);
}

static void the_first_cause_is_kept(void **state)
{
	struct plant *p = *state;

	heat(p);
	p->value[HEATER] = 1001;
	plant_run(p, 0.2);
	p->value[COLUMN] = 1;
	plant_run(p, 1);
	assert_int_equal(plant_status(p).level, LEVEL_ISOLATE);
	assert_string_equal(plant_status(p).cause,
			    "heater above 1000 °C (heater reads 1001 °C)");
}

static void reset_is_refused_while_the_cause_lasts(void **state)
{
	struct plant *p = *state;

	p->value[COLUMN] = 1;
	plant_run(p, 5);
	assert_false(plant_say(p, COMMAND_RESET));
	assert_true(plant_saw(p, "the cause is still there: column vacuum"));
	p->value[COLUMN] = 1e-7;
	plant_run(p, 1);
	assert_true(plant_say(p, COMMAND_RESET));
	assert_int_equal(plant_status(p).level, LEVEL_RUN);
	assert_string_equal(plant_status(p).cause, "");
}

static void nothing_starts_while_latched(void **state)
{
	struct plant *p = *state;

	plant_say(p, COMMAND_ABORT);
	plant_wait(p, 1);
	assert_false(plant_command(p, (struct command){ .kind = COMMAND_START,
							.plan = &p->plan }));
	assert_true(plant_saw(p, "Reset it first"));
	assert_false(plant_command(p, (struct command){ .kind = COMMAND_SET,
							.role = OUTPUT,
							.value = 1 }));
	assert_true(plant_command(p, (struct command){ .kind = COMMAND_SET,
						       .role = OUTPUT,
						       .value = 0 }));
}

static void a_silent_microscope_holds_and_lets_go(void **state)
{
	struct plant *p = *state;
	double setpoint;

	plant_ramp(p, 500, 20);
	plant_start(p);
	plant_run(p, 10);
	p->silent[2] = true;
	plant_until(p, "state held", 5);
	setpoint = plant_status(p).setpoint;
	assert_false(plant_say(p, COMMAND_RESUME));
	plant_run(p, 60);
	assert_true(plant_status(p).setpoint == setpoint);
	p->silent[2] = false;
	plant_until(p, "state running", 10);
	plant_run(p, 2);
	assert_true(plant_status(p).setpoint > setpoint);
}

static void a_change_at_the_front_panel_holds(void **state)
{
	struct plant *p = *state;

	assert_true(plant_command(p, (struct command){ .kind = COMMAND_SET,
						       .role = PUMP,
						       .value = 1 }));
	plant_run(p, 2);
	p->value[PUMP] = 0;
	plant_until(p, "pump changed by hand", 3);
	assert_int_equal(plant_status(p).level, LEVEL_HOLD);
}

static void safe_is_tried_again_until_read_back(void **state)
{
	struct plant *p = *state;

	heat(p);
	p->deaf = true;
	p->value[HEATER] = 1001;
	plant_run(p, 0.2);
	plant_forget(p);
	plant_run(p, 5);
	assert_true(plant_saw(p, "not confirmed yet: heater.output"));
	assert_true(plant_saw(p, "safe heater.output 0"));
	assert_false(plant_say(p, COMMAND_RESET));
	p->deaf = false;
	p->value[HEATER] = 21;
	plant_until(p, "everything was read back safe", 30);
}

static void a_manual_set_does_not_end_the_trying(void **state)
{
	struct plant *p = *state;

	heat(p);
	p->deaf = true;
	p->value[HEATER] = 1001;
	plant_run(p, 0.2);
	assert_true(plant_command(p, (struct command){ .kind = COMMAND_SET,
						       .role = AR,
						       .value = 1 }));
	p->deaf = false;
	p->value[HEATER] = 21;
	plant_until(p, "everything was read back safe", 30);
	assert_true(plant_say(p, COMMAND_RESET));
}

static void what_is_safe_is_not_changed_by_hand(void **state)
{
	struct plant *p = *state;

	plant_say(p, COMMAND_ABORT);
	plant_run(p, 2);
	assert_false(plant_command(p, (struct command){ .kind = COMMAND_SET,
							.role = BEAM,
							.value = 1 }));
	assert_true(plant_saw(p, "Reset it first"));
}

static void a_second_abort_commands_everything_safe_again(void **state)
{
	struct plant *p = *state;

	plant_say(p, COMMAND_ABORT);
	plant_run(p, 2);
	p->value[OUTPUT] = 1;
	plant_run(p, 0.2);
	assert_true(plant_say(p, COMMAND_ABORT));
	assert_true(plant_saw(p, "safe heater.output 0"));
	plant_until(p, "everything was read back safe", 2);
}

static void a_knob_turned_while_latched_is_turned_back(void **state)
{
	struct plant *p = *state;

	assert_true(plant_command(p, (struct command){ .kind = COMMAND_SET,
						       .role = PUMP,
						       .value = 1 }));
	plant_run(p, 2);
	plant_say(p, COMMAND_ABORT);
	plant_run(p, 2);
	p->value[PUMP] = 0;
	p->value[OUTPUT] = 1;
	plant_until(p, "pump changed by hand", 3);
	assert_true(plant_saw(p, "safe heater.output 0"));
}

static void a_log_that_cannot_be_written_holds(void **state)
{
	struct plant *p = *state;
	struct event fault = { .type = EVENT_FAULT };
	struct actions out;

	plant_ramp(p, 500, 20);
	plant_start(p);
	plant_run(p, 10);
	fault.now = p->now + 1;
	fault.fault.fault = FAULT_LOG;
	engine_step(p->engine, &fault, &out);
	p->now = fault.now;
	plant_run(p, 30);
	assert_int_equal(plant_status(p).state, STATE_HELD);
	fault.now = p->now + 1;
	fault.fault.gone = true;
	engine_step(p->engine, &fault, &out);
	p->now = fault.now;
	plant_until(p, "state running", 10);
}

static void fuel_flowing_where_air_may_be_isolates(void **state)
{
	struct plant *p = *state;

	/* By hand, past the daemon: nothing was purged since the start. */
	p->value[H2] = 3;
	plant_run(p, 0.6);
	assert_int_equal(plant_status(p).level, LEVEL_RUN);
	plant_run(p, 0.5);
	assert_int_equal(plant_status(p).level, LEVEL_ISOLATE);
	assert_true(plant_saw(p, "fuel flows where an oxidiser may be"));
}

static void reactive_gas_into_unknown_gas_is_refused(void **state)
{
	struct plant *p = *state;

	plant_set(p, H2_VALVE, 1);
	plant_start(p);
	assert_true(plant_saw(p, "end aborted"));
	assert_true(plant_saw(p, "purge first"));
	assert_true(p->value[H2_VALVE] == 0.0);
	assert_false(plant_command(p, (struct command){ .kind = COMMAND_SET,
							.role = H2,
							.value = 1 }));
}

static void oxygen_after_hydrogen_is_refused(void **state)
{
	struct plant *p = *state;

	plant_purged(p);
	plant_set(p, H2, 3);
	plant_wait(p, 5);
	plant_set(p, H2, 0);
	plant_set(p, O2, 3);
	plant_start(p);
	plant_until(p, "end aborted", 20);
	assert_true(p->value[O2] == 0.0);
}

/* The inlet line on a gauge of its own, polled by itself, and a purge as its
 * rise is seen before the flow that makes it. */
static void a_purge_counts_when_every_instrument_is_another(void **state)
{
	struct plant *p = *state;

	p->site.known[KNOWN_INLET_PRESSURE] = FRAME;
	p->site.known[KNOWN_CAMERA] = ROLE_NONE;
	p->value[FRAME] = 760;
	plant_run(p, 2);
	for (int cycle = 0; cycle < 4; cycle++) {
		p->value[FRAME] = 1;
		plant_run(p, 2);
		assert_true(
			plant_command(p, (struct command){ .kind = COMMAND_SET,
							   .role = AR,
							   .value = 20 }));
		p->value[AR] = 0;
		p->value[FRAME] = 400;
		plant_run(p, 0.6);
		p->value[AR] = 20;
		p->value[FRAME] = 760;
		plant_run(p, 2);
		assert_true(
			plant_command(p, (struct command){ .kind = COMMAND_SET,
							   .role = AR,
							   .value = 0 }));
		plant_run(p, 6);
	}
	assert_true(plant_command(p, (struct command){ .kind = COMMAND_SET,
						       .role = H2,
						       .value = 1 }));
}

static void a_leak_beside_the_pump_is_not_forgotten(void **state)
{
	struct plant *p = *state;

	p->site.known[KNOWN_INLET_PRESSURE] = FRAME;
	p->site.known[KNOWN_CAMERA] = ROLE_NONE;
	plant_purged(p);
	p->value[FRAME] = 1;
	plant_run(p, 2);
	p->value[FRAME] = 50;
	plant_run(p, 2);
	assert_false(plant_command(p, (struct command){ .kind = COMMAND_SET,
							.role = H2,
							.value = 1 }));
}

static void nothing_is_energised_without_a_guard(void **state)
{
	struct plant *p = *state;

	p->value[CELL] = NAN;
	plant_run(p, 0.6);
	plant_ramp(p, 100, 20);
	plant_start(p);
	plant_run(p, 1);
	assert_false(plant_saw(p, "heater.output 1"));
}

#define T(f)                                                                   \
	cmocka_unit_test_setup_teardown(f, plant_setup_booted, plant_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(one_sample_over_the_hard_limit_cools),
		T(soft_limit_needs_two_of_three),
		T(a_nan_is_over_every_limit),
		T(a_silent_heater_trips_when_its_reading_is_old),
		T(a_lost_gas_instrument_isolates),
		T(a_short_silence_where_all_is_safe_repeats_nothing),
		T(what_was_silent_is_read_back_again),
		T(the_first_cause_is_kept),
		T(reset_is_refused_while_the_cause_lasts),
		T(nothing_starts_while_latched),
		T(a_silent_microscope_holds_and_lets_go),
		T(a_change_at_the_front_panel_holds),
		T(safe_is_tried_again_until_read_back),
		T(a_manual_set_does_not_end_the_trying),
		T(what_is_safe_is_not_changed_by_hand),
		T(a_second_abort_commands_everything_safe_again),
		T(a_knob_turned_while_latched_is_turned_back),
		T(a_log_that_cannot_be_written_holds),
		T(fuel_flowing_where_air_may_be_isolates),
		T(reactive_gas_into_unknown_gas_is_refused),
		T(oxygen_after_hydrogen_is_refused),
		T(a_purge_counts_when_every_instrument_is_another),
		T(a_leak_beside_the_pump_is_not_forgotten),
		T(nothing_is_energised_without_a_guard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
