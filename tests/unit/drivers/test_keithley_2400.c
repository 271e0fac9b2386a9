/* A Keithley 2400 byte by byte, and what all source meters share. */
#include "scripted_meter.h"

#define MODEL "KEITHLEY INSTRUMENTS INC.,MODEL 2400,1234567,C30   Mar 17"
#define NO_ERROR "0,\"No error\""
#define CHECKS                                                                 \
	{ ":SYST:RSEN?", "1" }, { ":SOUR:FUNC?", "CURR" },                     \
	{                                                                      \
		":SENS:VOLT:PROT?", "1.200000E+01"                             \
	}
#define OPENS                                                                  \
	{ "*IDN?", MODEL }, { ":SOUR:CURR:LEV 0;:OUTP OFF", NULL },            \
		{ "*RST", NULL }, { "*CLS", NULL }, { ":SYST:RSEN ON", NULL }, \
		{ ":SOUR:FUNC CURR", NULL }, { ":SOUR:CURR:MODE FIX", NULL },  \
		{ ":SOUR:CURR:RANG 0.04", NULL },                              \
		{ ":SOUR:CURR:LEV 0", NULL },                                  \
		{ ":SENS:FUNC \"VOLT\",\"CURR\"", NULL },                      \
		{ ":SENS:VOLT:PROT 12", NULL },                                \
		{ ":SENS:VOLT:RANG 12", NULL },                                \
		{ ":SENS:VOLT:NPLC 0.1", NULL },                               \
		{ ":FORM:ELEM VOLT,CURR,STAT", NULL },                         \
		{ ":SYST:ERR?", NO_ERROR }, CHECKS, { ":OUTP?", "0" },         \
	{                                                                      \
		":SYST:ERR?", NO_ERROR                                         \
	}
#define ON                                                                     \
	CHECKS, { ":SOUR:CURR:LEV 0.0001;:OUTP ON", NULL },                    \
	{                                                                      \
		":SYST:ERR?", NO_ERROR                                         \
	}
#define PROBE ":SOUR:CURR:LEV 0.0001;:READ?"
/* 159 ohm, 21.3 degC. */
#define COLD "+1.590000E-02,+1.000000E-04,+2.150800E+04"
#define OPENED "+1.200000E+01,+1.000000E-09,+2.151600E+04"
#define NOTHING "+9.910000E+37,+9.910000E+37,+2.150800E+04"
#define OFF ":SOUR:CURR:LEV 0;:OUTP OFF"

static const struct said opens[] = { OPENS, { 0 } };
static const struct said begins[] = { ON, { PROBE, COLD }, { 0 } };
static const struct said probes[] = { { PROBE, COLD }, { 0 } };

static void start(struct meter *m)
{
	meter_start(m, "keithley-2400", "\r\n",
		    "reply: 100 ms\nexpect: {serial: \"1234567\"}\n" CHIP);
}

static void open_it(struct meter *m)
{
	start(m);
	meter_expect(m, opens);
	if (meter_open(m))
		fail_msg("%s; %s", m->err.msg, m->wrong);
	meter_done(m);
}

static int started(void **state)
{
	start(meter_new(state));
	return 0;
}

static int opened(void **state)
{
	open_it(meter_new(state));
	return 0;
}

static int begun(void **state)
{
	struct meter *m = meter_new(state);

	start(m);
	meter_begin(m, opens, begins);
	return 0;
}

static void it_is_set_up_and_left_off(void **state)
{
	struct meter *m = *state;

	assert_true(meter_value(m, "output") == 0.0);
	assert_true(meter_value(m, "current") == 0.0);
	assert_true(isnan(m->values[0]));
}

static void another_serial_number_is_refused_before_a_write(void **state)
{
	static const struct said script[] = {
		{ "*IDN?", "KEITHLEY INSTRUMENTS INC.,MODEL 2400,7,C30" },
		{ 0 },
	};
	struct meter *m = *state;

	meter_expect(m, script);
	assert_int_equal(meter_open(m), -1);
	assert_int_equal(m->err.code, ERR_IDENTITY);
	assert_non_null(strstr(m->err.msg, "1234567"));
	assert_non_null(strstr(m->err.msg, "is 7"));
	meter_done(m);
}

static void another_model_is_refused_before_a_write(void **state)
{
	static const struct said script[] = {
		{ "*IDN?", "KEITHLEY INSTRUMENTS,MODEL 2450,1234567,1.7" },
		{ 0 },
	};
	struct meter *m = *state;

	meter_expect(m, script);
	assert_int_equal(meter_open(m), -1);
	assert_int_equal(m->err.code, ERR_IDENTITY);
	meter_done(m);
}

