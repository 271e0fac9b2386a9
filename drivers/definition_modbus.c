/* Registers of a definition, read in blocks. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/array.h"
#include "drivers/bus.h"
#include "drivers/definition_device.h"

/* Exceptions that say that something is not there. */
#define ILLEGAL_FUNCTION 1
#define ILLEGAL_ADDRESS 2
#define ILLEGAL_VALUE 3

static const struct definition *definition_of(const struct device *dev)
{
	return (const struct definition *)dev->driver;
}

static uint64_t bit(size_t i)
{
	return UINT64_C(1) << i;
}

static struct modbus_span span_of(const struct device *dev,
				  enum modbus_space space, uint16_t at,
				  uint16_t n)
{
	const struct definition *d = definition_of(dev);
	struct definition_state *state = dev->state;

	return (struct modbus_span){
		.unit = state->unit_id,
		.space = space,
		.at = at,
		.n = n,
		.reply = d->frame.reply,
		.gap = d->frame.gap,
		.asker = &state->epoch,
	};
}

double definition_raw(const struct reg *reg, const uint16_t *words)
{
	uint32_t raw = words[0];

	if (reg->n == 2)
		raw = modbus_join(words, reg->order);
	if (reg->bit >= 0)
		return raw >> reg->bit & 1;
	switch (reg->type) {
	case REGISTER_I16: return (int16_t)words[0];
	case REGISTER_I32: return (int32_t)raw;
	case REGISTER_F32: return (double)modbus_float(words, reg->order);
	case REGISTER_BOOL: return words[0] != 0;
	case REGISTER_U16:
	case REGISTER_U32: return raw;
	case REGISTER_TEXT: break;
	}
	return NAN;
}

struct modbus_span definition_span(const struct device *dev,
				   const struct reg *reg, uint16_t at)
{
	return span_of(dev, reg->space, at, reg->n);
}

static bool is_same_word(const struct reg *a, const struct reg *b)
{
	return a->bit >= 0 && a->space == b->space &&
	       a->read_at == b->read_at && a->n == b->n;
}

void definition_keep_word(struct device *dev, const struct reg *reg,
			  uint32_t word)
{
	const struct definition *d = definition_of(dev);
	struct definition_state *state = dev->state;

	for (size_t i = 0; i < d->n_registers; i++)
		if (is_same_word(&d->registers[i], reg)) {
			state->word[i] = word;
			state->has_word |= bit(i);
		}
}

/* Two characters a word, the first one high; ends at a NUL. */
static void text_of(const struct reg *reg, const uint16_t *words,
		    char out[PATTERN_TEXT_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < reg->n; i++) {
		out[n++] = (char)(words[i] >> 8);
		out[n++] = (char)(words[i] & 0xff);
	}
	out[n] = '\0';
	n = strlen(out);
	while (n && out[n - 1] == ' ')
		out[--n] = '\0';
}

static void keep(struct device *dev, size_t i, const uint16_t *words)
{
	const struct reg *reg = &definition_of(dev)->registers[i];
	struct definition_state *state = dev->state;

	if (reg->type == REGISTER_TEXT)
		text_of(reg, words, state->text[i]);
	else
		state->raw[i] = definition_raw(reg, words);
	if (reg->bit >= 0)
		definition_keep_word(dev, reg,
				     reg->n == 2
					     ? modbus_join(words, reg->order)
					     : words[0]);
}

static bool is_missing(int exception)
{
	return exception == ILLEGAL_FUNCTION || exception == ILLEGAL_ADDRESS ||
	       exception == ILLEGAL_VALUE;
}

static int read_one(struct device *dev, size_t i, struct err *err)
{
	const struct reg *reg = &definition_of(dev)->registers[i];
	struct definition_state *state = dev->state;
	struct modbus_span span =
		span_of(dev, reg->space, reg->read_at, reg->n);
	uint16_t words[MODBUS_WORDS_MAX];
	int exception;

	if (state->absent & bit(i))
		return 0;
	if (!link_modbus_read(bus_modbus(dev->bus), &span, words, &exception,
			      err)) {
		keep(dev, i, words);
		return 0;
	}
	if (!is_missing(exception))
		return err_wrap(err, "%s", reg->name);
	/* It is not there: that does not change while the link is open. */
	state->absent |= bit(i);
	return 0;
}

static int read_singly(struct device *dev, uint64_t members, struct err *err)
{
	for (size_t i = 0; i < definition_of(dev)->n_registers; i++)
		if (members & bit(i) && read_one(dev, i, err))
			return -1;
	return 0;
}

static int read_block(struct device *dev, size_t b, struct err *err)
{
	const struct definition *d = definition_of(dev);
	const struct block *block = &d->blocks[b];
	struct definition_state *state = dev->state;
	struct modbus_span span =
		span_of(dev, block->space, block->at, block->n);
	uint16_t words[MODBUS_WORDS_MAX];
	int exception;

	if (state->split & bit(b))
		return read_singly(dev, block->members, err);
	if (link_modbus_read(bus_modbus(dev->bus), &span, words, &exception,
			     err)) {
		if (!is_missing(exception))
			return -1;
		/* Once, and remembered. */
		state->split |= bit(b);
		return read_singly(dev, block->members, err);
	}
	for (size_t i = 0; i < d->n_registers; i++)
		if (block->members & bit(i))
			keep(dev, i,
			     &words[d->registers[i].read_at - block->at]);
	return 0;
}

int definition_read(struct device *dev, uint64_t members, struct err *err)
{
	const struct definition *d = definition_of(dev);
	struct definition_state *state = dev->state;

	for (size_t i = 0; i < d->n_registers; i++)
		if (members & bit(i)) {
			state->raw[i] = NAN;
			state->text[i][0] = '\0';
		}
	for (size_t b = 0; b < d->n_blocks; b++) {
		if (!(d->blocks[b].members & members))
			continue;
		if (read_block(dev, b, err))
			return -1;
		members &= ~d->blocks[b].members;
	}
	return read_singly(dev, members, err);
}
