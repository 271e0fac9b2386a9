#include "base/quantity.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "base/text.h"
#include "base/unit.h"

#define WRITTEN_MAX 128 /* bytes of a quantity, with the NUL */
#define ABSOLUTE_ZERO (-273.15)

static const struct kind {
	const char *name, *unit, *example;
} kinds[QUANTITY_N] = {
	[QUANTITY_NUMBER] = { "number", "", "5" },
	[QUANTITY_SWITCH] = { "switch", "", "on" },
	[QUANTITY_TEMPERATURE] = { "temperature", "°C", "350 °C" },
	[QUANTITY_DIFFERENCE] = { "temperature difference", "K", "2 K" },
	[QUANTITY_RATE] = { "temperature rate", "K/min", "20 °C/min" },
	[QUANTITY_PRESSURE] = { "pressure", "Torr", "782 Torr" },
	[QUANTITY_PRESSURE_RATE] = { "pressure rate", "Torr/s", "2 Torr/s" },
	[QUANTITY_FLOW] = { "flow", "sccm", "0.1 sccm" },
	[QUANTITY_TIME] = { "time", "s", "10 min" },
	[QUANTITY_POWER] = { "power", "mW", "15 mW" },
	[QUANTITY_POWER_RATE] = { "power rate", "mW/min", "5 mW/min" },
	[QUANTITY_RESISTANCE] = { "resistance", "Ω", "120 ohm" },
	[QUANTITY_VOLTAGE] = { "voltage", "V", "1.5 V" },
	[QUANTITY_CURRENT] = { "current", "mA", "20 mA" },
	[QUANTITY_FRACTION] = { "fraction", "", "5 %" },
	[QUANTITY_LENGTH] = { "length", "µm", "30 µm" },
	[QUANTITY_VOLUME] = { "volume", "mL", "2 mL" },
};

/* Short names that a configuration may use for the two long ones. */
static const struct {
	const char *name;
	enum quantity quantity;
} aliases[] = {
	{ "difference", QUANTITY_DIFFERENCE },
	{ "rate", QUANTITY_RATE },
};

static const struct {
	const char *word;
	double value;
} switch_words[] = {
	{ "on", 1 },	    { "off", 0 },     { "open", 1 }, { "closed", 0 },
	{ "unblanked", 1 }, { "blanked", 0 }, { "true", 1 }, { "false", 0 },
	{ "yes", 1 },	    { "no", 0 },      { "1", 1 },    { "0", 0 },
};

/* The many ways to type and to paste the same sign. */
static const struct {
	const char *from, *to;
} spellings[] = {
	{ "\u00a0", " " }, /* blanks that do not break, or thin ones */
	{ "\u202f", " " },  { "\u2009", " " },
	{ "\u2212", "-" }, /* minus */
	{ "\u03bc", "µ" }, /* Greek mu; the other one is the micro sign */
	{ "\u2126", "Ω" }, /* ohm sign; the other one is Greek */
	{ "\u2103", "°C" }, { "\u212a", "K" },
	{ "\u00ba", "°" }, /* the o of Spanish ordinals */
	{ "\u00b9", "1" }, /* powers */
	{ "\u00b2", "2" },  { "\u00b3", "3" },
	{ "\u207b", "-" },  { "\u00b7", "." }, /* the dot of a product */
	{ "\u22c5", "." },  { "\u212b", "Å" },
	{ "° C", "°C" },    { "deg C", "°C" },
	{ "degC", "°C" },   { "deg_C", "°C" },
};

const char *quantity_name(enum quantity q)
{
	return kinds[q].name;
}

const char *quantity_unit(enum quantity q)
{
	return kinds[q].unit;
}

static bool is_name(const char *s, const char *name)
{
	for (; *s && *name; s++, name++)
		if (*s != *name && !(*name == ' ' && strchr("_-", *s)))
			return false;
	return *s == *name;
}

int quantity_from_name(const char *name, enum quantity *q, struct err *err)
{
	_cleanup_(text_free) struct text all = { 0 };
	size_t i;

	for (i = 0; i < QUANTITY_N; i++) {
		if (is_name(name, kinds[i].name)) {
			*q = (enum quantity)i;
			return 0;
		}
		text_addf(&all, "%s%s", i ? ", " : "", kinds[i].name);
	}
	for (i = 0; i < ARRAY_SIZE(aliases); i++) {
		if (is_name(name, aliases[i].name)) {
			*q = aliases[i].quantity;
			return 0;
		}
	}
	return err_set(err, ERR_NOT_FOUND,
		       "'%.40s' is not a quantity; these are: %s", name,
		       text_str(&all));
}

