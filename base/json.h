/*
 * What JSON is put together from: a line of ASCII, numbers that read back as
 * the same double under every locale.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdint.h>

#include "base/nsec.h"
#include "base/text.h"

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

#endif
