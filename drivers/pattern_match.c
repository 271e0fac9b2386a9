/* An answer against what was expected, and what is sent with a value in it. */
#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/number.h"
#include "base/text.h"
#include "drivers/pattern.h"

#define WRAP_FROM 41943 /* Bronkhorst: and more is negative */
#define NUMBER_MAX 40

struct matcher {
	const struct pattern *pattern;
	const struct param_texts *params;
	const char *s, *end;
	struct pattern_value *fields;
	struct err *err;
};

static size_t left(const struct matcher *m)
{
	return (size_t)(m->end - m->s);
}

static int mismatch(struct matcher *m, const char *what)
{
	_cleanup_(text_free) struct text shown = { 0 };

	text_add_escaped(&shown, m->s, left(m), 40);
	return err_set(m->err, ERR_PROTOCOL, "%s was expected at '%s'", what,
		       text_str(&shown));
}

static int match_bytes(struct matcher *m, const char *bytes, size_t n)
{
	_cleanup_(text_free) struct text shown = { 0 };

	if (left(m) >= n && !memcmp(m->s, bytes, n)) {
		m->s += n;
		return 0;
	}
	text_add(&shown, "'");
	text_add_escaped(&shown, bytes, n, 40);
	text_add(&shown, "'");
	return mismatch(m, text_str(&shown));
}

static void keep(struct matcher *m, const struct token *t, double value,
		 const char *text, size_t n)
{
	struct pattern_value *field;

	if (t->index < 0)
		return;
	field = &m->fields[t->index];
	field->came = true;
	field->number = value;
	snprintf(field->text, sizeof(field->text), "%.*s", (int)n, text);
}

static void skip_blanks(struct matcher *m)
{
	while (m->s < m->end && *m->s == ' ')
		m->s++;
}

static size_t digits_span(const char *s, size_t n)
{
	size_t i = n && (s[0] == '+' || s[0] == '-');

	while (i < n && s[i] >= '0' && s[i] <= '9')
		i++;
	return i;
}

/* A number in its own text: what follows it is not a number's. */
static int match_number(struct matcher *m, const struct token *t)
{
	char text[NUMBER_MAX];
	size_t n = left(m) < sizeof(text) - 1 ? left(m) : sizeof(text) - 1;
	struct err err = { 0 };
	double value;

	if (!t->n)
		skip_blanks(m);
	n = n < left(m) ? n : left(m);
	if (t->n && t->n > left(m))
		return mismatch(m, "a number");
	n = t->n ? t->n : n;
	if (n >= sizeof(text))
		return mismatch(m, "a shorter number");
	memcpy(text, m->s, n);
	text[n] = '\0';
	if (!t->n) {
		n = t->kind == TOKEN_INTEGER ? digits_span(text, n)
					     : number_span(text);
		text[n] = '\0';
	}
	if (number_parse(text + strspn(text, " "), &value, &err) ||
	    (t->kind == TOKEN_INTEGER && value != floor(value)))
		return mismatch(m, "a number");
	keep(m, t, value, m->s, n);
	m->s += n;
	return 0;
}

/* Where the field ends: the next literal of the pattern, or the end. */
static size_t field_span(const struct matcher *m, size_t token)
{
	const struct token *next =
		token + 1 < m->pattern->n ? &m->pattern->v[token + 1] : NULL;
	const char *found;

	if (!next || next->kind != TOKEN_LITERAL)
		return left(m);
	found = memmem(m->s, left(m), next->bytes, next->n);
	return found ? (size_t)(found - m->s) : left(m);
}

static int match_text(struct matcher *m, size_t token)
{
	size_t n = field_span(m, token);
	const char *s = m->s, *end = m->s + n;

	m->s += n;
	while (s < end && *s == ' ')
		s++;
	while (end > s && end[-1] == ' ')
		end--;
	keep(m, &m->pattern->v[token], NAN, s, (size_t)(end - s));
	return 0;
}

