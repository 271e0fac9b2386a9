#include "cli/moment.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base/array.h"
#include "base/quantity.h"

#define DAY_S (24 * 3600)

/* The whole of s in that form. */
static bool reads_as(const char *s, const char *form, struct tm *tm)
{
	const char *end = strptime(s, form, tm);

	return end && !*end;
}

static bool read_date(const char *s, nsec *out)
{
	static const struct {
		const char *form;
		bool utc;
	} forms[] = {
		{ "%Y-%m-%d %H:%M:%S", false }, { "%Y-%m-%d %H:%M", false },
		{ "%Y-%m-%dT%H:%M:%SZ", true }, { "%Y-%m-%dT%H:%MZ", true },
		{ "%Y-%m-%dT%H:%M:%S", false }, { "%Y-%m-%dT%H:%M", false },
		{ "%Y-%m-%d", false },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(forms); i++) {
		struct tm tm = { .tm_isdst = -1 };
		time_t t;

		if (!reads_as(s, forms[i].form, &tm))
			continue;
		t = forms[i].utc ? timegm(&tm) : mktime(&tm);
		*out = (nsec)t * NSEC_PER_S;
		return t > 0;
	}
	return false;
}

/* Today, or yesterday when it is still to come today. */
static bool read_clock(const char *s, nsec now, nsec *out)
{
	time_t seconds = now / NSEC_PER_S, t;
	struct tm tm, clock = { 0 };

	if (!reads_as(s, "%H:%M:%S", &clock) && !reads_as(s, "%H:%M", &clock))
		return false;
	if (!localtime_r(&seconds, &tm))
		return false;
	tm.tm_hour = clock.tm_hour;
	tm.tm_min = clock.tm_min;
	tm.tm_sec = clock.tm_sec;
	tm.tm_isdst = -1;
	t = mktime(&tm);
	*out = (nsec)(t > seconds ? t - DAY_S : t) * NSEC_PER_S;
	return true;
}

int moment_parse(const char *s, nsec now, nsec *out, struct err *err)
{
	struct err ignored; /* the sentence below says all forms */
	double ago;

	if (!strcmp(s, "now")) {
		*out = now;
		return 0;
	}
	if (read_date(s, out) || read_clock(s, now, out))
		return 0;
	if (!quantity_parse(QUANTITY_TIME, s, &ago, &ignored) && ago >= 0) {
		*out = now - nsec_from_s(ago);
		return 0;
	}
	return err_set(err, ERR_INVALID,
		       "'%s' is no time: write '14:30', '2026-11-22 07:35', or "
		       "'2 h' for two hours ago",
		       s);
}
