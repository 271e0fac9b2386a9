/*
 * JSON for the wire: one line of ASCII, numbers that read back as the same
 * double under every locale, and a parser within bounds. jansson is what
 * parses; values are json_t because that is what requests carry.
 */
#ifndef PROTOCOL_JSON_H
#define PROTOCOL_JSON_H

#include <jansson.h>
#include <stdint.h>

#include "base/nsec.h"
#include "base/text.h"
#include "protocol/error.h"

#define JSON_DEPTH_LIMIT 32 /* nesting that is read */

/* In quotes; all but printable ASCII as \uXXXX; invalid UTF-8 as \ufffd. */
void json_add_string(struct text *out, const char *s);
void json_add_string_n(struct text *out, const char *s, size_t n);

/* The same, cut after max code points (0: no limit). */
void json_add_string_cut(struct text *out, const char *s, size_t n, size_t max);

/* Shortest form that reads back; a whole number has no ".0". Must be
 * finite. */
void json_add_double(struct text *out, double v);
void json_add_int(struct text *out, int64_t v);

/* UTC as seconds with 6 decimals, truncated: 1505396348.543000. */
void json_add_time(struct text *out, nsec utc);

/* Any value, compact, one line. */
void json_add_value(struct text *out, const json_t *v);

/*
 * NULL with *c and err set: ERROR_BAD_JSON for what is malformed, nested
 * deeper than JSON_DEPTH_LIMIT, has duplicate keys or invalid UTF-8 or a
 * NUL in a string; ERROR_RANGE for numbers that are too large for a double.
 * The caller owns the value.
 */
json_t *json_read(const char *s, size_t n, enum error_class *c,
		  struct err *err);

#endif
