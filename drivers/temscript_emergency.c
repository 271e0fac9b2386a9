/*
 * The other way to take the beam away, for when the server is busy or does not
 * do it: an instrument of its own on a bus of its own, which nobody else uses
 * and which therefore is never busy.
 *
 *	emergency:
 *	  driver: lines
 *	  bus: {type: serial, usb: FT5P1ABC}
 *	  params: {beam: rts}
 *
 * It is engaged when it is opened and let go with the next unblanking. What
 * `beam` reads is the server's word alone: a cable that is not plugged in
 * would read back as well.
 */
#include <assert.h>
#include <string.h>

#include "base/array.h"
#include "drivers/bus.h"
#include "drivers/link_open.h"
#include "drivers/settings.h"
#include "drivers/temscript.h"

#define CHANNEL "beam"

static struct device *enter(struct device *dev)
{
	struct temscript *t = dev->state;

	t->emergency.now = temscript_now(t);
	return &t->emergency;
}

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

static int make(struct device *dev, const struct yaml_node *map,
		struct err *err)
{
	static const char *const keys[] = { "driver", "bus", "params", NULL };
	struct temscript *t = dev->state;
	struct problems problems = { 0 };
	const struct driver *driver = NULL;

	if (settings_check(map, "emergency", keys, err))
		return -1;
	driver = find(map, &problems, err);
	if (driver)
		t->emergency_bus = bus_new("emergency", yaml_get(map, "bus"), 0,
					   &problems);
	if (settings_fail(&problems, err) || !driver || !t->emergency_bus)
		return -1;
	device_init(&t->emergency, driver, "emergency", t->emergency_bus,
		    yaml_get(map, "params"));
	return 0;
}

int temscript_emergency_open(struct device *dev, struct err *err)
{
	const struct yaml_node *map = yaml_get(dev->params, "emergency");
	struct temscript *t = dev->state;
	struct device *emergency;

	if (!map)
		return 0;
	if (make(dev, map, err))
		return err_wrap(err, "emergency");
	emergency = enter(dev);
	if (emergency->driver->open(emergency, err))
		return err_wrap(err, "emergency");
	t->is_engaged = true;
	return 0;
}

void temscript_emergency_close(struct device *dev)
{
	struct temscript *t = dev->state;

	if (t->emergency.driver)
		device_fini(&t->emergency);
	bus_free(t->emergency_bus);
	t->emergency = (struct device){ 0 };
	t->emergency_bus = NULL;
}

bool temscript_emergency_engage(struct device *dev, struct err *err)
{
	struct temscript *t = dev->state;
	struct device *emergency = enter(dev);

	if (!emergency->driver)
		return false;
	if (emergency->driver->safe(emergency, err)) {
		err_wrap(err, "emergency");
		return false;
	}
	t->is_engaged = true;
	return true;
}

int temscript_emergency_release(struct device *dev, struct err *err)
{
	struct temscript *t = dev->state;
	struct device *emergency = enter(dev);
	int channel;

	if (!emergency->driver || !t->is_engaged)
		return 0;
	channel = driver_channel(emergency->driver, CHANNEL);
	assert(channel >= 0);
	if (emergency->driver->write(emergency, (size_t)channel, 1.0, err))
		return err_wrap(err, "emergency");
	t->is_engaged = false;
	return 0;
}
