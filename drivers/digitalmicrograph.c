/*
 * Gatan cameras (OneView), and the beam of the microscope, through the socket
 * in DigitalMicrograph: that of SerialEM's plug-in, or docs/gatan_socket.py.
 *
 * While a frame is exposed nothing else is answered: polls then say ERR_AGAIN.
 * What a site watches for being stale has to bear its longest exposure.
 */
#include <math.h>

#include "base/array.h"
#include "drivers/bus.h"
#include "drivers/dm.h"
#include "drivers/link.h"

/* A poll goes on with an exposure so long before it gives up. */
#define POLL_PATIENCE (100 * NSEC_PER_MS)

enum { BEAM, FRAME, EXPOSING };

static const struct channel channels[] = {
	[BEAM] = { "beam", QUANTITY_SWITCH, CHANNEL_READ | CHANNEL_WRITE,
		   .max = 1.0 },
	[FRAME] = { "frame", QUANTITY_NUMBER, CHANNEL_READ, .resolution = 1.0 },
	[EXPOSING] = { "exposing", QUANTITY_SWITCH, CHANNEL_READ, .max = 1.0 },
};

static struct dm *enter(struct device *dev)
{
	struct dm *dm = dev->state;

	dm->now = dev->now;
	dm->entered = link_now();
	return dm;
}

static void driver_close(struct device *dev)
{
	struct dm *dm = dev->state;

	if (dm->wire)
		dm_forget(dm);
	emergency_close(&dm->emergency);
	*dm = (struct dm){ 0 };
}

static int driver_open(struct device *dev, struct err *err)
{
	struct dm *dm = dev->state;
	struct err other = { 0 };
	int status;

	driver_close(dev);
	enter(dev);
	if (dm_site_read(dev->params, &dm->site, err))
		return -1;
	dm->link = bus_link(dev->bus);
	if (!dm->link)
		return err_set(err, ERR_INVALID, "needs a bus of type tcp");
	dm->wire = bus_wire(dev->bus);
	/* First of all: it blanks also when nobody answers. */
	status = emergency_open(&dm->emergency,
				yaml_get(dev->params, "emergency"), dm->now,
				&other);
	if (dm_blank(dm, err) || dm_be_sure(dm, err))
		return -1;
	if (status)
		*err = other;
	return status;
}

static int driver_poll(struct device *dev, double *values, struct err *err)
{
	struct dm *dm = enter(dev);
	nsec until = link_now() +
		     exposure_patience(&dm->exposure, dm->now, POLL_PATIENCE);
	bool blanked;

	if (dm_expose(dm, until, err))
		return -1;
	if (dm_is_exposing(dm))
		return err_set(err, ERR_AGAIN, "a frame is being exposed");
	if (dm_look_after(dm, err) || dm_be_sure(dm, err))
		return -1;
	values[BEAM] = NAN;
	if (!dm->site.no_blanker) {
		if (dm_is_blanked(dm, &blanked, err))
			return -1;
		values[BEAM] = !blanked;
	}
	values[FRAME] = (double)dm->n_frames;
	values[EXPOSING] = 0.0;
	return 0;
}

static int driver_write(struct device *dev, size_t channel, double value,
			struct err *err)
{
	struct dm *dm = enter(dev);

	(void)channel;
	return value != 0.0 ? dm_unblank(dm, err) : dm_blank(dm, err);
}

static int driver_safe(struct device *dev, struct err *err)
{
	return dm_blank(enter(dev), err);
}

static int driver_acquire(struct device *dev,
			  const struct frame_request *request, struct err *err)
{
	return dm_acquire(enter(dev), request, err);
}

static int driver_frame(struct device *dev, struct frame *frame,
			struct err *err)
{
	struct dm *dm = enter(dev);
	struct err other;

	if (dm_frame(dm, frame, err))
		return -1;
	/* One that fails is told by the next poll. */
	dm_look_after(dm, &other);
	return 0;
}

extern const struct driver driver_digitalmicrograph;
const struct driver driver_digitalmicrograph = {
	.name = "digitalmicrograph",
	.summary = "Gatan cameras through the socket in DigitalMicrograph",
	.state_size = sizeof(struct dm),
	.channels = channels,
	.n_channels = ARRAY_SIZE(channels),
	.open = driver_open,
	.poll = driver_poll,
	.write = driver_write,
	.safe = driver_safe,
	.close = driver_close,
	.acquire = driver_acquire,
	.frame = driver_frame,
};
