/* The loop of a heater chip, on the simulated chip in open loop: current in,
 * voltage out, with the raw noise of a public log. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "drivers/sim_chip.h"
#include "drivers/smu_heater.h"

#define TURN (40 * NSEC_PER_MS)
#define RAW_NOISE 0.12 /* ohm */
#define STEP_V 1e-6    /* of the meter's converter */
#define STEP_MA 1e-5

static const struct chip calibrated = {
	.serial = "simulated",
	.resistance = { 0.0, 0.279, 153.051 },
	.power = { 6.50e-7, 7.679e-3 },
	.ambient = 21.0,
	.voltage_max = 12.0,
	.current_max = 40.0,
	.power_max = 400.0,
	.temperature_max = 1000.0,
	.resistance_min = 120.0,
	.resistance_max = 480.0,
};

struct bench {
	struct sim_chip_params params;
	struct sim_chip sim;
	struct sim_noise noise;
	struct chip chip;
	struct smu_heater heater;
	nsec now;
	double raw_noise;
	double sense;	      /* of the voltage that is seen */
	enum smu_fault fault; /* the first */
	unsigned n_turns;
};

static double stepped(double value, double step)
{
	return round(value / step) * step;
}

static void carry_out(struct bench *b)
{
	const struct sim_source source = {
		.level = b->heater.level,
		.limit = b->chip.voltage_max,
	};

	b->sim.output = b->heater.state != SMU_OFF;
	sim_chip_drive(&b->sim, &source);
}

static struct smu_sample measure(struct bench *b)
{
	struct sim_terminals at;
	struct smu_sample s = { 0 };
	double noise = b->raw_noise * sim_noise_normal(&b->noise);

	sim_chip_terminals(&b->sim, &at);
	s.voltage = stepped(at.voltage + at.current * noise * 1e-3, STEP_V);
	s.current = stepped(at.current, STEP_MA);
	s.limited = at.is_limited;
	s.voltage *= b->sense;
	return s;
}

static enum smu_fault turn_with(struct bench *b, const struct smu_sample *s)
{
	enum smu_fault fault = smu_heater_sample(&b->heater, s, b->now);

	b->n_turns++;
	if (fault && !b->fault)
		b->fault = fault;
	carry_out(b);
	sim_chip_advance(&b->sim, TURN);
	b->now += TURN;
	return fault;
}

static enum smu_fault turn(struct bench *b)
{
	struct smu_sample s = measure(b);

	return turn_with(b, &s);
}

static void setup(struct bench *b)
{
	*b = (struct bench){
		.params = sim_chip_defaults,
		.chip = calibrated,
		.raw_noise = RAW_NOISE,
		.sense = 1.0,
		.now = NSEC_PER_S,
	};
	sim_chip_init(&b->sim, &b->params);
	sim_noise_init(&b->noise, 1, "meter");
	smu_heater_init(&b->heater, &b->chip, &smu_settings_usual);
	carry_out(b);
}

static void probe(struct bench *b)
{
	smu_heater_probe(&b->heater);
	carry_out(b);
	sim_chip_advance(&b->sim, TURN);
	for (int i = 0; i < 10; i++)
		assert_int_equal(turn(b), SMU_FINE);
}

static void run(struct bench *b, double seconds)
{
	for (nsec end = b->now + nsec_from_s(seconds); b->now < end;)
		assert_int_equal(turn(b), SMU_FINE);
}

static void heat(struct bench *b, double temperature)
{
	probe(b);
	assert_int_equal(smu_heater_set(&b->heater, temperature), 0);
	assert_int_equal(smu_heater_heat(&b->heater), 0);
	run(b, 60.0);
}

/* Turns until it is off; at most n. */
static unsigned turns_until_off(struct bench *b, unsigned n)
{
	for (unsigned i = 1; i <= n; i++)
		if (turn(b))
			return i;
	fail_msg("nothing was noticed in %u turns", n);
	return 0;
}

static double truth(const struct bench *b)
{
	return sim_chip_temperature(&b->sim);
}

