#include "laboratory.h"

static int poll_at(struct laboratory *lab, struct device *dev, double seconds,
		   struct err *err)
{
	double values[DEVICE_CHANNELS_MAX];

	lab->now = START + nsec_from_s(seconds);
	return try_poll(lab, dev, values, err);
}

static void a_fault_begins_and_ends_at_its_times(void **state)
{
	struct laboratory lab;
	struct err err = { 0 };

	(void)state;
	lab_start(&lab, "faults: [{kind: no_reply, instrument: heater,"
			" at: 1 h 10 min, for: 10 s}]\n");
	assert_int_equal(poll_at(&lab, &lab.heater, 4199.9, &err), 0);
	assert_int_equal(poll_at(&lab, &lab.heater, 4200.0, &err), -1);
	assert_int_equal(poll_at(&lab, &lab.heater, 4209.9, &err), -1);
	assert_int_equal(poll_at(&lab, &lab.heater, 4210.0, &err), 0);
	lab_close(&lab);
}

static void a_fault_concerns_its_instrument_alone(void **state)
{
	struct laboratory lab;
	struct err err = { 0 };

	(void)state;
	lab_start(&lab, "faults: [{kind: no_reply, instrument: heater,"
			" at: 1 s}]\n");
	assert_int_equal(poll_at(&lab, &lab.gas, 2.0, &err), 0);
	assert_int_equal(poll_at(&lab, &lab.heater, 2.0, &err), -1);
	lab_close(&lab);
}

/* Polls and writes under a fault of the link: the code of both errors, and
 * whether the instrument did what it was told. */
static void link_fault(const char *kind, enum err_code code, bool is_done)
{
	struct laboratory lab;
	struct err err = { 0 };
	struct text text = { 0 };

	text_addf(&text,
		  "faults: [{kind: %s, instrument: heater, at: 1 s,"
		  " for: 10 s}]\n",
		  kind);
	lab_start(&lab, text.s);
	text_free(&text);
	assert_int_equal(poll_at(&lab, &lab.heater, 2.0, &err), -1);
	assert_int_equal(err.code, code);
	assert_int_equal(try_set(&lab, &lab.heater, "temperature", 99.0, &err),
			 -1);
	assert_int_equal(err.code, code);
	wait_for(&lab, 20.0);
	assert_true((get(&lab, &lab.heater, "setpoint") == 99.0) == is_done);
	lab_close(&lab);
}

static void no_reply_is_a_timeout_and_nothing_is_done(void **state)
{
	(void)state;
	link_fault("no_reply", ERR_TIMEOUT, false);
}

static void a_late_reply_is_a_timeout_of_something_done(void **state)
{
	(void)state;
	link_fault("late", ERR_TIMEOUT, true);
}

static void garbage_is_an_error_of_the_protocol(void **state)
{
	(void)state;
	link_fault("garbage", ERR_PROTOCOL, true);
}

static void a_silent_instrument_cannot_be_made_safe(void **state)
{
	struct laboratory lab;
	struct err err = { 0 };

	(void)state;
	lab_start(&lab, "faults: [{kind: no_reply, instrument: heater,"
			" at: 1 s}]\n");
	wait_for(&lab, 2.0);
	lab.heater.now = lab.now;
	assert_int_equal(lab.heater.driver->safe(&lab.heater, &err), -1);
	assert_int_equal(err.code, ERR_TIMEOUT);
	lab_close(&lab);
}

static void a_stuck_reading_repeats_itself(void **state)
{
	struct laboratory lab;
	double first;

	(void)state;
	lab_start(&lab, "faults: [{kind: stuck, instrument: heater,"
			" channel: temperature, at: 5 s, for: 1 h}]\n");
	wait_for(&lab, 6.0);
	first = get(&lab, &lab.heater, "temperature");
	set(&lab, &lab.heater, "temperature", 500.0);
	set(&lab, &lab.heater, "output", 1.0);
	wait_for(&lab, 60.0);
	assert_true(get(&lab, &lab.heater, "temperature") == first);
	assert_true(get(&lab, &lab.heater, "power") > 3.0);
	wait_for(&lab, 3600.0);
	assert_near(get(&lab, &lab.heater, "temperature"), 500.0, 2.0);
	lab_close(&lab);
}

static void a_reading_can_stick_at_a_value(void **state)
{
	struct laboratory lab;

	(void)state;
	lab_start(&lab, "faults: [{kind: stuck, instrument: gas,"
			" channel: cell_pressure, value: 12.5}]\n");
	assert_true(get(&lab, &lab.gas, "cell_pressure") == 12.5);
	lab_close(&lab);
}

static void nan_takes_all_channels_or_one(void **state)
{
	struct laboratory lab;

	(void)state;
	lab_start(&lab, "faults:\n"
			"  - {kind: nan, instrument: heater}\n"
			"  - {kind: nan, instrument: gas,"
			" channel: cell_pressure}\n");
	assert_true(isnan(get(&lab, &lab.heater, "power")));
	assert_true(isnan(get(&lab, &lab.heater, "temperature")));
	assert_true(isnan(get(&lab, &lab.gas, "cell_pressure")));
	assert_true(isfinite(get(&lab, &lab.gas, "inlet_pressure")));
	lab_close(&lab);
}

static void an_offset_is_added(void **state)
{
	struct laboratory lab;

	(void)state;
	lab_start(&lab, "faults: [{kind: offset, instrument: heater,"
			" channel: temperature, value: 50}]\n");
	assert_near(get(&lab, &lab.heater, "temperature"), 71.0, 2.0);
	lab_close(&lab);
}

