/*
 * Any bytes as a camera's answer: a frame has all its pixels within what was
 * decoded, and it does not matter in which pieces the bytes come.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/acquired.h"

static int read_in(size_t piece, const uint8_t *bytes, size_t size,
		   struct acquired *a, struct acquired_frame *frame)
{
	struct err err = { 0 };

	*a = (struct acquired){ 0 };
	for (size_t i = 0; i < size; i += piece) {
		size_t n = size - i < piece ? size - i : piece;

		if (!acquired_take(a, (const char *)bytes + i, n))
			break;
	}
	return acquired_end(a, "A", frame, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct acquired whole, pieces;
	struct acquired_frame one = { 0 }, other = { 0 };
	int status = read_in(size + 1, bytes, size, &whole, &one);

	if (status != read_in(3, bytes, size, &pieces, &other))
		abort();
	if (!status &&
	    (one.width * one.height * 2 != whole.n || whole.n != pieces.n ||
	     memcmp(one.pixels, other.pixels, whole.n)))
		abort();
	acquired_free(&whole);
	acquired_free(&pieces);
	return 0;
}
