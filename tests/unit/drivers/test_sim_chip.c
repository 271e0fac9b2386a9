#include "laboratory.h"

static const char vacuum[] = "manifold: {start_pressure: 0 Torr}\n";

static void drive(struct laboratory *lab, struct sim_source source)
{
	sim_lab_advance(lab->sim, lab->now);
	sim_chip_drive(&lab->sim->chip, &source);
	lab->sim->chip.output = true;
}

static void current(struct laboratory *lab, double mA, double limit_V)
{
	drive(lab, (struct sim_source){ .level = mA, .limit = limit_V });
}

static double temperature(const struct laboratory *lab)
{
	return sim_lab_true_temperature(lab->sim);
}

static struct sim_terminals terminals(const struct laboratory *lab)
{
	struct sim_terminals at;

	sim_chip_terminals(&lab->sim->chip, &at);
	return at;
}

/* The point of the real log at 600 degC: 3.816 mA, 1.2215 V. */
static void a_current_heats_to_the_balance_of_the_log(void **state)
{
	struct laboratory lab;

	(void)state;
	lab_start(&lab, vacuum);
	current(&lab, 3.8138, 10.0);
	wait_for(&lab, 1.0);
	assert_near(temperature(&lab), 600.0, 1.0);
	assert_near(terminals(&lab).voltage, 1.2215, 0.003);
	assert_false(terminals(&lab).is_limited);
	lab_close(&lab);
}

static void the_balance_does_not_depend_on_the_steps(void **state)
{
	static const double steps[] = { 0.0001, 0.003, 0.1, 10.0 };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct laboratory lab;

		lab_start(&lab, vacuum);
		current(&lab, 3.0, 10.0);
		for (double t = 0.0; t < 0.3; t += steps[i])
			wait_for(&lab, steps[i]);
		assert_near(temperature(&lab), 288.73, 0.1);
		lab_close(&lab);
	}
}

static void it_cools_with_the_membranes_time_constant(void **state)
{
	struct laboratory lab;
	double before;

	(void)state;
	lab_start(&lab, vacuum);
	current(&lab, 1.0, 10.0);
	wait_for(&lab, 1.0);
	before = temperature(&lab) - 21.0;
	lab.sim->chip.output = false;
	wait_for(&lab, 0.005);
	assert_near((temperature(&lab) - 21.0) / before, 0.367, 0.01);
	lab_close(&lab);
}

static void gas_cools_it(void **state)
{
	struct laboratory lab;
	double in_vacuum;

	(void)state;
	lab_start(&lab, "");
	current(&lab, 3.0, 10.0);
	wait_for(&lab, 1.0);
	in_vacuum = 288.73;
	assert_true(temperature(&lab) < in_vacuum - 50.0);
	assert_true(temperature(&lab) > 21.5);
	lab_close(&lab);
}

static void the_compliance_holds_the_voltage(void **state)
{
	struct laboratory lab;
	struct sim_terminals at;

	(void)state;
	lab_start(&lab, vacuum);
	current(&lab, 100.0, 1.0);
	wait_for(&lab, 1.0);
	at = terminals(&lab);
	assert_true(at.is_limited);
	assert_near(at.voltage, 1.0, 1e-12);
	assert_true(at.current < 5.0);
	lab_close(&lab);
}

static void a_voltage_source_is_limited_in_current(void **state)
{
	struct laboratory lab;
	struct sim_terminals at;

	(void)state;
	lab_start(&lab, vacuum);
	drive(&lab, (struct sim_source){
			    .is_voltage = true, .level = 5.0, .limit = 2.0 });
	wait_for(&lab, 1.0);
	at = terminals(&lab);
	assert_true(at.is_limited);
	assert_near(at.current, 2.0, 1e-12);
	lab_close(&lab);
}

static void an_open_chip_is_in_compliance_and_cold(void **state)
{
	struct laboratory lab;
	struct sim_terminals at;

	(void)state;
	lab_start(&lab, "manifold: {start_pressure: 0 Torr}\n"
			"faults: [{kind: open_heater, at: 1 s}]\n");
	current(&lab, 3.0, 10.0);
	wait_for(&lab, 2.0);
	at = terminals(&lab);
	assert_true(at.is_limited);
	assert_near(at.voltage, 10.0, 1e-12);
	assert_near(at.current, 0.0, 1e-12);
	assert_near(temperature(&lab), 21.0, 0.01);
	lab_close(&lab);
}

static void a_lost_sense_line_shows_less_than_there_is(void **state)
{
	struct laboratory lab;
	struct sim_terminals at;

	(void)state;
	lab_start(&lab, "manifold: {start_pressure: 0 Torr}\n"
			"faults: [{kind: sense_lost, value: 0.5, at: 1 s}]\n");
	current(&lab, 3.0, 10.0);
	wait_for(&lab, 2.0);
	at = terminals(&lab);
	assert_near(temperature(&lab), 288.73, 0.1);
	assert_near(at.voltage / at.current * 1e3, 153.051 + 0.279 * 154.86,
		    0.1);
	lab_close(&lab);
}

static void a_runaway_stays_finite(void **state)
{
	struct laboratory lab;

	(void)state;
	lab_start(&lab, vacuum);
	current(&lab, 1000.0, 200.0);
	wait_for(&lab, 10.0);
	assert_near(temperature(&lab), 3000.0, 1e-9);
	lab_close(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_current_heats_to_the_balance_of_the_log),
		cmocka_unit_test(the_balance_does_not_depend_on_the_steps),
		cmocka_unit_test(it_cools_with_the_membranes_time_constant),
		cmocka_unit_test(gas_cools_it),
		cmocka_unit_test(the_compliance_holds_the_voltage),
		cmocka_unit_test(a_voltage_source_is_limited_in_current),
		cmocka_unit_test(an_open_chip_is_in_compliance_and_cold),
		cmocka_unit_test(a_lost_sense_line_shows_less_than_there_is),
		cmocka_unit_test(a_runaway_stays_finite),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
