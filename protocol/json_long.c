#include "protocol/json_long.h"

#include <endian.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"

#define SHORT 2048	 /* bytes of a string that jansson may see */
#define QUOTED_MAX 20000 /* strings that are looked at; nobody reads more */
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

void json_long_fini(struct json_long *k)
{
	size_t i;

	for (i = 0; i < k->n_taken; i++)
		json_decref(k->taken[i].value);
	text_free(&k->left);
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

/* One more than what it is worth; 0: it is no digit. */
static const unsigned char digits[256] = {
	['0'] = 1,  ['1'] = 2,	['2'] = 3,  ['3'] = 4,	['4'] = 5,  ['5'] = 6,
	['6'] = 7,  ['7'] = 8,	['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12,
	['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16, ['A'] = 11, ['B'] = 12,
	['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

static inline bool read_unit(const char *s, size_t n, uint32_t *unit)
{
	const unsigned char *d = (const unsigned char *)s + 2;
	uint32_t v[4];

	if (n < 6 || s[0] != '\\' || s[1] != 'u')
		return false;
	for (int i = 0; i < 4; i++)
		v[i] = digits[d[i]];
	if (!v[0] || !v[1] || !v[2] || !v[3])
		return false;
	*unit = (v[0] - 1) << 12 | (v[1] - 1) << 8 | (v[2] - 1) << 4 |
		(v[3] - 1);
	return true;
}

static inline void add_utf8(struct decoded *out, uint32_t c)
{
	static const unsigned char first[] = { 0, 0xc0, 0xe0, 0xf0 };
	char *to = out->s + out->n;
	int more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < SURROGATES ? 2 : 3;

	out->n += (size_t)more + 1;
	*to++ = (char)(first[more] | c >> (6 * more));
	while (more-- > 0)
		*to++ = (char)(0x80 | (c >> (6 * more) & 0x3f));
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

/* The string s[begin, end) without its quotes is kept, and an empty one left
 * instead. */
static bool take_string(struct json_long *k, const char *s, size_t begin,
			size_t end)
{
	struct json_taken *t = &k->taken[k->n_taken];

	t->ordinal = k->n_strings;
	t->value = decode_string(s + begin, end - begin);
	k->n_taken += t->value != NULL;
	return t->value != NULL;
}

bool json_long_take(struct json_long *k, const char *s, size_t n)
{
	size_t i = 0, left = 0, begin, n_quoted = 0;
	const char *quote;

	k->s = s;
	k->n = n;
	while (n >= SHORT && n_quoted++ < QUOTED_MAX &&
	       k->n_taken < JSON_LONG_TAKEN_MAX &&
	       (quote = memchr(s + i, '"', n - i))) {
		begin = (size_t)(quote - s) + 1;
		i = json_long_skip(s, n, begin);
		if (i >= n)
			break; /* jansson says what is wrong with it */
		if (is_key(s, n, i++))
			continue;
		if (i - 1 - begin >= SHORT) {
			text_add_n(&k->left, s + left, begin - left);
			left = i - 1;
			if (!take_string(k, s, begin, left))
				return false;
		}
		k->n_strings++;
	}
	if (!k->n_taken)
		return true;
	text_add_n(&k->left, s + left, n - left);
	k->s = text_str(&k->left);
	k->n = k->left.n;
	return true;
}

struct put_back {
	const struct json_long *k;
	size_t next;	  /* of those that were taken */
	size_t n_strings; /* seen so far */
};

/* The value that belongs here; NULL: the one that is there. */
static json_t *find_taken(struct put_back *p, const json_t *v)
{
	const struct json_long *k = p->k;

	if (!json_is_string(v))
		return NULL;
	if (p->next < k->n_taken && k->taken[p->next].ordinal == p->n_strings++)
		return json_incref(k->taken[p->next++].value);
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

json_t *json_long_load(const struct json_long *k, size_t flags, json_error_t *e)
{
	struct put_back p = { .k = k };
	json_t *v, *all;

	v = json_loadb(k->s, k->n,
		       flags | JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, e);
	all = v ? find_taken(&p, v) : NULL;
	if (all) {
		json_decref(v);
		return all;
	}
	if (v)
		put_back(&p, v);
	return v;
}
