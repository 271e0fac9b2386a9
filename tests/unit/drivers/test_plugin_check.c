/* A plugin's table: what is refused before anything in it is used. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "drivers/plugins.h"

static int do_nothing(struct device *dev, struct err *err)
{
	(void)dev;
	(void)err;
	return 0;
}

static int poll_nothing(struct device *dev, double *values, struct err *err)
{
	(void)values;
	return do_nothing(dev, err);
}

static int write_nothing(struct device *dev, size_t channel, double value,
			 struct err *err)
{
	(void)channel;
	(void)value;
	return do_nothing(dev, err);
}

static int acquire_nothing(struct device *dev,
			   const struct frame_request *request, struct err *err)
{
	(void)request;
	return do_nothing(dev, err);
}

/* A good plugin, for a test to spoil. */
struct bench {
	struct channel channels[3];
	struct driver driver;
	const struct driver *drivers[PLUGIN_DRIVERS_MAX + 2];
	struct plugin plugin;
	struct err err;
};

static struct bench *make(void)
{
	static struct bench b;

	b = (struct bench){
		.channels = {
			{ "setpoint", QUANTITY_FLOW,
			  CHANNEL_READ | CHANNEL_WRITE, .max = 10.0 },
			{ "flow", QUANTITY_FLOW, CHANNEL_READ, .max = 0.0 },
			{ "valve", QUANTITY_SWITCH, CHANNEL_WRITE,
			  .max = 1.0 },
		},
		.driver = {
			.name = "mine", .summary = "of a test",
			.n_channels = 3, .open = do_nothing,
			.poll = poll_nothing, .write = write_nothing,
			.safe = do_nothing,
		},
		.plugin = { PLUGIN_HEAD, NULL },
	};
	b.driver.channels = b.channels;
	b.drivers[0] = &b.driver;
	b.plugin.drivers = b.drivers;
	return &b;
}

static void refused(struct bench *b, const char *why)
{
	assert_int_equal(plugin_check(&b->plugin, &b->err), -1);
	if (!strstr(b->err.msg, why))
		fail_msg("'%s' is not in '%s'", why, b->err.msg);
}

static void a_good_one_is_taken(void **state)
{
	struct bench *b = make();

	(void)state;
	assert_int_equal(plugin_check(&b->plugin, &b->err), 0);
}

static void another_abi_is_refused_whatever_else_it_says(void **state)
{
	struct bench *b = make();

	(void)state;
	b->plugin.abi = DRIVER_ABI + 1;
	b->plugin.drivers = (const void *)1;
	refused(b, "ABI");
}

static void each_size_counts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(struct plugin_sizes) / 4; i++) {
		struct bench *b = make();

		((uint32_t *)&b->plugin.sizes)[i] += 8;
		refused(b, "bytes, not");
	}
}

static void it_has_some_drivers_and_not_too_many(void **state)
{
	struct bench *b = make();

	(void)state;
	b->plugin.drivers = NULL;
	refused(b, "1 to 16 drivers");
	b = make();
	for (size_t i = 0; i <= PLUGIN_DRIVERS_MAX; i++)
		b->drivers[i] = &b->driver;
	refused(b, "1 to 16 drivers");
}

static void a_driver_is_complete(void **state)
{
	struct bench *b = make();

	(void)state;
	b->driver.safe = NULL;
	refused(b, "safe is missing");
	b = make();
	b->driver.write = NULL;
	refused(b, "channel setpoint: write is missing");
	b = make();
	b->driver.summary = NULL;
	refused(b, "summary");
	b = make();
	b->driver.acquire = acquire_nothing;
	refused(b, "go together");
	b = make();
	b->driver.state_size = SIZE_MAX;
	refused(b, "1 MiB");
	b = make();
	b->driver.n_channels = DEVICE_CHANNELS_MAX + 1;
	refused(b, "1 to 32 channels");
}

static void names_are_names(void **state)
{
	static const char *const wrong[] = {
		NULL,  "",     "../mine",
		"a b", "Mine", "a-name-that-is-longer-than-names-are",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct bench *b = make();

		b->driver.name = wrong[i];
		refused(b, "a driver's name");
	}
	for (size_t i = 0; i < 4; i++) {
		struct bench *b = make();

		b->channels[1].name = wrong[i];
		refused(b, "channel 1 has no proper name");
	}
}

static void limits_are_numbers_in_order(void **state)
{
	static const double wrong[][2] = {
		{ 1.0, 0.0 },
		{ NAN, 1.0 },
		{ 0.0, NAN },
		{ 0.0, INFINITY },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct bench *b = make();

		b->channels[0].min = wrong[i][0];
		b->channels[0].max = wrong[i][1];
		refused(b, "limits are empty");
		b = make();
		b->channels[1].lowest = wrong[i][0];
		b->channels[1].highest = wrong[i][1];
		refused(b, "range is empty");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_one_is_taken),
		cmocka_unit_test(another_abi_is_refused_whatever_else_it_says),
		cmocka_unit_test(each_size_counts),
		cmocka_unit_test(it_has_some_drivers_and_not_too_many),
		cmocka_unit_test(a_driver_is_complete),
		cmocka_unit_test(names_are_names),
		cmocka_unit_test(limits_are_numbers_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
