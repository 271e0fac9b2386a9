#include "laboratory.h"

static void channels_are_found_by_name(void **state)
{
	struct err err = { 0 };
	const struct driver *driver = driver_find("sim-heater", &err);

	(void)state;
	assert_int_equal(driver_channel(driver, "temperature"), 0);
	assert_int_equal(driver_channel(driver, "nothing"), -1);
}

static void an_unknown_driver_gets_the_nearest_name(void **state)
{
	struct err err = { 0 };

	(void)state;
	assert_null(driver_find("sim-heatr", &err));
	assert_int_equal(err.code, ERR_NOT_FOUND);
	assert_non_null(strstr(err.msg, "sim-heater"));
}

static void check_channel(const struct driver *driver,
			  const struct channel *channel)
{
	assert_non_null(channel->name);
	assert_true(channel->access != 0);
	assert_true(channel->min <= channel->max);
	if (channel->readback)
		assert_true(driver_channel(driver, channel->readback) >= 0);
	if (channel->access & CHANNEL_WRITE)
		assert_true(channel->max > channel->min);
}

static void every_driver_is_complete(void **state)
{
	const struct driver *const *list = driver_list();

	(void)state;
	for (; *list; list++) {
		const struct driver *driver = *list;

		assert_true(driver->open && driver->poll && driver->write &&
			    driver->safe && driver->summary);
		assert_true(driver->n_channels <= DEVICE_CHANNELS_MAX);
		for (size_t i = 0; i < driver->n_channels; i++)
			check_channel(driver, &driver->channels[i]);
	}
}

static void the_gas_system_has_27_channels(void **state)
{
	struct err err = { 0 };

	(void)state;
	assert_int_equal(driver_find("sim-gasbox", &err)->n_channels, 27);
}

static void a_device_is_closed_twice_without_harm(void **state)
{
	struct err err = { 0 };
	struct device dev;

	(void)state;
	device_init(&dev, driver_find("sim-microscope", &err), "scope", NULL,
		    NULL);
	device_fini(&dev);
	device_fini(&dev);
	assert_null(dev.state);
}

static void a_sim_driver_refuses_another_bus(void **state)
{
	const struct driver *const *list = driver_list();

	(void)state;
	for (; *list; list++) {
		struct err err = { 0 };
		struct device dev;

		device_init(&dev, *list, "it", NULL, NULL);
		assert_int_equal(dev.driver->open(&dev, &err), -1);
		assert_int_equal(err.code, ERR_INVALID);
		device_fini(&dev);
	}
}

static struct bus *bus_of(const char *text, struct problems *problems)
{
	struct yaml *yaml =
		yaml_parse(text, strlen(text), "site.yaml", problems);
	struct bus *bus;

	assert_non_null(yaml);
	bus = bus_new("b", yaml_root(yaml), 0, problems);
	yaml_tree_free(yaml);
	return bus;
}

static void an_unknown_type_of_bus_is_a_problem_with_its_place(void **state)
{
	struct problems problems = { 0 };

	(void)state;
	assert_null(bus_of("x: 1\ntype: simm\n", &problems));
	assert_int_equal(problems.n, 1);
	assert_int_equal(problems.v[0].line, 2);
	assert_int_equal(problems.v[0].column, 7);
	assert_non_null(strstr(problems.v[0].msg, "sim"));
	problems_free(&problems);
}

static void a_bus_needs_its_type(void **state)
{
	struct problems problems = { 0 };

	(void)state;
	assert_null(bus_of("seed: 1\n", &problems));
	assert_int_equal(problems.n, 1);
	problems_free(&problems);
}

static int open_with(const char *driver, const char *params, struct err *err)
{
	struct problems problems = { 0 };
	struct laboratory lab;
	struct yaml *yaml =
		yaml_parse(params, strlen(params), "site.yaml", &problems);
	struct device dev;
	int status;

	assert_non_null(yaml);
	lab_open(&lab, "", 0);
	device_init(&dev, driver_find(driver, err), "it", lab.bus,
		    yaml_root(yaml));
	status = dev.driver->open(&dev, err);
	device_fini(&dev);
	bus_free(lab.bus);
	yaml_tree_free(lab.yaml);
	yaml_tree_free(yaml);
	return status;
}

/* Those of wires say first that this bus is none of theirs; their keys have
 * tests beside their talk. */
static void unknown_keys_of_an_instrument_are_errors_with_places(void **state)
{
	const struct driver *const *list = driver_list();

	(void)state;
	for (; *list; list++) {
		struct err err = { 0 };

		if (strncmp((*list)->name, "sim-", 4) != 0)
			continue;
		assert_int_equal(open_with((*list)->name, "\nsizo: 5\n", &err),
				 -1);
		assert_int_equal(err.code, ERR_INVALID);
		assert_non_null(strstr(err.msg, "site.yaml:2:1"));
	}
}

static void a_size_out_of_bounds_is_refused(void **state)
{
	struct err err = { 0 };

	(void)state;
	assert_int_equal(open_with("sim-microscope", "size: 8", &err), -1);
	assert_non_null(strstr(err.msg, "site.yaml:1:7"));
	assert_int_equal(open_with("sim-microscope", "size: 1e9", &err), -1);
	assert_int_equal(open_with("sim-microscope", "size: 1024", &err), 0);
}

static void the_pump_is_off_or_kept_and_nothing_else(void **state)
{
	struct err err = { 0 };

	(void)state;
	assert_int_equal(open_with("sim-gasbox", "pump: keep", &err), 0);
	assert_int_equal(open_with("sim-gasbox", "pump: off", &err), 0);
	assert_int_equal(open_with("sim-gasbox", "pump: maybe", &err), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(channels_are_found_by_name),
		cmocka_unit_test(an_unknown_driver_gets_the_nearest_name),
		cmocka_unit_test(every_driver_is_complete),
		cmocka_unit_test(the_gas_system_has_27_channels),
		cmocka_unit_test(a_device_is_closed_twice_without_harm),
		cmocka_unit_test(a_sim_driver_refuses_another_bus),
		cmocka_unit_test(
			an_unknown_type_of_bus_is_a_problem_with_its_place),
		cmocka_unit_test(a_bus_needs_its_type),
		cmocka_unit_test(
			unknown_keys_of_an_instrument_are_errors_with_places),
		cmocka_unit_test(a_size_out_of_bounds_is_refused),
		cmocka_unit_test(the_pump_is_off_or_kept_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