/* What is written at s is as long as the return value, and means *to. */
static size_t find_spelling(const char *s, const char **to)
{
	size_t i, n;

	if (*s != 'd' && (unsigned char)*s < 0x80)
		return 0;
	for (i = 0; i < ARRAY_SIZE(spellings); i++) {
		if (*s != *spellings[i].from)
			continue;
		n = strlen(spellings[i].from);
		if (strncmp(s, spellings[i].from, n))
			continue;
		*to = spellings[i].to;
		return n;
	}
	return 0;
}

/* One spelling, no blanks around it; false when s is too long. */
static bool normalise(const char *s, char out[WRITTEN_MAX])
{
	size_t n = 0, length;
	const char *to;

	while (*s) {
		length = find_spelling(s, &to);
		if (!length) {
			to = s;
			length = 1;
		}
		if (n + 4 >= WRITTEN_MAX)
			return false;
		if (to == s)
			out[n++] = *s;
		else
			n = (size_t)(stpcpy(out + n, to) - out);
		s += length;
		if (n == 1 && *out == ' ')
			n = 0;
	}
	while (n && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
	return true;
}

/* Says `'s' problem: a pressure is written like '782 Torr'`. */
static int refuse(enum quantity q, const char *s, const char *problem,
		  struct err *err)
{
	_cleanup_(text_free) struct text shown = { 0 };

	text_add_escaped(&shown, s, strlen(s), 40);
	return err_set(err, ERR_INVALID, "'%s' %s: a %s is written like '%s'",
		       text_str(&shown), problem, kinds[q].name,
		       kinds[q].example);
}

static int refuse_unit(enum quantity q, const char *s, const char *unit,
		       struct err *err)
{
	_cleanup_(text_free) struct text shown = { 0 };
	const char *nearest = unit_nearest(q, unit);
	enum quantity other;

	if (!*unit)
		return err_set(err, ERR_INVALID,
			       "%s has no unit: a %s is written like '%s'", s,
			       kinds[q].name, kinds[q].example);
	text_add_escaped(&shown, s, strlen(s), 40);
	if (unit_find_other(q, unit, &other))
		return err_set(err, ERR_INVALID,
			       "'%s' is a %s, but a %s is "
			       "wanted (like '%s')",
			       text_str(&shown), kinds[other].name,
			       kinds[q].name, kinds[q].example);
	if (*unit == ',')
		return refuse(q, s, "has a comma; numbers have a point", err);
	if (nearest)
		return err_set(err, ERR_INVALID,
			       "'%s' has an unknown unit; "
			       "did you mean '%s'?",
			       text_str(&shown), nearest);
	return refuse(q, s, "has an unknown unit", err);
}

/* 623.15 - 273.15 is to be 350: what is left behind the ninth decimal is the
 * subtraction's rounding. */
static double shift(double value, double add)
{
	if (add == 0)
		return value;
	value += add;
	return fabs(value) < 1e6 ? round(value * 1e9) / 1e9 : value;
}

/* `all` is what the person wrote, for the message. */
static int convert(enum quantity q, const struct scale *scale, double number,
		   const char *all, double *value, struct err *err)
{
	double v = number;

	if (scale->mul != scale->div)
		v = number * scale->mul / scale->div;
	v = shift(v, scale->add);
	if (!isfinite(v))
		return err_set(err, ERR_RANGE, "'%s' is too large", all);
	if (q == QUANTITY_TEMPERATURE && v < ABSOLUTE_ZERO)
		return err_set(err, ERR_RANGE, "'%s' is below absolute zero",
			       all);
	*value = v;
	return 0;
}

/* Takes a number and the blanks behind it from *s. */
static int take_number(enum quantity q, const char **s, const char *all,
		       double *number, struct err *err)
{
	char digits[WRITTEN_MAX];
	size_t n = number_span(*s);

	if (!n)
		return refuse(q, all, "has no number", err);
	memcpy(digits, *s, n);
	digits[n] = '\0';
	if (number_parse(digits, number, err))
		return -1;
	*s += n;
	*s += strspn(*s, " ");
	return 0;
}

static bool may_be_bare(enum quantity q)
{
	return q == QUANTITY_NUMBER || q == QUANTITY_FRACTION;
}

static int parse_one(enum quantity q, const char *all, double *value,
		     struct err *err)
{
	static const char *const bands[] = { "±", "+-", "+/-" };
	struct scale scale = { 1, 1, 0 };
	const char *s = all;
	double number;
	size_t i, n;

	for (i = 0; q == QUANTITY_DIFFERENCE && i < ARRAY_SIZE(bands); i++) {
		n = strlen(bands[i]);
		if (strncmp(s, bands[i], n))
			continue;
		s += n + strspn(s + n, " ");
		if (*s == '-' || *s == '+')
			return refuse(q, all, "has two signs", err);
		break;
	}
	if (take_number(q, &s, all, &number, err))
		return -1;
	if (!(may_be_bare(q) && !*s) && !unit_find(q, s, &scale))
		return refuse_unit(q, all, s, err);
	return convert(q, &scale, number, all, value, err);
}

/* "1 h 30 min": each part has a smaller unit than the one before; a sign
 * belongs to the whole. */
static int parse_time(const char *all, double *value, struct err *err)
{
	double number, part = 0, sum = 0, last = INFINITY;
	struct scale scale;
	char unit[WRITTEN_MAX];
	const char *s = all;
	size_t n;

	do {
		if (s != all && !(*s >= '0' && *s <= '9'))
			return refuse_unit(QUANTITY_TIME, all, s, err);
		if (take_number(QUANTITY_TIME, &s, all, &number, err))
			return -1;
		n = strcspn(s, " 0123456789");
		memcpy(unit, s, n);
		unit[n] = '\0';
		if (!unit_find(QUANTITY_TIME, unit, &scale))
			return refuse_unit(QUANTITY_TIME, all, s, err);
		if (convert(QUANTITY_TIME, &scale, number, all, &part, err))
			return -1;
		s += n;
		s += strspn(s, " ");
		if (scale.mul / scale.div >= last)
			return refuse(QUANTITY_TIME, all,
				      "is not a sum of "
				      "smaller and smaller parts",
				      err);
		last = scale.mul / scale.div;
		sum += *all == '-' ? -fabs(part) : part;
	} while (*s);
	*value = sum;
	return 0;
}

static int parse_switch(const char *s, double *value, struct err *err)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(switch_words); i++) {
		if (strcasecmp(s, switch_words[i].word))
			continue;
		*value = switch_words[i].value;
		return 0;
	}
	return err_set(err, ERR_INVALID,
		       "'%s' is not a switch: write on or "
		       "off, open or closed, blanked or unblanked",
		       s);
}

