/*
 * JSON for the wire: whole values on one line (their parts: base/json.h), and
 * a parser within bounds. jansson is what parses; values are json_t because
 * that is what requests carry.
 */
#ifndef PROTOCOL_JSON_H
#define PROTOCOL_JSON_H

#include <jansson.h>

#include "base/json.h"
#include "protocol/error.h"

#define JSON_DEPTH_LIMIT 32 /* nesting that is read */

/* Any value, compact, one line. */
void json_add_value(struct text *out, const json_t *v);

/* For a message that shows max bytes of it at most: the same, but not much
 * more is printed of it than that. */
void json_add_beginning(struct text *out, const json_t *v, size_t max);

/*
 * NULL with *c and err set: ERROR_BAD_JSON for what is malformed, nested
 * deeper than JSON_DEPTH_LIMIT, has duplicate keys or invalid UTF-8 or a
 * NUL in a string; ERROR_RANGE for numbers that are too large for a double.
 * The caller owns the value.
 */
json_t *json_read(const char *s, size_t n, enum error_class *c,
		  struct err *err);

/* The same for what should have no more than so many values. */
json_t *json_read_within(const char *s, size_t n, size_t values_max,
			 enum error_class *c, struct err *err);

#endif
