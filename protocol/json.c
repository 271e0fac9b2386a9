#include "protocol/json.h"

#include <stdbool.h>
#include <string.h>

#include "base/array.h"
#include "protocol/json_long.h"

#define VALUES_MAX 8192 /* in one text; a plot of 2000 points has 6000 */
#define USUAL_MAX                                                              \
	64	     /* bytes for a value that is no string, with what is
			 * between it and the next */
#define WORD_MAX 512 /* of a number; jansson gives it to strtod */

static void add_start(struct text *out, const json_t *v, size_t end);

static void add_array(struct text *out, const json_t *v, size_t end)
{
	size_t i;

	text_add_char(out, '[');
	for (i = 0; i < json_array_size(v) && out->n < end; i++) {
		if (i)
			text_add_char(out, ',');
		add_start(out, json_array_get(v, i), end);
	}
	text_add_char(out, ']');
}

static void add_object(struct text *out, json_t *v, size_t end)
{
	void *at = json_object_iter(v);

	text_add_char(out, '{');
	while (at && out->n < end) {
		json_add_string(out, json_object_iter_key(at));
		text_add_char(out, ':');
		add_start(out, json_object_iter_value(at), end);
		at = json_object_iter_next(v, at);
		if (at)
			text_add_char(out, ',');
	}
	text_add_char(out, '}');
}

/* Whole characters of at most max bytes. */
static size_t cut(const char *s, size_t n, size_t max)
{
	if (n <= max)
		return n;
	while (max && ((unsigned char)s[max] & 0xc0) == 0x80)
		max--;
	return max;
}

/* Nothing more is begun when `out` has `end` bytes. */
static void add_start(struct text *out, const json_t *v, size_t end)
{
	const char *s = json_string_value(v);

	switch (json_typeof(v)) {
	case JSON_OBJECT: add_object(out, (json_t *)v, end); break;
	case JSON_ARRAY: add_array(out, v, end); break;
	case JSON_STRING:
		json_add_string_n(out, s, cut(s, json_string_length(v), end));
		break;
	case JSON_INTEGER: json_add_int(out, json_integer_value(v)); break;
	case JSON_REAL: json_add_double(out, json_real_value(v)); break;
	case JSON_TRUE: text_add(out, "true"); break;
	case JSON_FALSE: text_add(out, "false"); break;
	case JSON_NULL: text_add(out, "null"); break;
	}
}

void json_add_value(struct text *out, const json_t *v)
{
	add_start(out, v, SIZE_MAX);
}

void json_add_beginning(struct text *out, const json_t *v, size_t max)
{
	add_start(out, v, out->n + max);
}

static bool ends_word(char c)
{
	switch (c) {
	case '[':
	case ']':
	case '{':
	case '}':
	case ',':
	case ':':
	case ' ':
	case '\t':
	case '"': return true;
	default: return false;
	}
}

/* Where the number or word ends that begins at s[i], if it is no longer than
 * is read at all. */
static size_t skip_word(const char *s, size_t n, size_t i)
{
	size_t end = n - i > WORD_MAX ? i + WORD_MAX + 1 : n;

	while (i < end && !ends_word(s[i]))
		i++;
	return i;
}

/*
 * jansson recurses up to 2048 levels and allocates for every value, so that a
 * line of a megabyte could cost a hundred. One pass over the text says how
 * much it would be.
 */
static int scan(const char *s, size_t n, size_t values_max, struct err *err)
{
	size_t i, end, depth = 0, values = 1, outside = 0;

	for (i = 0; i < n; i++) {
		end = skip_word(s, n, i);
		if (end - i > WORD_MAX)
			return err_set(err, ERR_INVALID,
				       "a number of more "
				       "than %d digits",
				       WORD_MAX);
		if (end == n)
			break;
		outside += end - i + 1;
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
		if (outside > values_max * USUAL_MAX)
			return err_set(err, ERR_INVALID,
				       "more than %zu bytes that are in no "
				       "string",
				       values_max * USUAL_MAX);
		if (depth > JSON_DEPTH_LIMIT)
			return err_set(err, ERR_INVALID,
				       "nested deeper than %d",
				       JSON_DEPTH_LIMIT);
		if (values > values_max)
			return err_set(err, ERR_INVALID, "more than %zu values",
				       values_max);
	}
	return 0;
}

/* Whole numbers beyond 64 bits may still be doubles. */
static json_t *read_large(const struct json_long *k, enum error_class *c,
			  struct err *err)
{
	json_error_t e;
	json_t *v = json_long_load(k, JSON_DECODE_INT_AS_REAL, &e);

	if (v)
		return v;
	*c = ERROR_RANGE;
	err_set(err, ERR_RANGE, "a number is too large");
	return NULL;
}

json_t *json_read_within(const char *s, size_t n, size_t values_max,
			 enum error_class *c, struct err *err)
{
	_cleanup_(json_long_fini) struct json_long k = { 0 };
	json_error_t e;
	json_t *v;

	*c = ERROR_BAD_JSON;
	if (!json_long_take(&k, s, n)) {
		err_set(err, ERR_INVALID, "wrong characters in a string");
		return NULL;
	}
	if (scan(k.s, k.n, values_max, err))
		return NULL;
	v = json_long_load(&k, 0, &e);
	if (v)
		return v;
	if (json_error_code(&e) == json_error_numeric_overflow)
		return read_large(&k, c, err);
	err_set(err, ERR_INVALID, "column %d: %s", e.column, e.text);
	return NULL;
}

json_t *json_read(const char *s, size_t n, enum error_class *c, struct err *err)
{
	return json_read_within(s, n, VALUES_MAX, c, err);
}
