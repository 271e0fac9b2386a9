#include "base/json.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/number.h"

#define SURROGATES UINT32_C(0x10000)

static const char hex[] = "0123456789abcdef";

static void add_unit(struct text *out, uint32_t unit)
{
	char s[6] = { '\\',
		      'u',
		      hex[unit >> 12 & 15],
		      hex[unit >> 8 & 15],
		      hex[unit >> 4 & 15],
		      hex[unit & 15] };

	text_add_n(out, s, sizeof(s));
}

static void add_code_point(struct text *out, uint32_t c)
{
	if (c < SURROGATES) {
		add_unit(out, c);
		return;
	}
	add_unit(out, 0xd800 + ((c - SURROGATES) >> 10));
	add_unit(out, 0xdc00 + ((c - SURROGATES) & 0x3ff));
}

static void add_escape(struct text *out, char c)
{
	switch (c) {
	case '\n': text_add(out, "\\n"); break;
	case '\t': text_add(out, "\\t"); break;
	case '\r': text_add(out, "\\r"); break;
	case '"': text_add(out, "\\\""); break;
	case '\\': text_add(out, "\\\\"); break;
	default: add_unit(out, (unsigned char)c);
	}
}

static bool is_plain(char c)
{
	return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
}

/* Length of the character at s; *code is U+FFFD when it is not UTF-8. */
static size_t decode(const char *s, size_t n, uint32_t *code)
{
	const unsigned char c = (unsigned char)s[0];
	size_t i, length = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

	*code = 0xfffd;
	if (length > n || !text_is_utf8(s, length))
		return 1;
	*code = c & (0x7fU >> length);
	for (i = 1; i < length; i++)
		*code = *code << 6 | ((unsigned char)s[i] & 0x3f);
	return length;
}

void json_add_string_cut(struct text *out, const char *s, size_t n, size_t max)
{
	size_t i = 0, start, points = 0;
	uint32_t code;

	if (!max)
		max = SIZE_MAX;
	text_add_char(out, '"');
	while (i < n && points < max) {
		for (start = i; i < n && points < max && is_plain(s[i]); i++)
			points++;
		text_add_n(out, s + start, i - start);
		if (i >= n || points++ >= max)
			break;
		if ((unsigned char)s[i] < 0x80) {
			add_escape(out, s[i++]);
		} else {
			i += decode(s + i, n - i, &code);
			add_code_point(out, code);
		}
	}
	text_add_char(out, '"');
}

void json_add_string_n(struct text *out, const char *s, size_t n)
{
	json_add_string_cut(out, s, n, 0);
}

void json_add_string(struct text *out, const char *s)
{
	json_add_string_cut(out, s, strlen(s), 0);
}

void json_add_double(struct text *out, double v)
{
	char s[NUMBER_TEXT_MAX];

	assert(isfinite(v));
	text_add_n(out, s, number_print(v, s));
}

/* Writes v before end; returns where it starts. */
static char *digits_before(char *end, uint64_t v, int least)
{
	while (v || least > 0) {
		*--end = (char)('0' + v % 10);
		v /= 10;
		least--;
	}
	return end;
}

void json_add_int(struct text *out, int64_t v)
{
	char s[24], *end = s + sizeof(s), *start;
	uint64_t magnitude = v < 0 ? -(uint64_t)v : (uint64_t)v;

	start = digits_before(end, magnitude, 1);
	if (v < 0)
		*--start = '-';
	text_add_n(out, start, (size_t)(end - start));
}

void json_add_time(struct text *out, nsec utc)
{
	char s[40], *end = s + sizeof(s), *start;

	if (utc < 0)
		utc = 0;
	start = digits_before(end, (uint64_t)(utc % NSEC_PER_S / NSEC_PER_US),
			      6);
	*--start = '.';
	start = digits_before(start, (uint64_t)(utc / NSEC_PER_S), 1);
	text_add_n(out, start, (size_t)(end - start));
}
