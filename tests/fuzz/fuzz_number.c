/* What reads as a number prints as one that reads back the same. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/number.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(text_free) struct text t = { 0 };
	char out[NUMBER_TEXT_MAX];
	double value, again;
	struct err err;
	int64_t whole;

	text_add_n(&t, (const char *)data, size);
	number_parse_int(t.s, -1000, 1000, &whole, &err);
	if (number_span(t.s) > strlen(t.s))
		abort();
	if (number_parse(t.s, &value, &err))
		return 0;
	if (!isfinite(value) || value != strtod(t.s, NULL))
		abort();
	if (number_print(value, out) != strlen(out) ||
	    number_parse(out, &again, &err) || again != value)
		abort();
	number_print_fixed(value, 3, out);
	number_print_digits(value, 6, out);
	return 0;
}