static void a_leak_lets_air_in(void **state)
{
	struct laboratory lab;

	(void)state;
	lab_start(&lab, "manifold: {start_pressure: 1 Torr}\n"
			"faults: [{kind: leak, value: 0.6,"
			" channel: outlet_pressure, at: 10 s, for: 10 s}]\n");
	wait_for(&lab, 30.0);
	assert_near(true_pressure(&lab, SIM_OUTLET_LINE), 77.0, 1.5);
	assert_near(true_pressure(&lab, SIM_INLET_LINE), 1.0, 0.01);
	lab_close(&lab);
}

static void a_stopped_pump_reads_off_and_does_not_pump(void **state)
{
	struct laboratory lab;
	double at_stop;

	(void)state;
	lab_start(&lab, "faults: [{kind: pump_stop, at: 10 s, for: 60 s}]\n");
	pump_all(&lab);
	wait_for(&lab, 11.0);
	assert_true(get(&lab, &lab.gas, "pump") == 0.0);
	at_stop = true_pressure(&lab, SIM_OUTLET_LINE);
	wait_for(&lab, 50.0);
	assert_near(true_pressure(&lab, SIM_OUTLET_LINE), at_stop,
		    0.05 * at_stop);
	wait_for(&lab, 60.0);
	assert_true(get(&lab, &lab.gas, "pump") == 1.0);
	assert_true(true_pressure(&lab, SIM_OUTLET_LINE) < 10.0);
	lab_close(&lab);
}

static void a_stuck_valve_stays_until_it_is_free_again(void **state)
{
	struct laboratory lab;

	(void)state;
	lab_start(&lab, "faults: [{kind: valve_stuck, channel: inlet_valve,"
			" at: 10 s, for: 60 s}]\n");
	set(&lab, &lab.gas, "inlet_valve", 1.0);
	wait_for(&lab, 20.0);
	set(&lab, &lab.gas, "inlet_valve", 0.0);
	assert_true(get(&lab, &lab.gas, "inlet_valve") == 1.0);
	wait_for(&lab, 60.0);
	assert_true(get(&lab, &lab.gas, "inlet_valve") == 0.0);
	lab_close(&lab);
}

static void a_leaking_mfc_flows_with_setpoint_0(void **state)
{
	struct laboratory lab;

	(void)state;
	lab_start(&lab, "faults: [{kind: mfc_leak, channel: nh3_flow,"
			" value: 0.3}]\n");
	set(&lab, &lab.gas, "supply_valve", 1.0);
	set(&lab, &lab.gas, "nh3_valve", 1.0);
	wait_for(&lab, 5.0);
	assert_near(get(&lab, &lab.gas, "nh3_flow"), 0.3, 0.005);
	assert_true(get(&lab, &lab.gas, "nh3_setpoint") == 0.0);
	set(&lab, &lab.gas, "nh3_valve", 0.0);
	wait_for(&lab, 1.0);
	assert_true(get(&lab, &lab.gas, "nh3_flow") == 0.0);
	lab_close(&lab);
}

static void a_stuck_beam_stays_as_it_is(void **state)
{
	struct laboratory lab;

	(void)state;
	lab_start(&lab, "faults: [{kind: beam_stuck, at: 10 s, for: 10 s}]\n");
	set(&lab, &lab.scope, "beam", 1.0);
	wait_for(&lab, 11.0);
	set(&lab, &lab.scope, "beam", 0.0);
	assert_true(get(&lab, &lab.scope, "beam") == 1.0);
	wait_for(&lab, 10.0);
	assert_true(get(&lab, &lab.scope, "beam") == 0.0);
	lab_close(&lab);
}

static void a_hanging_camera_does_not_finish(void **state)
{
	struct frame_request request = { .exposure_s = 1.0,
					 .path = "",
					 .description = "" };
	struct frame frame = { 0 };
	struct laboratory lab;
	struct err err = { 0 };

	(void)state;
	lab_start(&lab, "faults: [{kind: camera_hang, at: 0.5 s,"
			" for: 60 s}]\n");
	assert_int_equal(lab.scope.driver->acquire(&lab.scope, &request, &err),
			 0);
	wait_for(&lab, 30.0);
	lab.scope.now = lab.now;
	assert_int_equal(lab.scope.driver->frame(&lab.scope, &frame, &err), 0);
	assert_false(frame.done);
	assert_true(get(&lab, &lab.scope, "exposing") == 1.0);
	wait_for(&lab, 31.0);
	lab.scope.now = lab.now;
	assert_int_equal(lab.scope.driver->frame(&lab.scope, &frame, &err), 0);
	assert_true(frame.done);
	lab_close(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fault_begins_and_ends_at_its_times),
		cmocka_unit_test(a_fault_concerns_its_instrument_alone),
		cmocka_unit_test(no_reply_is_a_timeout_and_nothing_is_done),
		cmocka_unit_test(a_late_reply_is_a_timeout_of_something_done),
		cmocka_unit_test(garbage_is_an_error_of_the_protocol),
		cmocka_unit_test(a_silent_instrument_cannot_be_made_safe),
		cmocka_unit_test(a_stuck_reading_repeats_itself),
		cmocka_unit_test(a_reading_can_stick_at_a_value),
		cmocka_unit_test(nan_takes_all_channels_or_one),
		cmocka_unit_test(an_offset_is_added),
		cmocka_unit_test(a_leak_lets_air_in),
		cmocka_unit_test(a_stopped_pump_reads_off_and_does_not_pump),
		cmocka_unit_test(a_stuck_valve_stays_until_it_is_free_again),
		cmocka_unit_test(a_leaking_mfc_flows_with_setpoint_0),
		cmocka_unit_test(a_stuck_beam_stays_as_it_is),
		cmocka_unit_test(a_hanging_camera_does_not_finish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
