#include "base/unit.h"

#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <udunits2.h>

#include "base/array.h"
#include "base/text.h"

#define CACHE_MAX 64

struct unit {
	enum quantity quantity;
	const char *name;
	struct scale scale;
};

static const struct unit units[] = {
	{ QUANTITY_TEMPERATURE, "°C", { 1, 1, 0 } },
	{ QUANTITY_TEMPERATURE, "K", { 1, 1, -273.15 } },
	{ QUANTITY_TEMPERATURE, "C", { 1, 1, 0 } },
	{ QUANTITY_TEMPERATURE, "celsius", { 1, 1, 0 } },
	{ QUANTITY_TEMPERATURE, "Celsius", { 1, 1, 0 } },
	{ QUANTITY_DIFFERENCE, "K", { 1, 1, 0 } },
	{ QUANTITY_DIFFERENCE, "°C", { 1, 1, 0 } },
	{ QUANTITY_DIFFERENCE, "C", { 1, 1, 0 } },
	{ QUANTITY_DIFFERENCE, "mK", { 1, 1000, 0 } },
	{ QUANTITY_PRESSURE, "Torr", { 1, 1, 0 } },
	{ QUANTITY_PRESSURE, "torr", { 1, 1, 0 } },
	{ QUANTITY_PRESSURE, "mTorr", { 1, 1e3, 0 } },
	{ QUANTITY_PRESSURE, "µTorr", { 1, 1e6, 0 } },
	{ QUANTITY_PRESSURE, "uTorr", { 1, 1e6, 0 } },
	{ QUANTITY_PRESSURE, "mbar", { 76e3, 101325, 0 } },
	{ QUANTITY_PRESSURE, "bar", { 76e6, 101325, 0 } },
	{ QUANTITY_PRESSURE, "Pa", { 760, 101325, 0 } },
	{ QUANTITY_PRESSURE, "hPa", { 76e3, 101325, 0 } },
	{ QUANTITY_PRESSURE, "kPa", { 760e3, 101325, 0 } },
	{ QUANTITY_PRESSURE, "MPa", { 760e6, 101325, 0 } },
	{ QUANTITY_PRESSURE, "atm", { 760, 1, 0 } },
	{ QUANTITY_PRESSURE, "psi", { 6894.757293168361 * 760, 101325, 0 } },
	{ QUANTITY_FLOW, "sccm", { 1, 1, 0 } },
	{ QUANTITY_FLOW, "SCCM", { 1, 1, 0 } },
	{ QUANTITY_FLOW, "slm", { 1000, 1, 0 } },
	{ QUANTITY_FLOW, "SLM", { 1000, 1, 0 } },
	{ QUANTITY_FLOW, "slpm", { 1000, 1, 0 } },
	{ QUANTITY_FLOW, "mln/min", { 1, 1, 0 } },
	{ QUANTITY_FLOW, "ln/min", { 1000, 1, 0 } },
	{ QUANTITY_TIME, "s", { 1, 1, 0 } },
	{ QUANTITY_TIME, "min", { 60, 1, 0 } },
	{ QUANTITY_TIME, "h", { 3600, 1, 0 } },
	{ QUANTITY_TIME, "d", { 86400, 1, 0 } },
	{ QUANTITY_TIME, "ms", { 1, 1e3, 0 } },
	{ QUANTITY_TIME, "µs", { 1, 1e6, 0 } },
	{ QUANTITY_TIME, "us", { 1, 1e6, 0 } },
	{ QUANTITY_TIME, "sec", { 1, 1, 0 } },
	{ QUANTITY_TIME, "seconds", { 1, 1, 0 } },
	{ QUANTITY_TIME, "minute", { 60, 1, 0 } },
	{ QUANTITY_TIME, "minutes", { 60, 1, 0 } },
	{ QUANTITY_TIME, "hr", { 3600, 1, 0 } },
	{ QUANTITY_TIME, "hour", { 3600, 1, 0 } },
	{ QUANTITY_TIME, "hours", { 3600, 1, 0 } },
	{ QUANTITY_TIME, "day", { 86400, 1, 0 } },
	{ QUANTITY_TIME, "days", { 86400, 1, 0 } },
	{ QUANTITY_POWER, "mW", { 1, 1, 0 } },
	{ QUANTITY_POWER, "W", { 1000, 1, 0 } },
	{ QUANTITY_POWER, "kW", { 1e6, 1, 0 } },
	{ QUANTITY_POWER, "µW", { 1, 1e3, 0 } },
	{ QUANTITY_POWER, "uW", { 1, 1e3, 0 } },
	{ QUANTITY_POWER, "nW", { 1, 1e6, 0 } },
	{ QUANTITY_RESISTANCE, "Ω", { 1, 1, 0 } },
	{ QUANTITY_RESISTANCE, "ohm", { 1, 1, 0 } },
	{ QUANTITY_RESISTANCE, "mΩ", { 1, 1e3, 0 } },
	{ QUANTITY_RESISTANCE, "mohm", { 1, 1e3, 0 } },
	{ QUANTITY_RESISTANCE, "kΩ", { 1e3, 1, 0 } },
	{ QUANTITY_RESISTANCE, "kohm", { 1e3, 1, 0 } },
	{ QUANTITY_RESISTANCE, "MΩ", { 1e6, 1, 0 } },
	{ QUANTITY_VOLTAGE, "V", { 1, 1, 0 } },
	{ QUANTITY_VOLTAGE, "mV", { 1, 1e3, 0 } },
	{ QUANTITY_VOLTAGE, "µV", { 1, 1e6, 0 } },
	{ QUANTITY_VOLTAGE, "uV", { 1, 1e6, 0 } },
	{ QUANTITY_VOLTAGE, "kV", { 1e3, 1, 0 } },
	{ QUANTITY_CURRENT, "mA", { 1, 1, 0 } },
	{ QUANTITY_CURRENT, "A", { 1e3, 1, 0 } },
	{ QUANTITY_CURRENT, "µA", { 1, 1e3, 0 } },
	{ QUANTITY_CURRENT, "uA", { 1, 1e3, 0 } },
	{ QUANTITY_CURRENT, "nA", { 1, 1e6, 0 } },
	{ QUANTITY_CURRENT, "pA", { 1, 1e9, 0 } },
	{ QUANTITY_FRACTION, "%", { 1, 100, 0 } },
	{ QUANTITY_FRACTION, "ppm", { 1, 1e6, 0 } },
	{ QUANTITY_FRACTION, "ppb", { 1, 1e9, 0 } },
	{ QUANTITY_FRACTION, "percent", { 1, 100, 0 } },
	{ QUANTITY_LENGTH, "µm", { 1, 1, 0 } },
	{ QUANTITY_LENGTH, "um", { 1, 1, 0 } },
	{ QUANTITY_LENGTH, "nm", { 1, 1e3, 0 } },
	{ QUANTITY_LENGTH, "mm", { 1e3, 1, 0 } },
	{ QUANTITY_LENGTH, "cm", { 1e4, 1, 0 } },
	{ QUANTITY_LENGTH, "m", { 1e6, 1, 0 } },
	{ QUANTITY_VOLUME, "mL", { 1, 1, 0 } },
	{ QUANTITY_VOLUME, "ml", { 1, 1, 0 } },
	{ QUANTITY_VOLUME, "L", { 1e3, 1, 0 } },
	{ QUANTITY_VOLUME, "l", { 1e3, 1, 0 } },
	{ QUANTITY_VOLUME, "µL", { 1, 1e3, 0 } },
	{ QUANTITY_VOLUME, "uL", { 1, 1e3, 0 } },
	{ QUANTITY_VOLUME, "nL", { 1, 1e6, 0 } },
	{ QUANTITY_VOLUME, "pL", { 1, 1e9, 0 } },
	{ QUANTITY_VOLUME, "cm3", { 1, 1, 0 } },
	{ QUANTITY_VOLUME, "cm^3", { 1, 1, 0 } },
	{ QUANTITY_VOLUME, "mm3", { 1, 1e3, 0 } },
};

