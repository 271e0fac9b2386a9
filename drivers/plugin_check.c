/* A plugin's table, before anything in it is used. */
#include <math.h>
#include <string.h>

#include "base/array.h"
#include "drivers/plugins.h"

#define STATE_MAX (1024 * 1024)
#define SUMMARY_MAX 200
#define READ_WRITE (unsigned)(CHANNEL_READ | CHANNEL_WRITE)

static bool is_name(const char *name, const char *letters, size_t max)
{
	return name && *name && strlen(name) < max &&
	       strspn(name, letters) == strlen(name);
}

static int check_abi(const struct plugin *plugin, struct err *err)
{
	static const struct plugin_sizes ours = PLUGIN_SIZES;
	const struct {
		const char *what;
		uint32_t is, should;
	} sizes[] = {
		{ "driver", plugin->sizes.driver, ours.driver },
		{ "channel", plugin->sizes.channel, ours.channel },
		{ "device", plugin->sizes.device, ours.device },
		{ "err", plugin->sizes.err, ours.err },
		{ "frame", plugin->sizes.frame, ours.frame },
		{ "frame_request", plugin->sizes.frame_request,
		  ours.frame_request },
	};

	if (plugin->abi != DRIVER_ABI)
		return err_set(err, ERR_INVALID,
			       "is made for ABI %u, but this gascelld has %u: "
			       "build it again with the headers of "
			       "gascell " GASCELL_VERSION,
			       (unsigned)plugin->abi, (unsigned)DRIVER_ABI);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		if (sizes[i].is != sizes[i].should)
			return err_set(err, ERR_INVALID,
				       "its struct %s has %u bytes, not %u: "
				       "build it again with the headers of "
				       "gascell " GASCELL_VERSION,
				       sizes[i].what, (unsigned)sizes[i].is,
				       (unsigned)sizes[i].should);
	return 0;
}

static int wrong(const struct driver *driver, const char *what, struct err *err)
{
	return err_set(err, ERR_INVALID, "driver %s: %s", driver->name, what);
}

static int bad_channel(const struct driver *driver, size_t i, const char *what,
		       struct err *err)
{
	return err_set(err, ERR_INVALID, "driver %s: channel %s: %s",
		       driver->name, driver->channels[i].name, what);
}

static int check_channel(const struct driver *driver, size_t i, struct err *err)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789_-";
	const struct channel *c = &driver->channels[i];

	if (!is_name(c->name, letters, DEVICE_NAME_MAX))
		return err_set(err, ERR_INVALID,
			       "driver %s: channel %zu has no "
			       "proper name",
			       driver->name, i);
	if ((unsigned)c->quantity >= QUANTITY_N)
		return bad_channel(driver, i, "an unknown quantity", err);
	if (!c->access || (c->access | READ_WRITE) != READ_WRITE)
		return bad_channel(driver, i, "neither read nor written", err);
	if (!isfinite(c->min) || !isfinite(c->max) || c->min > c->max)
		return bad_channel(driver, i, "its limits are empty", err);
	if (!isfinite(c->lowest) || !isfinite(c->highest) ||
	    c->lowest > c->highest)
		return bad_channel(driver, i, "its range is empty", err);
	if (c->access & CHANNEL_WRITE && !driver->write)
		return bad_channel(driver, i, "write is missing", err);
	if (driver_channel(driver, c->name) != (int)i)
		return bad_channel(driver, i, "is there twice", err);
	return 0;
}

static int check_channels(const struct driver *driver, struct err *err)
{
	if (!driver->channels || !driver->n_channels ||
	    driver->n_channels > DEVICE_CHANNELS_MAX)
		return err_set(err, ERR_INVALID,
			       "driver %s: has 1 to %d channels", driver->name,
			       DEVICE_CHANNELS_MAX);
	for (size_t i = 0; i < driver->n_channels; i++)
		if (check_channel(driver, i, err))
			return -1;
	for (size_t i = 0; i < driver->n_channels; i++) {
		const char *readback = driver->channels[i].readback;

		if (readback && driver_channel(driver, readback) < 0)
			return bad_channel(driver, i,
					   "its readback is no channel", err);
	}
	return 0;
}

static int check_driver(const struct driver *driver, struct err *err)
{
	if (!is_name(driver->name, "abcdefghijklmnopqrstuvwxyz0123456789-_",
		     DEVICE_NAME_MAX))
		return err_set(err, ERR_INVALID,
			       "a driver's name is made of small letters, "
			       "digits, - and _, at most %d",
			       DEVICE_NAME_MAX - 1);
	if (!driver->summary || strlen(driver->summary) > SUMMARY_MAX)
		return wrong(driver, "its summary is missing or too long", err);
	if (!driver->open || !driver->poll || !driver->safe)
		return wrong(driver, "open, poll or safe is missing", err);
	if (!driver->acquire != !driver->frame)
		return wrong(driver, "acquire and frame go together", err);
	if (driver->state_size > STATE_MAX)
		return wrong(driver, "its state is larger than 1 MiB", err);
	return check_channels(driver, err);
}

int plugin_check(const struct plugin *plugin, struct err *err)
{
	size_t n = 0;

	if (check_abi(plugin, err))
		return -1;
	while (plugin->drivers && n <= PLUGIN_DRIVERS_MAX && plugin->drivers[n])
		n++;
	if (!n || n > PLUGIN_DRIVERS_MAX)
		return err_set(err, ERR_INVALID, "has 1 to %d drivers",
			       PLUGIN_DRIVERS_MAX);
	for (size_t i = 0; i < n; i++)
		if (check_driver(plugin->drivers[i], err))
			return -1;
	return 0;
}
