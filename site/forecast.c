#include "site/forecast.h"

#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/array.h"
#include "base/number.h"

#define IMAGE_BYTES_PER_PIXEL 2
#define IMAGE_HEADER_BYTES 4096

static int64_t log_bytes(double values_per_s, nsec time, uint32_t steps)
{
	return (int64_t)(values_per_s * nsec_to_s(time) *
			 FORECAST_BYTES_PER_VALUE) +
	       (int64_t)steps * FORECAST_BYTES_PER_STEP;
}

/* Of the nearest directory that exists: the database's own is made at the
 * daemon's first start. */
static int64_t find_room(const char *path)
{
	char directory[CONFIG_PATH_MAX];
	struct statvfs status;
	char *slash;

	text_copy(directory, sizeof(directory), path);
	while ((slash = strrchr(directory, '/'))) {
		*slash = '\0';
		if (!statvfs(*directory ? directory : "/", &status))
			return (int64_t)status.f_bavail *
			       (int64_t)status.f_frsize;
	}
	return -1;
}

void forecast_make(const struct config *config, const struct plan *plan,
		   struct forecast *out)
{
	const struct site *s = &config->site;
	int64_t pixels = config->image_pixels;
	size_t i;

	*out = (struct forecast){ .log_longest = -1 };
	for (i = 0; i < s->n_polls; i++)
		out->values_per_s +=
			s->polls[i].n / nsec_to_s(s->polls[i].period);
	out->log_shortest =
		log_bytes(out->values_per_s, plan->shortest, plan->n_steps);
	if (plan->longest != NSEC_NEVER)
		out->log_longest = log_bytes(out->values_per_s, plan->longest,
					     plan->n_steps);
	out->images =
		(int64_t)plan->n_images *
		(pixels * pixels * IMAGE_BYTES_PER_PIXEL + IMAGE_HEADER_BYTES);
	out->room = find_room(config->database);
}

void forecast_size(int64_t bytes, char out[FORECAST_SIZE_MAX])
{
	static const char *const units[] = { "kB", "MB", "GB", "TB" };
	char number[NUMBER_TEXT_MAX];
	double value = (double)bytes / 1e3;
	size_t i = 0;

	while (value >= 999.5 && i + 1 < ARRAY_SIZE(units)) {
		value /= 1e3;
		i++;
	}
	number_print_fixed(value, value < 9.95 ? 1 : 0, number);
	snprintf(out, FORECAST_SIZE_MAX, "%s %s", number, units[i]);
}
