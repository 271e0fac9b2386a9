#include "cli/figure.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/array.h"
#include "base/text.h"

/* least: smaller ones have an exponent. */
static const struct precision {
	const char *unit;
	int digits, decimals; /* whichever gives less */
	double least;
} precisions[] = {
	{ "degC", 9, 1, 0 },	{ "K", 9, 1, 0 },    { "K/min", 4, 1, 0 },
	{ "Torr", 4, 3, 0.01 }, { "sccm", 4, 3, 0 }, { "mW", 4, 2, 0 },
	{ "ohm", 5, 2, 0 },	{ "s", 4, 1, 0 },
};
static const struct precision others = { "", 5, 3, 1e-3 };
#define DIGITS_WITHOUT_UNIT 5

static const struct precision *precision_of(const char *unit)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(precisions); i++)
		if (!strcmp(precisions[i].unit, unit))
			return &precisions[i];
	return &others;
}

static int digits_before_point(double v)
{
	int n = 1;

	v = fabs(v);
	while (v >= 10) {
		v /= 10;
		n++;
	}
	return n;
}

static int count_digits(const char *s)
{
	int n = 0;

	for (; *s; s++)
		n += *s >= '0' && *s <= '9';
	return n;
}

/* 99.996 has two digits before its point, but 100.0 has three. */
static void print_fixed(double v, const struct precision *p,
			char number[NUMBER_TEXT_MAX])
{
	int decimals = p->digits - digits_before_point(v);

	decimals = decimals < 0		    ? 0
		   : decimals > p->decimals ? p->decimals
					    : decimals;
	number_print_fixed(v, decimals, number);
	if (decimals && count_digits(number) > p->digits)
		number_print_fixed(v, decimals - 1, number);
}

/* Noise below zero is no "-0.000". */
static void drop_sign_of_zero(char *s)
{
	if (*s == '-' && !s[1 + strspn(s + 1, "0.")])
		memmove(s, s + 1, strlen(s));
}

void figure_value(double v, const char *unit, char out[FIGURE_MAX])
{
	const struct precision *p = precision_of(unit);
	char number[NUMBER_TEXT_MAX];

	if (!isfinite(v)) {
		text_copy(out, FIGURE_MAX, "-");
		return;
	}
	if (!*unit) {
		number_print_digits(v, DIGITS_WITHOUT_UNIT, number);
	} else if ((v != 0 && fabs(v) < p->least) || fabs(v) >= 1e9) {
		number_print_digits(v, 3, number);
	} else {
		print_fixed(v, p, number);
		drop_sign_of_zero(number);
	}
	text_copy(out, FIGURE_MAX, number);
}

const char *figure_unit(const char *unit)
{
	return !strcmp(unit, "degC") ? "°C" : unit;
}

void figure_with_unit(double v, const char *unit, char out[FIGURE_MAX])
{
	size_t n;

	figure_value(v, unit, out);
	n = strlen(out);
	if (*unit)
		snprintf(out + n, FIGURE_MAX - n, " %s", figure_unit(unit));
}

void figure_date(nsec utc, char out[FIGURE_MAX])
{
	time_t seconds = utc / NSEC_PER_S;
	struct tm tm;

	if (utc <= 0 || !localtime_r(&seconds, &tm) ||
	    !strftime(out, FIGURE_MAX, "%Y-%m-%d %H:%M:%S", &tm))
		out[0] = '\0';
}

void figure_clock(nsec utc, char out[FIGURE_MAX])
{
	char date[FIGURE_MAX];
	const char *blank;

	figure_date(utc, date);
	blank = strchr(date, ' ');
	text_copy(out, FIGURE_MAX, blank ? blank + 1 : "");
}

void figure_seconds(double s, char out[FIGURE_MAX])
{
	char span[NSEC_ISO_MAX];

	if (!(fabs(s) < 9e9)) {
		text_copy(out, FIGURE_MAX, "-");
		return;
	}
	if (fabs(s) >= 60)
		s = round(s);
	nsec_span(nsec_from_s(s), span);
	text_copy(out, FIGURE_MAX, span);
}