struct statistics {
	double n, sum, squares, worst;
};

static void note(struct statistics *s, double x)
{
	s->n += 1.0;
	s->sum += x;
	s->squares += x * x;
	s->worst = fmax(s->worst, fabs(x));
}

static double mean(const struct statistics *s)
{
	return s->sum / s->n;
}

static double sigma(const struct statistics *s)
{
	return sqrt(s->squares / s->n - mean(s) * mean(s));
}

static void hold_for(struct bench *b, double seconds, double setpoint,
		     struct statistics *seen, struct statistics *real)
{
	for (nsec end = b->now + nsec_from_s(seconds); b->now < end;) {
		assert_int_equal(turn(b), SMU_FINE);
		note(seen, b->heater.temperature - setpoint);
		note(real, truth(b) - setpoint);
	}
}

static void a_hold_at_600_scatters_by_less_than_0_15(void **state)
{
	struct statistics seen = { 0 }, real = { 0 };
	struct bench b;

	(void)state;
	setup(&b);
	heat(&b, 600.0);
	hold_for(&b, 600.0, 600.0, &seen, &real);
	print_message("hold at 600: sigma %.3f read, %.3f true; mean %.3f "
		      "read, %.3f true\n",
		      sigma(&seen), sigma(&real), mean(&seen), mean(&real));
	assert_true(sigma(&seen) <= 0.15);
	assert_true(sigma(&real) <= 0.15);
	assert_true(fabs(mean(&seen)) < 0.05);
	assert_true(fabs(mean(&real)) < 0.05);
}

/* Setpoints come every 100 ms, as the engine sends them. */
static void ramp(struct bench *b, double from, double to, double rate,
		 struct statistics *lag, struct statistics *real)
{
	double setpoint = from;

	for (unsigned i = 0; setpoint < to; i++) {
		if (i % 5 == 0 || i % 5 == 2)
			smu_heater_set(&b->heater, setpoint);
		assert_int_equal(turn(b), SMU_FINE);
		setpoint += rate / 60.0 * nsec_to_s(TURN);
		if (setpoint > from + 20.0) {
			note(lag, setpoint - b->heater.temperature);
			note(real, setpoint - truth(b));
		}
	}
}

static void a_ramp_of_20_K_per_min_lags_by_less_than_0_5(void **state)
{
	struct statistics lag = { 0 }, real = { 0 };
	struct bench b;

	(void)state;
	setup(&b);
	heat(&b, 100.0);
	ramp(&b, 100.0, 600.0, 20.0, &lag, &real);
	print_message("ramp at 20 K/min: lag %.3f read (sigma %.3f), %.3f "
		      "true (sigma %.3f)\n",
		      mean(&lag), sigma(&lag), mean(&real), sigma(&real));
	assert_true(mean(&lag) < 0.5 && mean(&lag) > -0.1);
	assert_true(mean(&real) < 0.5 && mean(&real) > -0.1);
	assert_true(sigma(&real) < 0.3);
}

static void a_ramp_from_cold_keeps_up(void **state)
{
	struct statistics lag = { 0 }, real = { 0 };
	struct bench b;

	(void)state;
	setup(&b);
	heat(&b, 21.0);
	ramp(&b, 21.0, 120.0, 20.0, &lag, &real);
	assert_true(fabs(mean(&real)) < 0.5);
	assert_true(real.worst < 2.0);
}

static void in_hydrogen_it_holds_as_well(void **state)
{
	const struct sim_conduction hydrogen = {
		/* Through 187 mW/(m K) at 300 K and 310 at 600 K. */
		.conductivity_0 = 64.0,
		.conductivity_1 = 0.41,
		.free_path = 0.118,
	};
	struct statistics seen = { 0 }, real = { 0 };
	struct bench b;

	(void)state;
	setup(&b);
	sim_chip_gas(&b.sim, &hydrogen, 760.0);
	heat(&b, 600.0);
	assert_true(smu_heater_power(&b.heater) > 200.0);
	hold_for(&b, 300.0, 600.0, &seen, &real);
	assert_true(sigma(&real) <= 0.15);
	assert_true(fabs(mean(&real)) < 0.05);
}

