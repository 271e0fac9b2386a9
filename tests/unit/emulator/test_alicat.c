#include "bench.h"

#include "emulator/alicat.h"

static const char vacuum[] =
	"{type: sim, manifold: {start_pressure: 0 Torr},"
	" gauges: {flow_noise: 0 sccm, inlet: {noise: 0 Torr, step: 0 Torr},"
	" outlet: {fine_noise: 0 Torr}}}";

struct line {
	struct bench bench;
	struct emulator_alicat alicat;
};

static void open_flows(struct line *l)
{
	bench_open(&l->bench, vacuum, &emulator_alicat_codec, &l->alicat);
	emulator_alicat_flows(&l->alicat, &l->bench.b);
}

static void open_pressures(struct line *l)
{
	bench_open(&l->bench, vacuum, &emulator_alicat_codec, &l->alicat);
	emulator_alicat_pressures(&l->alicat, &l->bench.b);
}

static void a_poll_gives_the_columns_of_a_controller(void **state)
{
	struct line l;

	(void)state;
	open_flows(&l);
	expect(&l.bench, "A\r",
	       "A +000.00 +021.89 +00.000 +00.000 +00.000     H2\r");
	expect(&l.bench, "D\r",
	       "D +000.00 +021.89 +00.000 +00.000 +00.000    NH3\r");
	bench_close(&l.bench);
}

static void a_meter_has_no_setpoint(void **state)
{
	struct line l;

	(void)state;
	open_flows(&l);
	expect(&l.bench, "F\r", "F +000.00 +021.89 +00.000 +00.000     N2\r");
	expect(&l.bench, "FS1\r", "?\r");
	bench_close(&l.bench);
}

static void a_pressure_controller_has_two_columns(void **state)
{
	struct line l;

	(void)state;
	open_pressures(&l);
	expect(&l.bench, "AS350\r", "A +0000.000 +0350.000\r");
	expect(&l.bench, "B\r", "B +0000.000 +0000.000\r");
	bench_close(&l.bench);
}

static void setpoints_old_and_new_are_read_back(void **state)
{
	struct line l;

	(void)state;
	open_flows(&l);
	expect(&l.bench, "AS1.5\r",
	       "A +000.00 +021.89 +00.000 +00.000 +01.500     H2\r");
	expect(&l.bench, "ALS 0.1\r", "A +00.000 +00.100 12 SCCM\r");
	expect(&l.bench, "A32000\r",
	       "A +000.00 +021.89 +00.000 +00.000 +10.000     H2\r");
	bench_close(&l.bench);
}

static void gas_flows_only_through_open_valves(void **state)
{
	struct line l;

	(void)state;
	open_flows(&l);
	ask(&l.bench, "AS2\r");
	wait_for(&l.bench, 5.0);
	assert_non_null(strstr(ask(&l.bench, "A\r"), " +00.000 +02.000"));
	emulator_bench_write(&l.bench.b, "h2_valve", 1.0);
	emulator_bench_write(&l.bench.b, "supply_valve", 1.0);
	wait_for(&l.bench, 5.0);
	assert_non_null(strstr(ask(&l.bench, "A\r"), " +02.000 +02.000"));
	bench_close(&l.bench);
}

static void more_than_full_scale_is_refused(void **state)
{
	struct line l;

	(void)state;
	open_flows(&l);
	expect(&l.bench, "AS20.1\r", "?\r");
	expect(&l.bench, "ALS -1\r", "?\r");
	expect(&l.bench, "ALS\r", "A +00.000 +00.000 12 SCCM\r");
	bench_close(&l.bench);
}

static void a_hold_closes_the_valve_and_keeps_the_setpoint(void **state)
{
	struct line l;

	(void)state;
	open_flows(&l);
	ask(&l.bench, "BS3\r");
	expect(&l.bench, "BHC\r",
	       "B +000.00 +021.89 +00.000 +00.000 +03.000     N2 HLD\r");
	assert_true(emulator_bench_read(&l.bench.b, "n2_setpoint") == 0.0);
	ask(&l.bench, "BC\r");
	assert_true(emulator_bench_read(&l.bench.b, "n2_setpoint") == 3.0);
	bench_close(&l.bench);
}

static void identity_gas_and_full_scale_are_told(void **state)
{
	struct line l;

	(void)state;
	open_flows(&l);
	assert_non_null(strstr(ask(&l.bench, "B??M*\r"),
			       "B M05 Serial Number 100002\r"));
	expect(&l.bench, "AGS\r", "A 6 H2 Hydrogen\r");
	expect(&l.bench, "AGS 8\r", "A 8 N2 Nitrogen\r");
	expect(&l.bench, "AFPF 5\r", "A +20.000 12 SCCM\r");
	expect(&l.bench, "AVE\r", "A 10v20.0-R24\r");
	bench_close(&l.bench);
}

static void nobody_answers_for_an_unknown_letter(void **state)
{
	struct line l;

	(void)state;
	open_flows(&l);
	expect(&l.bench, "Z\r", "");
	expect(&l.bench, "\r", "");
	expect(&l.bench, "AXYZ\r", "?\r");
	bench_close(&l.bench);
}

static void half_a_line_is_waited_for(void **state)
{
	(void)state;
	assert_int_equal(emulator_alicat_codec.span("AS1", 3), 0);
	assert_int_equal(emulator_alicat_codec.span("A\rB\r", 4), 2);
}

static void over_the_range_is_marked(void **state)
{
	struct line l;

	(void)state;
	bench_open(&l.bench,
		   "{type: sim, manifold: {start_pressure: 900 Torr}"
		   ", gauges: {inlet: {range: 800 Torr}}}",
		   &emulator_alicat_codec, &l.alicat);
	emulator_alicat_pressures(&l.alicat, &l.bench.b);
	expect(&l.bench, "A\r", "A +1280.000 +0000.000 POV\r");
	bench_close(&l.bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_poll_gives_the_columns_of_a_controller),
		cmocka_unit_test(a_meter_has_no_setpoint),
		cmocka_unit_test(a_pressure_controller_has_two_columns),
		cmocka_unit_test(setpoints_old_and_new_are_read_back),
		cmocka_unit_test(gas_flows_only_through_open_valves),
		cmocka_unit_test(more_than_full_scale_is_refused),
		cmocka_unit_test(
			a_hold_closes_the_valve_and_keeps_the_setpoint),
		cmocka_unit_test(identity_gas_and_full_scale_are_told),
		cmocka_unit_test(nobody_answers_for_an_unknown_letter),
		cmocka_unit_test(half_a_line_is_waited_for),
		cmocka_unit_test(over_the_range_is_marked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
