#include "drivers/pattern.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"

#define LITERAL_MAX 256
#define WIDTH_MAX 64

static const struct {
	const char *name;
	char byte;
} bytes_named[] = {
	{ "NUL", 0 },	{ "STX", 2 },  { "ETX", 3 },  { "EOT", 4 },
	{ "ENQ", 5 },	{ "ACK", 6 },  { "BS", 8 },   { "TAB", 9 },
	{ "LF", 10 },	{ "CR", 13 },  { "DLE", 16 }, { "XON", 17 },
	{ "XOFF", 19 }, { "NAK", 21 }, { "ETB", 23 }, { "ESC", 27 },
	{ "LT", '<' },
};

struct parser {
	const char *s;
	const struct names *params;
	struct names *fields; /* NULL: to be sent */
	struct arena *arena;
	struct err *err;
	size_t n;
	struct token v[PATTERN_TOKENS_MAX];
};

int names_find(const struct names *names, const char *name)
{
	for (size_t i = 0; i < names->n; i++)
		if (!strcmp(names->v[i], name))
			return (int)i;
	return -1;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Length of the <NAME> at s, or 0: it is an ordinary '<'. */
static size_t named_byte(const char *s, char *byte)
{
	const char *end = strchr(s, '>');
	size_t n = end ? (size_t)(end - s - 1) : 0;
	int high = n == 4 ? hex_digit(s[3]) : -1;
	int low = n == 4 ? hex_digit(s[4]) : -1;

	if (high >= 0 && low >= 0 && s[1] == '0' && s[2] == 'x') {
		*byte = (char)(high << 4 | low);
		return n + 2;
	}
	for (size_t i = 0; n && i < ARRAY_SIZE(bytes_named); i++)
		if (strlen(bytes_named[i].name) == n &&
		    !memcmp(bytes_named[i].name, s + 1, n)) {
			*byte = bytes_named[i].byte;
			return n + 2;
		}
	return 0;
}

/* One byte of text at *s, named ones included. */
static char take_byte(const char **s)
{
	char byte = **s;
	size_t n = byte == '<' ? named_byte(*s, &byte) : 0;

	*s += n ? n : 1;
	return byte;
}

int pattern_bytes(const char *s, char *out, size_t max, size_t *n,
		  struct err *err)
{
	size_t count = 0;

	while (*s) {
		if (count == max)
			return err_set(err, ERR_FULL, "more than %zu bytes",
				       max);
		out[count++] = take_byte(&s);
	}
	*n = count;
	return 0;
}

static int refuse(struct parser *p, const char *why)
{
	return err_set(p->err, ERR_INVALID, "%s, at '%.20s'", why, p->s);
}

static int add_token(struct parser *p, struct token token)
{
	if (p->n == PATTERN_TOKENS_MAX)
		return refuse(p, "too many places");
	p->v[p->n++] = token;
	return 0;
}

static int take_literal(struct parser *p)
{
	char bytes[LITERAL_MAX];
	size_t n = 0;

	while (*p->s && *p->s != '{') {
		if (n == sizeof(bytes))
			return refuse(p, "too long");
		bytes[n++] = take_byte(&p->s);
	}
	return add_token(p, (struct token){
				    .kind = TOKEN_LITERAL,
				    .n = n,
				    .index = -1,
				    .bytes = arena_text(p->arena, bytes, n),
			    });
}

/* A name up to one of the bytes in `ends`. */
static int take_name(struct parser *p, const char *ends,
		     char name[PATTERN_NAME_MAX])
{
	size_t n = strcspn(p->s, ends);

	if (!n || n >= PATTERN_NAME_MAX || !p->s[n])
		return refuse(p, "a place like {name:f} is broken");
	memcpy(name, p->s, n);
	name[n] = '\0';
	p->s += n;
	return 0;
}

static bool is_new(const struct parser *p, int index)
{
	if (index < (int)p->fields->again)
		return false;
	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].kind != TOKEN_PARAM && p->v[i].index == index)
			return false;
	return true;
}

static int keep_field(struct parser *p, const char *name, int *index)
{
	if (!strcmp(name, "_")) {
		*index = -1;
		return 0;
	}
	*index = names_find(p->fields, name);
	if (*index >= 0 && !is_new(p, *index))
		return refuse(p, "this name is there already");
	if (*index >= 0)
		return 0;
	if (p->fields->n == PATTERN_FIELDS_MAX)
		return refuse(p, "too many values in one answer");
	*index = (int)p->fields->n;
	p->fields->v[p->fields->n++] = arena_text(p->arena, name, strlen(name));
	return 0;
}

static size_t take_number(struct parser *p)
{
	size_t n = 0;

	while (*p->s >= '0' && *p->s <= '9' && n < 1000)
		n = 10 * n + (size_t)(*p->s++ - '0');
	return n;
}

static int take_hex(struct parser *p, struct token *t)
{
	t->kind = TOKEN_HEX;
	if (*p->s == 's')
		t->kind = TOKEN_HEX_SIGNED;
	else if (*p->s == 'i')
		t->kind = TOKEN_HEX_WRAPPED;
	else if (*p->s == 'f')
		t->kind = TOKEN_HEX_FLOAT;
	if (t->kind != TOKEN_HEX)
		p->s++;
	if (t->kind == TOKEN_HEX_FLOAT ? t->n != 8 : !t->n || t->n > 8)
		return refuse(p, "hexadecimal digits need their number, 1 to "
				 "8 (8 for a float)");
	return 0;
}

