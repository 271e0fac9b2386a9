/* A Keithley 2450 byte by byte. */
#include "scripted_meter.h"

#define MODEL "KEITHLEY INSTRUMENTS,MODEL 2450,04400123,1.7.12b"
#define NO_ERROR "0,\"No error;0;0 1970/01/01 00:00:00.000\""
#define CHECKS                                                                 \
	{ "*LANG?", "SCPI" }, { ":SENS:VOLT:RSEN?", "1" },                     \
		{ ":SOUR:FUNC?", "CURR" },                                     \
	{                                                                      \
		":SOUR:CURR:VLIM?", "12"                                       \
	}
#define PROBE                                                                  \
	":SOUR:CURR 0.0001;:READ? \"defbuffer1\",SOUR,READ;"                   \
	":SOUR:CURR:VLIM:TRIP?;:OUTP?"
#define COLD "1.000000E-04,1.590000E-02;0;1"
#define OFF ":SOUR:CURR 0;:OUTP OFF"

static const struct said opens[] = {
	{ "*IDN?", MODEL },
	{ OFF, NULL },
	{ "*RST", NULL },
	{ "*CLS", NULL },
	{ ":SENS:FUNC \"VOLT\"", NULL },
	{ ":SENS:VOLT:RSEN ON", NULL },
	{ ":SENS:VOLT:NPLC 0.1", NULL },
	{ ":SOUR:FUNC CURR", NULL },
	{ ":SOUR:CURR:VLIM 12", NULL },
	{ ":SOUR:CURR:RANG 0.04", NULL },
	{ ":SENS:VOLT:RANG 12", NULL },
	{ ":SOUR:CURR:READ:BACK ON", NULL },
	{ ":SOUR:CURR 0", NULL },
	{ ":SYST:ERR?", NO_ERROR },
	CHECKS,
	{ ":OUTP?", "0" },
	{ ":SYST:ERR?", NO_ERROR },
	{ 0 },
};
static const struct said begins[] = {
	CHECKS,
	{ ":SOUR:CURR 0.0001;:OUTP ON", NULL },
	{ ":SYST:ERR?", NO_ERROR },
	{ PROBE, COLD },
	{ 0 },
};

static void begin(struct meter *m)
{
	meter_start(m, "keithley-2450", "\n",
		    "reply: 100 ms\nexpect: {serial: \"04400123\"}\n" CHIP);
	meter_begin(m, opens, begins);
}

static void it_opens_and_probes(void **state)
{
	struct meter m;

	(void)state;
	begin(&m);
	assert_true(fabs(meter_value(&m, "temperature") - 21.3) < 0.1);
	assert_true(fabs(meter_value(&m, "current") - 0.1) < 1e-9);
	assert_true(fabs(meter_value(&m, "voltage") - 0.0159) < 1e-9);
	assert_true(meter_value(&m, "output") == 0.0);
	meter_stop(&m);
}

static void looked_at_it_is_asked_and_not_told(void **state)
{
	static const struct said looks[] = {
		{ "*IDN?", MODEL },
		{ ":OUTP?", "1" },
		{ ":OUTP?", "0" },
		{ 0 },
	};
	struct device_fact fact;
	struct meter m;

	(void)state;
	meter_start(&m, "keithley-2450", "\n",
		    "expect: {serial: \"04400123\"}\n");
	meter_expect(&m, looks);
	assert_int_equal(m.dev.driver->look(&m.dev, &m.err), 0);
	assert_true(m.dev.driver->fact(&m.dev, 1, &fact));
	assert_string_equal(fact.value, "04400123");
	assert_true(isnan(meter_value(&m, "output")));
	assert_true(meter_value(&m, "output") == 0.0);
	assert_int_equal(m.dev.driver->write(&m.dev, 0, 30.0, &m.err), -1);
	m.dev.driver->close(&m.dev);
	meter_done(&m);
	meter_stop(&m);
}

static void another_language_is_refused(void **state)
{
	struct said script[sizeof(opens) / sizeof(*opens)];
	struct meter m;

	(void)state;
	memcpy(script, opens, sizeof(opens));
	for (size_t i = 0; script[i].expect; i++) {
		if (strcmp(script[i].expect, "*LANG?"))
			continue;
		script[i].answer = "SCPI2400";
		script[i + 1].expect = NULL;
	}
	meter_start(&m, "keithley-2450", "\n", CHIP);
	meter_expect(&m, script);
	assert_int_equal(meter_open(&m), -1);
	assert_int_equal(m.err.code, ERR_STATE);
	assert_non_null(strstr(m.err.msg, "SCPI2400"));
	meter_stop(&m);
}

/* The same answer twice, after which it must be off. */
static void expect_off(const char *answer, const char *why)
{
	const struct said script[] = {
		{ PROBE, answer },
		{ PROBE, answer },
		{ OFF, NULL },
		{ 0 },
	};
	struct meter m;

	begin(&m);
	meter_expect_fault(&m, script, why);
	meter_stop(&m);
}

static void a_tripped_limit_is_a_fault(void **state)
{
	(void)state;
	expect_off("1.000000E-04,1.590000E-02;1;1", "limit");
}

static void an_output_that_is_off_is_a_fault(void **state)
{
	(void)state;
	expect_off("0;0", "output is off");
}

static void no_number_is_a_fault(void **state)
{
	(void)state;
	expect_off("1.000000E-04,9.910000E+37;0;1", "no number");
	expect_off("9.900000E+37,1.590000E-02;0;1", "no number");
}

static void another_shape_of_answer_is_an_error(void **state)
{
	static const char *const wrong[] = {
		"1.000000E-04;0;1",
		"1.000000E-04,1.59E-02",
		"",
		"1.000000E-04,1.590000E-02;0;1;0",
		"1.0E-04,1.59E-02;0;x",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		const struct said script[] = { { PROBE, wrong[i] }, { 0 } };
		struct meter m;

		begin(&m);
		meter_turn_with(&m, script);
		assert_int_equal(meter_poll(&m), -1);
		assert_int_equal(m.err.code, ERR_PROTOCOL);
		meter_stop(&m);
	}
}

static void the_error_queue_is_looked_at_now_and_then(void **state)
{
	static const struct said probes[] = { { PROBE, COLD }, { 0 } };
	static const struct said errors[] = {
		{ PROBE, COLD },
		{ ":SYST:ERR?", "-222,\"Out of range\"" },
		{ ":SYST:ERR?", NO_ERROR },
		{ 0 },
	};
	struct meter m;
	int i;

	(void)state;
	begin(&m);
	for (i = 0; i < 23; i++) {
		meter_expect(&m, probes);
		meter_turn(&m);
	}
	meter_turn_with(&m, errors);
	assert_int_equal(meter_poll(&m), -1);
	assert_non_null(strstr(m.err.msg, "Out of range"));
	meter_stop(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_opens_and_probes),
		cmocka_unit_test(looked_at_it_is_asked_and_not_told),
		cmocka_unit_test(another_language_is_refused),
		cmocka_unit_test(a_tripped_limit_is_a_fault),
		cmocka_unit_test(an_output_that_is_off_is_a_fault),
		cmocka_unit_test(no_number_is_a_fault),
		cmocka_unit_test(another_shape_of_answer_is_an_error),
		cmocka_unit_test(the_error_queue_is_looked_at_now_and_then),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