static void heating_begins_at_what_is_measured(void **state)
{
	struct bench b;
	double before;

	(void)state;
	setup(&b);
	probe(&b);
	before = truth(&b);
	smu_heater_set(&b.heater, 600.0);
	smu_heater_heat(&b.heater);
	for (int i = 0; i < 25; i++) {
		turn(&b);
		/* One second at 50 K/s, and the slack of a cold start. */
		assert_true(truth(&b) < before + 50.0 * 0.04 * (i + 1) + 5.0);
	}
	assert_int_equal(b.fault, SMU_FINE);
}

static void it_never_overshoots_a_large_step_by_much(void **state)
{
	struct bench b;
	double hottest = 0.0;

	(void)state;
	setup(&b);
	heat(&b, 100.0);
	smu_heater_set(&b.heater, 900.0);
	for (int i = 0; i < 1500; i++) {
		assert_int_equal(turn(&b), SMU_FINE);
		hottest = fmax(hottest, truth(&b));
	}
	assert_true(hottest < 905.0);
	assert_true(fabs(truth(&b) - 900.0) < 1.0);
}

static void switched_off_while_hot_it_reads_ambient_at_once(void **state)
{
	struct bench b;

	(void)state;
	setup(&b);
	heat(&b, 600.0);
	smu_heater_probe(&b.heater);
	carry_out(&b);
	sim_chip_advance(&b.sim, TURN);
	for (int i = 0; i < 3; i++)
		assert_int_equal(turn(&b), SMU_FINE);
	assert_true(fabs(b.heater.temperature - 21.0) < 3.0);
	assert_true(b.heater.level == b.heater.settings.probe);
}

static void heating_does_not_come_back_by_itself(void **state)
{
	struct bench b;

	(void)state;
	setup(&b);
	heat(&b, 600.0);
	b.sim.faults.open = true;
	turns_until_off(&b, 10);
	b.sim.faults.open = false;
	probe(&b);
	run(&b, 10.0);
	assert_int_equal(b.heater.state, SMU_PROBING);
	assert_true(truth(&b) < 23.0);
}

static void an_open_heater_is_off_after_two_samples(void **state)
{
	struct bench b;

	(void)state;
	setup(&b);
	heat(&b, 600.0);
	b.sim.faults.open = true;
	sim_chip_advance(&b.sim, NSEC_PER_MS);
	assert_int_equal(turns_until_off(&b, 10), SMU_HEATER_BAD);
	assert_int_equal(b.fault, SMU_OPEN);
	assert_true(b.heater.level == 0.0);
	assert_true(isnan(b.heater.temperature));
	assert_true(isnan(smu_heater_resistance(&b.heater)));
	assert_false(b.sim.output);
}

/* So many samples of this kind in a row, from a heater at 600 degC. */
static enum smu_fault after(unsigned n, const struct smu_sample *s)
{
	enum smu_fault fault = SMU_FINE;
	struct bench b;

	setup(&b);
	heat(&b, 600.0);
	for (unsigned i = 0; i < n; i++) {
		struct smu_sample now = *s;

		/* A current of 0 stands for the one that was set. */
		if (now.current == 0.0)
			now.current = b.heater.level;
		fault = turn_with(&b, &now);
	}
	return fault;
}

static void expect_fault(const struct smu_sample *s, enum smu_fault expected)
{
	assert_int_equal(after(SMU_HEATER_BAD - 1, s), SMU_FINE);
	assert_int_equal(after(SMU_HEATER_BAD, s), expected);
}

static void no_number_twice_is_a_fault(void **state)
{
	(void)state;
	expect_fault(&(struct smu_sample){ .voltage = (double)NAN },
		     SMU_NO_NUMBER);
	expect_fault(&(struct smu_sample){ 1.2, (double)NAN, false, false },
		     SMU_NO_NUMBER);
	expect_fault(&(struct smu_sample){ .voltage = HUGE_VAL },
		     SMU_NO_NUMBER);
}

