/*
 * Numbers as text, independent of the locale: "850.5" is 850.5 under de_DE.
 *
 * Grammar: [+-] digits [. digits] [(e|E) [+-] digits]; the whole string, no
 * blanks, no hex, no inf, no nan; the result is finite.
 */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define NUMBER_TEXT_MAX 32

int number_parse(const char *s, double *value, struct err *err);
int number_parse_int(const char *s, int64_t min, int64_t max, int64_t *value,
		     struct err *err);

/* Bytes of s that look like a number from its start (0: none). */
size_t number_span(const char *s);

/* The shortest decimal that reads back as the same double ("0.1", "350",
 * "1e-09"); value must be finite. Returns its length. */
size_t number_print(double value, char out[NUMBER_TEXT_MAX]);

/* Like "%.*f" / "%.*g", but always with a point. Returns the length. */
size_t number_print_fixed(double value, int decimals,
			  char out[NUMBER_TEXT_MAX]);
size_t number_print_digits(double value, int digits, char out[NUMBER_TEXT_MAX]);

/* Like "%.*e": "-1.5000e+02", as instruments write it. */
size_t number_print_exponent(double value, int decimals,
			     char out[NUMBER_TEXT_MAX]);

#endif
