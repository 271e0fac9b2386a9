#include "laboratory.h"

/* Starts in vacuum, with the heater on at a temperature. */
static void heat(struct laboratory *lab, double temperature)
{
	set(lab, &lab->heater, "temperature", temperature);
	set(lab, &lab->heater, "output", 1.0);
	wait_for(lab, 60.0);
}

static const char vacuum[] = "manifold: {start_pressure: 0 Torr}\n";

static double average(struct laboratory *lab, const char *channel, int n)
{
	struct statistics s = { 0 };

	for (int i = 0; i < n; i++) {
		wait_for(lab, 0.33);
		note(&s, get(lab, &lab->heater, channel));
	}
	return mean_of(&s);
}

static void resistance_follows_the_calibration(void **state)
{
	struct laboratory lab;

	(void)state;
	lab_start(&lab, vacuum);
	heat(&lab, 600.0);
	assert_near(average(&lab, "resistance", 300), 320.45, 0.05);
	heat(&lab, 100.0);
	assert_near(average(&lab, "resistance", 300), 180.95, 0.05);
	lab_close(&lab);
}

static void power_in_vacuum_is_that_of_the_log(void **state)
{
	struct laboratory lab;

	(void)state;
	lab_start(&lab, vacuum);
	heat(&lab, 100.0);
	assert_near(average(&lab, "power", 300), 0.61, 0.005);
	heat(&lab, 400.0);
	assert_near(average(&lab, "power", 300), 3.01, 0.02);
	heat(&lab, 600.0);
	assert_near(average(&lab, "power", 300), 4.66, 0.02);
	lab_close(&lab);
}

static void the_electrical_point_at_600_is_that_of_the_log(void **state)
{
	struct laboratory lab;

	(void)state;
	lab_start(&lab, vacuum);
	heat(&lab, 600.0);
	assert_near(average(&lab, "voltage", 300), 1.2215, 0.003);
	assert_near(average(&lab, "current", 300), 3.816, 0.008);
	lab_close(&lab);
}

static void a_ramp_lags_and_scatters_as_in_the_log(void **state)
{
	struct statistics lag = { 0 };
	struct laboratory lab;
	double setpoint = 100.0;

	(void)state;
	lab_start(&lab, vacuum);
	heat(&lab, setpoint);
	for (int i = 0; i < 4000; i++) {
		setpoint += 20.0 / 60.0 * 0.33;
		set(&lab, &lab.heater, "temperature", setpoint);
		wait_for(&lab, 0.33);
		if (i > 30)
			note(&lag,
			     setpoint - get(&lab, &lab.heater, "temperature"));
	}
	/* The setpoint moves in steps here: half a step is not lag. */
	assert_near(mean_of(&lag) + 0.055, 0.41, 0.04);
	assert_near(sigma_of(&lag), 0.49, 0.05);
	lab_close(&lab);
}

#define HOLD_N 9000

/* Correlation of x with itself, k samples later. */
static double correlation(const double *x, int k)
{
	struct statistics s = { 0 };
	double sum = 0.0;

	for (int i = 0; i < HOLD_N; i++)
		note(&s, x[i]);
	for (int i = 0; i + k < HOLD_N; i++)
		sum += (x[i] - mean_of(&s)) * (x[i + k] - mean_of(&s));
	return sum / s.n / (sigma_of(&s) * sigma_of(&s));
}

static void hold(struct laboratory *lab, const char *channel, double *out)
{
	heat(lab, 600.0);
	for (int i = 0; i < HOLD_N; i++) {
		lab->now += 330 * NSEC_PER_MS;
		out[i] = get(lab, &lab->heater, channel);
	}
}

static double sigma(const double *x)
{
	struct statistics s = { 0 };

	for (int i = 0; i < HOLD_N; i++)
		note(&s, x[i]);
	return sigma_of(&s);
}

