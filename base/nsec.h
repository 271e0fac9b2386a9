/*
 * The unit of time: integer nanoseconds. Inside the program they count from
 * an arbitrary start (monotonic); in the log and on the wire they are UTC.
 * Nothing in here reads a clock: time is an argument everywhere below ring/.
 */
#ifndef BASE_NSEC_H
#define BASE_NSEC_H

#include <stdint.h>

typedef int64_t nsec;

#define NSEC_PER_US INT64_C(1000)
#define NSEC_PER_MS INT64_C(1000000)
#define NSEC_PER_S INT64_C(1000000000)
#define NSEC_NEVER INT64_MAX

/* Rounds to the nearest nanosecond; seconds must be finite, |s| < 9e9. */
static inline nsec nsec_from_s(double s)
{
	double ns = s * 1e9;

	return (nsec)(ns < 0 ? ns - 0.5 : ns + 0.5);
}

static inline double nsec_to_s(nsec t)
{
	return (double)t * 1e-9;
}

static inline nsec nsec_min(nsec a, nsec b)
{
	return a < b ? a : b;
}

static inline nsec nsec_max(nsec a, nsec b)
{
	return a > b ? a : b;
}

/* t + d without overflow; NSEC_NEVER stays NSEC_NEVER. d must be >= 0. */
static inline nsec nsec_after(nsec t, nsec d)
{
	return t > NSEC_NEVER - d ? NSEC_NEVER : t + d;
}

#define NSEC_ISO_MAX 32

/* "2026-11-22T07:35:32.123456Z" (UTC, 6 digits, truncated). */
void nsec_iso(nsec utc, char out[NSEC_ISO_MAX]);

/* "2 h 05 min", "9 min 30 s", "12.5 s": for people. */
void nsec_span(nsec d, char out[NSEC_ISO_MAX]);

#endif
