#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/quantity.h"
#include "comma.h"

struct example {
	enum quantity quantity;
	const char *s;
	double value;
};

static void expect_values(const struct example *v, size_t n)
{
	struct err err;
	double value;
	size_t i;

	for (i = 0; i < n; i++) {
		if (quantity_parse(v[i].quantity, v[i].s, &value, &err))
			fail_msg("%s", err.msg);
		if (value != v[i].value)
			fail_msg("'%s' is %.17g", v[i].s, value);
	}
}

static void expect_near(const struct example *v, size_t n)
{
	struct err err;
	double value;
	size_t i;

	for (i = 0; i < n; i++) {
		if (quantity_parse(v[i].quantity, v[i].s, &value, &err))
			fail_msg("%s", err.msg);
		if (!(fabs(value - v[i].value) <= 1e-5 * fabs(v[i].value)))
			fail_msg("'%s' is %.17g", v[i].s, value);
	}
}

static void expect_error(enum quantity q, const char *s, enum err_code code,
			 const char *msg)
{
	struct err err;
	double value = 7;

	assert_int_equal(quantity_parse(q, s, &value, &err), -1);
	assert_string_equal(err.msg, msg);
	assert_int_equal(err.code, code);
	assert_true(value == 7);
}

static void common_units_are_exact(void **state)
{
	static const struct example v[] = {
		{ QUANTITY_TEMPERATURE, "350 °C", 350 },
		{ QUANTITY_TEMPERATURE, "623.15 K", 350 },
		{ QUANTITY_TEMPERATURE, "573.15 K", 300 },
		{ QUANTITY_TEMPERATURE, "0 K", -273.15 },
		{ QUANTITY_PRESSURE, "782 Torr", 782 },
		{ QUANTITY_PRESSURE, "1013.25 mbar", 760 },
		{ QUANTITY_PRESSURE, "1013.25 hPa", 760 },
		{ QUANTITY_PRESSURE, "101.325 kPa", 760 },
		{ QUANTITY_PRESSURE, "1 atm", 760 },
		{ QUANTITY_PRESSURE, "5 mTorr", 0.005 },
		{ QUANTITY_FLOW, "0.1 sccm", 0.1 },
		{ QUANTITY_FLOW, "0.1 slm", 100 },
		{ QUANTITY_FLOW, "5 mL/min", 5 },
		{ QUANTITY_POWER, "15 µW", 0.015 },
		{ QUANTITY_POWER_RATE, "6 W/h", 100 },
		{ QUANTITY_PRESSURE_RATE, "60 Torr/min", 1 },
		{ QUANTITY_RESISTANCE, "1.2 kΩ", 1200 },
		{ QUANTITY_VOLTAGE, "7 mV", 0.007 },
		{ QUANTITY_CURRENT, "0.02 A", 20 },
		{ QUANTITY_FRACTION, "7 %", 0.07 },
		{ QUANTITY_FRACTION, "100 ppm", 1e-4 },
		{ QUANTITY_FRACTION, "0.05", 0.05 },
		{ QUANTITY_LENGTH, "30 nm", 0.03 },
		{ QUANTITY_VOLUME, "2 µL", 0.002 },
		{ QUANTITY_NUMBER, "-1e3", -1000 },
	};

	(void)state;
	expect_values(v, ARRAY_SIZE(v));
}

static void a_difference_is_no_temperature(void **state)
{
	static const struct example v[] = {
		{ QUANTITY_DIFFERENCE, "2 °C", 2 },
		{ QUANTITY_DIFFERENCE, "± 2 °C", 2 },
		{ QUANTITY_DIFFERENCE, "±2 K", 2 },
		{ QUANTITY_DIFFERENCE, "+-2 °C", 2 },
		{ QUANTITY_RATE, "20 °C/min", 20 },
		{ QUANTITY_RATE, "20 K/min", 20 },
		{ QUANTITY_RATE, "0.1 °C/min", 0.1 },
		{ QUANTITY_RATE, "2 °C/s", 120 },
		{ QUANTITY_RATE, "1200 K/h", 20 },
	};

	(void)state;
	expect_values(v, ARRAY_SIZE(v));
	expect_error(QUANTITY_TEMPERATURE, "± 2 °C", ERR_INVALID,
		     "'± 2 °C' has no number: a temperature is written like "
		     "'350 °C'");
	expect_error(QUANTITY_DIFFERENCE, "± -2 K", ERR_INVALID,
		     "'± -2 K' has two signs: a temperature difference is "
		     "written like '2 K'");
}