static void a_hold_scatters_as_in_the_log(void **state)
{
	static double x[HOLD_N];
	struct laboratory lab;

	(void)state;
	lab_start(&lab, vacuum);
	hold(&lab, "temperature", x);
	assert_near(sigma(x), 0.116, 0.012);
	hold(&lab, "power", x);
	assert_near(sigma(x), 3.5e-3, 0.3e-3);
	hold(&lab, "resistance", x);
	assert_near(sigma(x), 0.12, 0.01);
	lab_close(&lab);
}

static void a_hold_swings_with_a_period_of_6_5_s(void **state)
{
	static double x[HOLD_N];
	struct laboratory lab;

	(void)state;
	lab_start(&lab, vacuum);
	hold(&lab, "temperature", x);
	/* The log: -0.50 after 3.3 s, +0.30 after 6.3 s. */
	assert_near(correlation(x, 10), -0.5, 0.1);
	assert_near(correlation(x, 19), 0.3, 0.1);
	lab_close(&lab);
}

static void output_off_cools_within_the_membranes_time(void **state)
{
	struct laboratory lab;

	(void)state;
	lab_start(&lab, vacuum);
	heat(&lab, 600.0);
	set(&lab, &lab.heater, "output", 0.0);
	wait_for(&lab, 0.005);
	assert_near(sim_lab_true_temperature(lab.sim), 21.0 + 579.0 / 2.718,
		    1.0);
	wait_for(&lab, 0.1);
	assert_near(sim_lab_true_temperature(lab.sim), 21.0, 0.01);
	lab_close(&lab);
}

static void safe_turns_off_in_any_state_and_again(void **state)
{
	struct laboratory lab;
	struct err err = { 0 };

	(void)state;
	lab_start(&lab, vacuum);
	heat(&lab, 600.0);
	lab.heater.now = lab.now;
	assert_int_equal(lab.heater.driver->safe(&lab.heater, &err), 0);
	assert_int_equal(lab.heater.driver->safe(&lab.heater, &err), 0);
	assert_true(get(&lab, &lab.heater, "output") == 0.0);
	lab_close(&lab);
}

static void opening_turns_the_output_off(void **state)
{
	struct laboratory lab;
	struct err err = { 0 };

	(void)state;
	lab_start(&lab, vacuum);
	heat(&lab, 600.0);
	lab.heater.now = lab.now;
	assert_int_equal(lab.heater.driver->open(&lab.heater, &err), 0);
	assert_true(get(&lab, &lab.heater, "output") == 0.0);
	lab_close(&lab);
}

static void a_setpoint_written_with_the_output_off_is_kept(void **state)
{
	struct laboratory lab;

	(void)state;
	lab_start(&lab, vacuum);
	set(&lab, &lab.heater, "temperature", 300.0);
	wait_for(&lab, 10.0);
	assert_true(get(&lab, &lab.heater, "setpoint") == 300.0);
	assert_near(sim_lab_true_temperature(lab.sim), 21.0, 0.01);
	set(&lab, &lab.heater, "output", 1.0);
	wait_for(&lab, 20.0);
	assert_near(sim_lab_true_temperature(lab.sim), 300.0, 1.0);
	lab_close(&lab);
}

static void a_cold_reading_is_wrong_by_less_than_2_degrees(void **state)
{
	struct laboratory lab;

	(void)state;
	lab_start(&lab, vacuum);
	for (int i = 0; i < 20000; i++) {
		lab.now += NSEC_PER_S / 10;
		assert_near(get(&lab, &lab.heater, "temperature"), 21.0, 2.0);
	}
	lab_close(&lab);
}

static double extra_power(const char *gas, double pressure)
{
	struct laboratory lab;
	double power;

	lab_start(&lab, "");
	hold_gas(&lab, gas, pressure);
	heat(&lab, 600.0);
	power = average(&lab, "power", 300) - 4.66;
	lab_close(&lab);
	return power;
}

