/* The source meter in both of its languages. */
#include "bench.h"

#include "base/number.h"
#include "emulator/meter.h"
#include "emulator/scpi.h"
#include "emulator/tsp.h"

static const char vacuum[] = "{type: sim, manifold: {start_pressure: 0 Torr}}";

struct meter {
	struct bench bench;
	struct emulator_meter meter;
};

static void open_meter(struct meter *m, const char *laboratory,
		       const struct emulator_codec *codec)
{
	m->meter = (struct emulator_meter){ 0 };
	bench_open(&m->bench, laboratory, codec, &m->meter);
	emulator_meter_reset(&m->meter, &m->bench.b);
}

static void open_scpi(struct meter *m)
{
	open_meter(m, vacuum, &emulator_scpi_codec);
}

static void open_tsp(struct meter *m)
{
	open_meter(m, vacuum, &emulator_tsp_codec);
}

/* The number at the start of s; *s goes behind it and one separator. */
static double take(const char **s)
{
	char digits[NUMBER_TEXT_MAX];
	size_t n = number_span(*s);
	struct err err = { 0 };
	double value;

	assert_true(n > 0 && n < sizeof(digits));
	memcpy(digits, *s, n);
	digits[n] = '\0';
	if (number_parse(digits, &value, &err))
		fail_msg("%s", err.msg);
	*s += n + 1;
	return value;
}

static void assert_near(double value, double expected, double within)
{
	if (!(fabs(value - expected) <= within))
		fail_msg("%g is not %g +- %g", value, expected, within);
}

static void silent(struct meter *m, const char *line)
{
	assert_string_equal(ask(&m->bench, line), "");
	assert_int_equal(m->meter.n_errors, 0);
}

static const char heat[] =
	":SENS:FUNC \"VOLT\";:SENS:VOLT:RSEN ON;:SOUR:FUNC CURR;"
	":SOUR:CURR:VLIM 10;:SOUR:CURR 3.8138e-3;:OUTP ON\n";

static void four_wires_measure_the_resistance_at_600(void **state)
{
	struct meter m;
	const char *s;
	double current;

	(void)state;
	open_scpi(&m);
	silent(&m, heat);
	wait_for(&m.bench, 1.0);
	s = ask(&m.bench, "READ? \"defbuffer1\",SOUR,READ,STAT\n");
	current = take(&s);
	assert_near(take(&s) / current, 320.45, 0.5);
	assert_string_equal(s, "0\n");
	assert_true(m.bench.reply.after > 20 * NSEC_PER_MS);
	bench_close(&m.bench);
}

static void two_wires_see_the_leads(void **state)
{
	struct meter m;
	const char *s;

	(void)state;
	open_scpi(&m);
	silent(&m, heat);
	silent(&m, ":SENS:VOLT:RSEN 0\n");
	wait_for(&m.bench, 1.0);
	s = ask(&m.bench, ":READ?\n");
	assert_near(take(&s), 1.2215 + 6.0 * 3.8138e-3, 0.003);
	bench_close(&m.bench);
}

static void the_limit_trips_when_the_chip_is_open(void **state)
{
	struct meter m;

	(void)state;
	open_meter(&m, "{type: sim, faults: [{kind: open_heater, at: 1 s}]}",
		   &emulator_scpi_codec);
	silent(&m, heat);
	expect(&m.bench, ":SOUR:CURR:VLIM:TRIP?;:OUTP?\n", "0;1\n");
	wait_for(&m.bench, 2.0);
	expect(&m.bench, ":SOUR:CURR:VLIM:TRIP?;:OUTP?\n", "1;1\n");
	bench_close(&m.bench);
}

static void a_reading_with_the_output_off_is_left_out(void **state)
{
	struct meter m;

	(void)state;
	open_scpi(&m);
	expect(&m.bench, ":READ?\n", "");
	expect(&m.bench, ":SYST:ERR?\n", "-803,\"Output is off\"\n");
	expect(&m.bench, ":SYST:ERR?\n", "0,\"No error\"\n");
	expect(&m.bench, ":READ?;:SOUR:CURR:VLIM:TRIP?;:OUTP?\n", "0;0\n");
	bench_close(&m.bench);
}

static void what_is_set_can_be_asked(void **state)
{
	struct meter m;

	(void)state;
	open_scpi(&m);
	expect(&m.bench, "*IDN?\n",
	       "KEITHLEY INSTRUMENTS,MODEL 2450,04400123,1.7.12b\n");
	expect(&m.bench, "*LANG?\n", "SCPI\n");
	silent(&m, ":source:current:level:immediate:amplitude 1E-3\r");
	expect(&m.bench, ":SOUR:CURR?\n", "1.000000E-03\n");
	expect(&m.bench, ":SOUR:FUNC?\n", "VOLT\n");
	silent(&m, ":SOUR:CURR:VLIM 5\n");
	expect(&m.bench, ":SOUR:CURR:VLIM?\n", "5.000000E+00\n");
	silent(&m, "*RST\n");
	expect(&m.bench, ":SOUR:CURR?\n", "0.000000E+00\n");
	bench_close(&m.bench);
}