static bool is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static size_t word_span(const char *s, const char *end)
{
	const char *at = s;

	while (at < end && *at != ' ')
		at++;
	return (size_t)(at - s);
}

static int match_one_word(struct matcher *m, const struct token *t)
{
	size_t n;

	skip_blanks(m);
	n = word_span(m->s, m->end);
	if (!n || n >= PATTERN_TEXT_MAX)
		return mismatch(m, "a word");
	keep(m, t, NAN, m->s, n);
	m->s += n;
	return 0;
}

/* Each begins with a letter: a number here is a column that nobody knows. */
static int match_words(struct matcher *m, size_t token)
{
	const char *end = m->s + field_span(m, token), *at;

	skip_blanks(m);
	for (at = m->s; at < end; at += *at == ' ' ? 1 : word_span(at, end))
		if (*at != ' ' && !is_letter(*at))
			return mismatch(m, "nothing but words");
	if (end - m->s >= PATTERN_TEXT_MAX)
		return mismatch(m, "fewer words");
	keep(m, &m->pattern->v[token], NAN, m->s, (size_t)(end - m->s));
	m->s = end;
	return 0;
}

static bool match_word(struct matcher *m, size_t token)
{
	const struct token *t = &m->pattern->v[token];
	const char *begin = m->s;

	if (!t->n)
		skip_blanks(m);
	for (const struct word *w = t->words; w; w = w->next) {
		if (left(m) < w->n || memcmp(m->s, w->text, w->n))
			continue;
		keep(m, t, NAN, w->text, w->n);
		m->s += w->open ? field_span(m, token) : w->n;
		return true;
	}
	m->s = begin;
	return false;
}

static int match_raw(struct matcher *m, const struct token *t)
{
	uint32_t value = 0;

	if (left(m) < t->n)
		return mismatch(m, "more bytes");
	for (size_t i = 0; i < t->n; i++)
		value = value << 8 | (uint8_t)m->s[i];
	keep(m, t, value, m->s, 0);
	m->s += t->n;
	return 0;
}

static int match_characters(struct matcher *m, const struct token *t)
{
	if (left(m) < t->n)
		return mismatch(m, "more characters");
	keep(m, t, NAN, m->s, t->n);
	m->s += t->n;
	return 0;
}

static int hex_value(const struct matcher *m, size_t n, uint32_t *value)
{
	*value = 0;
	for (size_t i = 0; i < n; i++) {
		static const char digits[] = "0123456789ABCDEFabcdef";
		const char *at = memchr(digits, m->s[i], sizeof(digits) - 1);

		if (!at)
			return -1;
		*value = *value << 4 |
			 (uint32_t)(at - digits > 15 ? at - digits - 6
						     : at - digits);
	}
	return 0;
}

static double hex_meaning(const struct token *t, uint32_t raw)
{
	uint32_t sign;
	float f;

	assert(t->n >= 1 && t->n <= 8);
	sign = UINT32_C(1) << (4 * t->n - 1);
	if (t->kind == TOKEN_HEX_FLOAT) {
		memcpy(&f, &raw, sizeof(f));
		return (double)f;
	}
	if (t->kind == TOKEN_HEX_SIGNED && raw & sign)
		return (double)raw - 2.0 * (double)sign;
	if (t->kind == TOKEN_HEX_WRAPPED && raw >= WRAP_FROM)
		return (double)raw - 65536.0;
	return raw;
}

static int match_hex(struct matcher *m, const struct token *t)
{
	uint32_t raw;

	if (left(m) < t->n || hex_value(m, t->n, &raw))
		return mismatch(m, "hexadecimal digits");
	keep(m, t, hex_meaning(t, raw), m->s, t->n);
	m->s += t->n;
	return 0;
}

