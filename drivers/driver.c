#include "drivers/driver.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

int driver_channel(const struct driver *driver, const char *name)
{
	for (size_t i = 0; i < driver->n_channels; i++)
		if (strcmp(driver->channels[i].name, name) == 0)
			return (int)i;
	return -1;
}

void device_init(struct device *dev, const struct driver *driver,
		 const char *name, struct bus *bus,
		 const struct yaml_node *params)
{
	bool fits;

	assert(driver->n_channels <= DEVICE_CHANNELS_MAX);
	assert(!driver->acquire == !driver->frame);
	*dev = (struct device){
		.driver = driver,
		.bus = bus,
		.params = params,
	};
	fits = text_copy(dev->name, sizeof(dev->name), name);
	assert(fits);
	(void)fits;
	dev->state =
		memory_zeroed(1, driver->state_size ? driver->state_size : 1);
}

void device_fini(struct device *dev)
{
	if (!dev->state)
		return;
	if (dev->driver->close)
		dev->driver->close(dev);
	free(dev->state);
	dev->state = NULL;
}