static void compliance_twice_is_a_fault(void **state)
{
	(void)state;
	expect_fault(&(struct smu_sample){ .voltage = 1.2, .limited = true },
		     SMU_LIMITED);
	expect_fault(&(struct smu_sample){ .voltage = 11.99 }, SMU_LIMITED);
}

static void resistance_outside_its_window_twice_is_a_fault(void **state)
{
	(void)state;
	expect_fault(&(struct smu_sample){ .voltage = 0.02 }, SMU_SHORT);
	expect_fault(&(struct smu_sample){ .voltage = 2.5 }, SMU_STRANGE);
}

static void another_current_twice_is_a_fault(void **state)
{
	(void)state;
	expect_fault(&(struct smu_sample){ 1.6, 5.0, false, false },
		     SMU_OTHER_CURRENT);
}

static void an_output_that_went_off_is_a_fault(void **state)
{
	(void)state;
	expect_fault(&(struct smu_sample){ .off = true }, SMU_SWITCHED_OFF);
}

static void one_bad_sample_between_good_ones_is_none(void **state)
{
	struct bench b;

	(void)state;
	setup(&b);
	heat(&b, 600.0);
	for (int i = 0; i < 20; i++) {
		turn_with(&b, &(struct smu_sample){ .voltage = (double)NAN });
		turn(&b);
	}
	assert_int_equal(b.fault, SMU_FINE);
	assert_true(fabs(truth(&b) - 600.0) < 1.5);
}

static void one_sample_over_the_hard_limit_is_enough(void **state)
{
	struct bench b;
	struct smu_sample s = { 0 };

	(void)state;
	setup(&b);
	b.chip.temperature_max = 610.0;
	heat(&b, 600.0);
	s.current = b.heater.level;
	s.voltage = s.current * 1e-3 * chip_resistance(&b.chip, 641.0);
	assert_int_equal(turn_with(&b, &s), SMU_HOT);
}

static void two_samples_over_the_soft_limit_are_enough(void **state)
{
	struct bench b;
	struct smu_sample s = { 0 };

	(void)state;
	setup(&b);
	b.chip.temperature_max = 610.0;
	heat(&b, 600.0);
	s.current = b.heater.level;
	s.voltage = s.current * 1e-3 * chip_resistance(&b.chip, 630.0);
	assert_int_equal(turn_with(&b, &s), SMU_FINE);
	s.current = b.heater.level;
	s.voltage = s.current * 1e-3 * chip_resistance(&b.chip, 630.0);
	assert_int_equal(turn_with(&b, &s), SMU_HOT);
}

static void a_lost_sense_line_is_off_within_300_ms(void **state)
{
	static const double seen[] = { 0.8, 0.7, 0.5 };

	(void)state;
	for (size_t i = 0; i < sizeof(seen) / sizeof(*seen); i++) {
		struct bench b;

		setup(&b);
		heat(&b, 600.0);
		b.sense = seen[i];
		assert_true(turns_until_off(&b, 20) * nsec_to_s(TURN) <= 0.3);
		assert_true(b.fault == SMU_SENSE || b.fault == SMU_SHORT);
		assert_true(truth(&b) < 650.0);
	}
}

static void a_ramp_or_a_step_is_not_taken_for_a_lost_sense_line(void **state)
{
	struct statistics lag = { 0 }, real = { 0 };
	struct bench b;

	(void)state;
	setup(&b);
	heat(&b, 50.0);
	ramp(&b, 50.0, 950.0, 1000.0, &lag, &real);
	smu_heater_set(&b.heater, 100.0);
	run(&b, 5.0);
	smu_heater_set(&b.heater, 950.0);
	run(&b, 40.0);
	assert_true(fabs(truth(&b) - 950.0) < 1.0);
}