/* Published for 600 degC; 15 %. */
static void power_in_gases_is_as_published(void **state)
{
	static const struct {
		const char *gas;
		double at_760, at_50;
	} table[] = {
		{ "ar", 25.0, 11.0 },
		{ "n2", 35.0, 16.0 },
		{ "nh3", 56.0, 31.0 },
		{ "h2", 233.0, 77.0 },
	};

	(void)state;
	for (int i = 0; i < 4; i++) {
		assert_near(extra_power(table[i].gas, 760.0) / table[i].at_760,
			    1.0, 0.15);
		assert_near(extra_power(table[i].gas, 50.0) / table[i].at_50,
			    1.0, 0.15);
	}
}

static void a_supply_at_its_limit_does_not_reach_the_setpoint(void **state)
{
	struct laboratory lab;

	(void)state;
	lab_start(&lab, "chip: {power_max: 3.01 mW}\n"
			"manifold: {start_pressure: 0 Torr}\n");
	heat(&lab, 600.0);
	assert_near(sim_lab_true_temperature(lab.sim), 400.0, 2.0);
	lab_close(&lab);
}

static void an_open_heater_gives_no_number_and_no_heat(void **state)
{
	struct laboratory lab;

	(void)state;
	lab_start(&lab, "faults: [{kind: open_heater, at: 100 s}]\n");
	heat(&lab, 600.0);
	assert_true(isfinite(get(&lab, &lab.heater, "temperature")));
	wait_for(&lab, 60.0);
	assert_true(isnan(get(&lab, &lab.heater, "temperature")));
	assert_true(isnan(get(&lab, &lab.heater, "resistance")));
	assert_true(get(&lab, &lab.heater, "power") == 0.0);
	assert_near(sim_lab_true_temperature(lab.sim), 21.0, 0.01);
	lab_close(&lab);
}

static void drift_makes_the_truth_leave_the_reading(void **state)
{
	struct laboratory lab;

	(void)state;
	lab_start(&lab, "faults: [{kind: drift, value: 0.02}]\n"
			"manifold: {start_pressure: 0 Torr}\n");
	heat(&lab, 600.0);
	assert_near(average(&lab, "temperature", 100), 600.0, 0.2);
	/* 320.45 / 1.02 ohm. */
	assert_near(sim_lab_true_temperature(lab.sim), 577.5, 1.0);
	lab_close(&lab);
}

static void a_lost_sense_reads_cold_and_heats_hot(void **state)
{
	struct laboratory lab;

	(void)state;
	lab_start(&lab, "faults: [{kind: sense_lost, value: 0.8}]\n"
			"manifold: {start_pressure: 0 Torr}\n");
	heat(&lab, 421.0);
	assert_near(average(&lab, "temperature", 100), 421.0, 0.2);
	assert_near(sim_lab_true_temperature(lab.sim), 521.0, 1.0);
	assert_true(average(&lab, "power", 100) > 4.0);
	lab_close(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(resistance_follows_the_calibration),
		cmocka_unit_test(power_in_vacuum_is_that_of_the_log),
		cmocka_unit_test(
			the_electrical_point_at_600_is_that_of_the_log),
		cmocka_unit_test(a_ramp_lags_and_scatters_as_in_the_log),
		cmocka_unit_test(a_hold_scatters_as_in_the_log),
		cmocka_unit_test(a_hold_swings_with_a_period_of_6_5_s),
		cmocka_unit_test(output_off_cools_within_the_membranes_time),
		cmocka_unit_test(safe_turns_off_in_any_state_and_again),
		cmocka_unit_test(opening_turns_the_output_off),
		cmocka_unit_test(
			a_setpoint_written_with_the_output_off_is_kept),
		cmocka_unit_test(
			a_cold_reading_is_wrong_by_less_than_2_degrees),
		cmocka_unit_test(power_in_gases_is_as_published),
		cmocka_unit_test(
			a_supply_at_its_limit_does_not_reach_the_setpoint),
		cmocka_unit_test(an_open_heater_gives_no_number_and_no_heat),
		cmocka_unit_test(drift_makes_the_truth_leave_the_reading),
		cmocka_unit_test(a_lost_sense_reads_cold_and_heats_hot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
