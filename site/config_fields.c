#include "site/config_fields.h"

#include <assert.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/nsec.h"
#include "site/config_read.h"

union slot {
	void *any;
	double *number;
	nsec *time;
	int *integer;
	bool *flag;
	char *text;
};

static union slot slot_of(const struct field *f, void *base)
{
	return (union slot){ .any = (char *)base + f->offset };
}

void fields_preset(const struct fields *fields, void *base)
{
	const struct field *f;

	for (f = fields->v; f < fields->v + fields->n; f++) {
		union slot slot = slot_of(f, base);

		switch (f->kind) {
		case FIELD_QUANTITY:
		case FIELD_UNIT: *slot.number = f->preset; break;
		case FIELD_TIME: *slot.time = nsec_from_s(f->preset); break;
		case FIELD_INTEGER: *slot.integer = (int)f->preset; break;
		case FIELD_FLAG: *slot.flag = f->preset != 0.0; break;
		case FIELD_TEXT:
			text_copy(slot.text, f->size, f->text ? f->text : "");
			break;
		case FIELD_GROUP: fields_preset(f->group, base); break;
		}
	}
}

/* "0.0011 sccm/mbar" with just this unit. */
static int parse_unit(const char *s, const char *unit, double *value,
		      struct err *err)
{
	size_t n = number_span(s);
	char number[NUMBER_TEXT_MAX * 2];
	const char *rest = s + n;

	rest += strspn(rest, " ");
	if (!n || n >= sizeof(number) || strcmp(rest, unit))
		return err_set(err, ERR_INVALID,
			       "'%s' is written like "
			       "'0.001%s%s'",
			       s, *unit ? " " : "", unit);
	memcpy(number, s, n);
	number[n] = '\0';
	return number_parse(number, value, err);
}

static enum quantity quantity_of(const struct field *f)
{
	switch (f->kind) {
	case FIELD_TIME: return QUANTITY_TIME;
	case FIELD_FLAG: return QUANTITY_SWITCH;
	case FIELD_INTEGER: return QUANTITY_NUMBER;
	default: return f->quantity;
	}
}

static void print_bound(const struct field *f, double value,
			char out[QUANTITY_TEXT_MAX])
{
	if (f->kind == FIELD_UNIT)
		number_print(value, out);
	else
		quantity_format(quantity_of(f), value, out);
}

static int check_bounds(const struct field *f, double value, struct err *err)
{
	char shown[QUANTITY_TEXT_MAX], min[QUANTITY_TEXT_MAX],
		max[QUANTITY_TEXT_MAX];

	if (f->min == f->max || (value >= f->min && value <= f->max))
		return 0;
	print_bound(f, value, shown);
	print_bound(f, f->min, min);
	print_bound(f, f->max, max);
	return err_set(err, ERR_RANGE, "%s is outside %s .. %s", shown, min,
		       max);
}

/* Rounded to what a person writes, so that 2 Torr/min stay 2. */
static double rescale(double value, double scale)
{
	char number[NUMBER_TEXT_MAX];
	struct err err;

	value /= scale;
	number_print_digits(value, 12, number);
	number_parse(number, &value, &err);
	return value;
}

static int parse_number(const struct field *f, const char *s, double *value,
			struct err *err)
{
	if (f->kind == FIELD_UNIT
		    ? parse_unit(s, f->text, value, err)
		    : quantity_parse(quantity_of(f), s, value, err))
		return -1;
	if (f->kind == FIELD_INTEGER && *value != rint(*value))
		return err_set(err, ERR_INVALID, "'%s' is not a whole number",
			       s);
	if (f->scale > 0.0)
		*value = rescale(*value, f->scale);
	return check_bounds(f, *value, err);
}

static void store_number(const struct field *f, double value, void *base)
{
	union slot slot = slot_of(f, base);

	switch (f->kind) {
	case FIELD_TIME: *slot.time = nsec_from_s(value); break;
	case FIELD_INTEGER: *slot.integer = (int)value; break;
	case FIELD_FLAG: *slot.flag = value != 0.0; break;
	default: *slot.number = value; break;
	}
}

static void read_one(const struct field *f, const struct yaml_node *node,
		     void *base, struct problems *p)
{
	struct err err = { 0 };
	double value;

	if (node->kind != YAML_SCALAR) {
		problems_add(p, node->at, "%s is a value, not %s", f->key,
			     yaml_kind_name(node->kind));
	} else if (f->kind == FIELD_TEXT) {
		if (!text_copy(slot_of(f, base).text, f->size, node->s))
			problems_add(p, node->at,
				     "%s is longer than %zu "
				     "bytes",
				     f->key, f->size - 1);
	} else if (parse_number(f, node->s, &value, &err)) {
		problems_add(p, node->at, "%s: %s", f->key, err.msg);
	} else {
		store_number(f, value, base);
	}
}

static void check_keys(const struct fields *fields, const struct yaml_node *map,
		       const char *const *also, struct problems *p)
{
	const char *known[FIELDS_MAX + CONFIG_SECTIONS_MAX + 1];
	size_t n;

	for (n = 0; n < fields->n; n++)
		known[n] = fields->v[n].key;
	for (; also && *also; also++)
		known[n++] = *also;
	known[n] = NULL;
	yaml_check_keys(map, fields->what, known, p);
}

void fields_read(const struct fields *fields, const struct yaml_node *map,
		 const char *const *also, void *base, struct problems *p)
{
	const struct yaml_node *node;
	const struct field *f;

	assert(fields->n <= FIELDS_MAX);
	if (!map || !config_is(map, YAML_MAPPING, fields->what, p))
		return;
	check_keys(fields, map, also, p);
	for (f = fields->v; f < fields->v + fields->n; f++) {
		node = yaml_get(map, f->key);
		if (!node)
			continue;
		if (f->kind == FIELD_GROUP)
			fields_read(f->group, node, NULL, base, p);
		else
			read_one(f, node, base, p);
	}
}

static void print_number(const struct field *f, double value, struct text *out)
{
	if (!f->text) {
		config_print_value(f->quantity, value, out);
		return;
	}
	config_print_value(QUANTITY_NUMBER, value, out);
	text_addf(out, "%s%s", *f->text ? " " : "", f->text);
}

void fields_print(const struct fields *fields, const void *base, int indent,
		  struct text *out)
{
	const struct field *f;

	for (f = fields->v; f < fields->v + fields->n; f++) {
		union slot slot = slot_of(f, (void *)(uintptr_t)base);

		text_addf(out, "%*s%s:%s", indent, "", f->key,
			  f->kind == FIELD_GROUP ? "" : " ");
		switch (f->kind) {
		case FIELD_QUANTITY:
		case FIELD_UNIT: print_number(f, *slot.number, out); break;
		case FIELD_TIME: config_print_time(*slot.time, out); break;
		case FIELD_INTEGER: text_addf(out, "%d", *slot.integer); break;
		case FIELD_FLAG:
			text_add(out, *slot.flag ? "yes" : "no");
			break;
		case FIELD_TEXT: config_print_text(slot.text, out); break;
		case FIELD_GROUP:
			text_add_char(out, '\n');
			fields_print(f->group, base, indent + 2, out);
			continue;
		}
		text_add_char(out, '\n');
	}
}
