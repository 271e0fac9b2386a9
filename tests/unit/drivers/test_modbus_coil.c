/* A blanker on a coil, against a small Modbus unit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/bus.h"
#include "drivers/driver.h"
#include "small_coils.h"

struct bench {
	struct small_coils unit;
	struct yaml *bus_yaml, *params;
	struct bus *bus;
	struct device dev;
};

static struct yaml *tree(const char *text)
{
	struct problems problems = { 0 };
	struct yaml *yaml =
		yaml_parse(text, strlen(text), "site.yaml", &problems);

	assert_non_null(yaml);
	return yaml;
}

static int begin(void **state)
{
	struct bench *b = memory_zeroed(1, sizeof(*b));
	struct problems problems = { 0 };
	char text[128];

	small_coils_start(&b->unit);
	snprintf(text, sizeof(text),
		 "{type: modbus-tcp, host: 127.0.0.1, "
		 "port: %u}",
		 b->unit.port);
	b->bus_yaml = tree(text);
	b->bus = bus_new("coils", yaml_root(b->bus_yaml), 0, &problems);
	assert_non_null(b->bus);
	*state = b;
	return 0;
}

static int end(void **state)
{
	struct bench *b = *state;

	device_fini(&b->dev);
	bus_free(b->bus);
	small_coils_stop(&b->unit);
	yaml_tree_free(b->bus_yaml);
	yaml_tree_free(b->params);
	free(b);
	return 0;
}

static int try_open(struct bench *b, const char *params, struct err *err)
{
	b->params = tree(params);
	device_init(&b->dev, driver_find("modbus-coil", err), "blanker", b->bus,
		    yaml_root(b->params));
	return b->dev.driver->open(&b->dev, err);
}

static void open_usual(struct bench *b)
{
	struct err err = { 0 };

	if (try_open(b, "{unit: 1, coil: 3}", &err))
		fail_msg("%s", err.msg);
}

static double beam(struct bench *b)
{
	struct err err = { 0 };
	double value;

	if (b->dev.driver->poll(&b->dev, &value, &err))
		fail_msg("%s", err.msg);
	return value;
}

static void opening_blanks(void **state)
{
	struct bench *b = *state;

	b->unit.coil[3] = true;
	open_usual(b);
	assert_false(b->unit.coil[3]);
}

static void on_is_beam(void **state)
{
	struct bench *b = *state;
	struct err err = { 0 };

	open_usual(b);
	assert_int_equal(b->dev.driver->write(&b->dev, 0, 1.0, &err), 0);
	assert_true(b->unit.coil[3]);
	assert_true(beam(b) == 1.0);
}

static void safe_blanks(void **state)
{
	struct bench *b = *state;
	struct err err = { 0 };

	open_usual(b);
	assert_int_equal(b->dev.driver->write(&b->dev, 0, 1.0, &err), 0);
	assert_int_equal(b->dev.driver->safe(&b->dev, &err), 0);
	assert_true(beam(b) == 0.0);
}

static void a_coil_that_does_not_obey_is_an_error(void **state)
{
	struct bench *b = *state;
	struct err err = { 0 };

	open_usual(b);
	b->unit.is_stuck = true;
	assert_int_equal(b->dev.driver->write(&b->dev, 0, 1.0, &err), -1);
	assert_int_equal(err.code, ERR_STATE);
}

static void the_coil_has_to_be_said(void **state)
{
	struct err err = { 0 };

	assert_int_equal(try_open(*state, "{unit: 1}", &err), -1);
	assert_int_equal(err.code, ERR_INVALID);
}

#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(opening_blanks),
		T(on_is_beam),
		T(safe_blanks),
		T(a_coil_that_does_not_obey_is_an_error),
		T(the_coil_has_to_be_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
