/* The calibration and limits of a chip, as a site writes them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/quantity.h"
#include "drivers/chip_file.h"

#define LIMITS                                                                 \
	"voltage_max: 12 V\ncurrent_max: 40 mA\npower_max: 400 mW\n"           \
	"temperature_max: 1000 °C\nresistance_min: 120 ohm\n"                 \
	"resistance_max: 480 ohm\n"

static int read_text(const char *text, struct chip *chip, struct err *err)
{
	struct problems problems = { 0 };
	struct yaml *yaml =
		yaml_parse(text, strlen(text), "chip.yaml", &problems);
	int status;

	assert_non_null(yaml);
	status = chip_read(yaml_root(yaml), chip, err);
	yaml_tree_free(yaml);
	problems_free(&problems);
	quantity_fini();
	return status;
}

static void good(const char *text, struct chip *chip)
{
	struct err err = { 0 };

	if (read_text(text, chip, &err))
		fail_msg("%s", err.msg);
}

static void bad(const char *text, const char *why)
{
	struct chip chip = { .ambient = 7.0 };
	struct err err = { 0 };

	assert_int_equal(read_text(text, &chip, &err), -1);
	assert_int_equal(err.code, ERR_INVALID);
	if (!strstr(err.msg, why))
		fail_msg("'%s' is not in '%s'", why, err.msg);
	assert_true(chip.ambient == 7.0);
}

static void a_whole_chip_is_read(void **state)
{
	struct chip chip;

	(void)state;
	good("serial: DH-0417\nresistance: [1e-5, 0.279, 153.051]\n"
	     "power: [6.5e-7, 7.679e-3]\nambient: 294.15 K\n" LIMITS,
	     &chip);
	assert_string_equal(chip.serial, "DH-0417");
	assert_true(fabs(chip.ambient - 21.0) < 1e-9);
	assert_true(chip.voltage_max == 12.0 && chip.current_max == 40.0);
	assert_true(chip.power_max == 400.0);
	assert_true(fabs(chip_power(&chip, 600.0) - 4.664) < 0.001);
	assert_true(chip_power(&chip, 0.0) == 0.0);
}

static void resistance_and_temperature_are_inverse(void **state)
{
	static const char *const curves[] = {
		"[0, 0.279, 153.051]",
		"[-5e-5, 0.3, 150]",
		"[5e-5, 0.2, 150]",
		"[1e-13, 0.279, 153]",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(curves) / sizeof(*curves); i++) {
		struct chip chip;
		char text[512];

		snprintf(text, sizeof(text),
			 "serial: a\nresistance: %s\n" LIMITS, curves[i]);
		good(text, &chip);
		for (double t = 0.0; t <= 1000.0; t += 50.0) {
			double r = chip_resistance(&chip, t);
			double d = chip_resistance(&chip, t + 1e-3) - r;

			assert_true(fabs(chip_temperature(&chip, r) - t) <
				    1e-6);
			assert_true(fabs(chip_slope(&chip, t) - d / 1e-3) <
				    1e-4);
		}
	}
}

static void a_resistance_that_no_temperature_has_is_no_number(void **state)
{
	struct chip chip;

	(void)state;
	good("serial: a\nresistance: [-5e-5, 0.3, 150]\n" LIMITS, &chip);
	assert_true(isnan(chip_temperature(&chip, 700.0)));
}

static void what_is_missing_is_named(void **state)
{
	(void)state;
	bad("resistance: [0, 0.279, 153]\n" LIMITS, "no serial");
	bad("serial: a\n" LIMITS, "no resistance");
	bad("serial: a\nresistance: [0, 0.279, 153]\n", "no voltage_max");
}

static void mistakes_have_their_place(void **state)
{
	(void)state;
	bad("serial: a\nresistance: [0, 0.279]\n" LIMITS, "chip.yaml:2:");
	bad("serial: a\nresistance: [0, 0.279, 153]\nvoltage: 3 V\n" LIMITS,
	    "voltage");
	bad("[1, 2]\n", "mapping");
	bad("serial: {a: 1}\nresistance: [0, 0.279, 153]\n" LIMITS, "serial");
	bad("serial: a\nresistance: [0, 0.279, 153]\nambient: 21\n" LIMITS,
	    "unit");
}

static void a_calibration_outside_its_own_limits_is_refused(void **state)
{
	(void)state;
	/* Turns round at 500 degC; leaves the window; is too low when cold;
	 * is no thermometer. */
	bad("serial: a\nresistance: [-3e-4, 0.3, 150]\n" LIMITS, "rise");
	bad("serial: a\nresistance: [0, 0.5, 150]\n" LIMITS, "leaves");
	bad("serial: a\nresistance: [0, 0.279, 100]\n" LIMITS, "leaves");
	bad("serial: a\nresistance: [0, 0, 153]\n" LIMITS, "rise");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_chip_is_read),
		cmocka_unit_test(resistance_and_temperature_are_inverse),
		cmocka_unit_test(
			a_resistance_that_no_temperature_has_is_no_number),
		cmocka_unit_test(what_is_missing_is_named),
		cmocka_unit_test(mistakes_have_their_place),
		cmocka_unit_test(
			a_calibration_outside_its_own_limits_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
