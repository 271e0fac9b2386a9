/*
 * The two small languages of definition files: how bytes that are no text are
 * written, and what is sent or expected with places for values in it.
 *
 * Bytes: <CR> <LF> <ENQ> <ACK> <NAK> <STX> <ETX> <EOT> <ESC> <TAB> <BS>
 * <NUL>, <0x05> any byte, <LT> the sign '<' itself where it could be taken
 * for one of these. (YAML escapes such as "\x05" are refused by base/yaml.)
 *
 * Places, sent and expected:
 *	{addr}		the site's parameter of that name
 * expected (anything else is compared byte for byte):
 *	{p:f} {n:d}	a number, a whole number; blanks before it are skipped
 *	{n:4d} {n:6c}	exactly so many characters: a whole number, a text
 *	{s:s}		text up to what follows in the pattern, trimmed
 *	{s:w}		one word, blanks before it are skipped
 *	{s:W}		words up to what follows, or none
 *	{n:2B}		bytes, the first one highest
 *	{n:4X} {n:4Xs} {n:4Xi} {n:8Xf}	hexadecimal digits: unsigned, signed,
 *			Bronkhorst's (41943 and more are negative), IEEE float
 *	{p:6E23}	digits mmmmee: mmmm * 10^(ee - 23) (Pfeiffer's u_expo)
 *	{n:~}		skips up to a digit or sign
 *	{_:...}		as above, but not kept
 *	{p:f|OFF=off|LO<*=under}	or one of these words: the value is
 *			bad; '*' takes what follows up to the end of the field
 *	{*}		the rest, whatever it is
 * sent, with v the value in the instrument's unit:
 *	{v:.2f} {v:.3E} {v:d} {v:04d} {v:04X} {v:8Xf}
 *	{v:s}		a word that stands for the value
 */
#ifndef DRIVERS_PATTERN_H
#define DRIVERS_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

#define PATTERN_TOKENS_MAX 40
#define PATTERN_FIELDS_MAX 24
#define PATTERN_NAME_MAX 24
#define PATTERN_TEXT_MAX 64
#define PATTERN_PARAMS_MAX 8

enum token_kind {
	TOKEN_LITERAL,
	TOKEN_PARAM,
	TOKEN_FLOAT,
	TOKEN_INTEGER,
	TOKEN_CHARACTERS,
	TOKEN_TEXT,
	TOKEN_WORD,
	TOKEN_WORDS,
	TOKEN_BYTES,
	TOKEN_HEX,
	TOKEN_HEX_SIGNED,
	TOKEN_HEX_WRAPPED,
	TOKEN_HEX_FLOAT,
	TOKEN_MANTISSA,
	TOKEN_SKIP,
	TOKEN_REST,
	TOKEN_EXPONENT, /* sent only: {v:.3E} */
};

struct word {
	const char *text; /* decoded */
	size_t n;
	bool open; /* ended with '*' */
	const struct word *next;
};

struct token {
	enum token_kind kind;
	const char *bytes; /* literal */
	size_t n;	   /* bytes; else width, 0: any */
	int digits;	   /* behind the point; exponent's bias */
	bool zeros;	   /* filled up with zeros */
	int index;	   /* of the parameter, or of the field; -1: not
				 * kept */
	const struct word *words;
};

struct pattern {
	size_t n;
	const struct token *v; /* the arena's */
};

/* Names of parameters or fields. Those from `again` on may come again in
 * another pattern: it is another way to say the same. */
struct names {
	size_t n;
	const char *v[PATTERN_FIELDS_MAX];
	size_t again;
};

int names_find(const struct names *names, const char *name);

/*
 * Names of fields are added to `fields` (those of one ask share them). NULL
 * fields: a pattern to be sent, which may hold {v:...}. Errors say where in
 * the text; memory is the arena's.
 */
int pattern_parse(const char *s, const struct names *params,
		  struct names *fields, struct arena *arena,
		  struct pattern *pattern, struct err *err);

/* <CR> and the like; at most max bytes. *n on success. */
int pattern_bytes(const char *s, char *out, size_t max, size_t *n,
		  struct err *err);

struct pattern_value {
	bool came;     /* false: its answer did not, and the rest is 0 */
	double number; /* NAN: one of the words came instead */
	char text[PATTERN_TEXT_MAX];
};

/* Values of the parameters, in the order of their names. */
struct param_texts {
	char v[PATTERN_PARAMS_MAX][PATTERN_TEXT_MAX];
};

/* The whole of bytes[n]. ERR_PROTOCOL says what was expected where. Fields
 * are set on success only. */
int pattern_match(const struct pattern *pattern,
		  const struct param_texts *params, const char *bytes, size_t n,
		  struct pattern_value *fields, struct err *err);

/* Is field `index` one text, or are they words, where this pattern has it? */
bool pattern_has_text(const struct pattern *pattern, int index);
bool pattern_has_words(const struct pattern *pattern, int index);

/* What stands for v. */
struct pattern_sent {
	double number;
	const char *word; /* NULL: it is not sent as a word */
};

/* Is v sent as a word? */
bool pattern_sends_word(const struct pattern *pattern);

/* *n on success. ERR_FULL, ERR_RANGE: the value does not fit its place. */
int pattern_compose(const struct pattern *pattern,
		    const struct param_texts *params, struct pattern_sent v,
		    char *out, size_t max, size_t *n, struct err *err);

#endif
