/* Registers of a definition, written one by one. */
#include <assert.h>
#include <math.h>

#include "base/array.h"
#include "base/number.h"
#include "drivers/bus.h"
#include "drivers/definition_device.h"

/* Between two looks at what has to change. */
#define LOOK_EVERY (20 * NSEC_PER_MS)

static const struct definition *definition_of(const struct device *dev)
{
	return (const struct definition *)dev->driver;
}

static void words_from(const struct reg *reg, uint32_t value, uint16_t words[2])
{
	if (reg->n == 2)
		modbus_split(value, reg->order, words);
	else
		words[0] = (uint16_t)value;
}

static int words_of(const struct reg *reg, double raw, uint16_t words[2],
		    struct err *err)
{
	double whole = nearbyint(raw);
	double min = 0, max = reg->n == 2 ? UINT32_MAX : UINT16_MAX;

	if (reg->type == REGISTER_F32) {
		modbus_from_float((float)raw, reg->order, words);
		return 0;
	}
	if (reg->type == REGISTER_I16 || reg->type == REGISTER_I32) {
		min = reg->n == 2 ? INT32_MIN : INT16_MIN;
		max = reg->n == 2 ? INT32_MAX : INT16_MAX;
	}
	if (!(whole >= min && whole <= max))
		return err_set(err, ERR_RANGE, "%s: does not fit its register",
			       reg->name);
	words_from(reg, (uint32_t)(int64_t)whole, words);
	return 0;
}

static int put(struct device *dev, const struct reg *reg, const uint16_t *words,
	       bool tell, struct err *err)
{
	struct modbus_span span = definition_span(dev, reg, reg->at);
	struct link_modbus *m = bus_modbus(dev->bus);
	int status;

	span.single = reg->n == 1 &&
		      (definition_of(dev)->single || reg->space == MODBUS_COIL);
	status = tell ? link_modbus_tell(m, &span, words, err)
		      : link_modbus_write(m, &span, words, err);
	return status ? err_wrap(err, "%s", reg->name) : 0;
}

static int get(struct device *dev, const struct reg *reg, uint16_t words[2],
	       struct err *err)
{
	struct modbus_span span = definition_span(dev, reg, reg->read_at);

	assert(reg->n <= 2);
	if (link_modbus_read(bus_modbus(dev->bus), &span, words, NULL, err))
		return err_wrap(err, "%s", reg->name);
	return 0;
}

static bool is_urgent(const struct device *dev)
{
	return link_is_urgent(link_modbus_link(bus_modbus(dev->bus)));
}

/* Waits for the next look; *again is false when the deadline has passed. */
static int look_again(const struct device *dev, nsec deadline, bool *again,
		      struct err *err)
{
	struct link *l = link_modbus_link(bus_modbus(dev->bus));
	nsec now = link_now();

	*again = now < deadline;
	return *again ? link_pause(l, nsec_min(now + LOOK_EVERY, deadline), err)
		      : 0;
}

/* -- acknowledged -------------------------------------------------------- */

static int refuse(const struct reg *reg, double raw, struct err *err)
{
	const struct acknowledgement *ack = &reg->ack;

	for (size_t i = 0; i < ack->n_refused; i++)
		if (ack->refused[i].raw == raw)
			return err_set(err, ERR_RANGE, "%s: refused: %s",
				       reg->name, ack->refused[i].why);
	return 0;
}

static int say_unacknowledged(const struct reg *reg, const struct reg *by,
			      double raw, struct err *err)
{
	char shown[NUMBER_TEXT_MAX] = "nothing";

	if (isfinite(raw))
		number_print(raw, shown);
	return err_set(err, ERR_TIMEOUT,
		       "%s: not acknowledged in %d ms: %s reads %s", reg->name,
		       (int)(reg->ack.within / NSEC_PER_MS), by->name, shown);
}

/* A safe command waits for none. */
static int await_yes(struct device *dev, const struct reg *reg, struct err *err)
{
	const struct acknowledgement *ack = &reg->ack;
	const struct reg *by = &definition_of(dev)->registers[ack->reg];
	nsec deadline = link_now() + ack->within;
	double raw = (double)NAN;
	bool again = true;

	if (is_urgent(dev))
		return 0;
	while (again) {
		uint16_t words[2] = { 0 };

		if (get(dev, by, words, err))
			return err_wrap(err, "%s", reg->name);
		raw = definition_raw(by, words);
		for (size_t i = 0; i < ack->n_is; i++)
			if (ack->is[i] == raw)
				return 0;
		if (refuse(reg, raw, err) ||
		    look_again(dev, deadline, &again, err))
			return -1;
	}
	return say_unacknowledged(reg, by, raw, err);
}

/* -- one bit of a word --------------------------------------------------- */

static uint32_t joined(const struct reg *reg, const uint16_t *words)
{
	return reg->n == 2 ? modbus_join(words, reg->order) : words[0];
}

static int known_word(const struct device *dev, int index, uint32_t *word,
		      struct err *err)
{
	const struct definition_state *state = dev->state;

	if (!(state->has_word >> index & 1))
		return err_set(err, ERR_STATE,
			       "%s: the other bits of its word are not known",
			       definition_of(dev)->registers[index].name);
	*word = state->word[index];
	return 0;
}

/* Whoever else writes that word in between is noticed. */
static int await_word(struct device *dev, const struct reg *reg, uint32_t word,
		      struct err *err)
{
	nsec deadline = link_now() + definition_of(dev)->frame.reply;
	uint16_t words[2] = { 0 };
	bool again = true;

	while (again) {
		if (get(dev, reg, words, err))
			return -1;
		if (joined(reg, words) == word)
			return 0;
		if (look_again(dev, deadline, &again, err))
			return -1;
	}
	definition_keep_word(dev, reg, joined(reg, words));
	return err_set(err, ERR_STATE,
		       "%s: its word is 0x%0*X, not 0x%0*X as written",
		       reg->name, 4 * reg->n, (unsigned)joined(reg, words),
		       4 * reg->n, (unsigned)word);
}

static int write_bit(struct device *dev, int index, bool on, bool tell,
		     struct err *err)
{
	const struct reg *reg = &definition_of(dev)->registers[index];
	uint32_t mask = UINT32_C(1) << reg->bit, word;
	uint16_t words[2] = { 0 };

	if (tell) {
		if (known_word(dev, index, &word, err))
			return -1;
	} else {
		if (get(dev, reg, words, err))
			return -1;
		word = joined(reg, words);
	}
	word = on ? word | mask : word & ~mask;
	words_from(reg, word, words);
	definition_keep_word(dev, reg, word);
	if (put(dev, reg, words, tell, err))
		return -1;
	return tell ? 0 : await_word(dev, reg, word, err);
}

int definition_write(struct device *dev, int index, double raw, bool tell,
		     struct err *err)
{
	const struct reg *reg = &definition_of(dev)->registers[index];
	uint16_t words[2] = { 0 };

	if (reg->bit >= 0) {
		if (write_bit(dev, index, raw != 0.0, tell, err))
			return -1;
	} else if (words_of(reg, raw, words, err) ||
		   put(dev, reg, words, tell, err)) {
		return -1;
	}
	return tell || reg->ack.reg < 0 ? 0 : await_yes(dev, reg, err);
}
