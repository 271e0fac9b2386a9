/*
 * How a reading went, in a bounded space: lowest and highest of equal
 * stretches of time, which get longer as more of them are needed.
 */
#ifndef CLI_TREND_H
#define CLI_TREND_H

#include <stdbool.h>

#include "base/nsec.h"
#include "base/text.h"

#define TREND_MAX 512

/* {0} is an empty one. */
struct trend {
	nsec start, stretch;
	size_t last; /* the newest with a value */
	size_t n;    /* stretches; those without a value have least > most */
	double least[TREND_MAX], most[TREND_MAX];
};

/* What is not finite, or older than what there is, is left out. */
void trend_add(struct trend *t, nsec time, double value);

/* Over all; false: there is nothing. */
bool trend_range(const struct trend *t, double *least, double *most);

/*
 * "▁▂▅█": at most `columns` columns and `rows` lines (each ends with LF, but
 * not when there is one only), the oldest on the left, over the range of its
 * values. A stretch without a value is blank.
 */
void trend_draw(const struct trend *t, size_t columns, size_t rows,
		struct text *out);

#endif
