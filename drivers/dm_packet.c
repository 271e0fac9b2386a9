#include "drivers/dm_packet.h"

#include <assert.h>
#include <string.h>

static void put(struct dm_packet *p, const void *bytes, size_t n)
{
	assert(p->n + n <= sizeof(p->bytes));
	memcpy(p->bytes + p->n, bytes, n);
	p->n += n;
}

static void put_u32(uint8_t *out, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		out[i] = (uint8_t)(value >> 8 * i);
}

static uint32_t get_u32(const uint8_t *in)
{
	return in[0] | (uint32_t)in[1] << 8 | (uint32_t)in[2] << 16 |
	       (uint32_t)in[3] << 24;
}

static void renew_length(struct dm_packet *p)
{
	put_u32(p->bytes, (uint32_t)p->n);
}

void dm_packet_number(struct dm_packet *p, int32_t value)
{
	uint8_t bytes[4];

	put_u32(bytes, (uint32_t)value);
	put(p, bytes, sizeof(bytes));
	renew_length(p);
}

void dm_packet_begin(struct dm_packet *p, enum dm_function function)
{
	p->n = 4;
	dm_packet_number(p, (int32_t)function);
}

void dm_packet_fraction(struct dm_packet *p, double value)
{
	uint64_t bits;
	uint8_t bytes[8];

	memcpy(&bits, &value, sizeof(bits));
	put_u32(bytes, (uint32_t)bits);
	put_u32(bytes + 4, (uint32_t)(bits >> 32));
	put(p, bytes, sizeof(bytes));
	renew_length(p);
}

void dm_packet_script(struct dm_packet *p, const char *script)
{
	size_t n = strlen(script) + 1, words = (n + 3) / 4;
	const char padding[4] = { 0 };

	dm_packet_begin(p, DM_EXECUTE_SCRIPT);
	dm_packet_number(p, (int32_t)words);
	dm_packet_number(p, 0); /* no camera is selected for it */
	put(p, script, n);
	put(p, padding, 4 * words - n);
	renew_length(p);
}

static size_t full_size(const struct dm_shape *shape)
{
	return DM_HEAD + 4 * shape->n_numbers + 8 * shape->n_fractions;
}

int dm_answer_size(const uint8_t bytes[4], const struct dm_shape *shape,
		   size_t *n, struct err *err)
{
	uint32_t size = get_u32(bytes);

	assert(full_size(shape) <= DM_ANSWER_MAX && shape->n_fractions <= 1);
	if (size != DM_HEAD && size != full_size(shape))
		return err_set(err, ERR_PROTOCOL,
			       "an answer of %u bytes where %zu belong", size,
			       full_size(shape));
	*n = size;
	return 0;
}

static double get_fraction(const uint8_t *in)
{
	uint64_t bits = get_u32(in) | (uint64_t)get_u32(in + 4) << 32;
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

int dm_answer_read(const uint8_t *bytes, size_t n, const struct dm_shape *shape,
		   struct dm_answer *answer, struct err *err)
{
	int32_t status = (int32_t)get_u32(bytes + 4);
	const uint8_t *at = bytes + DM_HEAD;

	assert(n >= DM_HEAD);
	if (status)
		return err_set(err, ERR_STATE,
			       "DigitalMicrograph refuses with %d",
			       (int)status);
	if (n != full_size(shape))
		return err_set(err, ERR_PROTOCOL,
			       "%zu bytes are no answer to this", n);
	for (size_t i = 0; i < shape->n_numbers; i++, at += 4)
		answer->number[i] = (int32_t)get_u32(at);
	if (shape->n_fractions)
		answer->fraction = get_fraction(at);
	return 0;
}
