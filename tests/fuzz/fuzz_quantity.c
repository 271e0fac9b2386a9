/* The first byte chooses the kind; what is read is finite and prints. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/quantity.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(text_free) struct text t = { 0 };
	char out[QUANTITY_TEXT_MAX];
	enum quantity q;
	struct err err;
	double value;

	if (!size)
		return 0;
	q = (enum quantity)(data[0] % QUANTITY_N);
	text_add_n(&t, (const char *)data + 1, size - 1);
	quantity_from_name(t.s, &q, &err);
	if (quantity_parse(q, t.s, &value, &err)) {
		if (!text_is_utf8(err.msg, strlen(err.msg)))
			abort();
		return 0;
	}
	if (!isfinite(value))
		abort();
	quantity_format(q, value, out);
	if (quantity_parse(q, out, &value, &err))
		abort();
	return 0;
}