/* Something per time; a volume per time is a flow at 0 °C and 1 atm. */
static const struct per_time {
	enum quantity above;
	double seconds; /* of the program's unit */
} per_time[QUANTITY_N] = {
	[QUANTITY_RATE] = { QUANTITY_DIFFERENCE, 60 },
	[QUANTITY_PRESSURE_RATE] = { QUANTITY_PRESSURE, 1 },
	[QUANTITY_POWER_RATE] = { QUANTITY_POWER, 60 },
	[QUANTITY_FLOW] = { QUANTITY_VOLUME, 60 },
};

/* The same units again as UDUNITS writes them; the numbers turn its pascal
 * into Torr, and mol/s into sccm by p V = n R T. */
static const struct base {
	enum quantity quantity;
	const char *name;
	double mul, div;
} bases[] = {
	{ QUANTITY_TEMPERATURE, "degC", 1, 1 },
	{ QUANTITY_DIFFERENCE, "K", 1, 1 },
	{ QUANTITY_RATE, "K/min", 1, 1 },
	{ QUANTITY_PRESSURE, "Pa", 760, 101325 },
	{ QUANTITY_PRESSURE_RATE, "Pa/s", 760, 101325 },
	{ QUANTITY_FLOW, "cm3/min", 1, 1 },
	{ QUANTITY_FLOW, "mol/s", 8.31446261815324 * 273.15 * 60e6, 101325 },
	{ QUANTITY_TIME, "s", 1, 1 },
	{ QUANTITY_POWER, "mW", 1, 1 },
	{ QUANTITY_POWER_RATE, "mW/min", 1, 1 },
	{ QUANTITY_RESISTANCE, "ohm", 1, 1 },
	{ QUANTITY_VOLTAGE, "V", 1, 1 },
	{ QUANTITY_CURRENT, "mA", 1, 1 },
	{ QUANTITY_FRACTION, "1", 1, 1 },
	{ QUANTITY_LENGTH, "um", 1, 1 },
	{ QUANTITY_VOLUME, "cm3", 1, 1 },
};

