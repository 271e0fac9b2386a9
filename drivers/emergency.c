#include "drivers/emergency.h"

#include <assert.h>

#include "drivers/bus.h"
#include "drivers/link_open.h"
#include "drivers/settings.h"

#define CHANNEL "beam"
#define TRIES 3

static const struct driver *find(const struct yaml_node *map,
				 struct problems *problems, struct err *err)
{
	const char *name = link_text(map, "driver", "lines", problems);
	const struct driver *driver;
	int channel;

	if (!name)
		return NULL;
	driver = driver_find(name, err);
	if (!driver)
		return NULL;
	channel = driver_channel(driver, CHANNEL);
	if (channel >= 0 && driver->channels[channel].access & CHANNEL_WRITE &&
	    !driver->acquire)
		return driver;
	err_set(err, ERR_INVALID, "%s is no blanker", name);
	return NULL;
}

static int make(struct emergency *e, const struct yaml_node *map,
		struct err *err)
{
	static const char *const keys[] = { "driver", "bus", "params", NULL };
	struct problems problems = { 0 };
	const struct driver *driver = NULL;

	if (settings_check(map, "emergency", keys, err))
		return -1;
	driver = find(map, &problems, err);
	if (driver)
		e->bus = bus_new("emergency", yaml_get(map, "bus"), 0,
				 &problems);
	if (settings_fail(&problems, err) || !driver || !e->bus)
		return -1;
	device_init(&e->device, driver, "emergency", e->bus,
		    yaml_get(map, "params"));
	return 0;
}

int emergency_open(struct emergency *e, const struct yaml_node *map, nsec now,
		   struct err *err)
{
	emergency_close(e);
	if (!map)
		return 0;
	if (make(e, map, err))
		return err_wrap(err, "emergency");
	e->device.now = now;
	if (e->device.driver->open(&e->device, err))
		return err_wrap(err, "emergency");
	e->is_engaged = true;
	return 0;
}

void emergency_close(struct emergency *e)
{
	if (e->device.driver)
		device_fini(&e->device);
	bus_free(e->bus);
	*e = (struct emergency){ 0 };
}

static size_t beam_of(const struct emergency *e)
{
	int channel = driver_channel(e->device.driver, CHANNEL);

	assert(channel >= 0);
	return (size_t)channel;
}

/* The command first, whatever the line is like; then its word that it is so,
 * where it has one. */
static int blank(struct emergency *e, struct err *err)
{
	const struct driver *driver = e->device.driver;
	double values[DEVICE_CHANNELS_MAX];

	if (driver->safe(&e->device, err))
		return -1;
	if (!(driver->channels[beam_of(e)].access & CHANNEL_READ))
		return 0;
	if (driver->poll(&e->device, values, err))
		return -1;
	return values[beam_of(e)] == 0.0
		       ? 0
		       : err_set(err, ERR_STATE, "it does not blank");
}

bool emergency_engage(struct emergency *e, nsec now, struct err *err)
{
	if (!e->device.driver)
		return false;
	e->device.now = now;
	/* It has a bus to itself: nothing there waits for anybody. */
	bus_urgent(e->bus, true);
	for (int i = 0; i < TRIES; i++) {
		e->is_engaged = !blank(e, err);
		if (e->is_engaged)
			break;
	}
	bus_urgent(e->bus, false);
	if (!e->is_engaged)
		err_wrap(err, "emergency");
	return e->is_engaged;
}

int emergency_release(struct emergency *e, nsec now, struct err *err)
{
	if (!e->device.driver || !e->is_engaged)
		return 0;
	e->device.now = now;
	if (e->device.driver->write(&e->device, beam_of(e), 1.0, err))
		return err_wrap(err, "emergency");
	e->is_engaged = false;
	return 0;
}
