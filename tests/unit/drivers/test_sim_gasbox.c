#include "laboratory.h"

/* Seconds until the outlet line is below `pressure`. */
static double time_to_reach(struct laboratory *lab, double pressure)
{
	nsec began = lab->now;

	for (int i = 0; i < 100000; i++) {
		if (true_pressure(lab, SIM_OUTLET_LINE) < pressure)
			break;
		wait_for(lab, 0.05);
	}
	return nsec_to_s(lab->now - began);
}

static void pumping_down_follows_the_measured_points(void **state)
{
	static const struct {
		double pressure, at;
	} points[] = { { 1.38, 39.0 }, { 0.49, 101.0 }, { 0.164, 226.0 } };
	struct laboratory lab;
	nsec began;

	(void)state;
	lab_start(&lab, "");
	pump_all(&lab);
	time_to_reach(&lab, 7.36);
	began = lab.now;
	for (int i = 0; i < 3; i++) {
		time_to_reach(&lab, points[i].pressure);
		assert_near(nsec_to_s(lab.now - began) / points[i].at, 1.0,
			    0.06);
	}
	lab_close(&lab);
}

static void a_real_purge_cycle_takes_its_time(void **state)
{
	struct laboratory lab;
	double took;

	(void)state;
	lab_start(&lab, "manifold: {start_pressure: 365 Torr}\n");
	pump_all(&lab);
	took = time_to_reach(&lab, 7.35);
	/* 20.7 s by the formula; with filling and settling 26 to 28 s. */
	assert_near(took, 20.7, 0.7);
	fill_with(&lab, "ar", 365.0);
	wait_for(&lab, 7.0);
	assert_near(true_pressure(&lab, SIM_SAMPLE), 365.0, 2.0);
	lab_close(&lab);
}

static void twenty_sccm_fill_1_ml_at_250_torr_a_second(void **state)
{
	struct laboratory lab;

	(void)state;
	lab_start(&lab, "manifold: {start_pressure: 7.35 Torr}\n");
	fill_with(&lab, "ar", 1000.0);
	wait_for(&lab, 1.0);
	double first = true_pressure(&lab, SIM_INLET_LINE);

	wait_for(&lab, 1.0);
	assert_near(true_pressure(&lab, SIM_INLET_LINE) - first, 253.0, 5.0);
	lab_close(&lab);
}

static void the_inlet_controller_holds_its_setpoint(void **state)
{
	struct laboratory lab;

	(void)state;
	lab_start(&lab, "manifold: {start_pressure: 1 Torr}\n");
	fill_with(&lab, "ar", 380.0);
	wait_for(&lab, 10.0);
	assert_near(true_pressure(&lab, SIM_INLET_LINE), 380.0, 0.01);
	set(&lab, &lab.gas, "inlet_pressure", 200.0);
	wait_for(&lab, 10.0);
	assert_near(true_pressure(&lab, SIM_INLET_LINE), 200.0, 0.01);
	lab_close(&lab);
}

/* Inlet and outlet pressures in flow, after everything has settled. */
static void flow(struct laboratory *lab, double inlet, double outlet)
{
	pump_all(lab);
	wait_for(lab, 600.0);
	set(lab, &lab->gas, "bypass_valve", 0.0);
	fill_with(lab, "h2", inlet);
	set(lab, &lab->gas, "pump_valve", 1.0);
	set(lab, &lab->gas, "outlet_pressure", outlet);
	wait_for(lab, 1200.0);
}

static void the_cell_in_flow_is_between_its_lines(void **state)
{
	struct laboratory lab;

	(void)state;
	lab_start(&lab, "");
	flow(&lab, 400.0, 300.0);
	assert_near(true_pressure(&lab, SIM_OUTLET_LINE), 300.0, 0.01);
	assert_near(true_pressure(&lab, SIM_SAMPLE),
		    sqrt((400.0 * 400.0 + 300.0 * 300.0) / 2.0), 0.01);
	lab_close(&lab);
}

static void a_tenth_of_an_sccm_flows_at_50_torr(void **state)
{
	struct laboratory lab;

	(void)state;
	lab_start(&lab, "");
	flow(&lab, 70.66, 2.47);
	assert_near(get(&lab, &lab.gas, "cell_flow"), 0.1, 0.003);
	assert_near(true_pressure(&lab, SIM_SAMPLE), 50.0, 0.1);
	lab_close(&lab);
}

