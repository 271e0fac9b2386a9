#include "protocol/datainfo.h"

#include <stdlib.h>
#include <string.h>

static const char *const type_names[] = {
	[DATAINFO_NONE] = "null",     [DATAINFO_DOUBLE] = "double",
	[DATAINFO_INT] = "int",	      [DATAINFO_BOOL] = "bool",
	[DATAINFO_ENUM] = "enum",     [DATAINFO_STRING] = "string",
	[DATAINFO_ARRAY] = "array",   [DATAINFO_TUPLE] = "tuple",
	[DATAINFO_STRUCT] = "struct",
};

static void print_key(struct text *out, const char *key)
{
	text_add_char(out, ',');
	json_add_string(out, key);
	text_add_char(out, ':');
}

static void print_text(struct text *out, const char *key, const char *value)
{
	if (!value || !*value)
		return;
	print_key(out, key);
	json_add_string(out, value);
}

static void print_count(struct text *out, const char *key, size_t value)
{
	print_key(out, key);
	json_add_int(out, (int64_t)value);
}

static void print_number(const struct datainfo *d, struct text *out)
{
	if (d->limited || d->type == DATAINFO_INT) {
		print_key(out, "min");
		json_add_double(out, d->min);
		print_key(out, "max");
		json_add_double(out, d->max);
	}
	print_text(out, "unit", d->unit);
	print_text(out, "fmtstr", d->fmtstr);
}

static void print_string(const struct datainfo *d, struct text *out)
{
	if (d->minlen)
		print_count(out, "minchars", d->minlen);
	print_count(out, "maxchars", d->maxlen);
	if (d->utf8)
		text_add(out, ",\"isUTF8\":true");
}

static void print_array(const struct datainfo *d, struct text *out)
{
	if (d->minlen)
		print_count(out, "minlen", d->minlen);
	print_count(out, "maxlen", d->maxlen);
	print_key(out, "members");
	datainfo_print(d->items, out);
}

static void print_enum(const struct datainfo *d, struct text *out)
{
	size_t i;

	print_key(out, "members");
	for (i = 0; i < d->n_members; i++) {
		text_add_char(out, i ? ',' : '{');
		json_add_string(out, d->members[i].name);
		text_add_char(out, ':');
		json_add_int(out, d->members[i].code);
	}
	text_add_char(out, '}');
}

static void print_tuple(const struct datainfo *d, struct text *out)
{
	size_t i;

	print_key(out, "members");
	for (i = 0; i < d->n_members; i++) {
		text_add_char(out, i ? ',' : '[');
		datainfo_print(d->members[i].of, out);
	}
	text_add_char(out, ']');
}

static void print_optional(const struct datainfo *d, struct text *out)
{
	size_t i, n = 0;

	for (i = 0; i < d->n_members; i++) {
		if (!d->members[i].optional)
			continue;
		text_add(out, n++ ? "," : ",\"optional\":[");
		json_add_string(out, d->members[i].name);
	}
	if (n)
		text_add_char(out, ']');
}

static void print_struct(const struct datainfo *d, struct text *out)
{
	size_t i;

	print_key(out, "members");
	for (i = 0; i < d->n_members; i++) {
		text_add_char(out, i ? ',' : '{');
		json_add_string(out, d->members[i].name);
		text_add_char(out, ':');
		datainfo_print(d->members[i].of, out);
	}
	text_add_char(out, '}');
	print_optional(d, out);
}

void datainfo_print(const struct datainfo *d, struct text *out)
{
	text_add(out, "{\"type\":");
	json_add_string(out, type_names[d->type]);
	switch (d->type) {
	case DATAINFO_NONE:
	case DATAINFO_BOOL: break;
	case DATAINFO_DOUBLE:
	case DATAINFO_INT: print_number(d, out); break;
	case DATAINFO_ENUM: print_enum(d, out); break;
	case DATAINFO_STRING: print_string(d, out); break;
	case DATAINFO_ARRAY: print_array(d, out); break;
	case DATAINFO_TUPLE: print_tuple(d, out); break;
	case DATAINFO_STRUCT: print_struct(d, out); break;
	}
	text_add_char(out, '}');
}

static char *copy_text(const char *s)
{
	return s ? text_dup(s) : NULL;
}

static struct datainfo_member *copy_members(const struct datainfo *d)
{
	struct datainfo_member *v = memory_zeroed(d->n_members, sizeof(*v));
	size_t i;

	for (i = 0; i < d->n_members; i++) {
		v[i] = d->members[i];
		v[i].name = copy_text(v[i].name);
		if (v[i].of)
			v[i].of = datainfo_copy(v[i].of);
	}
	return v;
}

struct datainfo *datainfo_copy(const struct datainfo *d)
{
	struct datainfo *copy = memory_zeroed(1, sizeof(*copy));

	*copy = *d;
	copy->unit = copy_text(d->unit);
	copy->fmtstr = copy_text(d->fmtstr);
	copy->members = d->n_members ? copy_members(d) : NULL;
	copy->items = d->items ? datainfo_copy(d->items) : NULL;
	return copy;
}

void datainfo_free(struct datainfo *d)
{
	size_t i;

	if (!d)
		return;
	for (i = 0; i < d->n_members; i++) {
		free((char *)d->members[i].name);
		datainfo_free((struct datainfo *)d->members[i].of);
	}
	free((struct datainfo_member *)d->members);
	datainfo_free((struct datainfo *)d->items);
	free((char *)d->unit);
	free((char *)d->fmtstr);
	free(d);
}