static void mistakes_are_in_the_queue_and_change_nothing(void **state)
{
	struct meter m;

	(void)state;
	open_scpi(&m);
	expect(&m.bench, ":SOUR:CURRRENT 1\n", "");
	expect(&m.bench, ":SOUR:CURR 5\n", "");
	expect(&m.bench, ":SOUR:CURR x\n", "");
	expect(&m.bench, ":SOUR:CURR\n", "");
	expect(&m.bench, ":SYST:ERR:COUN?\n", "4\n");
	expect(&m.bench, ":SYST:ERR?\n", "-113,\"Undefined header\"\n");
	expect(&m.bench, ":SYST:ERR?\n",
	       "-222,\"Parameter data out of range\"\n");
	expect(&m.bench, ":SYST:ERR?\n", "-104,\"Data type error\"\n");
	expect(&m.bench, ":SYST:ERR?\n", "-109,\"Missing parameter\"\n");
	expect(&m.bench, ":SOUR:CURR?\n", "0.000000E+00\n");
	bench_close(&m.bench);
}

static void headers_are_abbreviated_in_two_ways_only(void **state)
{
	static const char pattern[] = ":SOURce:CURRent[:LEVel][:IMMediate]";

	(void)state;
	assert_true(emulator_scpi_match(pattern, ":SOUR:CURR"));
	assert_true(emulator_scpi_match(pattern, ":sour1:current:imm"));
	assert_true(emulator_scpi_match(pattern, ":SOURCE:CURR:LEV:IMM"));
	assert_false(emulator_scpi_match(pattern, ":SOURC:CURR"));
	assert_false(emulator_scpi_match(pattern, ":SOUR:CURR:RANG"));
	assert_false(emulator_scpi_match(pattern, ":SOUR"));
	assert_false(emulator_scpi_match(pattern, "SOUR:CURR"));
}

static void the_queue_of_errors_has_an_end(void **state)
{
	struct meter m;

	(void)state;
	open_scpi(&m);
	for (int i = 0; i < 3 * METER_ERRORS_MAX; i++)
		ask(&m.bench, "NONSENSE\n");
	assert_int_equal(m.meter.n_errors, METER_ERRORS_MAX);
	assert_int_equal(m.meter.errors[METER_ERRORS_MAX - 1].code, -350);
	bench_close(&m.bench);
}

static const char heat_tsp[] =
	"smua.sense=smua.SENSE_REMOTE smua.source.func=smua.OUTPUT_DCAMPS "
	"smua.source.limitv=10 smua.source.leveli=3.8138e-3 "
	"smua.source.output=1\n";

static void tsp_measures_the_same_chip(void **state)
{
	struct meter m;
	const char *s;
	double current;

	(void)state;
	open_tsp(&m);
	silent(&m, heat_tsp);
	wait_for(&m.bench, 1.0);
	s = ask(&m.bench, "print(smua.measure.iv())\n");
	current = take(&s);
	assert_near(take(&s) / current, 320.45, 0.5);
	expect(&m.bench, "print(smua.source.compliance,smua.source.output)\n",
	       "false\t1.00000e+00\n");
	bench_close(&m.bench);
}

static void tsp_switches_off_in_one_line(void **state)
{
	struct meter m;

	(void)state;
	open_tsp(&m);
	silent(&m, heat_tsp);
	silent(&m, "*TRG\n");
	silent(&m, "smua.source.leveli=0 smua.source.output=0\n");
	assert_false(m.bench.b.sim->chip.output);
	expect(&m.bench, "print(smua.source.leveli)\n", "0.00000e+00\n");
	bench_close(&m.bench);
}

static void tsp_errors_go_to_the_queue(void **state)
{
	struct meter m;

	(void)state;
	open_tsp(&m);
	expect(&m.bench, "smua.source.leveli=99\n", "");
	expect(&m.bench, "smua.nothing.here()\n", "");
	expect(&m.bench, "smua.source.leveli=\n", "");
	expect(&m.bench, "print(1\n", "");
	expect(&m.bench, "print(errorqueue.count)\n", "4.00000e+00\n");
	expect(&m.bench, "print(errorqueue.next())\n",
	       "-2.22000e+02\tParameter data out of range\t2.00000e+01\t"
	       "1.00000e+00\n");
	silent(&m, "errorqueue.clear()\n");
	expect(&m.bench, "print(errorqueue.next())\n",
	       "0.00000e+00\tQueue Is Empty\t0.00000e+00\t1.00000e+00\n");
	bench_close(&m.bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(four_wires_measure_the_resistance_at_600),
		cmocka_unit_test(two_wires_see_the_leads),
		cmocka_unit_test(the_limit_trips_when_the_chip_is_open),
		cmocka_unit_test(a_reading_with_the_output_off_is_left_out),
		cmocka_unit_test(what_is_set_can_be_asked),
		cmocka_unit_test(mistakes_are_in_the_queue_and_change_nothing),
		cmocka_unit_test(headers_are_abbreviated_in_two_ways_only),
		cmocka_unit_test(the_queue_of_errors_has_an_end),
		cmocka_unit_test(tsp_measures_the_same_chip),
		cmocka_unit_test(tsp_switches_off_in_one_line),
		cmocka_unit_test(tsp_errors_go_to_the_queue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
