#include "protocol/json.h"

#include <stdbool.h>
#include <string.h>

#include "protocol/json_long.h"

#define VALUES_MAX 8192 /* in one text; a plot of 2000 points has 6000 */
#define WORD_MAX 512	/* of a number; jansson gives it to strtod */

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