/* The one thing in base/ that outlives a call: UDUNITS' table, and what it
 * has answered before. It changes how fast an answer comes, never which. */
static struct {
	ut_system *system;
	bool missing;
	size_t n_answers;
	struct unit answers[CACHE_MAX];
	char names[CACHE_MAX][UNIT_MAX];
} cache;

static bool find_in(const struct unit *list, size_t n, enum quantity q,
		    const char *name, struct scale *scale)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (list[i].quantity != q || strcmp(list[i].name, name))
			continue;
		*scale = list[i].scale;
		return true;
	}
	return false;
}

/* 60/60 becomes 1/1, so that 20 K/min stay 20 and not 20 * 60 / 60. */
static void reduce(struct scale *s)
{
	double a = s->mul, b = s->div, rest;

	while (b > 0) {
		rest = fmod(a, b);
		a = b;
		b = rest;
	}
	if (a >= 1) {
		s->mul /= a;
		s->div /= a;
	}
}

static bool find_per_time(enum quantity q, const char *name,
			  struct scale *scale)
{
	const struct per_time *per = &per_time[q];
	const char *slash = strchr(name, '/');
	struct scale above, below;
	char unit[UNIT_MAX];

	if (!(per->seconds > 0) || !slash || slash - name >= UNIT_MAX)
		return false;
	memcpy(unit, name, (size_t)(slash - name));
	unit[slash - name] = '\0';
	if (!find_in(units, ARRAY_SIZE(units), per->above, unit, &above) ||
	    !find_in(units, ARRAY_SIZE(units), QUANTITY_TIME, slash + 1,
		     &below))
		return false;
	scale->mul = above.mul * below.div * per->seconds;
	scale->div = above.div * below.mul;
	scale->add = 0;
	reduce(scale);
	return true;
}

static bool find_common(enum quantity q, const char *name, struct scale *scale)
{
	return find_in(units, ARRAY_SIZE(units), q, name, scale) ||
	       find_per_time(q, name, scale);
}

