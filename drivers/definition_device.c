/* The functions of a definition as a driver. */
#include "drivers/definition_device.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "drivers/bus.h"
#include "drivers/settings.h"
#include "drivers/wire.h"

#define UNIT_USUAL 1
#define UNIT_MOST 247
#define DECIMALS_MAX 9

static const struct definition *definition_of(const struct device *dev)
{
	return (const struct definition *)dev->driver;
}

bool definition_scale(const struct device *dev, enum quantity quantity,
		      int param, struct scale *scale)
{
	const struct definition_state *state = dev->state;

	return unit_find(quantity, state->params.v[param], scale);
}

static int read_param(struct device *dev, size_t i, struct err *err)
{
	const struct definition *d = definition_of(dev);
	struct definition_state *state = dev->state;
	const struct yaml_node *node = yaml_get(dev->params, d->params.v[i]);
	const char *text = d->usual.v[i];

	if (node && node->kind != YAML_SCALAR)
		return err_set(err, ERR_INVALID,
			       "params: %s: one value "
			       "belongs here",
			       d->params.v[i]);
	if (!node && !d->has_usual[i])
		return err_set(err, ERR_INVALID, "params: %s is needed",
			       d->params.v[i]);
	if (node)
		text = node->s;
	if (!text_copy(state->params.v[i], PATTERN_TEXT_MAX, text))
		return err_set(err, ERR_INVALID, "params: %s is too long",
			       d->params.v[i]);
	return 0;
}

static int read_unit_id(struct device *dev, struct err *err)
{
	const struct yaml_node *node = yaml_get(dev->params, "address");
	struct definition_state *state = dev->state;
	int64_t address = UNIT_USUAL;

	if (node && (node->kind != YAML_SCALAR ||
		     number_parse_int(node->s, 1, UNIT_MOST, &address, err)))
		return err_wrap(err, "params: address");
	state->unit_id = (uint8_t)address;
	return 0;
}

static int check_keys(const struct device *dev, struct err *err)
{
	const struct definition *d = definition_of(dev);
	const char *keys[PATTERN_PARAMS_MAX + 3],
		*known[DEFINITION_IDENTITY_MAX + 1];
	const struct yaml_node *expect = yaml_get(dev->params, "expect");
	size_t n = 0;

	for (; n < d->params.n; n++)
		keys[n] = d->params.v[n];
	keys[n++] = "expect";
	if (d->modbus)
		keys[n++] = "address";
	keys[n] = NULL;
	for (n = 0; n < d->n_identity; n++)
		known[n] = d->identity[n].name;
	known[n] = NULL;
	if (settings_check(dev->params, "the params of this instrument", keys,
			   err) ||
	    settings_check(expect,
			   "what this instrument can be expected to "
			   "be",
			   known, err))
		return -1;
	for (const struct yaml_node *node = expect ? expect->first : NULL; node;
	     node = node->next)
		if (node->kind != YAML_SCALAR)
			return err_set(err, ERR_INVALID,
				       "expect: %s: one "
				       "value belongs here",
				       node->key);
	return 0;
}

static int read_units(struct device *dev, struct err *err)
{
	const struct definition *d = definition_of(dev);
	struct definition_state *state = dev->state;

	for (size_t i = 0; i < d->driver.n_channels; i++) {
		const struct source *s = &d->sources[i];

		state->unit[i] = s->scale;
		if (s->unit_param < 0 ||
		    definition_scale(dev, d->channels[i].quantity,
				     s->unit_param, &state->unit[i]))
			continue;
		return err_set(err, ERR_INVALID,
			       "params: %s: %s is no unit "
			       "of a %s",
			       d->params.v[s->unit_param],
			       state->params.v[s->unit_param],
			       quantity_name(d->channels[i].quantity));
	}
	return 0;
}

