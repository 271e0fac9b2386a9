#include "protocol/json_long.h"

#include <ctype.h>
#include <endian.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"

#define LONG_MIN 2048 /* bytes of a string that jansson does not see */
#define TAKEN_MAX 64
#define SURROGATES UINT32_C(0x10000)

/* Eight bytes at once: is there one of these among them? */
#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

static uint64_t load_eight(const char *s)
{
	uint64_t w;

	memcpy(&w, s, sizeof(w));
	return le64toh(w);
}

/* The lowest bit set is the first byte's that is. */
static uint64_t any_below(uint64_t w, unsigned char bound)
{
	return (w - EACH(bound)) & ~w & EACH(0x80);
}

static uint64_t any_is(uint64_t w, unsigned char byte)
{
	return any_below(w ^ EACH(byte), 1);
}

/* The next quote or backslash. */
static size_t find_special(const char *s, size_t n, size_t i)
{
	uint64_t found;

	for (; n - i >= 8; i += 8) {
		uint64_t w = load_eight(s + i);

		found = any_is(w, '"') | any_is(w, '\\');
		if (found)
			return i + (size_t)__builtin_ctzll(found) / 8;
	}
	while (i < n && s[i] != '"' && s[i] != '\\')
		i++;
	return i;
}

size_t json_long_skip(const char *s, size_t n, size_t i)
{
	while (i < n && s[i] != '"') {
		if (s[i] == '\\')
			i += 2; /* often one behind the other */
		else
			i = find_special(s, n, i);
	}
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

/* A string on its way to what it means, which is never longer. */
struct decoded {
	char *s;
	size_t n;
};

/* Characters up to the next backslash. */
static bool decode_run(const char *s, size_t n, struct decoded *out)
{
	uint64_t high = 0, low = 0, w;
	size_t i;

	for (i = 0; n - i >= 8; i += 8) {
		w = load_eight(s + i);
		high |= w;
		low |= any_below(w, ' ');
	}
	for (; i < n; i++) {
		high |= (unsigned char)s[i];
		low |= (unsigned char)s[i] < ' ';
	}
	memcpy(out->s + out->n, s, n);
	out->n += n;
	return !low && (!(high & EACH(0x80)) || text_is_utf8(s, n));
}

static bool read_unit(const char *s, size_t n, uint32_t *unit)
{
	bool digits = true;
	uint32_t c, v = 0;
	size_t i;

	if (n < 6 || s[0] != '\\' || s[1] != 'u')
		return false;
	for (i = 2; i < 6; i++) {
		c = (unsigned char)s[i];
		digits = digits && isxdigit((int)c);
		v = v << 4 | ((c & 15) + 9 * (c >> 6));
	}
	*unit = v;
	return digits;
}

static void add_utf8(struct decoded *out, uint32_t c)
{
	int more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < SURROGATES ? 2 : 3;
	static const unsigned char first[] = { 0, 0xc0, 0xe0, 0xf0 };

	out->s[out->n++] = (char)(first[more] | c >> (6 * more));
	while (more-- > 0)
		out->s[out->n++] = (char)(0x80 | (c >> (6 * more) & 0x3f));
}

/* A \uXXXX, or two that are one character; bytes taken, 0: wrong. */
static size_t decode_units(const char *s, size_t n, struct decoded *out)
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
static size_t decode_escape(const char *s, size_t n, struct decoded *out)
{
	static const char means[] = {
		['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
		['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t',
	};
	unsigned char name = n > 1 ? (unsigned char)s[1] : 0;

	if (name == 'u')
		return decode_units(s, n, out);
	if (name >= sizeof(means) || !means[name])
		return 0;
	out->s[out->n++] = means[name];
	return 2;
}

static bool decode_all(const char *s, size_t n, struct decoded *out)
{
	const char *back;
	size_t taken;

	while (n) {
		if (*s == '\\') {
			taken = decode_escape(s, n, out);
			if (!taken)
				return false;
		} else {
			back = memchr(s, '\\', n);
			taken = back ? (size_t)(back - s) : n;
			if (!decode_run(s, taken, out))
				return false;
		}
		s += taken;
		n -= taken;
	}
	return true;
}

/* What stands between the quotes; NULL: it is no string of JSON. */
static json_t *decode_string(const char *s, size_t n)
{
	struct decoded out = { .s = memory_zeroed(n + 1, 1) };
	json_t *v = NULL;

	if (decode_all(s, n, &out))
		v = json_stringn_nocheck(out.s, out.n);
	free(out.s);
	return v;
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
