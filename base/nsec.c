#include "base/nsec.h"

#include <stdio.h>
#include <time.h>

#include "base/text.h"

void nsec_iso(nsec utc, char out[NSEC_ISO_MAX])
{
	nsec rest = utc % NSEC_PER_S;
	time_t seconds = utc / NSEC_PER_S;
	char date[NSEC_ISO_MAX];
	struct tm tm;

	if (rest < 0) {
		rest += NSEC_PER_S;
		seconds--;
	}
	gmtime_r(&seconds, &tm);
	strftime(date, 20, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out, NSEC_ISO_MAX, "%.19s.%06dZ", date,
		 (int)(rest / NSEC_PER_US));
}

/* Two units, the lesser one left out when there is nothing of it. */
static void print_two(char *out, nsec n, nsec per, const char *const units[2])
{
	int len = snprintf(out, NSEC_ISO_MAX, "%lld %s", (long long)(n / per),
			   units[0]);

	if (n % per && len > 0 && len < NSEC_ISO_MAX)
		snprintf(out + len, (size_t)(NSEC_ISO_MAX - len), " %02d %s",
			 (int)(n % per), units[1]);
}

/* Each unit is chosen after rounding, so that 59.99 s are 1 min. */
static void print_span(nsec d, char *out)
{
	nsec tenths = (d + NSEC_PER_S / 20) / (NSEC_PER_S / 10);
	nsec seconds = (d + NSEC_PER_S / 2) / NSEC_PER_S;

	if (tenths < 600 && tenths % 10)
		snprintf(out, NSEC_ISO_MAX, "%d.%d s", (int)(tenths / 10),
			 (int)(tenths % 10));
	else if (tenths < 600)
		snprintf(out, NSEC_ISO_MAX, "%d s", (int)(tenths / 10));
	else if (seconds < 3600)
		print_two(out, seconds, 60,
			  (const char *const[]){ "min", "s" });
	else
		print_two(out, (seconds + 30) / 60, 60,
			  (const char *const[]){ "h", "min" });
}

void nsec_span(nsec d, char out[NSEC_ISO_MAX])
{
	if (d == NSEC_NEVER) {
		text_copy(out, NSEC_ISO_MAX, "for ever");
	} else if (d < -NSEC_NEVER / 2 || d > NSEC_NEVER / 2) {
		text_copy(out, NSEC_ISO_MAX, "centuries");
	} else if (d < 0) {
		char span[NSEC_ISO_MAX];

		print_span(-d, span);
		snprintf(out, NSEC_ISO_MAX, "-%.30s", span);
	} else {
		print_span(d, out);
	}
}