static int match_mantissa(struct matcher *m, const struct token *t)
{
	int mantissa = 0, exponent;

	if (left(m) < t->n || digits_span(m->s, t->n) != t->n || *m->s < '0' ||
	    t->n > 9)
		return mismatch(m, "digits");
	for (size_t i = 0; i < t->n - 2; i++)
		mantissa = 10 * mantissa + (m->s[i] - '0');
	exponent = 10 * (m->s[t->n - 2] - '0') + (m->s[t->n - 1] - '0');
	keep(m, t, mantissa * pow(10, exponent - t->digits), m->s, t->n);
	m->s += t->n;
	return 0;
}

static int match_skip(struct matcher *m)
{
	while (m->s < m->end && !strchr("0123456789+-", *m->s))
		m->s++;
	return 0;
}

static int match_token(struct matcher *m, size_t i)
{
	const struct token *t = &m->pattern->v[i];

	if (t->words && match_word(m, i))
		return 0;
	switch (t->kind) {
	case TOKEN_LITERAL: return match_bytes(m, t->bytes, t->n);
	case TOKEN_PARAM:
		return match_bytes(m, m->params->v[t->index],
				   strlen(m->params->v[t->index]));
	case TOKEN_FLOAT:
	case TOKEN_INTEGER: return match_number(m, t);
	case TOKEN_TEXT: return match_text(m, i);
	case TOKEN_WORD: return match_one_word(m, t);
	case TOKEN_WORDS: return match_words(m, i);
	case TOKEN_CHARACTERS: return match_characters(m, t);
	case TOKEN_BYTES: return match_raw(m, t);
	case TOKEN_HEX:
	case TOKEN_HEX_SIGNED:
	case TOKEN_HEX_WRAPPED:
	case TOKEN_HEX_FLOAT: return match_hex(m, t);
	case TOKEN_MANTISSA: return match_mantissa(m, t);
	case TOKEN_SKIP: return match_skip(m);
	case TOKEN_REST:
	case TOKEN_EXPONENT: break;
	}
	m->s = m->end;
	return 0;
}

int pattern_match(const struct pattern *pattern,
		  const struct param_texts *params, const char *bytes, size_t n,
		  struct pattern_value *fields, struct err *err)
{
	struct pattern_value found[PATTERN_FIELDS_MAX] = { { 0 } };
	struct matcher m = { pattern, params, bytes, bytes + n, found, err };

	for (size_t i = 0; i < pattern->n; i++)
		if (match_token(&m, i))
			return -1;
	if (m.s < m.end)
		return mismatch(&m, "nothing more");
	for (size_t i = 0; i < pattern->n; i++) {
		int index = pattern->v[i].index;

		if (index >= 0 && pattern->v[i].kind != TOKEN_PARAM)
			fields[index] = found[index];
	}
	return 0;
}

/* d.ddE+ee, with a point whatever the locale. */
static size_t print_exponent(double value, int digits, char out[NUMBER_MAX])
{
	int n = snprintf(out, NUMBER_MAX, "%.*E", digits, value);

	for (int i = 0; i < n; i++)
		if (!strchr("0123456789+-E", out[i]))
			out[i] = '.';
	return (size_t)n;
}

static size_t print_hex(const struct token *t, double value,
			char out[NUMBER_MAX])
{
	float f;
	uint32_t raw;

	if (t->kind == TOKEN_HEX_FLOAT) {
		f = (float)value;
		memcpy(&raw, &f, sizeof(raw));
	} else {
		raw = (uint32_t)nearbyint(value);
	}
	return (size_t)snprintf(out, NUMBER_MAX, "%0*X", (int)t->n,
				(unsigned)raw);
}

static bool fits(const struct token *t, double v)
{
	if (t->kind == TOKEN_HEX)
		return v >= 0 && nearbyint(v) < pow(16, (double)t->n);
	return fabs(v) <= (t->kind == TOKEN_HEX_FLOAT ? FLT_MAX : 1e12);
}