static int read_params(struct device *dev, struct err *err)
{
	const struct definition *d = definition_of(dev);
	bool right_bus = d->modbus ? bus_modbus(dev->bus) != NULL
				   : bus_link(dev->bus) != NULL;

	if (!right_bus)
		return err_set(err, ERR_INVALID, "needs a bus of type %s",
			       d->modbus ? "modbus-rtu or modbus-tcp"
					 : "serial, file or tcp");
	if (check_keys(dev, err) || (d->modbus && read_unit_id(dev, err)))
		return -1;
	for (size_t i = 0; i < d->params.n; i++)
		if (read_param(dev, i, err))
			return -1;
	if (read_units(dev, err))
		return -1;
	((struct definition_state *)dev->state)->ready = true;
	return 0;
}

static double power_of_ten(double decimals)
{
	return decimals >= 0 && decimals <= DECIMALS_MAX ? pow(10.0, decimals)
							 : NAN;
}

static bool is_in(double value, const double *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == value)
			return true;
	return false;
}

static double decimals_of(const struct device *dev, const struct source *s)
{
	const struct definition_state *state = dev->state;

	return s->decimals < 0 ? 1.0 : power_of_ten(state->raw[s->decimals]);
}

/* The instrument's number as ours; NAN when it is none. */
static double value_of(const struct device *dev, size_t i, double raw)
{
	const struct source *s = &definition_of(dev)->sources[i];
	const struct definition_state *state = dev->state;
	const struct scale *unit = &state->unit[i];

	if (!isfinite(raw) || is_in(raw, s->bad, s->n_bad))
		return NAN;
	for (size_t k = 0; k < s->n_map; k++)
		if (s->map[k].raw == raw)
			return s->map[k].value;
	if (s->n_map)
		return NAN;
	if (s->wrap > 0 && raw >= s->wrap)
		raw -= 65536.0;
	raw = raw * s->factor / decimals_of(dev, s);
	return raw * unit->mul / unit->div + unit->add;
}

/* The instrument's word as our number. */
static double word_value(const struct source *s, const char *word)
{
	for (size_t k = 0; k < s->n_map; k++)
		if (!strcmp(s->map[k].word, word))
			return s->map[k].value;
	return NAN;
}

static int raw_of(const struct device *dev, size_t i, double value,
		  struct pattern_sent *raw, struct err *err)
{
	const struct source *s = &definition_of(dev)->sources[i];
	const struct definition_state *state = dev->state;
	const struct scale *unit = &state->unit[i];
	double decimals = decimals_of(dev, s);

	for (size_t k = 0; k < s->n_map; k++)
		if (s->map[k].value == value) {
			*raw = (struct pattern_sent){ s->map[k].raw,
						      s->map[k].word };
			return 0;
		}
	if (s->n_map)
		return err_set(err, ERR_RANGE, "%s: not one of its values",
			       definition_of(dev)->channels[i].name);
	if (value == 0.0 && unit->add == 0.0)
		decimals = 1.0;
	if (!isfinite(decimals))
		return err_set(err, ERR_STATE,
			       "%s: its decimals are not "
			       "known",
			       definition_of(dev)->channels[i].name);
	raw->word = NULL;
	raw->number = (value - unit->add) * unit->div / unit->mul / s->factor *
		      decimals;
	return 0;
}

static bool is_trusted(const struct device *dev)
{
	const struct definition_state *state = dev->state;
	const struct wire *wire = bus_wire(dev->bus);

	return state->epoch == wire_epoch(wire) && !wire->suspect &&
	       link_is_open(wire->link);
}

static int need_identity(struct device *dev, struct err *err)
{
	const struct definition_state *state = dev->state;

	if (state->epoch == wire_epoch(bus_wire(dev->bus)))
		return 0;
	return definition_identify(dev, err);
}

static int send_value(struct device *dev, size_t i, double value, bool tell,
		      struct err *err)
{
	const struct definition *d = definition_of(dev);
	const struct source *s = &d->sources[i];
	struct definition_state *state = dev->state;
	struct pattern_value fields[PATTERN_FIELDS_MAX];
	struct pattern_sent raw = { NAN, NULL };
	int status;

