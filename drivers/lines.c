/*
 * A blanker and a trigger on RTS and DTR of a serial port: `beam` on the line
 * that params say (rts), `trigger` on the other. Low is blanked, high is beam.
 *
 * Both lines are pulled high by the system while a port is being opened, for
 * about a millisecond.
 */
#include "base/array.h"
#include "drivers/bus.h"
#include "drivers/control_line.h"
#include "drivers/driver.h"
#include "drivers/link.h"
#include "drivers/settings.h"

enum { BEAM, TRIGGER };

#define READ_WRITE (CHANNEL_READ | CHANNEL_WRITE)

static const struct channel channels[] = {
	[BEAM] = { "beam", QUANTITY_SWITCH, READ_WRITE, .max = 1.0 },
	[TRIGGER] = { "trigger", QUANTITY_SWITCH, READ_WRITE, .max = 1.0 },
};

struct lines {
	enum control_line of[ARRAY_SIZE(channels)];
};

/* A port that does not obey is closed: its lines fall. */
static int lose(struct device *dev)
{
	link_close(bus_link(dev->bus));
	return -1;
}

static int set(struct device *dev, size_t channel, bool high, struct err *err)
{
	const struct lines *lines = dev->state;
	int fd = link_fd(bus_link(dev->bus));
	bool seen;

	if (control_line_set(fd, lines->of[channel], high, err) ||
	    control_line_get(fd, lines->of[channel], &seen, err))
		return lose(dev);
	if (seen == high)
		return 0;
	err_set(err, ERR_STATE, "%s does not go %s", channels[channel].name,
		high ? "high" : "low");
	return lose(dev);
}

static int lines_safe(struct device *dev, struct err *err)
{
	struct link *link = bus_link(dev->bus);

	if (!link_is_open(link) &&
	    (link_open(link, err) ||
	     control_line_fall_on_close(link_fd(link), err)))
		return lose(dev);
	if (set(dev, BEAM, false, err))
		return -1;
	return set(dev, TRIGGER, false, err);
}

static int lines_open(struct device *dev, struct err *err)
{
	static const char *const keys[] = { "beam", NULL };
	struct lines *lines = dev->state;
	bool is_dtr;

	if (settings_check(dev->params, "lines", keys, err) ||
	    settings_choice(yaml_get(dev->params, "beam"), "beam", "rts", "dtr",
			    &is_dtr, err))
		return -1;
	if (!bus_link(dev->bus))
		return err_set(err, ERR_INVALID, "needs a bus of type serial");
	lines->of[BEAM] = is_dtr ? CONTROL_DTR : CONTROL_RTS;
	lines->of[TRIGGER] = is_dtr ? CONTROL_RTS : CONTROL_DTR;
	/* Anew, whatever it was: then it is known to fall on closing. */
	link_close(bus_link(dev->bus));
	return lines_safe(dev, err);
}

static int need_open(const struct device *dev, struct err *err)
{
	if (link_is_open(bus_link(dev->bus)))
		return 0;
	return err_set(err, ERR_IO, "the port is closed");
}

static int lines_poll(struct device *dev, double *values, struct err *err)
{
	const struct lines *lines = dev->state;
	bool high;

	if (need_open(dev, err))
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(channels); i++) {
		if (control_line_get(link_fd(bus_link(dev->bus)), lines->of[i],
				     &high, err))
			return lose(dev);
		values[i] = high;
	}
	return 0;
}

static int lines_write(struct device *dev, size_t channel, double value,
		       struct err *err)
{
	if (need_open(dev, err))
		return -1;
	return set(dev, channel, value != 0.0, err);
}

static void lines_close(struct device *dev)
{
	if (bus_link(dev->bus))
		link_close(bus_link(dev->bus));
}

extern const struct driver driver_lines;
const struct driver driver_lines = {
	.name = "lines",
	.summary = "blanker and trigger on RTS and DTR of a serial port",
	.state_size = sizeof(struct lines),
	.channels = channels,
	.n_channels = ARRAY_SIZE(channels),
	.open = lines_open,
	.poll = lines_poll,
	.write = lines_write,
	.safe = lines_safe,
	.close = lines_close,
};
