#include "protocol/datainfo.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/array.h"

#define SHOWN_MAX 60 /* bytes of a wrong value in a message */

/* The value as it is quoted in a message. */
static void show(const json_t *v, struct text *out)
{
	_cleanup_(text_free) struct text all = { 0 };

	json_add_beginning(&all, v, SHOWN_MAX + 1);
	text_add_escaped(out, text_str(&all), all.n, SHOWN_MAX);
}

__attribute__((format(printf, 4, 5))) static int wrong(enum error_class class,
						       enum error_class *c,
						       struct err *err,
						       const char *fmt, ...)
{
	_cleanup_(text_free) struct text msg = { 0 };
	va_list ap;

	va_start(ap, fmt);
	text_addv(&msg, fmt, ap);
	va_end(ap);
	*c = class;
	return err_set(err, error_class_code(class), "%s", text_str(&msg));
}

static int wrong_type(const json_t *v, const char *wanted, enum error_class *c,
		      struct err *err)
{
	_cleanup_(text_free) struct text shown = { 0 };

	show(v, &shown);
	return wrong(ERROR_WRONG_TYPE, c, err, "%s is not %s", text_str(&shown),
		     wanted);
}

static void replace(json_t **value, json_t *by)
{
	json_decref(*value);
	*value = by;
}

static int check_limits(const struct datainfo *d, double v, enum error_class *c,
			struct err *err)
{
	_cleanup_(text_free) struct text shown = { 0 };
	bool below = !(v >= d->min);

	if (!below && v <= d->max)
		return 0;
	json_add_double(&shown, v);
	text_add(&shown,
		 below ? " is below the minimum " : " is above the maximum ");
	json_add_double(&shown, below ? d->min : d->max);
	if (d->unit && *d->unit)
		text_addf(&shown, " %s", d->unit);
	return wrong(ERROR_RANGE, c, err, "%s", text_str(&shown));
}

static int check_double(const struct datainfo *d, json_t **value,
			enum error_class *c, struct err *err)
{
	if (!json_is_number(*value))
		return wrong_type(*value, "a number", c, err);
	return d->limited ? check_limits(d, json_number_value(*value), c, err)
			  : 0;
}

static int check_int(const struct datainfo *d, json_t **value,
		     enum error_class *c, struct err *err)
{
	double v;

	if (!json_is_number(*value))
		return wrong_type(*value, "a whole number", c, err);
	v = json_number_value(*value);
	if (v != rint(v))
		return wrong_type(*value, "a whole number", c, err);
	if (check_limits(d, v, c, err))
		return -1;
	if (json_is_real(*value))
		replace(value, json_integer((json_int_t)v));
	return 0;
}

static int check_bool(json_t **value, enum error_class *c, struct err *err)
{
	double v;

	if (json_is_boolean(*value))
		return 0;
	v = json_is_number(*value) ? json_number_value(*value) : NAN;
	if (v != 0 && v != 1)
		return wrong_type(*value, "true or false", c, err);
	replace(value, json_boolean(v == 1));
	return 0;
}

static bool is_member(const struct datainfo_member *m, const json_t *v)
{
	if (json_is_string(v))
		return !strcmp(m->name, json_string_value(v));
	return json_number_value(v) == m->code;
}

static int unknown_member(const struct datainfo *d, const json_t *v,
			  enum error_class *c, struct err *err)
{
	_cleanup_(text_free) struct text msg = { 0 };
	size_t i;

	show(v, &msg);
	text_add(&msg, " is none of");
	for (i = 0; i < d->n_members; i++)
		text_addf(&msg, "%s %s (%d)", i ? "," : "", d->members[i].name,
			  d->members[i].code);
	return wrong(ERROR_RANGE, c, err, "%s", text_str(&msg));
}

static int check_enum(const struct datainfo *d, json_t **value,
		      enum error_class *c, struct err *err)
{
	size_t i;

	if (!json_is_number(*value) && !json_is_string(*value))
		return wrong_type(*value, "a name or a whole number", c, err);
	for (i = 0; i < d->n_members; i++) {
		if (!is_member(&d->members[i], *value))
			continue;
		replace(value, json_integer(d->members[i].code));
		return 0;
	}
	return unknown_member(d, *value, c, err);
}

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Eight bytes at once: each that does not go on with a character begins one. */
static size_t code_points(const char *s, size_t n, bool *ascii)
{
	uint64_t w, high = 0;
	size_t i, going_on = 0;

	for (i = 0; n - i >= 8; i += 8) {
		memcpy(&w, s + i, sizeof(w));
		high |= w;
		w = w >> 7 & ~(w >> 6) & EACH(1);
		going_on += (size_t)__builtin_popcountll(w);
	}
	for (; i < n; i++) {
		high |= (unsigned char)s[i];
		going_on += ((unsigned char)s[i] & 0xc0) == 0x80;
	}
	*ascii = !(high & EACH(0x80));
	return n - going_on;
}

