#include "protocol/json.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "protocol/json_long.h"

#define VALUES_MAX 8192 /* in one text; a plot of 2000 points has 6000 */
#define WORD_MAX 512	/* of a number; jansson gives it to strtod */
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

static void add_array(struct text *out, const json_t *v)
{
	size_t i;

	text_add_char(out, '[');
	for (i = 0; i < json_array_size(v); i++) {
		if (i)
			text_add_char(out, ',');
		json_add_value(out, json_array_get(v, i));
	}
	text_add_char(out, ']');
}

static void add_object(struct text *out, json_t *v)
{
	const char *key;
	json_t *member;
	bool first = true;

	text_add_char(out, '{');
	json_object_foreach(v, key, member)
	{
		if (!first)
			text_add_char(out, ',');
		first = false;
		json_add_string(out, key);
		text_add_char(out, ':');
		json_add_value(out, member);
	}
	text_add_char(out, '}');
}

void json_add_value(struct text *out, const json_t *v)
{
	switch (json_typeof(v)) {
	case JSON_OBJECT: add_object(out, (json_t *)v); break;
	case JSON_ARRAY: add_array(out, v); break;
	case JSON_STRING:
		json_add_string_n(out, json_string_value(v),
				  json_string_length(v));
		break;
	case JSON_INTEGER: json_add_int(out, json_integer_value(v)); break;
	case JSON_REAL: json_add_double(out, json_real_value(v)); break;
	case JSON_TRUE: text_add(out, "true"); break;
	case JSON_FALSE: text_add(out, "false"); break;
	case JSON_NULL: text_add(out, "null"); break;
	}
}

/* Where the number or word ends that begins at s[i]. */
static size_t skip_word(const char *s, size_t n, size_t i)
{
	while (i < n && !strchr("[]{},: \t\"", s[i]))
		i++;
	return i;
}

/*
 * jansson recurses up to 2048 levels and allocates for every value, so that a
 * line of a megabyte could cost a hundred. One pass over the text says how
 * much it would be.
 */
static int scan(const char *s, size_t n, struct err *err)
{
	size_t i, end, depth = 0, values = 1;

	for (i = 0; i < n; i++) {
		end = skip_word(s, n, i);
		if (end - i > WORD_MAX)
			return err_set(err, ERR_INVALID,
				       "a number of more "
				       "than %d digits",
				       WORD_MAX);
		if (end == n)
			break;
		i = end;
		switch (s[i]) {
		case '"': i = json_long_skip(s, n, i + 1); break;
		case '[':
		case '{':
			depth++;
			values++;
			break;
		case ']':
		case '}': depth -= depth > 0; break;
		case ',': values++; break;
		}
		if (depth > JSON_DEPTH_LIMIT)
			return err_set(err, ERR_INVALID,
				       "nested deeper than %d",
				       JSON_DEPTH_LIMIT);
		if (values > VALUES_MAX)
			return err_set(err, ERR_INVALID, "more than %d values",
				       VALUES_MAX);
	}
	return 0;
}

/* Whole numbers beyond 64 bits may still be doubles. */
static json_t *read_large(const char *s, size_t n, enum error_class *c,
			  struct err *err)
{
	json_error_t e;
	json_t *v = json_long_load(s, n, JSON_DECODE_INT_AS_REAL, &e);

	if (v)
		return v;
	*c = ERROR_RANGE;
	err_set(err, ERR_RANGE, "a number is too large");
	return NULL;
}

json_t *json_read(const char *s, size_t n, enum error_class *c, struct err *err)
{
	json_error_t e;
	json_t *v;

	*c = ERROR_BAD_JSON;
	if (scan(s, n, err))
		return NULL;
	v = json_long_load(s, n, 0, &e);
	if (v)
		return v;
	if (json_error_code(&e) == json_error_numeric_overflow)
		return read_large(s, n, c, err);
	err_set(err, ERR_INVALID, "column %d: %s", e.column, e.text);
	return NULL;
}