	if (raw_of(dev, i, value, &raw, err))
		return -1;
	if (s->eeprom && !tell && state->last[i] == raw.number)
		return 0;
	if (d->modbus)
		status = definition_write(dev, s->write_reg, raw.number, tell,
					  err);
	else if (tell)
		status = definition_tell(dev, &d->asks[s->write_ask], raw, err);
	else
		status = definition_ask(dev, &d->asks[s->write_ask], raw,
					fields, err);
	state->last[i] = status ? NAN : raw.number;
	return status;
}

static int do_act(struct device *dev, const struct act *act, bool tell,
		  struct err *err)
{
	const struct pattern_sent nothing = { 0 };
	const struct definition *d = definition_of(dev);
	struct pattern_value fields[PATTERN_FIELDS_MAX];

	if (act->channel >= 0)
		return send_value(dev, (size_t)act->channel, act->value, tell,
				  err);
	return tell ? definition_tell(dev, &d->asks[act->ask], nothing, err)
		    : definition_ask(dev, &d->asks[act->ask], nothing, fields,
				     err);
}

/* Asked and answered while the line is trusted, else sent at once; what one
 * instrument refuses does not keep the rest from being sent. */
static int definition_safe(struct device *dev, struct err *err)
{
	const struct definition *d = definition_of(dev);
	struct definition_state *state = dev->state;
	int status = 0;

	if (!state->ready && read_params(dev, err))
		return -1;
	for (size_t i = 0; i < d->n_safe; i++) {
		struct err why = { 0 };
		bool tell = !is_trusted(dev);

		if (!tell)
			state->last[d->safe[i].channel < 0
					    ? 0
					    : d->safe[i].channel] = NAN;
		if (!do_act(dev, &d->safe[i], tell, &why) ||
		    (!tell && !is_trusted(dev) &&
		     !do_act(dev, &d->safe[i], true, &why)))
			continue;
		*err = why;
		status = -1;
	}
	return status;
}

static int definition_look(struct device *dev, struct err *err)
{
	const struct definition *d = definition_of(dev);
	struct definition_state *state = dev->state;

	if (read_params(dev, err))
		return -1;
	state->split = state->absent = 0;
	for (size_t i = 0; i < d->n_registers; i++)
		state->raw[i] = NAN;
	return definition_identify(dev, err);
}

static bool definition_fact(const struct device *dev, size_t i,
			    struct device_fact *fact)
{
	const struct definition *d = definition_of(dev);
	const struct definition_state *state = dev->state;

	if (i >= d->n_identity || !state->identified)
		return false;
	fact->name = d->identity[i].name;
	text_copy(fact->value, sizeof(fact->value), state->identity[i]);
	return true;
}

static int definition_open(struct device *dev, struct err *err)
{
	const struct definition *d = definition_of(dev);

	if (definition_look(dev, err))
		return -1;
	for (size_t i = 0; i < d->n_init; i++)
		if (do_act(dev, &d->init[i], false, err))
			return err_wrap(err, "init");
	return definition_safe(dev, err);
}

static uint64_t members(const struct definition *d)
{
	uint64_t all = 0;

	for (size_t b = 0; b < d->n_blocks; b++)
		all |= d->blocks[b].members;
	return all;
}

/* What gives values again may be another one: a gauge was plugged in. */
static int look_who_is_back(struct device *dev, uint32_t invalid,
			    struct err *err)
{
	struct definition_state *state = dev->state;
	uint32_t back = state->invalid & ~invalid;

	state->invalid = invalid;
	return back && definition_expects_change(dev)
		       ? definition_identify(dev, err)
		       : 0;
}

