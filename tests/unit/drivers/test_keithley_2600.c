/* A Keithley 2600 byte by byte. */
#include "scripted_meter.h"

#define MODEL "Keithley Instruments Inc., Model 2602B, 4400456, 3.3.5"
#define NO_ERROR "0.00000e+00\tQueue Is Empty\t0.00000e+00\t1.00000e+00"
#define SAY(words)                                                             \
	{ "*TRG", NULL },                                                      \
	{                                                                      \
		words, NULL                                                    \
	}
#define ASK(words, answer)                                                     \
	{ "*TRG", NULL },                                                      \
	{                                                                      \
		words, answer                                                  \
	}
#define ERRORS ASK("print(errorqueue.next())", NO_ERROR)
#define CHECKS                                                                 \
	ASK("print(smua.sense)", "1.00000e+00"),                               \
		ASK("print(smua.source.func)", "0.00000e+00"),                 \
		ASK("print(smua.source.limitv)", "1.20000e+01")
#define OFF "smua.source.leveli=0 smua.source.output=0"
#define IS_OFF(answer) ASK("print(smua.source.output)", answer)
#define SET_UP                                                                 \
	{ "*IDN?", MODEL }, SAY(OFF), SAY("smua.reset()"),                     \
		SAY("errorqueue.clear()"), SAY("localnode.prompts=0"),         \
		SAY("smua.sense=smua.SENSE_REMOTE"),                           \
		SAY("smua.source.func=smua.OUTPUT_DCAMPS"),                    \
		SAY("smua.source.rangei=0.04"), SAY("smua.source.limitv=12"),  \
		SAY("smua.source.leveli=0"), SAY("smua.measure.rangev=12"),    \
		SAY("smua.measure.nplc=0.1")
#define CHECKED ERRORS, CHECKS, IS_OFF("0.00000e+00"), ERRORS
#define ARMED                                                                  \
	SAY("localnode.prompts4882=0"),                                        \
		SAY("function gascell(i,t) trigger.clear() "                   \
		    "if smua.source.output==0 then print(\"off\") return end " \
		    "smua.source.leveli=i "                                    \
		    "print(smua.source.compliance,smua.source.output,"         \
		    "errorqueue.count,smua.measure.iv()) "                     \
		    "if not trigger.wait(t) then smua.source.leveli=0 "        \
		    "smua.source.output=0 end end")
#define ON CHECKS, SAY("smua.source.leveli=0.0001 smua.source.output=1"), ERRORS
#define COLD "false\t1.00000e+00\t0.00000e+00\t1.00000e-04\t1.59000e-02"
#define PROBE "gascell(0.0001,1)"

static const struct said opens[] = { SET_UP, ARMED, CHECKED, { 0 } };
static const struct said begins[] = { ON, ASK(PROBE, COLD), { 0 } };

static void begin_with(struct meter *m, const char *params,
		       const struct said *open, const struct said *start)
{
	meter_start(m, "keithley-2600", "\n", params);
	meter_begin(m, open, start);
}

static void begin(struct meter *m)
{
	begin_with(m,
		   "expect: {model: 2602B, serial: \"4400456\"}\n"
		   "reply: 100 ms\n" CHIP,
		   opens, begins);
}

static void it_opens_with_its_dead_man_and_probes(void **state)
{
	struct meter m;

	(void)state;
	begin(&m);
	assert_true(fabs(meter_value(&m, "temperature") - 21.3) < 0.1);
	assert_true(fabs(meter_value(&m, "current") - 0.1) < 1e-9);
	meter_stop(&m);
}

static void without_a_dead_man_it_uses_plain_commands(void **state)
{
	static const struct said plain[] = { SET_UP, CHECKED, { 0 } };
	static const struct said start[] = {
		ON,
		ASK("smua.source.leveli=0.0001 print(smua.source.compliance,"
		    "smua.source.output,errorqueue.count,smua.measure.iv())",
		    COLD),
		{ 0 },
	};
	struct meter m;

	(void)state;
	begin_with(&m, "dead_man: 0 s\n" CHIP, plain, start);
	assert_true(fabs(meter_value(&m, "temperature") - 21.3) < 0.1);
	meter_stop(&m);
}

static void expect_off(const char *answer, const char *why)
{
	const struct said script[] = {
		ASK(PROBE, answer),
		ASK(PROBE, answer),
		SAY(OFF),
		{ 0 },
	};
	struct meter m;

	begin(&m);
	meter_expect_fault(&m, script, why);
	meter_stop(&m);
}

static void what_the_dead_man_switched_off_is_a_fault(void **state)
{
	(void)state;
	expect_off("off", "output is off");
}

static void compliance_is_a_fault(void **state)
{
	(void)state;
	expect_off("true\t1.00000e+00\t0.00000e+00\t1.00000e-04\t1.59000e-02",
		   "limit");
}

static void no_number_is_a_fault(void **state)
{
	(void)state;
	expect_off("false\t1.00000e+00\t0.00000e+00\t9.91000e+37\t"
		   "9.91000e+37",
		   "no number");
	expect_off("false\t1.00000e+00\t0.00000e+00\tnan\tnan", "no number");
}

static void an_error_in_the_queue_is_told_and_cleared(void **state)
{
	static const struct said script[] = {
		ASK(PROBE, "false\t1.00000e+00\t1.00000e+00\t1.00000e-04\t"
			   "1.59000e-02"),
		{ 0 },
	};
	static const struct said again[] = {
		ASK("*IDN?", MODEL),
		CHECKS,
		ASK("print(errorqueue.next())",
		    "-2.86000e+02\tTSP Runtime error\t2.00000e+01\t1"),
		ERRORS,
		{ 0 },
	};
	struct meter m;

	(void)state;
	begin(&m);
	meter_turn_with(&m, script);
	assert_int_equal(meter_poll(&m), -1);
	meter_turn_with(&m, again);
	assert_int_equal(meter_poll(&m), -1);
	assert_non_null(strstr(m.err.msg, "TSP Runtime error"));
	meter_stop(&m);
}

static void safe_first_ends_what_the_dead_man_waits_in(void **state)
{
	static const struct said off[] = { SAY(OFF), { 0 } };
	struct meter m;

	(void)state;
	begin(&m);
	meter_expect(&m, off);
	assert_int_equal(m.dev.driver->safe(&m.dev, &m.err), 0);
	meter_done(&m);
	meter_stop(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_opens_with_its_dead_man_and_probes),
		cmocka_unit_test(without_a_dead_man_it_uses_plain_commands),
		cmocka_unit_test(what_the_dead_man_switched_off_is_a_fault),
		cmocka_unit_test(compliance_is_a_fault),
		cmocka_unit_test(no_number_is_a_fault),
		cmocka_unit_test(an_error_in_the_queue_is_told_and_cleared),
		cmocka_unit_test(safe_first_ends_what_the_dead_man_waits_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
