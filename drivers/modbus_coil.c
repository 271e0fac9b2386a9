/*
 * A blanker on a coil of a Modbus unit: on is beam, off is blanked, which is
 * also what a unit without power should give. Each write is read back.
 *
 * A coil has no name to be known by: what identifies the unit is its address.
 */
#include "base/array.h"
#include "drivers/bus.h"
#include "drivers/driver.h"
#include "drivers/link_modbus.h"
#include "drivers/settings.h"

enum { BEAM };

static const struct channel channels[] = {
	[BEAM] = { "beam", QUANTITY_SWITCH, CHANNEL_READ | CHANNEL_WRITE,
		   .max = 1.0 },
};

struct coil {
	struct modbus_span span;
	uint64_t epoch;
};

static int coil_ready(struct device *dev, struct err *err)
{
	struct coil *coil = dev->state;
	struct wire *wire = bus_wire(dev->bus);
	uint64_t epoch;

	if (coil->epoch == wire_epoch(wire))
		return 0;
	if (wire_ready(wire, &epoch, err))
		return -1;
	coil->epoch = epoch;
	return 0;
}

static int coil_read(struct device *dev, bool *on, struct err *err)
{
	const struct coil *coil = dev->state;
	uint16_t word;

	if (coil_ready(dev, err) ||
	    link_modbus_read(bus_modbus(dev->bus), &coil->span, &word, NULL,
			     err))
		return -1;
	*on = word;
	return 0;
}

static int coil_poll(struct device *dev, double *values, struct err *err)
{
	bool on;

	if (coil_read(dev, &on, err))
		return -1;
	values[BEAM] = on;
	return 0;
}

static int coil_write(struct device *dev, size_t channel, double value,
		      struct err *err)
{
	const struct coil *coil = dev->state;
	uint16_t word = value != 0.0;
	bool on;

	(void)channel;
	if (coil_ready(dev, err) ||
	    link_modbus_write(bus_modbus(dev->bus), &coil->span, &word, err) ||
	    coil_read(dev, &on, err))
		return -1;
	if (on == word)
		return 0;
	return err_set(err, ERR_STATE, "coil %d does not go %s", coil->span.at,
		       word ? "on" : "off");
}

static int coil_safe(struct device *dev, struct err *err)
{
	const struct coil *coil = dev->state;
	const uint16_t off = 0;

	return link_modbus_tell(bus_modbus(dev->bus), &coil->span, &off, err);
}

static void read_number(const struct yaml_node *map, const char *key,
			int64_t min, int64_t max, int64_t *value,
			struct problems *problems)
{
	const struct yaml_node *node = yaml_get(map, key);

	if (node)
		settings_integer(node, key, min, max, value, problems);
}

static int read_params(struct device *dev, struct err *err)
{
	static const char *const keys[] = { "unit", "coil", NULL };
	struct coil *coil = dev->state;
	struct problems problems = { 0 };
	int64_t unit = 1, at = -1;

	if (settings_check(dev->params, "a modbus-coil", keys, err))
		return -1;
	read_number(dev->params, "unit", 1, 247, &unit, &problems);
	read_number(dev->params, "coil", 0, 65535, &at, &problems);
	if (settings_fail(&problems, err))
		return -1;
	if (at < 0)
		return err_set(err, ERR_INVALID,
			       "coil is needed: its address "
			       "in the frame, from 0");
	coil->span = (struct modbus_span){
		.unit = (uint8_t)unit,
		.space = MODBUS_COIL,
		.at = (uint16_t)at,
		.n = 1,
		.single = true,
		.asker = &coil->epoch,
	};
	return 0;
}

static int set_up(struct device *dev, struct err *err)
{
	struct coil *coil = dev->state;

	if (read_params(dev, err))
		return -1;
	if (!bus_modbus(dev->bus))
		return err_set(err, ERR_INVALID,
			       "needs a bus of type "
			       "modbus-tcp or modbus-rtu");
	coil->epoch = 0;
	return 0;
}

static int coil_look(struct device *dev, struct err *err)
{
	bool on;

	return set_up(dev, err) ? -1 : coil_read(dev, &on, err);
}

static int coil_open(struct device *dev, struct err *err)
{
	return set_up(dev, err) ? -1 : coil_write(dev, BEAM, 0.0, err);
}

extern const struct driver driver_modbus_coil;
const struct driver driver_modbus_coil = {
	.name = "modbus-coil",
	.summary = "blanker on a coil of a Modbus unit",
	.state_size = sizeof(struct coil),
	.channels = channels,
	.n_channels = ARRAY_SIZE(channels),
	.open = coil_open,
	.look = coil_look,
	.poll = coil_poll,
	.write = coil_write,
	.safe = coil_safe,
};