int quantity_parse(enum quantity q, const char *s, double *value,
		   struct err *err)
{
	char all[WRITTEN_MAX];

	if (!normalise(s, all))
		return refuse(q, s, "is too long", err);
	if (text_clean_span(all, strlen(all)) < strlen(all))
		return refuse(q, s, "has characters that cannot be shown", err);
	if (!*all)
		return err_set(err, ERR_INVALID, "a %s is missing (like '%s')",
			       kinds[q].name, kinds[q].example);
	switch (q) {
	case QUANTITY_SWITCH: return parse_switch(all, value, err);
	case QUANTITY_TIME: return parse_time(all, value, err);
	default: return parse_one(q, all, value, err);
	}
}

static void add_part(char out[QUANTITY_TEXT_MAX], int64_t n, const char *unit)
{
	size_t length = strlen(out);

	if (n)
		snprintf(out + length, QUANTITY_TEXT_MAX - length, "%s%lld %s",
			 length && out[length - 1] != '-' ? " " : "",
			 (long long)n, unit);
}

/* Seconds are kept to six digits in all, so they go before the minutes. */
static void format_span(double value, char out[QUANTITY_TEXT_MAX])
{
	double a = fabs(value), unit = a < 1e3	 ? 1e-3
				       : a < 1e4 ? 1e-2
				       : a < 1e5 ? 0.1
						 : 1;
	int64_t ms = llround(a / unit) * llround(unit * 1000);
	char seconds[NUMBER_TEXT_MAX];
	size_t length;

	text_copy(out, QUANTITY_TEXT_MAX, value < 0 ? "-" : "");
	add_part(out, ms / 3600000, "h");
	add_part(out, ms / 60000 % 60, "min");
	if (!(ms % 60000))
		return;
	number_print((double)(ms % 60000) / 1000, seconds);
	length = strlen(out);
	snprintf(out + length, QUANTITY_TEXT_MAX - length, " %s s", seconds);
}

static void format_plain(double value, const char *unit,
			 char out[QUANTITY_TEXT_MAX])
{
	char number[NUMBER_TEXT_MAX];

	number_print_digits(value, 6, number);
	snprintf(out, QUANTITY_TEXT_MAX, "%s%s%s", number, *unit ? " " : "",
		 unit);
}

void quantity_format(enum quantity q, double value, char out[QUANTITY_TEXT_MAX])
{
	if (!isfinite(value))
		text_copy(out, QUANTITY_TEXT_MAX, "no value");
	else if (q == QUANTITY_SWITCH && (value == 0 || value == 1))
		text_copy(out, QUANTITY_TEXT_MAX, value == 1 ? "on" : "off");
	else if (q == QUANTITY_TIME && fabs(value) >= 119.9995 &&
		 fabs(value) < 1e12)
		format_span(value, out);
	else if (q == QUANTITY_FRACTION && value != 0 && fabs(value) < 1e-3)
		format_plain(value * 1e6, "ppm", out);
	else if (q == QUANTITY_FRACTION)
		format_plain(value * 100, "%", out);
	else
		format_plain(value, kinds[q].unit, out);
}

void quantity_fini(void)
{
	unit_fini();
}
