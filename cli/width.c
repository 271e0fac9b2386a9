#include "cli/width.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/array.h"

struct range {
	uint32_t first, last;
};

/* Marks that stand over the character before them. */
static const struct range none[] = {
	{ 0x0300, 0x036f }, { 0x0483, 0x0489 }, { 0x0591, 0x05bd },
	{ 0x200b, 0x200f }, { 0x20d0, 0x20f0 }, { 0xfe00, 0xfe0f },
	{ 0xfe20, 0xfe2f },
};

/* Unicode's wide and fullwidth blocks. */
static const struct range wide[] = {
	{ 0x1100, 0x115f },   { 0x2e80, 0x303e },   { 0x3041, 0xa4cf },
	{ 0xa960, 0xa97f },   { 0xac00, 0xd7a3 },   { 0xf900, 0xfaff },
	{ 0xfe30, 0xfe6f },   { 0xff00, 0xff60 },   { 0xffe0, 0xffe6 },
	{ 0x1f300, 0x1f64f }, { 0x1f900, 0x1f9ff }, { 0x20000, 0x3fffd },
};

static bool is_in(uint32_t code, const struct range *v, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (code >= v[i].first && code <= v[i].last)
			return true;
	return false;
}

size_t width_of_first(const char *s, size_t *columns)
{
	const unsigned char *u = (const unsigned char *)s;
	uint32_t code;
	size_t i, n = u[0] < 0xc0 ? 1 : u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4;

	if (u[0] == 0x1b && u[1] == '[') {
		*columns = 0;
		n = 2 + strspn(s + 2, "0123456789;");
		return s[n] ? n + 1 : n;
	}
	*columns = 1;
	if (n == 1)
		return 1;
	code = u[0] & (0x7fU >> n);
	for (i = 1; i < n; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return 1;
		code = code << 6 | (u[i] & 0x3fU);
	}
	if (is_in(code, none, ARRAY_SIZE(none)))
		*columns = 0;
	else if (is_in(code, wide, ARRAY_SIZE(wide)))
		*columns = 2;
	return n;
}

size_t width_of(const char *s)
{
	size_t width = 0, columns;

	while (*s) {
		s += width_of_first(s, &columns);
		width += columns;
	}
	return width;
}

void width_add_cut(struct text *out, const char *s, size_t columns)
{
	size_t n, width, used = 0;

	if (width_of(s) <= columns) {
		text_add(out, s);
		return;
	}
	if (!columns)
		return;
	while (*s) {
		n = width_of_first(s, &width);
		if (used + width > columns - 1)
			break;
		text_add_n(out, s, n);
		used += width;
		s += n;
	}
	text_add(out, strchr(text_str(out), 0x1b) ? "…\033[0m" : "…");
}