static int poll_modbus(struct device *dev, double *values, struct err *err)
{
	const struct definition *d = definition_of(dev);
	const struct definition_state *state = dev->state;
	uint32_t invalid = 0;

	if (definition_read(dev, members(d), err))
		return -1;
	for (size_t i = 0; i < d->driver.n_channels; i++) {
		const struct source *s = &d->sources[i];

		values[i] = NAN;
		if (s->n_valid &&
		    !is_in(state->raw[s->valid_field], s->valid, s->n_valid))
			invalid |= UINT32_C(1) << i;
		else if (s->reg >= 0)
			values[i] =
				s->words ? word_value(s, state->text[s->reg])
					 : value_of(dev, i, state->raw[s->reg]);
	}
	if (d->flags.reg >= 0) {
		definition_take_flags(dev, NULL);
		definition_apply_flags(dev, values);
	}
	return look_who_is_back(dev, invalid, err);
}

static bool is_valid(const struct source *s, const struct pattern_value *field)
{
	return field->came && is_in(field->number, s->valid, s->n_valid);
}

/* Values were NAN before. */
static void take_fields(const struct device *dev, int ask,
			const struct pattern_value *fields, double *values,
			uint32_t *invalid)
{
	const struct definition *d = definition_of(dev);

	for (size_t i = 0; i < d->driver.n_channels; i++) {
		const struct source *s = &d->sources[i];

		if (s->ask != ask || !fields[s->field].came)
			continue;
		if (s->n_valid && !is_valid(s, &fields[s->valid_field])) {
			*invalid |= UINT32_C(1) << i;
			continue;
		}
		values[i] = s->words
				    ? word_value(s, fields[s->field].text)
				    : value_of(dev, i, fields[s->field].number);
	}
}

static void take_answer(struct device *dev, int ask,
			const struct pattern_value *fields, double *values,
			uint32_t *invalid)
{
	if (ask == definition_of(dev)->flags.ask)
		definition_take_flags(dev, fields);
	take_fields(dev, ask, fields, values, invalid);
}

static bool is_asked(const struct definition *d, int ask)
{
	for (size_t i = 0; i < d->driver.n_channels; i++)
		if (d->sources[i].ask == ask)
			return true;
	return false;
}

static int poll_ascii(struct device *dev, double *values, struct err *err)
{
	const struct definition *d = definition_of(dev);
	uint32_t invalid = 0;

	for (size_t i = 0; i < d->driver.n_channels; i++)
		values[i] = NAN;
	definition_take_flags(dev, NULL);
	for (int a = 0; a < (int)d->n_asks; a++) {
		struct pattern_value fields[PATTERN_FIELDS_MAX] = { { 0 } };

		if (!is_asked(d, a) && a != d->flags.ask)
			continue;
		if (!definition_ask(dev, &d->asks[a],
				    (struct pattern_sent){ 0 }, fields, err))
			take_answer(dev, a, fields, values, &invalid);
		else if (err->code != ERR_RANGE)
			return -1;
		/* A refusal leaves its values bad: they are not there. */
	}
	if (d->flags.ask >= 0)
		definition_apply_flags(dev, values);
	return look_who_is_back(dev, invalid, err);
}

static int definition_poll(struct device *dev, double *values, struct err *err)
{
	if (need_identity(dev, err))
		return -1;
	return definition_of(dev)->modbus ? poll_modbus(dev, values, err)
					  : poll_ascii(dev, values, err);
}

/* A safe setpoint (its link is urgent) needs no identity. */
static int definition_set(struct device *dev, size_t channel, double value,
			  struct err *err)
{
	bool urgent = link_is_urgent(bus_wire(dev->bus)->link);

	if (urgent && !is_trusted(dev))
		return send_value(dev, channel, value, true, err);
	if (need_identity(dev, err))
		return -1;
	if (!send_value(dev, channel, value, false, err))
		return 0;
	if (!urgent || err->code == ERR_RANGE)
		return -1;
	return send_value(dev, channel, value, true, err);
}

const struct driver definition_driver = {
	.open = definition_open,
	.look = definition_look,
	.fact = definition_fact,
	.poll = definition_poll,
	.write = definition_set,
	.safe = definition_safe,
};