static void power_stays_below_its_limit(void **state)
{
	struct bench b;

	(void)state;
	setup(&b);
	b.chip.power_max = 3.0; /* enough for 400 degC */
	heat(&b, 600.0);
	run(&b, 60.0);
	assert_true(smu_heater_power(&b.heater) < 3.05);
	assert_true(truth(&b) < 405.0 && truth(&b) > 390.0);
	/* And nothing has wound up meanwhile. */
	smu_heater_set(&b.heater, 300.0);
	run(&b, 2.0);
	assert_true(fabs(truth(&b) - 300.0) < 1.0);
}

static void current_and_voltage_stay_below_their_limits(void **state)
{
	struct bench b;

	(void)state;
	setup(&b);
	b.chip.current_max = 3.0;
	heat(&b, 600.0);
	assert_true(b.heater.level <= 3.0);
	setup(&b);
	b.chip.voltage_max = 1.0;
	heat(&b, 600.0);
	assert_true(b.heater.last.voltage <= 0.97);
	assert_int_equal(b.fault, SMU_FINE);
}

static void a_setpoint_above_the_chips_is_refused(void **state)
{
	struct bench b;

	(void)state;
	setup(&b);
	assert_int_equal(smu_heater_set(&b.heater, 1000.1), -1);
	assert_int_equal(smu_heater_set(&b.heater, (double)NAN), -1);
	assert_true(b.heater.setpoint == 21.0);
}

static void it_does_not_heat_while_off(void **state)
{
	struct bench b;

	(void)state;
	setup(&b);
	assert_int_equal(smu_heater_heat(&b.heater), -1);
	smu_heater_set(&b.heater, 600.0);
	turn(&b);
	assert_int_equal(b.heater.state, SMU_OFF);
	assert_true(b.heater.level == 0.0);
}

static void the_current_never_falls_below_the_probe(void **state)
{
	struct bench b;

	(void)state;
	setup(&b);
	heat(&b, 21.0);
	for (int i = 0; i < 500; i++) {
		assert_int_equal(turn(&b), SMU_FINE);
		assert_true(b.heater.level >= b.heater.settings.probe);
	}
	assert_true(truth(&b) < 25.0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hold_at_600_scatters_by_less_than_0_15),
		cmocka_unit_test(a_ramp_of_20_K_per_min_lags_by_less_than_0_5),
		cmocka_unit_test(a_ramp_from_cold_keeps_up),
		cmocka_unit_test(in_hydrogen_it_holds_as_well),
		cmocka_unit_test(heating_begins_at_what_is_measured),
		cmocka_unit_test(it_never_overshoots_a_large_step_by_much),
		cmocka_unit_test(
			switched_off_while_hot_it_reads_ambient_at_once),
		cmocka_unit_test(heating_does_not_come_back_by_itself),
		cmocka_unit_test(an_open_heater_is_off_after_two_samples),
		cmocka_unit_test(no_number_twice_is_a_fault),
		cmocka_unit_test(compliance_twice_is_a_fault),
		cmocka_unit_test(
			resistance_outside_its_window_twice_is_a_fault),
		cmocka_unit_test(another_current_twice_is_a_fault),
		cmocka_unit_test(an_output_that_went_off_is_a_fault),
		cmocka_unit_test(one_bad_sample_between_good_ones_is_none),
		cmocka_unit_test(one_sample_over_the_hard_limit_is_enough),
		cmocka_unit_test(two_samples_over_the_soft_limit_are_enough),
		cmocka_unit_test(a_lost_sense_line_is_off_within_300_ms),
		cmocka_unit_test(
			a_ramp_or_a_step_is_not_taken_for_a_lost_sense_line),
		cmocka_unit_test(power_stays_below_its_limit),
		cmocka_unit_test(current_and_voltage_stay_below_their_limits),
		cmocka_unit_test(a_setpoint_above_the_chips_is_refused),
		cmocka_unit_test(it_does_not_heat_while_off),
		cmocka_unit_test(the_current_never_falls_below_the_probe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