static void shut_valves_isolate_the_cell(void **state)
{
	struct laboratory lab;

	(void)state;
	lab_start(&lab, "");
	hold_gas(&lab, "ar", 400.0);
	set(&lab, &lab.gas, "inlet_valve", 0.0);
	set(&lab, &lab.gas, "outlet_valve", 0.0);
	set(&lab, &lab.gas, "supply_valve", 0.0);
	set(&lab, &lab.gas, "pump_valve", 1.0);
	wait_for(&lab, 300.0);
	assert_true(true_pressure(&lab, SIM_OUTLET_LINE) < 1.0);
	assert_near(true_pressure(&lab, SIM_SAMPLE), 400.0, 0.01);
	lab_close(&lab);
}

static void the_cell_follows_its_line_within_a_second(void **state)
{
	struct laboratory lab;

	(void)state;
	lab_start(&lab, "manifold: {start_pressure: 1 Torr}\n");
	fill_with(&lab, "ar", 300.0);
	wait_for(&lab, 10.0);
	set(&lab, &lab.gas, "inlet_valve", 1.0);
	wait_for(&lab, 0.26);
	assert_near(true_pressure(&lab, SIM_SAMPLE), 1.0 + 299.0 * 0.632, 2.0);
	wait_for(&lab, 2.0);
	assert_near(true_pressure(&lab, SIM_SAMPLE), 300.0, 1.0);
	lab_close(&lab);
}

/* Seconds until half of the gas at the sample is the new one. */
static double transit(double pressure)
{
	struct laboratory lab;
	double over = 0.1 / 0.0011 / SIM_MBAR_PER_TORR;
	double outlet =
		(sqrt(4.0 * pressure * pressure - over * over) - over) / 2.0;
	struct sim_mix mix;
	nsec began;

	lab_start(&lab, "manifold: {inlet_volume: 0.01 mL}\n");
	flow(&lab, outlet + over, outlet);
	set(&lab, &lab.gas, "h2_flow", 0.0);
	set(&lab, &lab.gas, "n2_valve", 1.0);
	set(&lab, &lab.gas, "n2_flow", 20.0);
	began = lab.now;
	do {
		wait_for(&lab, 0.1);
		sim_lab_true_mix(lab.sim, SIM_SAMPLE, &mix);
	} while (mix.x[SIM_N2] < 0.5 && lab.now - began < 200 * NSEC_PER_S);
	lab_close(&lab);
	return nsec_to_s(lab.now - began);
}

static void a_new_gas_arrives_after_the_published_time(void **state)
{
	(void)state;
	assert_near(transit(50.0) / 10.0, 1.0, 0.1);
	assert_near(transit(350.0) / 32.0, 1.0, 0.1);
	assert_near(transit(782.0) / 64.0, 1.0, 0.1);
}

static double nitrogen(const struct laboratory *lab)
{
	return lab->sim->manifold.inlet.n[SIM_N2] +
	       lab->sim->manifold.outlet.n[SIM_N2];
}

static void what_is_shut_in_stays(void **state)
{
	struct laboratory lab;
	double before;

	(void)state;
	lab_start(&lab, "");
	hold_gas(&lab, "n2", 500.0);
	set(&lab, &lab.gas, "supply_valve", 0.0);
	set(&lab, &lab.gas, "inlet_pressure", 0.0);
	set(&lab, &lab.gas, "bypass_valve", 0.0);
	before = nitrogen(&lab);
	for (int i = 0; i < 1000; i++) {
		set(&lab, &lab.gas, "bypass_valve", i % 2);
		wait_for(&lab, 0.37);
	}
	assert_near(nitrogen(&lab) / before, 1.0, 1e-12);
	lab_close(&lab);
}

static void mixing_two_lines_keeps_every_gas(void **state)
{
	struct laboratory lab;
	double sum[SIM_SPECIES_N];

	(void)state;
	lab_start(&lab, "manifold: {start_pressure: 100 Torr}\n");
	fill_with(&lab, "h2", 400.0);
	wait_for(&lab, 5.0);
	set(&lab, &lab.gas, "supply_valve", 0.0);
	set(&lab, &lab.gas, "inlet_pressure", 0.0);
	for (int i = 0; i < SIM_SPECIES_N; i++)
		sum[i] = lab.sim->manifold.inlet.n[i] +
			 lab.sim->manifold.outlet.n[i];
	set(&lab, &lab.gas, "bypass_valve", 1.0);
	wait_for(&lab, 60.0);
	assert_near(true_pressure(&lab, SIM_OUTLET_LINE), 250.0, 0.5);
	for (int i = 0; i < SIM_SPECIES_N; i++)
		assert_near(lab.sim->manifold.inlet.n[i] +
				    lab.sim->manifold.outlet.n[i],
			    sum[i], 1e-9);
	lab_close(&lab);
}