static void times_may_have_parts(void **state)
{
	static const struct example v[] = {
		{ QUANTITY_TIME, "10 min", 600 },
		{ QUANTITY_TIME, "1 h", 3600 },
		{ QUANTITY_TIME, "1 h 30 min", 5400 },
		{ QUANTITY_TIME, "1h30min", 5400 },
		{ QUANTITY_TIME, "1 h 2 min 5.5 s", 3725.5 },
		{ QUANTITY_TIME, "2 d", 172800 },
		{ QUANTITY_TIME, "250 ms", 0.25 },
		{ QUANTITY_TIME, "-5 s", -5 },
		{ QUANTITY_TIME, "-1 h 30 min", -5400 },
	};

	(void)state;
	expect_values(v, ARRAY_SIZE(v));
	expect_error(QUANTITY_TIME, "30 min 1 h", ERR_INVALID,
		     "'30 min 1 h' is not a sum of smaller and smaller "
		     "parts: a time is written like '10 min'");
	expect_error(QUANTITY_TIME, "1 h 5", ERR_INVALID,
		     "1 h 5 has no unit: a time is written like '10 min'");
}

static void signs_may_be_typed_in_many_ways(void **state)
{
	static const struct example v[] = {
		{ QUANTITY_TEMPERATURE, "350°C", 350 },
		{ QUANTITY_TEMPERATURE, " 350 degC ", 350 },
		{ QUANTITY_TEMPERATURE, "350 deg C", 350 },
		{ QUANTITY_TEMPERATURE, "350 ° C", 350 },
		{ QUANTITY_TEMPERATURE, "350 \u2103", 350 },
		{ QUANTITY_TEMPERATURE, "350\u00a0°C", 350 },
		{ QUANTITY_TEMPERATURE, "350 \u00baC", 350 },
		{ QUANTITY_TEMPERATURE, "\u2212196 °C", -196 },
		{ QUANTITY_RATE, "20 deg C/min", 20 },
		{ QUANTITY_POWER, "5 \u00b5W", 0.005 },
		{ QUANTITY_POWER, "5 \u03bcW", 0.005 },
		{ QUANTITY_RESISTANCE, "5 \u2126", 5 },
		{ QUANTITY_RESISTANCE, "5 \u03a9", 5 },
	};

	(void)state;
	expect_values(v, ARRAY_SIZE(v));
}

static void switches_have_words(void **state)
{
	static const struct example v[] = {
		{ QUANTITY_SWITCH, "on", 1 },
		{ QUANTITY_SWITCH, "Off", 0 },
		{ QUANTITY_SWITCH, "open", 1 },
		{ QUANTITY_SWITCH, "closed", 0 },
		{ QUANTITY_SWITCH, "unblanked", 1 },
		{ QUANTITY_SWITCH, "blanked", 0 },
		{ QUANTITY_SWITCH, "true", 1 },
		{ QUANTITY_SWITCH, "no", 0 },
	};

	(void)state;
	expect_values(v, ARRAY_SIZE(v));
	expect_error(QUANTITY_SWITCH, "maybe", ERR_INVALID,
		     "'maybe' is not a switch: write on or off, open or "
		     "closed, blanked or unblanked");
}

static void unusual_units_are_known(void **state)
{
	static const struct example v[] = {
		{ QUANTITY_TEMPERATURE, "662 degF", 350 },
		{ QUANTITY_DIFFERENCE, "3.6 °F", 2 },
		{ QUANTITY_RATE, "36 °F/min", 20 },
		{ QUANTITY_RATE, "20 K min-1", 20 },
		{ QUANTITY_PRESSURE, "30 inHg", 762 },
		{ QUANTITY_PRESSURE, "101325 N/m2", 760 },
		{ QUANTITY_PRESSURE, "101325 kg.m^-1.s^-2", 760 },
		{ QUANTITY_PRESSURE, "101325 kg·m⁻¹ s⁻²", 760 },
		{ QUANTITY_PRESSURE, "101325 N / m2", 760 },
		{ QUANTITY_VOLUME, "2 cm³", 2 },
		{ QUANTITY_FLOW, "7.43583e-7 mol/s", 1 },
		{ QUANTITY_FLOW, "1 inch^3/min", 16.387064 },
		{ QUANTITY_TIME, "1 fortnight", 1209600 },
		{ QUANTITY_LENGTH, "3 Å", 3e-4 },
	};

	(void)state;
	expect_near(v, ARRAY_SIZE(v));
	expect_near(v, ARRAY_SIZE(v)); /* the second time from the cache */
	quantity_fini();
	expect_near(v, ARRAY_SIZE(v));
}

