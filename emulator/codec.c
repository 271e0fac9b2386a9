#include "emulator/codec.h"

#include <math.h>
#include <string.h>

#include "base/number.h"

size_t emulator_line_span(const char *bytes, size_t n)
{
	size_t i = 0;

	while (i < n && bytes[i] != '\r' && bytes[i] != '\n')
		i++;
	if (i == n)
		return n < EMULATOR_REQUEST_MAX ? 0 : EMULATOR_REFUSED;
	return i + 1;
}

static bool is_blank(char c)
{
	return c == '\r' || c == '\n' || c == ' ' || c == '\t';
}

bool emulator_line_text(const char *bytes, size_t n, char *out, size_t size)
{
	while (n && is_blank(bytes[n - 1]))
		n--;
	while (n && is_blank(*bytes)) {
		bytes++;
		n--;
	}
	if (n >= size || memchr(bytes, '\0', n))
		return false;
	memcpy(out, bytes, n);
	out[n] = '\0';
	return true;
}

void emulator_add_padded(struct text *out, double value, int width,
			 int decimals)
{
	char digits[NUMBER_TEXT_MAX];
	size_t n = number_print_fixed(isfinite(value) ? fabs(value) : 0.0,
				      decimals, digits);

	text_add_char(out, value < 0.0 ? '-' : '+');
	while ((int)n + 1 < width--)
		text_add_char(out, '0');
	text_add(out, digits);
}
