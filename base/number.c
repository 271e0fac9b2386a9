#include "base/number.h"

#include <assert.h>
#include <float.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"

#define SHOWN_MAX 40 /* bytes of a wrong number in a message */

/* These powers are exact, so one multiplication or division by them rounds
 * once, which makes it the correctly rounded conversion. */
static const double powers[] = {
	1e0,  1e1,  1e2,  1e3,	1e4,  1e5,  1e6,  1e7,	1e8,  1e9,  1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
};

#define POWERS_MAX ((int)ARRAY_SIZE(powers) - 1)

/* The C library hands out its own static object for this name: nothing is
 * allocated, nothing has to be freed or remembered. */
static locale_t plain_locale(void)
{
	locale_t l = newlocale(LC_ALL_MASK, "C", (locale_t)0);

	assert(l);
	return l;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t count_digits(const char *s)
{
	size_t n = 0;

	while (is_digit(s[n]))
		n++;
	return n;
}

size_t number_span(const char *s)
{
	size_t n = *s == '+' || *s == '-', exponent, digits;

	digits = count_digits(s + n);
	if (!digits)
		return 0;
	n += digits;
	if (s[n] == '.') {
		digits = count_digits(s + n + 1);
		if (digits)
			n += 1 + digits;
	}
	if (s[n] != 'e' && s[n] != 'E')
		return n;
	exponent = n + 1;
	if (s[exponent] == '+' || s[exponent] == '-')
		exponent++;
	digits = count_digits(s + exponent);
	return digits ? exponent + digits : n;
}

static int wrong(const char *s, const char *what, enum err_code code,
		 struct err *err)
{
	_cleanup_(text_free) struct text shown = { 0 };

	text_add_escaped(&shown, s, strlen(s), SHOWN_MAX);
	return err_set(err, code, "'%s' %s", text_str(&shown), what);
}

/* False when s has more digits than a double holds exactly, or a large
 * exponent; s has been checked against the grammar. */
static bool parse_short(const char *s, double *value)
{
	bool negative = *s == '-', fraction = false;
	int64_t digits = 0, exponent = 0;

	for (s += *s == '-' || *s == '+'; is_digit(*s) || *s == '.'; s++) {
		if (*s == '.') {
			fraction = true;
			continue;
		}
		digits = digits * 10 + (*s - '0');
		exponent -= fraction;
		if (digits > INT64_C(1) << 53)
			return false;
	}
	if (*s)
		exponent += strlen(s) > 5 ? 1000 : strtol(s + 1, NULL, 10);
	if (exponent < -POWERS_MAX || exponent > POWERS_MAX)
		return false;
	*value = exponent < 0 ? (double)digits / powers[-exponent]
			      : (double)digits * powers[exponent];
	if (negative)
		*value = -*value;
	return true;
}

int number_parse(const char *s, double *value, struct err *err)
{
	size_t n = number_span(s);
	double v;

	if (!n || s[n])
		return wrong(s, "is not a number (like 12 or 0.5 or 2e-3)",
			     ERR_INVALID, err);
	if (FLT_EVAL_METHOD != 0 || !parse_short(s, &v))
		v = strtod_l(s, NULL, plain_locale());
	if (!isfinite(v))
		return wrong(s, "is too large a number", ERR_RANGE, err);
	*value = v;
	return 0;
}

static bool parse_digits(const char *s, bool negative, int64_t *value)
{
	int64_t v = 0;

	for (; *s; s++) {
		int digit = negative ? '0' - *s : *s - '0';

		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, digit, &v))
			return false;
	}
	*value = v;
	return true;
}

int number_parse_int(const char *s, int64_t min, int64_t max, int64_t *value,
		     struct err *err)
{
	bool negative = *s == '-';
	size_t sign = negative || *s == '+', n = count_digits(s + sign);
	char range[64];
	int64_t v;