static void a_bare_number_is_refused(void **state)
{
	int i;

	(void)state;
	expect_error(QUANTITY_TEMPERATURE, "350", ERR_INVALID,
		     "350 has no unit: a temperature is written like "
		     "'350 °C'");
	for (i = QUANTITY_TEMPERATURE; i < QUANTITY_N; i++) {
		struct err err;
		double v;

		if (i != QUANTITY_FRACTION)
			assert_int_equal(
				quantity_parse((enum quantity)i, "0", &v, &err),
				-1);
	}
}

static void a_wrong_unit_is_named(void **state)
{
	(void)state;
	expect_error(QUANTITY_TEMPERATURE, "20 Torr", ERR_INVALID,
		     "'20 Torr' is a pressure, but a temperature is wanted "
		     "(like '350 °C')");
	expect_error(QUANTITY_RATE, "20 °C", ERR_INVALID,
		     "'20 °C' is a temperature, but a temperature rate is "
		     "wanted (like '20 °C/min')");
	expect_error(QUANTITY_TIME, "10 m", ERR_INVALID,
		     "'10 m' is a length, but a time is wanted (like "
		     "'10 min')");
	expect_error(QUANTITY_TIME, "1 inHg", ERR_INVALID,
		     "'1 inHg' is a pressure, but a time is wanted (like "
		     "'10 min')");
	expect_error(QUANTITY_NUMBER, "5 s", ERR_INVALID,
		     "'5 s' is a time, but a number is wanted (like '5')");
	expect_error(QUANTITY_PRESSURE, "5 Tor", ERR_INVALID,
		     "'5 Tor' has an unknown unit; did you mean 'Torr'?");
	expect_error(QUANTITY_PRESSURE, "5 foo", ERR_INVALID,
		     "'5 foo' has an unknown unit: a pressure is written "
		     "like '782 Torr'");
	expect_error(QUANTITY_PRESSURE, "0,5 Torr", ERR_INVALID,
		     "'0,5 Torr' has a comma; numbers have a point: a "
		     "pressure is written like '782 Torr'");
}

static void what_is_out_of_range_is_refused(void **state)
{
	(void)state;
	expect_error(QUANTITY_TEMPERATURE, "-300 °C", ERR_RANGE,
		     "'-300 °C' is below absolute zero");
	expect_error(QUANTITY_TEMPERATURE, "-1 K", ERR_RANGE,
		     "'-1 K' is below absolute zero");
	expect_error(QUANTITY_PRESSURE, "1e308 bar", ERR_RANGE,
		     "'1e308 bar' is too large");
	expect_error(QUANTITY_PRESSURE, "1e999 Torr", ERR_RANGE,
		     "'1e999' is too large a number");
}

static void what_udunits_would_misread_is_refused(void **state)
{
	static const struct example bad[] = {
		{ QUANTITY_PRESSURE, "5 3 Torr", 0 },
		{ QUANTITY_PRESSURE, "5 (Torr)", 0 },
		{ QUANTITY_PRESSURE, "1 lg(re 1 Pa)", 0 },
		{ QUANTITY_PRESSURE, "1 Pa^99999999999", 0 },
		{ QUANTITY_PRESSURE, "1 Pa-m", 0 },
		{ QUANTITY_PRESSURE, "1 Pa..m", 0 },
		{ QUANTITY_PRESSURE, "1 Pa/", 0 },
		{ QUANTITY_TIME, "10 Hz", 0 },
		{ QUANTITY_TIME, "5 s since 2000-01-01", 0 },
		{ QUANTITY_TIME, "00:10:00", 0 },
		{ QUANTITY_TEMPERATURE, "5 K @ 3", 0 },
		{ QUANTITY_TEMPERATURE, "nan °C", 0 },
		{ QUANTITY_TEMPERATURE, "0x10 K", 0 },
		{ QUANTITY_TEMPERATURE, "", 0 },
		{ QUANTITY_TEMPERATURE, "5 K\x1b", 0 },
		{ QUANTITY_TEMPERATURE, "5 \xff", 0 },
	};
	struct err err;
	double v;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(
			quantity_parse(bad[i].quantity, bad[i].s, &v, &err),
			-1);
		assert_int_equal(err.code, ERR_INVALID);
	}
}

static void length_is_bounded(void **state)
{
	char s[4096];
	struct err err;
	double v;

	(void)state;
	memset(s, '9', sizeof(s) - 1);
	s[sizeof(s) - 1] = '\0';
	assert_int_equal(quantity_parse(QUANTITY_NUMBER, s, &v, &err), -1);
	memset(s, 'K', sizeof(s) - 1);
	s[0] = '1';
	assert_int_equal(quantity_parse(QUANTITY_RATE, s, &v, &err), -1);
	s[100] = '\0';
	assert_int_equal(quantity_parse(QUANTITY_RATE, s, &v, &err), -1);
	assert_int_equal(quantity_parse(QUANTITY_TIME, s, &v, &err), -1);
}