static void fractions_add_up_to_one_everywhere(void **state)
{
	struct laboratory lab;

	(void)state;
	lab_start(&lab, "");
	flow(&lab, 70.66, 2.47);
	for (int place = SIM_INLET_LINE; place <= SIM_SAMPLE; place++) {
		struct sim_mix mix;
		double sum = 0.0;

		sim_lab_true_mix(lab.sim, (enum sim_place)place, &mix);
		for (int i = 0; i < SIM_SPECIES_N; i++)
			sum += mix.x[i];
		assert_near(sum, 1.0, 1e-9);
	}
	lab_close(&lab);
}

static void purging_leaves_little_more_than_base_over_fill(void **state)
{
	struct laboratory lab;
	double oxygen;

	(void)state;
	lab_start(&lab, "");
	pump_all(&lab);
	time_to_reach(&lab, 7.35);
	fill_with(&lab, "ar", 375.0);
	wait_for(&lab, 15.0);
	oxygen = sim_lab_true_oxidiser(lab.sim, SIM_SAMPLE);
	assert_near(oxygen / (0.21 * 7.35 / 375.0), 1.5, 0.5);
	lab_close(&lab);
}

static void fuel_and_oxidiser_are_told_apart(void **state)
{
	struct laboratory lab;

	(void)state;
	lab_start(&lab, "");
	assert_near(sim_lab_true_oxidiser(lab.sim, SIM_SAMPLE), 0.21, 1e-9);
	hold_gas(&lab, "nh3", 200.0);
	assert_near(sim_lab_true_fuel(lab.sim, SIM_SAMPLE), 1.0, 1e-3);
	assert_true(sim_lab_true_oxidiser(lab.sim, SIM_SAMPLE) < 1e-4);
	lab_close(&lab);
}

static void no_gas_flows_through_one_shut_valve(void **state)
{
	static const char *const shut[] = { "h2_valve", "supply_valve" };
	struct laboratory lab;

	(void)state;
	for (int i = 0; i < 2; i++) {
		lab_start(&lab, "manifold: {start_pressure: 0 Torr}\n");
		fill_with(&lab, "h2", 760.0);
		set(&lab, &lab.gas, shut[i], 0.0);
		wait_for(&lab, 10.0);
		assert_true(get(&lab, &lab.gas, "h2_flow") == 0.0);
		assert_near(true_pressure(&lab, SIM_INLET_LINE), 0.0, 1e-9);
		lab_close(&lab);
	}
}

static void setpoints_are_read_back(void **state)
{
	struct laboratory lab;

	(void)state;
	lab_start(&lab, "");
	set(&lab, &lab.gas, "nh3_flow", 3.25);
	set(&lab, &lab.gas, "inlet_pressure", 500.0);
	set(&lab, &lab.gas, "outlet_pressure", 20.0);
	assert_true(get(&lab, &lab.gas, "nh3_setpoint") == 3.25);
	assert_true(get(&lab, &lab.gas, "inlet_setpoint") == 500.0);
	assert_true(get(&lab, &lab.gas, "outlet_setpoint") == 20.0);
	lab_close(&lab);
}

static void opening_shuts_everything(void **state)
{
	struct laboratory lab;
	struct err err = { 0 };
	double values[DEVICE_CHANNELS_MAX];

	(void)state;
	lab_start(&lab, "");
	hold_gas(&lab, "h2", 400.0);
	lab.gas.now = lab.now;
	assert_int_equal(lab.gas.driver->open(&lab.gas, &err), 0);
	wait_for(&lab, 1.0);
	assert_int_equal(try_poll(&lab, &lab.gas, values, &err), 0);
	for (size_t i = 0; i < lab.gas.driver->n_channels; i++)
		if (lab.gas.driver->channels[i].access & CHANNEL_WRITE &&
		    !strstr(lab.gas.driver->channels[i].name, "pressure"))
			assert_true(values[i] == 0.0);
	assert_true(get(&lab, &lab.gas, "inlet_setpoint") == 0.0);
	lab_close(&lab);
}

