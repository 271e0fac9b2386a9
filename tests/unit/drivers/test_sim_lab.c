#include "laboratory.h"

/* The problems of a laboratory made of `text`; none may come of it. */
static struct problems mistakes(const char *text)
{
	struct problems problems = { 0 };
	struct yaml *yaml =
		yaml_parse(text, strlen(text), "site.yaml", &problems);

	assert_non_null(yaml);
	assert_null(bus_new("b", yaml_root(yaml), 0, &problems));
	problems_sort(&problems);
	yaml_tree_free(yaml);
	quantity_fini();
	return problems;
}

static void mistake_at(const char *text, int line, int column, const char *says)
{
	struct problems problems = mistakes(text);

	assert_int_equal(problems.n, 1);
	assert_int_equal(problems.v[0].line, line);
	assert_int_equal(problems.v[0].column, column);
	if (!strstr(problems.v[0].msg, says))
		fail_msg("%s", problems.v[0].msg);
	problems_free(&problems);
}

static void unknown_keys_have_their_places(void **state)
{
	(void)state;
	mistake_at("type: sim\nchipp: {}\n", 2, 1, "chip");
	mistake_at("type: sim\nchip:\n  ambiend: 20 °C\n", 3, 3, "ambient");
	mistake_at("type: sim\ngas:\n  H3: {}\n", 3, 3, "H2");
	mistake_at("type: sim\ngas:\n  H2: {free_pat: 1 um}\n", 3, 8,
		   "free_path");
	mistake_at("type: sim\ngauges: {cell: {stop: 1 Torr}}\n", 2, 17,
		   "step");
	mistake_at("type: sim\ncolumn: {vacum: 1 Torr}\n", 2, 10, "vacuum");
	mistake_at("type: sim\ncamera: {gould: 1}\n", 2, 10, "gold");
	mistake_at("type: sim\nmanifold: {pump_tine: 1 s}\n", 2, 12,
		   "pump_time");
}

static void values_out_of_bounds_have_their_places(void **state)
{
	(void)state;
	mistake_at("type: sim\nchip:\n  lag: -1 s\n", 3, 8, "between");
	mistake_at("type: sim\nchip:\n  lag: 1\n", 3, 8, "unit");
	mistake_at("type: sim\nchip:\n  resistance: [1, 2]\n", 3, 15, "3");
	mistake_at("type: sim\nseed: -1\n", 2, 7, "seed");
	mistake_at("type: sim\nchip: 5\n", 2, 7, "mapping");
}

static void faults_have_their_mistakes_named(void **state)
{
	(void)state;
	mistake_at("type: sim\nfaults: [{kind: no_repl}]\n", 2, 17, "no_reply");
	mistake_at("type: sim\nfaults: [{at: 1 s}]\n", 2, 10, "kind");
	mistake_at("type: sim\nfaults: [{kind: nan}]\n", 2, 10, "instrument");
	mistake_at("type: sim\nfaults: [{kind: leak, at: 10}]\n", 2, 27,
		   "unit");
	mistake_at("type: sim\nfaults: [{kind: leak, whem: 10 s}]\n", 2, 23,
		   "whem");
	mistake_at("type: sim\n"
		   "faults: [{kind: valve_stuck, channel: inlet}]\n",
		   2, 39, "inlet_valve");
	mistake_at("type: sim\nfaults: [{kind: leak, value: much}]\n", 2, 30,
		   "value");
	mistake_at("type: sim\nfaults: {}\n", 2, 9, "list");
}

static void all_mistakes_come_at_once(void **state)
{
	struct problems problems = mistakes("type: sim\n"
					    "chip: {lag: 1, cycl: 2 s}\n"
					    "seed: x\n"
					    "faults: [{kind: boo}]\n");

	(void)state;
	assert_int_equal(problems.n, 4);
	problems_free(&problems);
}

static void the_65th_fault_is_one_too_many(void **state)
{
	struct text text = { 0 };
	struct problems problems;

	(void)state;
	text_add(&text, "type: sim\nfaults:\n");
	for (int i = 0; i < SIM_FAULTS_MAX + 1; i++)
		text_add(&text, "  - {kind: pump_stop, at: 1 s}\n");
	problems = mistakes(text.s);
	assert_int_equal(problems.n, 1);
	assert_int_equal(problems.v[0].line, 3 + SIM_FAULTS_MAX);
	problems_free(&problems);
	text_free(&text);
}

static void parameters_are_taken(void **state)
{
	struct laboratory lab;

	(void)state;
	lab_open(&lab,
		 "chip: {ambient: 300 K, resistance: [1e-5, 0.3, 100]}\n"
		 "gas: {H2: {free_path: 120 nm}, transit: [1,2,3,4,5,6]}\n"
		 "manifold: {inlet_volume: 2 mL}\n"
		 "gauges: {cell: {offset: 0 Torr}, column_noise: 5 %}\n"
		 "column: {burst: 2 bar}\n"
		 "camera: {diameter: 10 nm}\n",
		 0);
	assert_near(lab.sim->params.chip.ambient, 26.85, 1e-9);
	assert_near(lab.sim->params.chip.resistance[2], 100.0, 1e-9);
	assert_near(lab.sim->params.gas.species[SIM_H2].free_path, 0.12, 1e-9);
	assert_near(lab.sim->params.gas.transit[5], 6.0, 1e-9);
	assert_near(lab.sim->params.manifold.inlet_volume, 2.0, 1e-9);
	assert_near(lab.sim->params.gauges.cell.offset, 0.0, 1e-9);
	assert_near(lab.sim->params.gauges.column_noise, 0.05, 1e-9);
	assert_near(lab.sim->params.column.burst, 1500.12, 0.01);
	assert_near(lab.sim->params.camera.diameter, 0.01, 1e-9);
	bus_free(lab.bus);
	yaml_tree_free(lab.yaml);
	quantity_fini();
}