static void expect_format(enum quantity q, double value, const char *expected)
{
	char out[QUANTITY_TEXT_MAX];

	quantity_format(q, value, out);
	assert_string_equal(out, expected);
}

static void formats_are_for_people(void **state)
{
	(void)state;
	expect_format(QUANTITY_TEMPERATURE, 350, "350 °C");
	expect_format(QUANTITY_TEMPERATURE, -0.0, "0 °C");
	expect_format(QUANTITY_PRESSURE, 782.123456, "782.123 Torr");
	expect_format(QUANTITY_FLOW, 0.1, "0.1 sccm");
	expect_format(QUANTITY_RATE, 20, "20 K/min");
	expect_format(QUANTITY_NUMBER, 5, "5");
	expect_format(QUANTITY_SWITCH, 1, "on");
	expect_format(QUANTITY_SWITCH, 0, "off");
	expect_format(QUANTITY_FRACTION, 0.05, "5 %");
	expect_format(QUANTITY_FRACTION, 1e-4, "100 ppm");
	expect_format(QUANTITY_FRACTION, 0, "0 %");
	expect_format(QUANTITY_POWER, NAN, "no value");
}

static void times_are_formatted_in_parts(void **state)
{
	(void)state;
	expect_format(QUANTITY_TIME, 12.5, "12.5 s");
	expect_format(QUANTITY_TIME, 119.5, "119.5 s");
	expect_format(QUANTITY_TIME, 119.9996, "2 min");
	expect_format(QUANTITY_TIME, 600, "10 min");
	expect_format(QUANTITY_TIME, 5400, "1 h 30 min");
	expect_format(QUANTITY_TIME, 3600, "1 h");
	expect_format(QUANTITY_TIME, 3725.5, "1 h 2 min 5.5 s");
	expect_format(QUANTITY_TIME, 129600, "36 h");
	expect_format(QUANTITY_TIME, -600, "-10 min");
	expect_format(QUANTITY_TIME, 1e18, "1e+18 s");
}

static void every_kind_reads_its_own_name_and_format(void **state)
{
	char out[QUANTITY_TEXT_MAX];
	struct err err;
	enum quantity q;
	double v;
	int i;

	(void)state;
	for (i = 0; i < QUANTITY_N; i++) {
		const char *name = quantity_name((enum quantity)i);

		assert_int_equal(quantity_from_name(name, &q, &err), 0);
		assert_int_equal(q, i);
		assert_non_null(quantity_unit(q));
		quantity_format(q, 1, out);
		assert_int_equal(quantity_parse(q, out, &v, &err), 0);
		assert_true(v == 1);
	}
	assert_int_equal(quantity_from_name("power_rate", &q, &err), 0);
	assert_int_equal(q, QUANTITY_POWER_RATE);
	assert_int_equal(quantity_from_name("difference", &q, &err), 0);
	assert_int_equal(q, QUANTITY_DIFFERENCE);
	assert_int_equal(quantity_from_name("colour", &q, &err), -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
	assert_non_null(strstr(err.msg, "temperature, "));
}

static void the_locale_does_not_matter(void **state)
{
	if (!comma_enter())
		skip();
	quantity_fini();
	unusual_units_are_known(state);
	common_units_are_exact(state);
	formats_are_for_people(state);
	setlocale(LC_ALL, "C");
}

static int free_units(void **state)
{
	(void)state;
	quantity_fini();
	quantity_fini();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(common_units_are_exact),
		cmocka_unit_test(a_difference_is_no_temperature),
		cmocka_unit_test(times_may_have_parts),
		cmocka_unit_test(signs_may_be_typed_in_many_ways),
		cmocka_unit_test(switches_have_words),
		cmocka_unit_test(unusual_units_are_known),
		cmocka_unit_test(a_bare_number_is_refused),
		cmocka_unit_test(a_wrong_unit_is_named),
		cmocka_unit_test(what_is_out_of_range_is_refused),
		cmocka_unit_test(what_udunits_would_misread_is_refused),
		cmocka_unit_test(length_is_bounded),
		cmocka_unit_test(formats_are_for_people),
		cmocka_unit_test(times_are_formatted_in_parts),
		cmocka_unit_test(every_kind_reads_its_own_name_and_format),
		cmocka_unit_test(the_locale_does_not_matter),
	};

	return cmocka_run_group_tests(tests, NULL, free_units);
}