/* [0][width][.digits]letter */
static int take_format(struct parser *p, struct token *t)
{
	static const struct {
		char letter;
		enum token_kind kind;
	} letters[] = {
		{ 'f', TOKEN_FLOAT }, { 'd', TOKEN_INTEGER },
		{ 's', TOKEN_TEXT },  { 'c', TOKEN_CHARACTERS },
		{ 'B', TOKEN_BYTES }, { '~', TOKEN_SKIP },
		{ 'w', TOKEN_WORD },  { 'W', TOKEN_WORDS },
	};

	t->zeros = *p->s == '0';
	t->n = take_number(p);
	t->digits = -1;
	if (t->n > WIDTH_MAX)
		return refuse(p, "too wide");
	if (*p->s == '.') {
		p->s++;
		t->digits = (int)take_number(p);
	}
	if (*p->s == 'X') {
		p->s++;
		return take_hex(p, t);
	}
	if (*p->s == 'E') {
		p->s++;
		t->kind = p->fields ? TOKEN_MANTISSA : TOKEN_EXPONENT;
		if (p->fields)
			t->digits = (int)take_number(p);
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(letters); i++)
		if (*p->s == letters[i].letter) {
			t->kind = letters[i].kind;
			p->s++;
			return 0;
		}
	return refuse(p, "an unknown kind of place; f d s w W c B X E ~");
}

/* TEXT=tag or TEXT*=tag behind a '|'; the tag is for people. */
static int take_word(struct parser *p, struct token *t)
{
	struct word *word = arena_take(p->arena, sizeof(*word));
	char bytes[PATTERN_TEXT_MAX];
	size_t n = 0;

	for (p->s++; *p->s && !strchr("=|}", *p->s);) {
		if (n == sizeof(bytes))
			return refuse(p, "too long a word");
		bytes[n++] = take_byte(&p->s);
	}
	if (*p->s == '=')
		p->s += strcspn(p->s, "|}");
	word->open = n && bytes[n - 1] == '*';
	n -= word->open;
	if (!n)
		return refuse(p, "a word is missing behind '|'");
	word->text = arena_text(p->arena, bytes, n);
	word->n = n;
	word->next = t->words;
	t->words = word;
	return 0;
}

static int check_format(struct parser *p, const struct token *t)
{
	bool fixed = t->kind == TOKEN_CHARACTERS || t->kind == TOKEN_BYTES ||
		     t->kind == TOKEN_MANTISSA;

	if (fixed && !t->n)
		return refuse(p, "this kind of place needs a width");
	if (t->kind == TOKEN_BYTES && t->n > 4)
		return refuse(p, "at most 4 bytes");
	if (t->kind == TOKEN_MANTISSA && t->n < 3)
		return refuse(p, "at least 3 digits");
	if (!p->fields && t->kind != TOKEN_FLOAT && t->kind != TOKEN_INTEGER &&
	    t->kind != TOKEN_EXPONENT && t->kind != TOKEN_HEX &&
	    t->kind != TOKEN_HEX_FLOAT && !(t->kind == TOKEN_TEXT && !t->n))
		return refuse(p, "this kind of place cannot be sent");
	return 0;
}

static int take_value(struct parser *p, const char *name)
{
	struct token t = { .index = -1 };

	if (!p->fields && strcmp(name, "v"))
		return refuse(p, "what is sent is called v");
	p->s++;
	if (take_format(p, &t) || check_format(p, &t))
		return -1;
	while (*p->s == '|')
		if (take_word(p, &t))
			return -1;
	if (*p->s != '}')
		return refuse(p, "a '}' is missing");
	p->s++;
	if (p->fields && keep_field(p, name, &t.index))
		return -1;
	return add_token(p, t);
}

static int take_place(struct parser *p)
{
	char name[PATTERN_NAME_MAX];
	int index;

	p->s++;
	if (!strncmp(p->s, "*}", 2)) {
		p->s += 2;
		return add_token(
			p, (struct token){ .kind = TOKEN_REST, .index = -1 });
	}
	if (take_name(p, ":}", name))
		return -1;
	if (*p->s == ':')
		return take_value(p, name);
	index = names_find(p->params, name);
	if (index < 0)
		return refuse(p, "not a parameter of this definition");
	p->s++;
	return add_token(p,
			 (struct token){ .kind = TOKEN_PARAM, .index = index });
}

int pattern_parse(const char *s, const struct names *params,
		  struct names *fields, struct arena *arena,
		  struct pattern *pattern, struct err *err)
{
	struct parser p = { .s = s,
			    .params = params,
			    .fields = fields,
			    .arena = arena,
			    .err = err };
	struct token *kept;

	while (*p.s)
		if (*p.s == '{' ? take_place(&p) : take_literal(&p))
			return -1;
	kept = arena_take(arena, (p.n + 1) * sizeof(*kept));
	memcpy(kept, p.v, p.n * sizeof(*kept));
	*pattern = (struct pattern){ p.n, kept };
	return 0;
}