/* The n-th thing that it says is wrong: it never goes on to the output. */
static void a_limit_that_does_not_read_back_is_refused(void **state)
{
	struct said script[] = { OPENS, { 0 } };
	struct meter *m = *state;

	for (size_t i = 0; script[i].expect; i++) {
		if (strcmp(script[i].expect, ":SENS:VOLT:PROT?"))
			continue;
		script[i].answer = "2.100000E+01";
		script[i + 1].expect = NULL;
	}
	meter_expect(m, script);
	assert_int_equal(meter_open(m), -1);
	assert_int_equal(m->err.code, ERR_STATE);
	meter_done(m);
}

static void an_error_in_the_queue_fails_the_set_up(void **state)
{
	struct said script[] = { OPENS, { 0 } };
	static const struct said drained[] = {
		{ ":SYST:ERR?", "-113,\"Undefined header\"" },
		{ ":SYST:ERR?", NO_ERROR },
		{ 0 },
	};
	size_t first = 0;
	struct meter *m = *state;

	while (strcmp(script[first].expect, ":SYST:ERR?"))
		first++;
	memcpy(&script[first], drained, sizeof(drained));
	meter_expect(m, script);
	assert_int_equal(meter_open(m), -1);
	assert_non_null(strstr(m->err.msg, "Undefined header"));
	meter_done(m);
}

static void it_probes_with_the_limits_read_back_first(void **state)
{
	struct meter *m = *state;

	assert_true(fabs(meter_value(m, "temperature") - 21.3) < 0.1);
	assert_true(fabs(meter_value(m, "resistance") - 159.0) < 0.01);
	assert_true(fabs(meter_value(m, "power") - 0.00159) < 1e-6);
	assert_true(meter_value(m, "output") == 0.0);
}

static void the_first_poll_already_knows_the_temperature(void **state)
{
	struct meter *m = *state;

	meter_expect(m, begins);
	m->dev.now += NSEC_PER_S;
	assert_true(fabs(meter_value(m, "temperature") - 21.3) < 0.1);
	meter_done(m);
}

static void it_heats_when_told(void **state)
{
	static const struct said higher[] = { { PROBE, COLD }, { 0 } };
	struct meter *m = *state;

	assert_int_equal(meter_write(m, "temperature", 100.0), 0);
	assert_int_equal(meter_write(m, "output", 1.0), 0);
	meter_turn_with(m, higher);
	assert_int_equal(m->err.code, ERR_NONE);
	assert_true(meter_value(m, "output") == 1.0);
	assert_true(meter_value(m, "setpoint") == 100.0);
}

static void output_off_is_the_probe_current_at_once(void **state)
{
	static const struct said lower[] = {
		{ ":SOUR:CURR:LEV 0.0001", NULL },
		{ 0 },
	};
	struct meter *m = *state;

	meter_write(m, "temperature", 100.0);
	meter_write(m, "output", 1.0);
	meter_turn_with(m, probes);
	meter_expect(m, lower);
	assert_int_equal(meter_write(m, "output", 0.0), 0);
	meter_done(m);
	meter_turn_with(m, probes);
	assert_true(meter_value(m, "output") == 0.0);
}

static void heating_is_refused_while_the_output_is_off(void **state)
{
	struct meter *m = *state;

	assert_int_equal(meter_write(m, "output", 1.0), -1);
	assert_int_equal(m->err.code, ERR_STATE);
}

static void a_setpoint_above_the_chips_limit_is_refused(void **state)
{
	struct meter *m = *state;

	assert_int_equal(meter_write(m, "temperature", 1001.0), -1);
	assert_int_equal(m->err.code, ERR_RANGE);
}

static void an_open_heater_is_off_after_two_readings(void **state)
{
	static const struct said one[] = { { PROBE, OPENED }, { 0 } };
	static const struct said two[] = {
		{ PROBE, OPENED },
		{ OFF, NULL },
		{ 0 },
	};
	static const struct said looks[] = {
		{ OFF, NULL },
		{ ":OUTP?", "0" },
		{ ":SYST:ERR?", NO_ERROR },
		{ 0 },
	};
	struct meter *m = *state;

	meter_turn_with(m, one);
	assert_int_equal(m->err.code, ERR_NONE);
	meter_turn_with(m, two);
	assert_int_equal(m->err.code, ERR_STATE);
	assert_non_null(strstr(m->err.msg, "open"));
	assert_true(isnan(meter_value(m, "temperature")));
	assert_true(isnan(meter_value(m, "resistance")));
	assert_true(isnan(meter_value(m, "output")));
	meter_turn_with(m, looks);
	assert_true(meter_value(m, "output") == 0.0);
	assert_true(isnan(meter_value(m, "temperature")));
}

