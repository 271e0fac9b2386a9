/*
 * JSON with long strings. jansson takes twenty nanoseconds for each character
 * of a string, so that a request with a long recipe would keep the loop for
 * ten milliseconds. Long strings are therefore read here, jansson reads what
 * is left with an empty string in the place of each, and then they are put
 * back: the n-th string that is a value is the same one in the text and in
 * the tree. For json.c alone.
 */
#ifndef PROTOCOL_JSON_LONG_H
#define PROTOCOL_JSON_LONG_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

#define JSON_LONG_TAKEN_MAX 64

struct json_long {
	/* What jansson is to read: the text itself, or what is left of it. */
	const char *s;
	size_t n;
	struct text left;
	size_t n_strings; /* values among them */
	size_t n_taken;
	struct json_taken {
		size_t ordinal; /* among strings that are values */
		json_t *value;
	} taken[JSON_LONG_TAKEN_MAX];
};

/* {0} before; s stays until json_long_fini(). False: a long string is none of
 * JSON. */
bool json_long_take(struct json_long *k, const char *s, size_t n);
void json_long_fini(struct json_long *k);

/* As json_loadb(), of any value, refusing keys that come twice and a NUL. */
json_t *json_long_load(const struct json_long *k, size_t flags,
		       json_error_t *e);

/* Where the string ends that begins behind the quote before s[i]. */
size_t json_long_skip(const char *s, size_t n, size_t i);

#endif
