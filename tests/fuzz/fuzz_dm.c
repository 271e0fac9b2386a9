/*
 * Any bytes as an answer of DigitalMicrograph's socket: what is read is of the
 * length that its first bytes say, and of the shape that was asked for.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/dm_packet.h"

static const struct dm_shape shapes[] = {
	{ 0, 0 }, { 1, 0 }, { 0, 1 }, { 4, 0 }, { 2, 1 },
};

static void read_as(const struct dm_shape *shape, const uint8_t *bytes,
		    size_t size)
{
	uint8_t answer[DM_ANSWER_MAX];
	struct dm_answer out;
	struct err err = { 0 };
	size_t n;

	if (dm_answer_size(bytes, shape, &n, &err))
		return;
	if (n < DM_HEAD || n > sizeof(answer))
		abort();
	if (size < n)
		return;
	memcpy(answer, bytes, n);
	if (dm_answer_read(answer, n, shape, &out, &err) && !err.code)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	if (size < 4)
		return 0;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++)
		read_as(&shapes[i], bytes, size);
	return 0;
}