static void after_a_rest_it_probes_again(void **state)
{
	static const struct said two[] = {
		{ PROBE, OPENED },
		{ PROBE, OPENED },
		{ OFF, NULL },
		{ OFF, NULL },
		{ ":OUTP?", "0" },
		{ ":SYST:ERR?", NO_ERROR },
		{ 0 },
	};
	struct meter *m = *state;

	meter_expect(m, two);
	for (int i = 0; i < 3 + 10; i++)
		meter_turn(m);
	meter_done(m);
	m->dev.now += 3 * NSEC_PER_S;
	meter_turn_with(m, begins);
	assert_true(fabs(meter_value(m, "temperature") - 21.3) < 0.1);
	assert_true(meter_value(m, "output") == 0.0);
}

static void no_number_is_never_a_reading(void **state)
{
	static const struct said none[] = {
		{ PROBE, NOTHING },
		{ PROBE, NOTHING },
		{ OFF, NULL },
		{ 0 },
	};
	struct meter *m = *state;

	meter_expect(m, none);
	meter_turn(m);
	meter_turn(m);
	meter_done(m);
	assert_int_equal(m->err.code, ERR_STATE);
	assert_true(isnan(meter_value(m, "temperature")));
}

static void safe_needs_nothing_read(void **state)
{
	static const struct said off[] = { { OFF, NULL }, { 0 } };
	struct meter *m = *state;

	for (int i = 0; i < 3; i++) {
		meter_expect(m, off);
		assert_int_equal(m->dev.driver->safe(&m->dev, &m->err), 0);
		meter_done(m);
	}
}

static void after_safe_it_stays_off_for_a_while(void **state)
{
	static const struct said off[] = {
		{ OFF, NULL },
		{ OFF, NULL },
		{ ":OUTP?", "0" },
		{ ":SYST:ERR?", NO_ERROR },
		{ 0 },
	};
	struct meter *m = *state;

	meter_expect(m, off);
	assert_int_equal(m->dev.driver->safe(&m->dev, &m->err), 0);
	for (int i = 0; i < 20; i++)
		meter_turn(m);
	meter_done(m);
}

#define AGAIN                                                                  \
	{ "*IDN?", MODEL }, CHECKS,                                            \
	{                                                                      \
		":SYST:ERR?", NO_ERROR                                         \
	}

static void no_answer_is_an_error_and_then_it_identifies_again(void **state)
{
	static const struct said silent[] = { { PROBE, NULL }, { 0 } };
	static const struct said again[] = {
		AGAIN,
		{ ":OUTP?", "1" },
		{ PROBE, COLD },
		{ 0 },
	};
	struct meter *m = *state;

	meter_turn_with(m, silent);
	assert_int_equal(meter_poll(m), -1);
	assert_int_equal(m->err.code, ERR_TIMEOUT);
	meter_turn_with(m, again);
	assert_true(fabs(meter_value(m, "temperature") - 21.3) < 0.1);
}

/* On a line that cannot be connected anew the late answer is still to come. */
static void a_late_answer_is_never_a_reading(void **state)
{
	static const struct said late[] = {
		{ PROBE, LATE "+3.200000E-02,+1.000000E-04,+2.150800E+04" },
		{ 0 },
	};
	static const struct said again[] = {
		AGAIN,		 { ":OUTP?", "1" }, { PROBE, COLD },
		{ PROBE, COLD }, { PROBE, COLD },   { 0 },
	};
	struct meter m;

	(void)state;
	meter_start_on_pty(&m, "keithley-2400", "\r\n", "reply: 100 ms\n" CHIP);
	meter_begin(&m, opens, begins);
	meter_expect(&m, late);
	meter_turn(&m);
	assert_int_equal(meter_poll(&m), -1);
	assert_int_equal(m.err.code, ERR_TIMEOUT);
	meter_expect(&m, again);
	for (int i = 0; i < 3; i++) {
		meter_turn(&m);
		assert_true(fabs(meter_value(&m, "resistance") - 159.0) < 0.01);
	}
	meter_done(&m);
	meter_stop(&m);
}

static void a_line_that_hangs_up_is_found_again(void **state)
{
	static const struct said gone[] = { { PROBE, HANG_UP }, { 0 } };
	static const struct said again[] = {
		AGAIN,
		{ ":OUTP?", "1" },
		{ PROBE, COLD },
		{ 0 },
	};
	struct meter *m = *state;

	meter_turn_with(m, gone);
	assert_int_equal(meter_poll(m), -1);
	assert_int_equal(m->err.code, ERR_IO);
	meter_turn_with(m, again);
	assert_true(fabs(meter_value(m, "temperature") - 21.3) < 0.1);
}