/* Bytes of the letter at s: those that units have, in one spelling. */
static size_t letter_span(const char *s)
{
	static const char *const others[] = { "°", "µ", "Ω", "Å" };
	size_t i, n;

	if ((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || *s == '_')
		return 1;
	for (i = 0; i < ARRAY_SIZE(others); i++) {
		n = strlen(others[i]);
		if (!strncmp(s, others[i], n))
			return n;
	}
	return 0;
}

/* Bytes of a name and its power: "m", "s-1", "cm^3". */
static size_t factor_span(const char *s)
{
	size_t n = 0, letter, power, digits;

	while ((letter = letter_span(s + n)))
		n += letter;
	power = n + (s[n] == '^');
	power += s[power] == '-';
	digits = strspn(s + power, "0123456789");
	if (!n || digits > 2 || (!digits && power > n))
		return 0;
	return power + digits;
}

/*
 * Only products of powers of named units go to UDUNITS: it would also take
 * "5 Torr" as a unit, dates and logarithms, and it leaks what it cannot read.
 */
static bool is_product(const char *s)
{
	size_t n;

	if (strlen(s) >= UNIT_MAX)
		return false;
	for (;;) {
		n = factor_span(s);
		s += n;
		if (!n || !*s)
			return n;
		n = strspn(s, " ");
		if (s[n] && strchr("./*", s[n]))
			n++;
		if (!n)
			return false;
		s += n + strspn(s + n, " ");
	}
}

/* UDUNITS reads its numbers with the locale's decimal point. */
static locale_t enter_plain_locale(void)
{
	return uselocale(newlocale(LC_ALL_MASK, "C", (locale_t)0));
}

static bool load(void)
{
	if (cache.system || cache.missing)
		return cache.system;
	ut_set_error_message_handler(ut_ignore);
	cache.system = ut_read_xml(NULL);
	cache.missing = !cache.system;
	return cache.system;
}

/* False for what is no straight line: reciprocals ("Hz" for a time). */
static bool measure(const cv_converter *c, const struct base *base,
		    struct scale *scale)
{
	double zero = cv_convert_double(c, 0.0);
	double one = cv_convert_double(c, 1.0);
	double far = cv_convert_double(c, 1024.0);
	double slope = zero != 0 ? (far - zero) / 1024 : one;

	if (!isfinite(zero) || !isfinite(far) ||
	    !(fabs(one - zero - slope) <= 1e-9 * fabs(slope)) || !(slope > 0))
		return false;
	*scale = (struct scale){ slope * base->mul, base->div, zero };
	return true;
}

/* Only a temperature has a zero of its own. */
static bool compare(const ut_unit *unit, const struct base *base,
		    struct scale *scale)
{
	ut_unit *to = ut_parse(cache.system, base->name, UT_UTF8);
	cv_converter *c = to && ut_are_convertible(unit, to)
				  ? ut_get_converter((ut_unit *)unit, to)
				  : NULL;
	bool found = c && measure(c, base, scale);

	cv_free(c);
	ut_free(to);
	if (found && base->quantity != QUANTITY_TEMPERATURE)
		scale->add = 0;
	return found;
}

static bool ask(enum quantity q, const char *name, struct scale *scale)
{
	bool found = false;
	ut_unit *unit;
	size_t i;

	if (!load())
		return false;
	unit = ut_parse(cache.system, name, UT_UTF8);
	if (!unit)
		return false;
	for (i = 0; i < ARRAY_SIZE(bases) && !found; i++)
		if (bases[i].quantity == q)
			found = compare(unit, &bases[i], scale);
	ut_free(unit);
	return found;
}

static void remember(enum quantity q, const char *name,
		     const struct scale *scale)
{
	size_t i = cache.n_answers;

	if (i == CACHE_MAX)
		return;
	text_copy(cache.names[i], UNIT_MAX, name);
	cache.answers[i] = (struct unit){ q, cache.names[i], *scale };
	cache.n_answers++;
}

static bool find_anew(enum quantity q, const char *name, struct scale *scale)
{
	locale_t old = enter_plain_locale();
	bool found = ask(q, name, scale);

	uselocale(old);
	if (found)
		remember(q, name, scale);
	return found;
}

static bool find_unusual(enum quantity q, const char *name, struct scale *scale)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	bool found;

	if (!is_product(name))
		return false;
	pthread_mutex_lock(&lock);
	found = find_in(cache.answers, cache.n_answers, q, name, scale) ||
		find_anew(q, name, scale);
	pthread_mutex_unlock(&lock);
	return found;
}

bool unit_find(enum quantity q, const char *unit, struct scale *scale)
{
	return find_common(q, unit, scale) || find_unusual(q, unit, scale);
}

bool unit_find_other(enum quantity q, const char *unit, enum quantity *other)
{
	struct scale scale;
	int i;

	for (i = 0; i < 2 * QUANTITY_N; i++) {
		*other = (enum quantity)(i % QUANTITY_N);
		if (*other == q)
			continue;
		if (i < QUANTITY_N ? find_common(*other, unit, &scale)
				   : find_unusual(*other, unit, &scale))
			return true;
	}
	return false;
}

const char *unit_nearest(enum quantity q, const char *unit)
{
	const char *names[ARRAY_SIZE(units) + 1];
	size_t i, n = 0;

	for (i = 0; i < ARRAY_SIZE(units); i++)
		if (units[i].quantity == q)
			names[n++] = units[i].name;
	names[n] = NULL;
	return text_nearest(unit, names);
}

void unit_fini(void)
{
	ut_free_system(cache.system);
	memset(&cache, 0, sizeof(cache));
}