static int check_string(const struct datainfo *d, json_t **value,
			enum error_class *c, struct err *err)
{
	bool ascii;
	size_t n;

	if (!json_is_string(*value))
		return wrong_type(*value, "a string", c, err);
	n = code_points(json_string_value(*value), json_string_length(*value),
			&ascii);
	if (n < d->minlen || n > d->maxlen)
		return wrong(ERROR_RANGE, c, err,
			     "%zu characters: allowed are %zu to %zu", n,
			     d->minlen, d->maxlen);
	if (!ascii && !d->utf8)
		return wrong(ERROR_RANGE, c, err,
			     "only ASCII characters are allowed");
	return 0;
}

/* Two \uXXXX for a character; what clients add that nobody knows. */
#define CHARACTER_LONGEST 12
#define EXTRA_LONGEST 4096

size_t datainfo_longest(const struct datainfo *d)
{
	size_t i, n = EXTRA_LONGEST;

	if (!d)
		return n;
	if (d->type == DATAINFO_STRING)
		n += CHARACTER_LONGEST * d->maxlen;
	if (d->items)
		n += d->maxlen * datainfo_longest(d->items);
	for (i = 0; i < d->n_members; i++)
		if (d->members[i].of)
			n += datainfo_longest(d->members[i].of);
	return n;
}

/* Checks an element and puts its normal form in its place. */
static int check_element(const struct datainfo *d, json_t *array, size_t i,
			 enum error_class *c, struct err *err)
{
	json_t *element = json_incref(json_array_get(array, i));
	int status = datainfo_check(d, &element, c, err);

	if (status)
		err_wrap(err, "element %zu", i + 1);
	else
		json_array_set(array, i, element);
	json_decref(element);
	return status;
}

static int check_array(const struct datainfo *d, json_t **value,
		       enum error_class *c, struct err *err)
{
	size_t i, n = json_array_size(*value);

	if (!json_is_array(*value))
		return wrong_type(*value, "an array", c, err);
	if (n < d->minlen || n > d->maxlen)
		return wrong(ERROR_RANGE, c, err,
			     "%zu elements: allowed are %zu to %zu", n,
			     d->minlen, d->maxlen);
	for (i = 0; i < n; i++)
		if (check_element(d->items, *value, i, c, err))
			return -1;
	return 0;
}

static int check_tuple(const struct datainfo *d, json_t **value,
		       enum error_class *c, struct err *err)
{
	size_t i;

	if (!json_is_array(*value) || json_array_size(*value) != d->n_members)
		return wrong_type(*value, "a tuple of the right length", c,
				  err);
	for (i = 0; i < d->n_members; i++)
		if (check_element(d->members[i].of, *value, i, c, err))
			return -1;
	return 0;
}

static int check_member(const struct datainfo_member *m, json_t *object,
			enum error_class *c, struct err *err)
{
	json_t *v = json_incref(json_object_get(object, m->name));
	int status;

	if (!v)
		return m->optional ? 0
				   : wrong(ERROR_WRONG_TYPE, c, err,
					   "%s is missing", m->name);
	status = datainfo_check(m->of, &v, c, err);
	if (status)
		err_wrap(err, "%s", m->name);
	else
		json_object_set(object, m->name, v);
	json_decref(v);
	return status;
}

/* Members that nobody knows are ignored, as SECoP demands of servers. */
static int check_struct(const struct datainfo *d, json_t **value,
			enum error_class *c, struct err *err)
{
	size_t i;

	if (!json_is_object(*value))
		return wrong_type(*value, "an object", c, err);
	for (i = 0; i < d->n_members; i++)
		if (check_member(&d->members[i], *value, c, err))
			return -1;
	return 0;
}

int datainfo_check(const struct datainfo *d, json_t **value,
		   enum error_class *c, struct err *err)
{
	switch (d->type) {
	case DATAINFO_NONE:
		return json_is_null(*value)
			       ? 0
			       : wrong_type(*value,
					    "null: it takes no argument", c,
					    err);
	case DATAINFO_DOUBLE: return check_double(d, value, c, err);
	case DATAINFO_INT: return check_int(d, value, c, err);
	case DATAINFO_BOOL: return check_bool(value, c, err);
	case DATAINFO_ENUM: return check_enum(d, value, c, err);
	case DATAINFO_STRING: return check_string(d, value, c, err);
	case DATAINFO_ARRAY: return check_array(d, value, c, err);
	case DATAINFO_TUPLE: return check_tuple(d, value, c, err);
	case DATAINFO_STRUCT: return check_struct(d, value, c, err);
	}
	return wrong_type(*value, "of a type that is known", c, err);
}
