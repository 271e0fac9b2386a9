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
#include <stdint.h>

/* As json_loadb(), of any value, refusing keys that come twice and a NUL. */
json_t *json_long_load(const char *s, size_t n, size_t flags, json_error_t *e);

/* Where the string ends that begins behind the quote before s[i]. */
size_t json_long_skip(const char *s, size_t n, size_t i);

#endif
