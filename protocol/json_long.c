#include "protocol/json_long.h"

#include <string.h>

#include "base/array.h"
#include "base/text.h"

#define LONG_MIN 2048 /* bytes of a string that jansson does not see */
#define TAKEN_MAX 64
#define SURROGATES UINT32_C(0x10000)

size_t json_long_skip(const char *s, size_t n, size_t i)
{
	for (; i < n && s[i] != '"'; i++)
		if (s[i] == '\\')
			i++;
	return i;
}

struct taken {
	size_t ordinal; /* among strings that are values */
	json_t *value;
};

struct skeleton {
	struct text text;
	size_t n_strings;
	size_t n;
	struct taken v[TAKEN_MAX];
};

static void skeleton_fini(struct skeleton *k)
{
	size_t i;

	for (i = 0; i < k->n; i++)
		json_decref(k->v[i].value);
	text_free(&k->text);
}

/* Characters up to the next backslash. */
static bool decode_run(const char *s, size_t n, struct text *out)
{
	unsigned char high = 0, low = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		high |= (unsigned char)s[i];
		low |= (unsigned char)s[i] < ' ';
	}
	text_add_n(out, s, n);
	return !low && (high < 0x80 || text_is_utf8(s, n));
}

static bool read_unit(const char *s, size_t n, uint32_t *unit)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	if (n < 6 || s[0] != '\\' || s[1] != 'u')
		return false;
	*unit = 0;
	for (i = 2; i < 6; i++) {
		const char *digit =
			s[i] ? strchr(digits, s[i] | (s[i] >= 'A' ? 0x20 : 0))
			     : NULL;

		if (!digit)
			return false;
		*unit = *unit << 4 | (uint32_t)(digit - digits);
	}
	return true;
}

static void add_utf8(struct text *out, uint32_t c)
{
	int more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < SURROGATES ? 2 : 3;
	static const unsigned char first[] = { 0, 0xc0, 0xe0, 0xf0 };

	text_add_char(out, (char)(first[more] | c >> (6 * more)));
	while (more-- > 0)
		text_add_char(out, (char)(0x80 | (c >> (6 * more) & 0x3f)));
}

/* A \uXXXX, or two that are one character; bytes taken, 0: wrong. */
static size_t decode_units(const char *s, size_t n, struct text *out)
{
	uint32_t unit, low;

	if (!read_unit(s, n, &unit) || !unit)
		return 0;
	if (unit < 0xd800 || unit > 0xdfff) {
		add_utf8(out, unit);
		return 6;
	}
	if (unit > 0xdbff || !read_unit(s + 6, n - 6, &low) || low < 0xdc00 ||
	    low > 0xdfff)
		return 0;
	add_utf8(out, SURROGATES + ((unit & 0x3ff) << 10 | (low & 0x3ff)));
	return 12;
}

/* What begins with a backslash; bytes taken, 0: wrong. */
static size_t decode_escape(const char *s, size_t n, struct text *out)
{
	static const char names[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
	const char *name = n > 1 && s[1] ? strchr(names, s[1]) : NULL;

	if (!name)
		return decode_units(s, n, out);
	text_add_char(out, means[name - names]);
	return 2;
}

/* What stands between the quotes; NULL: it is no string of JSON. */
static json_t *decode_string(const char *s, size_t n)
{
	_cleanup_(text_free) struct text out = { 0 };
	const char *back;
	size_t taken;

	while (n) {
		back = memchr(s, '\\', n);
		taken = back ? (size_t)(back - s) : n;
		if (!decode_run(s, taken, &out))
			return NULL;
		if (back) {
			size_t escape = decode_escape(back, n - taken, &out);

			if (!escape)
				return NULL;
			taken += escape;
		}
		s += taken;
		n -= taken;
	}
	return json_stringn_nocheck(text_str(&out), out.n);
}

static bool is_key(const char *s, size_t n, size_t end)
{
	end++;
	while (end < n && (s[end] == ' ' || s[end] == '\t'))
		end++;
	return end < n && s[end] == ':';
}

/* The string s[begin, end) without its quotes, or an empty one instead. */
static bool take_string(struct skeleton *k, const char *s, size_t begin,
			size_t end, bool key)
{
	struct taken *t = &k->v[k->n];

	if (key || k->n == TAKEN_MAX || end - begin < LONG_MIN) {
		k->n_strings += !key;
		text_add_n(&k->text, s + begin, end - begin);
		return true;
	}
	t->ordinal = k->n_strings++;
	t->value = decode_string(s + begin, end - begin);
	k->n += t->value != NULL;
	return t->value != NULL;
}

/* False: a long string is wrong. */
static bool take_long(struct skeleton *k, const char *s, size_t n)
{
	size_t i = 0, end;
	const char *quote;

	while ((quote = memchr(s + i, '"', n - i))) {
		size_t begin = (size_t)(quote - s) + 1;

		end = json_long_skip(s, n, begin);
		if (end >= n)
			break; /* jansson says what is wrong with it */
		text_add_n(&k->text, s + i, begin - i);
		if (!take_string(k, s, begin, end, is_key(s, n, end)))
			return false;
		i = end;
		text_add_char(&k->text, s[i++]);
	}
	text_add_n(&k->text, s + i, n - i);
	return true;
}

struct put_back {
	const struct skeleton *k;
	size_t next;	  /* of those that were taken */
	size_t n_strings; /* seen so far */
};

/* The value that belongs here; NULL: the one that is there. */
static json_t *find_taken(struct put_back *p, const json_t *v)
{
	const struct skeleton *k = p->k;

	if (!json_is_string(v))
		return NULL;
	if (p->next < k->n && k->v[p->next].ordinal == p->n_strings++)
		return json_incref(k->v[p->next++].value);
	return NULL;
}

static void put_back(struct put_back *p, json_t *v)
{
	json_t *taken;
	void *at;
	size_t i;

	for (i = 0; i < json_array_size(v); i++) {
		taken = find_taken(p, json_array_get(v, i));
		if (taken)
			json_array_set_new(v, i, taken);
		else
			put_back(p, json_array_get(v, i));
	}
	for (at = json_object_iter(v); at; at = json_object_iter_next(v, at)) {
		taken = find_taken(p, json_object_iter_value(at));
		if (taken)
			json_object_iter_set_new(v, at, taken);
		else
			put_back(p, json_object_iter_value(at));
	}
}

json_t *json_long_load(const char *s, size_t n, size_t flags, json_error_t *e)
{
	_cleanup_(skeleton_fini) struct skeleton k = { 0 };
	struct put_back p = { .k = &k };
	json_t *v, *all;

	flags |= JSON_REJECT_DUPLICATES | JSON_DECODE_ANY;
	if (n < LONG_MIN)
		return json_loadb(s, n, flags, e);
	if (!take_long(&k, s, n)) {
		*e = (json_error_t){ .text = "wrong characters in a string" };
		return NULL;
	}
	v = json_loadb(text_str(&k.text), k.text.n, flags, e);
	all = v ? find_taken(&p, v) : NULL;
	if (all) {
		json_decref(v);
		return all;
	}
	if (v)
		put_back(&p, v);
	return v;
}