static void gauges_read_in_12_bit_steps_with_noise(void **state)
{
	struct laboratory lab;
	struct statistics inlet = { 0 }, cell = { 0 };

	(void)state;
	lab_start(&lab, "");
	hold_gas(&lab, "ar", 365.0);
	for (int i = 0; i < 5000; i++) {
		double p;

		wait_for(&lab, 0.5);
		p = get(&lab, &lab.gas, "inlet_pressure");
		assert_near(fmod(p * 4.096 + 0.5, 1.0), 0.5, 1e-6);
		note(&inlet, p);
		note(&cell, get(&lab, &lab.gas, "cell_pressure"));
	}
	assert_near(mean_of(&inlet), 365.0, 0.03);
	assert_near(sigma_of(&inlet), 0.22, 0.03);
	assert_near(mean_of(&cell), 363.9, 0.03);
	assert_near(sigma_of(&cell), 0.34, 0.03);
	lab_close(&lab);
}

static void the_holder_gauge_clamps_at_zero(void **state)
{
	struct laboratory lab;
	int n_zero = 0;

	(void)state;
	lab_start(&lab, "manifold: {start_pressure: 1 Torr}\n");
	for (int i = 0; i < 1000; i++) {
		double p;

		wait_for(&lab, 0.5);
		p = get(&lab, &lab.gas, "cell_pressure");
		assert_true(p >= 0.0);
		n_zero += p == 0.0;
	}
	assert_true(n_zero > 400);
	lab_close(&lab);
}

static void the_outlet_gauge_is_fine_below_10_torr(void **state)
{
	struct laboratory lab;
	struct statistics outlet = { 0 };

	(void)state;
	lab_start(&lab, "manifold: {start_pressure: 1 Torr}\n");
	for (int i = 0; i < 1000; i++) {
		wait_for(&lab, 0.5);
		note(&outlet, get(&lab, &lab.gas, "outlet_pressure"));
	}
	assert_near(mean_of(&outlet), 1.0, 0.001);
	assert_near(sigma_of(&outlet), 0.0025, 0.0005);
	lab_close(&lab);
}

static void above_its_range_a_gauge_gives_no_number(void **state)
{
	struct laboratory lab;

	(void)state;
	lab_start(&lab, "column: {burst: 90000 Torr}\n");
	fill_with(&lab, "ar", 0.0);
	wait_for(&lab, 2.0);
	assert_true(isnan(get(&lab, &lab.gas, "inlet_pressure")));
	lab_close(&lab);
}

static void a_steady_laboratory_stands_still(void **state)
{
	struct laboratory lab;

	(void)state;
	lab_start(&lab, "");
	flow(&lab, 70.66, 2.47);
	wait_for(&lab, 7200.0);
	assert_true(lab.sim->manifold.is_steady);
	set(&lab, &lab.gas, "h2_flow", 10.0);
	assert_false(lab.sim->manifold.is_steady);
	lab_close(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pumping_down_follows_the_measured_points),
		cmocka_unit_test(a_real_purge_cycle_takes_its_time),
		cmocka_unit_test(twenty_sccm_fill_1_ml_at_250_torr_a_second),
		cmocka_unit_test(the_inlet_controller_holds_its_setpoint),
		cmocka_unit_test(the_cell_in_flow_is_between_its_lines),
		cmocka_unit_test(a_tenth_of_an_sccm_flows_at_50_torr),
		cmocka_unit_test(shut_valves_isolate_the_cell),
		cmocka_unit_test(the_cell_follows_its_line_within_a_second),
		cmocka_unit_test(a_new_gas_arrives_after_the_published_time),
		cmocka_unit_test(what_is_shut_in_stays),
		cmocka_unit_test(mixing_two_lines_keeps_every_gas),
		cmocka_unit_test(fractions_add_up_to_one_everywhere),
		cmocka_unit_test(
			purging_leaves_little_more_than_base_over_fill),
		cmocka_unit_test(fuel_and_oxidiser_are_told_apart),
		cmocka_unit_test(no_gas_flows_through_one_shut_valve),
		cmocka_unit_test(setpoints_are_read_back),
		cmocka_unit_test(opening_shuts_everything),
		cmocka_unit_test(gauges_read_in_12_bit_steps_with_noise),
		cmocka_unit_test(the_holder_gauge_clamps_at_zero),
		cmocka_unit_test(the_outlet_gauge_is_fine_below_10_torr),
		cmocka_unit_test(above_its_range_a_gauge_gives_no_number),
		cmocka_unit_test(a_steady_laboratory_stands_still),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