/* To the token's width; zeros come between a sign and the digits. */
static size_t fill(const struct token *t, const char *number, size_t n,
		   char out[NUMBER_MAX])
{
	size_t sign = t->zeros && *number == '-' ? 1 : 0;
	size_t more = t->n < NUMBER_MAX && t->n > n ? t->n - n : 0;

	memcpy(out, number, sign);
	memset(out + sign, t->zeros ? '0' : ' ', more);
	memcpy(out + sign + more, number + sign, n - sign + 1);
	return n + more;
}

static size_t print_value(const struct token *t, double v, char out[NUMBER_MAX])
{
	int digits = t->digits < 0 ? 6 : t->digits < 12 ? t->digits : 12;
	char number[NUMBER_TEXT_MAX];
	size_t n;

	if (t->kind == TOKEN_HEX || t->kind == TOKEN_HEX_FLOAT)
		return print_hex(t, v, out);
	if (t->kind == TOKEN_EXPONENT)
		return print_exponent(v, digits, out);
	if (t->kind == TOKEN_INTEGER) {
		v = nearbyint(v) + 0.0; /* no "-0" */
		digits = 0;
	}
	n = number_print_fixed(v, digits, number);
	return fill(t, number, n, out);
}

/* What is filled up with zeros has a place of that width and no other. */
static bool is_too_wide(const struct token *t, size_t n)
{
	return t->zeros && t->n && n > t->n;
}

static int put(struct err *err, const char *bytes, size_t n, char *out,
	       size_t max, size_t *used)
{
	if (max - *used < n)
		return err_set(err, ERR_FULL, "too much to send");
	memcpy(out + *used, bytes, n);
	*used += n;
	return 0;
}

static enum token_kind kind_of(const struct pattern *pattern, int index)
{
	for (size_t i = 0; i < pattern->n; i++)
		if (pattern->v[i].index == index &&
		    pattern->v[i].kind != TOKEN_PARAM)
			return pattern->v[i].kind;
	return TOKEN_LITERAL;
}

bool pattern_has_text(const struct pattern *pattern, int index)
{
	enum token_kind kind = kind_of(pattern, index);

	return kind == TOKEN_TEXT || kind == TOKEN_CHARACTERS ||
	       kind == TOKEN_WORD;
}

bool pattern_has_words(const struct pattern *pattern, int index)
{
	return kind_of(pattern, index) == TOKEN_WORDS;
}

bool pattern_sends_word(const struct pattern *pattern)
{
	for (size_t i = 0; i < pattern->n; i++)
		if (pattern->v[i].kind == TOKEN_TEXT)
			return true;
	return false;
}

/* What is sent for one token; NULL: the value does not fit. `number` is room
 * for it. */
static const char *sent_for(const struct token *t,
			    const struct param_texts *params,
			    struct pattern_sent v, char number[NUMBER_MAX],
			    size_t *n)
{
	const char *text = v.word;

	if (t->kind == TOKEN_LITERAL) {
		*n = t->n;
		return t->bytes;
	}
	if (t->kind == TOKEN_PARAM)
		text = params->v[t->index];
	if (t->kind == TOKEN_PARAM || t->kind == TOKEN_TEXT) {
		*n = text ? strlen(text) : 0;
		return text;
	}
	*n = fits(t, v.number) ? print_value(t, v.number, number) : 0;
	return *n && !is_too_wide(t, *n) ? number : NULL;
}

int pattern_compose(const struct pattern *pattern,
		    const struct param_texts *params, struct pattern_sent v,
		    char *out, size_t max, size_t *n, struct err *err)
{
	char number[NUMBER_MAX];
	size_t used = 0, length;

	for (size_t i = 0; i < pattern->n; i++) {
		const char *bytes =
			sent_for(&pattern->v[i], params, v, number, &length);

		if (!bytes)
			return err_set(err, ERR_RANGE,
				       "the value does not fit what is sent");
		if (put(err, bytes, length, out, max, &used))
			return -1;
	}
	*n = used;
	return 0;
}