static bool same_number(double a, double b)
{
	return fabs(a - b) <= 1e-12 * (fabs(a) + fabs(b));
}

/* The parameters are doubles and nothing else. */
static void same_params(const struct sim_lab_params *a,
			const struct sim_lab_params *b)
{
	size_t n = sizeof(*a) / sizeof(double);
	double x[sizeof(*a) / sizeof(double)];
	double y[sizeof(*a) / sizeof(double)];

	memcpy(x, a, sizeof(*a));
	memcpy(y, b, sizeof(*b));
	for (size_t i = 0; i < n; i++)
		if (!same_number(x[i], y[i]))
			fail_msg("parameter %zu: %g, built in %g", i, x[i],
				 y[i]);
}

static void the_documented_defaults_are_the_built_in_ones(void **state)
{
	struct problems problems = { 0 };
	struct text text = { 0 };
	struct err err = { 0 };
	struct laboratory lab;
	struct bus *bus;
	struct yaml *yaml;

	(void)state;
	if (text_read_file(&text, TEST_SOURCE_DIR "/docs/simulator.yaml",
			   YAML_BYTES_MAX, &err))
		fail_msg("%s", err.msg);
	yaml = yaml_parse(text.s, text.n, "simulator.yaml", &problems);
	assert_non_null(yaml);
	bus = bus_new("lab", yaml_root(yaml), 0, &problems);
	if (problems.n)
		fail_msg("%d:%d: %s", problems.v[0].line, problems.v[0].column,
			 problems.v[0].msg);
	lab_open(&lab, "", 0);
	same_params(&bus_sim(bus)->params, &lab.sim->params);
	assert_true(bus_sim(bus)->seed == lab.sim->seed);
	bus_free(bus);
	bus_free(lab.bus);
	yaml_tree_free(lab.yaml);
	yaml_tree_free(yaml);
	text_free(&text);
	problems_free(&problems);
	quantity_fini();
}

#define RUN_N 3000

/* Polls all, with some things going on, and sums the bits of what is read. */
static uint64_t fingerprint(uint64_t seed, bool with_microscope)
{
	double values[DEVICE_CHANNELS_MAX];
	struct laboratory lab;
	struct err err = { 0 };
	uint64_t sum = 0;

	lab_open(&lab, "", seed);
	lab_connect(&lab);
	pump_all(&lab);
	set(&lab, &lab.heater, "output", 1.0);
	for (int i = 0; i < RUN_N; i++) {
		lab.now += NSEC_PER_S / 10;
		set(&lab, &lab.heater, "temperature", 25.0 + i / 10.0);
		if (i == RUN_N / 2)
			fill_with(&lab, "h2", 400.0);
		try_poll(&lab, &lab.heater, values, &err);
		for (size_t k = 0; k < 7; k++) {
			uint64_t bits;

			memcpy(&bits, &values[k], sizeof(bits));
			sum = sum * 31 + bits;
		}
		if (i % 5 == 0)
			try_poll(&lab, &lab.gas, values, &err);
		if (with_microscope)
			try_poll(&lab, &lab.scope, values, &err);
	}
	lab_close(&lab);
	return sum;
}

static void the_same_seed_gives_the_same_bits(void **state)
{
	(void)state;
	assert_true(fingerprint(5, true) == fingerprint(5, true));
}

static void another_seed_gives_other_bits(void **state)
{
	(void)state;
	assert_true(fingerprint(5, true) != fingerprint(6, true));
}

static void one_instruments_polls_leave_anothers_noise_alone(void **state)
{
	(void)state;
	assert_true(fingerprint(5, true) == fingerprint(5, false));
}

static void a_seed_given_goes_before_the_configured_one(void **state)
{
	struct laboratory lab;

	(void)state;
	lab_open(&lab, "seed: 12\n", 0);
	assert_int_equal(lab.sim->seed, 12);
	bus_free(lab.bus);
	yaml_tree_free(lab.yaml);
	lab_open(&lab, "seed: 12\n", 13);
	assert_int_equal(lab.sim->seed, 13);
	bus_free(lab.bus);
	yaml_tree_free(lab.yaml);
	quantity_fini();
}

static void time_that_goes_back_does_nothing(void **state)
{
	struct laboratory lab;
	double before;

	(void)state;
	lab_start(&lab, "");
	pump_all(&lab);
	wait_for(&lab, 10.0);
	before = true_pressure(&lab, SIM_OUTLET_LINE);
	lab.now -= 5 * NSEC_PER_S;
	get(&lab, &lab.gas, "pump");
	assert_true(true_pressure(&lab, SIM_OUTLET_LINE) == before);
	lab_close(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unknown_keys_have_their_places),
		cmocka_unit_test(values_out_of_bounds_have_their_places),
		cmocka_unit_test(faults_have_their_mistakes_named),
		cmocka_unit_test(all_mistakes_come_at_once),
		cmocka_unit_test(the_65th_fault_is_one_too_many),
		cmocka_unit_test(parameters_are_taken),
		cmocka_unit_test(the_documented_defaults_are_the_built_in_ones),
		cmocka_unit_test(the_same_seed_gives_the_same_bits),
		cmocka_unit_test(another_seed_gives_other_bits),
		cmocka_unit_test(
			one_instruments_polls_leave_anothers_noise_alone),
		cmocka_unit_test(a_seed_given_goes_before_the_configured_one),
		cmocka_unit_test(time_that_goes_back_does_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
