/* Who answers: found out, remembered, and compared with what the site's
 * configuration expects, before anything is believed or written. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "drivers/bus.h"
#include "drivers/definition_device.h"
#include "drivers/wire.h"

#define SAME 1e-3 /* of a full scale */

static const struct definition *definition_of(const struct device *dev)
{
	return (const struct definition *)dev->driver;
}

static int ask_ascii(struct device *dev, struct pattern_value *fields,
		     struct err *err)
{
	const struct ask *ask = &definition_of(dev)->identify;
	struct err why;

	if (!definition_ask(dev, ask, (struct pattern_sent){ 0 }, fields, err))
		return 0;
	if (err->code != ERR_PROTOCOL && err->code != ERR_RANGE)
		return -1;
	why = *err;
	return err_set(err, ERR_IDENTITY, "does not answer like a %s: %s",
		       dev->driver->name, why.msg);
}

static int ask_modbus(struct device *dev, struct err *err)
{
	const struct definition *d = definition_of(dev);
	struct definition_state *state = dev->state;
	uint64_t members = 0;

	for (size_t i = 0; i < d->n_identity; i++)
		members |= UINT64_C(1) << d->identity[i].reg;
	/* What the last one did not have, this one may. */
	state->absent &= ~members;
	if (definition_read(dev, members, err))
		return -1;
	for (size_t i = 0; i < d->n_identity; i++) {
		const struct identity *id = &d->identity[i];

		if (id->has_is && state->raw[id->reg] != id->is)
			return err_set(err, ERR_IDENTITY,
				       "is no %s: %s is "
				       "another one",
				       dev->driver->name, id->name);
	}
	return 0;
}

static double unit_of(const struct device *dev, const struct identity *id,
		      double raw)
{
	struct scale scale = id->scale;

	if (id->unit_param >= 0)
		definition_scale(dev, id->quantity, id->unit_param, &scale);
	return raw * scale.mul / scale.div + scale.add;
}

static void find_out(const struct device *dev, size_t i,
		     const struct pattern_value *fields,
		     char text[PATTERN_TEXT_MAX], double *value)
{
	const struct identity *id = &definition_of(dev)->identity[i];
	const struct definition_state *state = dev->state;
	char number[NUMBER_TEXT_MAX] = "nothing";

	if (id->field >= 0) {
		*value = unit_of(dev, id, fields[id->field].number);
		text_copy(text, PATTERN_TEXT_MAX, fields[id->field].text);
		return;
	}
	*value = unit_of(dev, id, state->raw[id->reg]);
	text_copy(text, PATTERN_TEXT_MAX, state->text[id->reg]);
	if (!text[0] && isfinite(state->raw[id->reg]))
		number_print(state->raw[id->reg], number);
	if (!text[0])
		text_copy(text, PATTERN_TEXT_MAX, number);
}

static int say_other(const char *name, const char *want, const char *have,
		     struct err *err)
{
	_cleanup_(text_free) struct text shown = { 0 };

	text_add_escaped(&shown, have, strlen(have), PATTERN_TEXT_MAX);
	return err_set(err, ERR_IDENTITY, "%s: %s is expected, %s answers",
		       name, want, text_str(&shown));
}

static int compare(const struct identity *id, const char *want,
		   const char *text, double value, struct err *err)
{
	char have[QUANTITY_TEXT_MAX] = "no number";
	double number;

	if (!id->is_number)
		return strcmp(want, text) ? say_other(id->name, want, text, err)
					  : 0;
	if (quantity_parse(id->quantity, want, &number, err))
		return err_wrap(err, "expect: %s", id->name);
	if (fabs(value - number) <= SAME * fabs(number))
		return 0;
	if (isfinite(value))
		quantity_format(id->quantity, value, have);
	return say_other(id->name, want, have, err);
}

static int check(struct device *dev, size_t i,
		 const struct pattern_value *fields, struct err *err)
{
	const struct identity *id = &definition_of(dev)->identity[i];
	struct definition_state *state = dev->state;
	const struct yaml_node *want;
	char text[PATTERN_TEXT_MAX];
	double value;

	find_out(dev, i, fields, text, &value);
	want = yaml_get(yaml_get(dev->params, "expect"), id->name);
	if (want && compare(id, want->s, text, value, err))
		return -1;
	if (state->identified && !id->changes &&
	    strcmp(text, state->identity[i]))
		return say_other(id->name, state->identity[i], text, err);
	text_copy(state->identity[i], PATTERN_TEXT_MAX, text);
	state->identity_value[i] = value;
	return 0;
}

bool definition_expects_change(const struct device *dev)
{
	const struct definition *d = definition_of(dev);
	const struct yaml_node *expect = yaml_get(dev->params, "expect");

	for (size_t i = 0; i < d->n_identity; i++)
		if (d->identity[i].changes &&
		    yaml_get(expect, d->identity[i].name))
			return true;
	return false;
}

int definition_identify(struct device *dev, struct err *err)
{
	const struct definition *d = definition_of(dev);
	struct definition_state *state = dev->state;
	struct pattern_value fields[PATTERN_FIELDS_MAX] = { { 0 } };
	struct wire *wire = bus_wire(dev->bus);
	uint64_t epoch;

	if (wire_ready(wire, &epoch, err))
		return -1;
	if (d->modbus ? ask_modbus(dev, err) : ask_ascii(dev, fields, err))
		return -1;
	for (size_t i = 0; i < d->n_identity; i++)
		if (check(dev, i, fields, err))
			return -1;
	state->identified = true;
	state->epoch = epoch;
	for (size_t i = 0; i < DEVICE_CHANNELS_MAX; i++)
		state->last[i] = NAN;
	return 0;
}