	if (!n || s[sign + n])
		return wrong(s, "is not a whole number", ERR_INVALID, err);
	if (parse_digits(s + sign, negative, &v) && v >= min && v <= max) {
		*value = v;
		return 0;
	}
	snprintf(range, sizeof(range), "is outside %" PRId64 " to %" PRId64,
		 min, max);
	return wrong(s, range, ERR_RANGE, err);
}

static size_t print(char out[NUMBER_TEXT_MAX], bool fixed, int precision,
		    double value)
{
	locale_t old = uselocale(plain_locale());
	int n;

	if (fixed)
		n = snprintf(out, NUMBER_TEXT_MAX, "%.*f", precision, value);
	else
		n = snprintf(out, NUMBER_TEXT_MAX, "%.*g", precision, value);
	uselocale(old);
	return n < 0 ? 0 : (size_t)n;
}

/* Writes digits / 10^decimals. */
static size_t print_decimal(char out[NUMBER_TEXT_MAX], bool negative,
			    uint64_t digits, int decimals)
{
	char reversed[NUMBER_TEXT_MAX];
	size_t n = 0, length = 0;
	int i = 0;

	do {
		reversed[n++] = (char)('0' + digits % 10);
		digits /= 10;
		if (++i == decimals)
			reversed[n++] = '.';
	} while (digits || i <= decimals);
	if (negative)
		out[length++] = '-';
	while (n)
		out[length++] = reversed[--n];
	out[length] = '\0';
	return length;
}

/*
 * Numbers of up to 15 digits, which are nearly all that people write, without
 * printf. Two decimals of 15 digits never are the same double, so the first
 * one that reads back is the shortest. 0 when there is none.
 */
static size_t print_short(double value, char out[NUMBER_TEXT_MAX])
{
	double a = fabs(value);
	int i;

	if (a < 1e-4 && a > 0)
		return 0;
	for (i = 0; i <= POWERS_MAX && a * powers[i] < 1e15; i++) {
		int64_t digits = (int64_t)(a * powers[i] + 0.5);

		if ((double)digits / powers[i] == a)
			return print_decimal(out, signbit(value),
					     (uint64_t)digits, i);
	}
	return 0;
}

size_t number_print(double value, char out[NUMBER_TEXT_MAX])
{
	locale_t plain = plain_locale();
	int digits = fabs(value) < DBL_MIN ? 1 : 15;
	size_t n;

	assert(isfinite(value));
	n = FLT_EVAL_METHOD == 0 ? print_short(value, out) : 0;
	if (n)
		return n;
	do
		n = print(out, false, digits, value);
	while (digits++ < 17 && strtod_l(out, NULL, plain) != value);
	return n;
}

/* "-0.00" would make a person look for a meaning. */
static size_t drop_sign_of_zero(char *s, size_t n)
{
	if (s[0] != '-' || s[1 + strspn(s + 1, "0.")])
		return n;
	memmove(s, s + 1, n);
	return n - 1;
}

size_t number_print_digits(double value, int digits, char out[NUMBER_TEXT_MAX])
{
	assert(digits >= 1);
	if (digits > 17)
		digits = 17;
	return drop_sign_of_zero(out, print(out, false, digits, value));
}

size_t number_print_fixed(double value, int decimals, char out[NUMBER_TEXT_MAX])
{
	size_t n;

	assert(decimals >= 0);
	n = print(out, true, decimals, value);
	if (n >= NUMBER_TEXT_MAX)
		return number_print_digits(value, 17, out);
	return drop_sign_of_zero(out, n);
}

size_t number_print_exponent(double value, int decimals,
			     char out[NUMBER_TEXT_MAX])
{
	locale_t old = uselocale(plain_locale());
	int n;

	assert(decimals >= 0 && decimals <= 17);
	n = snprintf(out, NUMBER_TEXT_MAX, "%.*e", decimals, value);
	uselocale(old);
	return n < 0 ? 0 : (size_t)n;
}
