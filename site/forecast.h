/*
 * What a plan will need of a site before it runs: time and gas are in the
 * plan; this adds the disk.
 */
#ifndef SITE_FORECAST_H
#define SITE_FORECAST_H

#include "engine/plan.h"
#include "site/config.h"

/* Bytes of the database per logged value (7.6 measured on the overnight
 * series, all its other rows included), and room for each step's rows. */
#define FORECAST_BYTES_PER_VALUE 8
#define FORECAST_BYTES_PER_STEP 1024

struct forecast {
	double values_per_s;
	int64_t log_shortest; /* bytes */
	int64_t log_longest;  /* -1: the plan has no longest time */
	int64_t images;	      /* bytes */
	int64_t room;	      /* free at the database; -1: unknown */
};

void forecast_make(const struct config *config, const struct plan *plan,
		   struct forecast *out);

/* "12 MB": decimal, two digits. */
#define FORECAST_SIZE_MAX 40
void forecast_size(int64_t bytes, char out[FORECAST_SIZE_MAX]);

#endif
