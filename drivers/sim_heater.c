/*
 * Simulated supply of a 4-point heater chip: it closes the temperature loop
 * itself and reads the chip's resistance.
 */
#include "base/array.h"
#include "drivers/bus.h"
#include "drivers/driver.h"
#include "drivers/settings.h"
#include "drivers/sim_lab.h"

enum {
	TEMPERATURE,
	SETPOINT,
	POWER,
	RESISTANCE,
	VOLTAGE,
	CURRENT,
	OUTPUT,
};

static const struct channel channels[] = {
	[TEMPERATURE] = { "temperature", QUANTITY_TEMPERATURE,
			  CHANNEL_READ | CHANNEL_WRITE, .min = 20.0,
			  .max = 1200.0, .resolution = 0.001, .offset = 2.0,
			  .tolerance = 0.01, .readback = "setpoint" },
	[SETPOINT] = { "setpoint", QUANTITY_TEMPERATURE, CHANNEL_READ,
		       .resolution = 0.001, .tolerance = 0.01 },
	[POWER] = { "power", QUANTITY_POWER, CHANNEL_READ, .resolution = 1e-6 },
	[RESISTANCE] = { "resistance", QUANTITY_RESISTANCE, CHANNEL_READ,
			 .resolution = 0.001 },
	[VOLTAGE] = { "voltage", QUANTITY_VOLTAGE, CHANNEL_READ,
		      .resolution = 1e-6 },
	[CURRENT] = { "current", QUANTITY_CURRENT, CHANNEL_READ,
		      .resolution = 1e-6 },
	[OUTPUT] = { "output", QUANTITY_SWITCH, CHANNEL_READ | CHANNEL_WRITE,
		     .max = 1.0 },
};

struct heater {
	struct sim_noise noise;
	bool has_noise;
};

static int heater_safe(struct device *dev, struct err *err)
{
	struct sim_lab *lab = bus_sim(dev->bus);
	struct sim_link link = sim_lab_link(lab, dev, err);

	if (link.is_done)
		lab->chip.output = false;
	return link.status;
}

static int heater_open(struct device *dev, struct err *err)
{
	static const char *const keys[] = { NULL };
	struct sim_lab *lab = bus_sim(dev->bus);
	struct heater *heater = dev->state;

	if (!lab)
		return err_set(err, ERR_INVALID, "%s: needs a bus of type sim",
			       dev->name);
	if (settings_check(dev->params, "a sim-heater", keys, err))
		return -1;
	/* After a lost link the noise goes on where it was. */
	if (!heater->has_noise)
		sim_noise_init(&heater->noise, lab->seed, dev->name);
	heater->has_noise = true;
	return heater_safe(dev, err);
}

static int heater_poll(struct device *dev, double *values, struct err *err)
{
	struct sim_lab *lab = bus_sim(dev->bus);
	struct heater *heater = dev->state;
	struct sim_link link = sim_lab_link(lab, dev, err);
	struct sim_chip_reading reading;

	if (link.status)
		return link.status;
	sim_chip_measure(&lab->chip, &heater->noise, dev->now, &reading);
	values[TEMPERATURE] = reading.temperature;
	values[SETPOINT] = lab->chip.setpoint;
	values[POWER] = reading.power;
	values[RESISTANCE] = reading.resistance;
	values[VOLTAGE] = reading.voltage;
	values[CURRENT] = reading.current;
	values[OUTPUT] = lab->chip.output;
	sim_faults_readings(&lab->faults, dev, lab->t, values);
	return 0;
}

static int heater_write(struct device *dev, size_t channel, double value,
			struct err *err)
{
	struct sim_lab *lab = bus_sim(dev->bus);
	struct sim_link link = sim_lab_link(lab, dev, err);

	if (!link.is_done)
		return link.status;
	if (channel == TEMPERATURE)
		lab->chip.setpoint = value;
	else if (channel == OUTPUT)
		lab->chip.output = value != 0.0;
	return link.status;
}

extern const struct driver driver_sim_heater;
const struct driver driver_sim_heater = {
	.name = "sim-heater",
	.summary = "heater chip of the simulated laboratory",
	.state_size = sizeof(struct heater),
	.channels = channels,
	.n_channels = ARRAY_SIZE(channels),
	.open = heater_open,
	.look = heater_open, /* a laboratory of its own */
	.poll = heater_poll,
	.write = heater_write,
	.safe = heater_safe,
};