static void another_meter_on_the_line_is_never_written_to(void **state)
{
	static const struct said gone[] = { { PROBE, HANG_UP }, { 0 } };
	static const struct said other[] = {
		{ "*IDN?", "KEITHLEY INSTRUMENTS INC.,MODEL 2400,8,C30" },
		{ 0 },
	};
	struct meter *m = *state;

	meter_turn_with(m, gone);
	meter_expect(m, other);
	meter_turn(m);
	assert_int_equal(meter_poll(m), -1);
	assert_int_equal(m->err.code, ERR_IDENTITY);
}

static void a_meter_that_has_reset_itself_is_switched_off(void **state)
{
	static const struct said gone[] = { { PROBE, HANG_UP }, { 0 } };
	static const struct said reset[] = {
		{ "*IDN?", MODEL },
		{ ":SYST:RSEN?", "0" },
		{ OFF, NULL },
		{ 0 },
	};
	struct meter *m = *state;

	meter_turn_with(m, gone);
	meter_turn_with(m, reset);
	assert_int_equal(m->err.code, ERR_STATE);
	assert_int_equal(meter_poll(m), -1);
}

static void half_an_answer_is_none(void **state)
{
	static const struct said half[] = {
		{ PROBE, "+1.590000E-02,+1.0000" },
		{ 0 },
	};
	struct meter *m = *state;

	meter_turn_with(m, half);
	assert_int_equal(meter_poll(m), -1);
	assert_int_equal(m->err.code, ERR_PROTOCOL);
}

static void an_old_reading_is_none(void **state)
{
	struct meter *m = *state;

	m->dev.now += 39 * NSEC_PER_MS;
	assert_true(!isnan(meter_value(m, "temperature")));
	meter_expect(m, (const struct said[]){ { PROBE, NOTHING }, { 0 } });
	m->dev.now += NSEC_PER_S;
	assert_true(isnan(meter_value(m, "temperature")));
	assert_true(isnan(meter_value(m, "output")));
}

static void params_are_looked_at_before_anything_is_sent(void **state)
{
	static const char *const wrong[] = {
		"probe: 0.1 mA\n", /* no chip */
		CHIP "prob: 0.1 mA\n",
		CHIP "probe: 30 mA\n",
		CHIP "loop: 1 h\n",
		CHIP "dead_man: 1 s\n",
		CHIP "terminator: NUL\n",
		CHIP "expect: {gas: H2}\n",
		"chip: {serial: x, resistance: [0, 0.3, 150]}\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct meter m;

		meter_start(&m, "keithley-2400", "\r\n", wrong[i]);
		assert_int_equal(meter_open(&m), -1);
		assert_int_equal(m.err.code, ERR_INVALID);
		meter_stop(&m);
		assert_string_equal(m.wrong, "");
	}
}

#define WITH(meter, test)                                                      \
	cmocka_unit_test_setup_teardown(test, meter, meter_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(opened, it_is_set_up_and_left_off),
		WITH(started, another_serial_number_is_refused_before_a_write),
		WITH(started, another_model_is_refused_before_a_write),
		WITH(started, a_limit_that_does_not_read_back_is_refused),
		WITH(started, an_error_in_the_queue_fails_the_set_up),
		WITH(begun, it_probes_with_the_limits_read_back_first),
		WITH(opened, the_first_poll_already_knows_the_temperature),
		WITH(begun, it_heats_when_told),
		WITH(begun, output_off_is_the_probe_current_at_once),
		WITH(opened, heating_is_refused_while_the_output_is_off),
		WITH(opened, a_setpoint_above_the_chips_limit_is_refused),
		WITH(begun, an_open_heater_is_off_after_two_readings),
		WITH(begun, after_a_rest_it_probes_again),
		WITH(begun, no_number_is_never_a_reading),
		WITH(begun, safe_needs_nothing_read),
		WITH(begun, after_safe_it_stays_off_for_a_while),
		WITH(begun, no_answer_is_an_error_and_then_it_identifies_again),
		cmocka_unit_test(a_late_answer_is_never_a_reading),
		WITH(begun, a_line_that_hangs_up_is_found_again),
		WITH(begun, another_meter_on_the_line_is_never_written_to),
		WITH(begun, a_meter_that_has_reset_itself_is_switched_off),
		WITH(begun, half_an_answer_is_none),
		WITH(begun, an_old_reading_is_none),
		cmocka_unit_test(params_are_looked_at_before_anything_is_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
