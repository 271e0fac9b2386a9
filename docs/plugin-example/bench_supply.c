/*
 * A SCPI bench supply as a heater: voltage and output can be set, voltage and
 * current are measured. The smallest plugin that keeps all rules of
 * drivers/driver.h and drivers/wire.h.
 *
 *	buses:
 *	  bench: {type: tcp, host: 192.168.7.20, port: 5025}
 *	instruments:
 *	  supply: {driver: bench-supply, bus: bench, params: {expect: 4711}}
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/number.h"
#include "base/text.h"
#include "drivers/bus.h"
#include "drivers/plugin.h"
#include "drivers/settings.h"
#include "drivers/wire.h"

#define REPLY (500 * NSEC_PER_MS)
#define LINE_MAX 128

enum { SETPOINT, VOLTAGE, CURRENT, POWER, OUTPUT };

static const struct channel channels[] = {
	[SETPOINT] = { "setpoint", QUANTITY_VOLTAGE,
		       CHANNEL_READ | CHANNEL_WRITE, .min = 0.0, .max = 30.0,
		       .tolerance = 0.005 },
	[VOLTAGE] = { "voltage", QUANTITY_VOLTAGE, CHANNEL_READ,
		      .resolution = 0.001 },
	[CURRENT] = { "current", QUANTITY_CURRENT, CHANNEL_READ,
		      .resolution = 0.1 },
	[POWER] = { "power", QUANTITY_POWER, CHANNEL_READ, .resolution = 1.0 },
	[OUTPUT] = { "output", QUANTITY_SWITCH, CHANNEL_READ | CHANNEL_WRITE,
		     .max = 1.0 },
};

/* What is asked in a poll, and the unit of the answer in the program's. */
static const struct {
	size_t channel;
	const char *ask;
	double scale;
} asks[] = {
	{ SETPOINT, "VOLT?", 1.0 },
	{ VOLTAGE, "MEAS:VOLT?", 1.0 },
	{ CURRENT, "MEAS:CURR?", 1000.0 },
	{ OUTPUT, "OUTP?", 1.0 },
};

struct supply {
	struct wire *wire;
	uint64_t epoch; /* of the wire, when it identified; 0: never */
	char identity[LINE_MAX];
};

static int ask(struct supply *s, const char *words, char answer[LINE_MAX],
	       struct err *err)
{
	return wire_line(s->wire, words, "\n", REPLY, answer, LINE_MAX, err);
}

/* Field i, from 0, of "MAKER,MODEL,SERIAL,FIRMWARE". */
static void field(const struct supply *s, size_t i, char *out, size_t size)
{
	const char *from = s->identity;

	for (; i && *from; i--)
		from += strcspn(from, ",") + (strchr(from, ',') != NULL);
	snprintf(out, size, "%.*s", (int)strcspn(from, ","), from);
}

/* The one that is expected, and the same as the first time? */
static int identify(struct device *dev, struct err *err)
{
	const struct yaml_node *expect = yaml_get(dev->params, "expect");
	struct supply *s = dev->state;
	char answer[LINE_MAX], serial[LINE_MAX];
	uint64_t epoch;

	if (wire_ready(s->wire, &epoch, err) || ask(s, "*IDN?", answer, err))
		return -1;
	if (s->identity[0] && strcmp(s->identity, answer))
		return err_set(err, ERR_IDENTITY, "was '%s', but says '%s' now",
			       s->identity, answer);
	text_copy(s->identity, sizeof(s->identity), answer);
	field(s, 2, serial, sizeof(serial));
	if (expect && strcmp(expect->s, serial)) {
		s->identity[0] = '\0';
		return err_set(err, ERR_IDENTITY,
			       "serial number %s is expected, %s answers",
			       expect->s, serial);
	}
	s->epoch = epoch;
	return 0;
}

/* After any error on the bus: who is there? */
static int be_sure(struct device *dev, struct err *err)
{
	struct supply *s = dev->state;

	return s->epoch == wire_epoch(s->wire) ? 0 : identify(dev, err);
}

static int supply_look(struct device *dev, struct err *err)
{
	static const char *const known[] = { "expect", NULL };
	const struct yaml_node *expect = yaml_get(dev->params, "expect");
	struct supply *s = dev->state;

	if (settings_check(dev->params, "a bench supply", known, err))
		return -1;
	if (expect && expect->kind != YAML_SCALAR)
		return err_set(err, ERR_INVALID,
			       "expect: a serial number belongs here");
	if (!bus_link(dev->bus))
		return err_set(err, ERR_INVALID,
			       "needs a bus of type serial, file or tcp");
	s->wire = bus_wire(dev->bus);
	return identify(dev, err);
}

static bool supply_fact(const struct device *dev, size_t i,
			struct device_fact *fact)
{
	static const char *const names[] = { "maker", "model", "serial" };
	const struct supply *s = dev->state;

	if (i >= ARRAY_SIZE(names) || !s->identity[0])
		return false;
	fact->name = names[i];
	field(s, i, fact->value, sizeof(fact->value));
	return true;
}

/* In any state, whatever the line is like; nothing is awaited. */
static int supply_safe(struct device *dev, struct err *err)
{
	static const char words[] = "OUTP 0\nVOLT 0\n";
	const struct supply *s = dev->state;

	if (!s->wire)
		return err_set(err, ERR_STATE, "was never opened");
	return wire_tell(s->wire, words, sizeof(words) - 1, 0, false, err);
}

static int supply_open(struct device *dev, struct err *err)
{
	return supply_look(dev, err) ? -1 : supply_safe(dev, err);
}

static int supply_poll(struct device *dev, double *values, struct err *err)
{
	struct supply *s = dev->state;

	if (be_sure(dev, err))
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(asks); i++) {
		double *value = &values[asks[i].channel];
		char answer[LINE_MAX];

		if (ask(s, asks[i].ask, answer, err))
			return -1;
		if (number_parse(answer, value, err))
			return wire_suspect(s->wire, err,
					    "'%s' to %s is no number", answer,
					    asks[i].ask);
		*value *= asks[i].scale;
	}
	values[POWER] = values[VOLTAGE] * values[CURRENT];
	return 0;
}

/* No answer: what is read back in the next poll confirms it. */
static int supply_write(struct device *dev, size_t channel, double value,
			struct err *err)
{
	const struct supply *s = dev->state;
	char digits[NUMBER_TEXT_MAX], words[LINE_MAX];

	number_print_fixed(value, channel == OUTPUT ? 0 : 3, digits);
	snprintf(words, sizeof(words), "%s %s",
		 channel == OUTPUT ? "OUTP" : "VOLT", digits);
	if (be_sure(dev, err))
		return -1;
	return wire_line(s->wire, words, "\n", REPLY, NULL, 0, err);
}

static const struct driver bench_supply = {
	.name = "bench-supply",
	.summary = "SCPI bench supply as a heater",
	.state_size = sizeof(struct supply),
	.channels = channels,
	.n_channels = ARRAY_SIZE(channels),
	.open = supply_open,
	.look = supply_look,
	.fact = supply_fact,
	.poll = supply_poll,
	.write = supply_write,
	.safe = supply_safe,
};
static const struct driver *const drivers[] = { &bench_supply, NULL };

const struct plugin gascell_plugin = { PLUGIN_HEAD, drivers };
