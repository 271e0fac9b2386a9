/*
 * What a probe says on standard output: lines for people, or one JSON object
 * per line. What came from the instrument is made harmless. Loop's thread,
 * while nothing is asked of the instrument.
 */
#ifndef TOOLS_PROBE_PRINT_H
#define TOOLS_PROBE_PRINT_H

#include "tools/probe.h"

struct probe_print {
	const struct probe_plan *plan;
	nsec began; /* times count from here */
};

/* After it has identified. */
void probe_print_identity(const struct probe_print *p,
			  const struct device *dev);
/* condition: what it says is wrong with it, or "". */
void probe_print_values(const struct probe_print *p, nsec at,
			const double *values, const char *condition);

/* again: when the next try comes; NSEC_NEVER: it was the last. */
void probe_print_error(const struct probe_print *p, nsec at,
		       const struct err *err, nsec again);
void probe_print_safe(const struct probe_print *p, nsec at);

/* What was set; back: what is read now, NAN: nothing (and when it is
 * confirmed all the same: nothing can be read). */
void probe_print_set(const struct probe_print *p, nsec at, double back,
		     bool confirmed);

/* A sink for bus_trace(); `context` is a struct probe_print. Writes to
 * standard error, on the bus's thread. */
void probe_print_bytes(void *context, nsec at, bool sent, const void *bytes,
		       size_t n);

#endif
