/* What the site says of its microscope. */
#include <math.h>
#include <string.h>

#include "base/array.h"
#include "drivers/link_open.h"
#include "drivers/settings.h"
#include "drivers/temscript.h"

#define REPLY_USUAL_S 2.0
/* A frame of 45 MB over a slow line. */
#define TRANSFER_USUAL_S 60.0
#define BINNING_MAX 64
#define SCAN_MAX ACQUIRED_SIDE_MAX

static void read_text(const struct yaml_node *map, const char *key,
		      const char *example, const char **text,
		      struct problems *problems)
{
	const char *s;

	if (!yaml_get(map, key))
		return;
	s = link_text(map, key, example, problems);
	if (s && strlen(s) >= TEMSCRIPT_NAME_MAX)
		problems_add(problems, yaml_get(map, key)->at,
			     "%s: longer than %d characters", key,
			     TEMSCRIPT_NAME_MAX - 1);
	*text = s;
}

static void read_count(const struct yaml_node *map, const char *key,
		       int64_t max, int64_t *value, struct problems *problems)
{
	const struct yaml_node *node = yaml_get(map, key);

	if (node)
		settings_integer(node, key, 1, max, value, problems);
}

static void read_detector(const struct yaml_node *params,
			  struct temscript_site *site,
			  struct problems *problems)
{
	const struct yaml_node *scanning = yaml_get(params, "detector");

	if (scanning && yaml_get(params, "camera")) {
		problems_add(problems, scanning->at,
			     "camera or detector, not both");
		return;
	}
	site->scans = scanning != NULL;
	if (site->scans)
		read_text(params, "detector", "HAADF", &site->detector,
			  problems);
	else
		read_text(params, "camera", "BM-Ceta", &site->detector,
			  problems);
	if (!site->detector && !problems->n)
		problems_add(problems,
			     params ? params->at : (struct place){ 0 },
			     "camera is needed, such as BM-Ceta, or the "
			     "detector of a scan, such as HAADF");
}

static void read_expected(const struct yaml_node *params,
			  struct temscript_site *site,
			  struct problems *problems)
{
	static const char *const keys[] = { "family", "id", NULL };
	const struct yaml_node *expect = yaml_get(params, "expect");

	if (!expect || !settings_is_mapping(expect, "expect", problems))
		return;
	yaml_check_keys(expect, "expect", keys, problems);
	read_text(expect, "family", "TITAN", &site->family, problems);
	read_text(expect, "id", "3817", &site->id, problems);
}

int temscript_site_read(const struct yaml_node *params,
			struct temscript_site *site, struct err *err)
{
	static const char *const keys[] = {
		"camera",     "detector",   "gauge",   "underflow",
		"image_size", "correction", "binning", "scan",
		"exposure",   "reply",	    "expect",  "emergency",
		"transfer",   NULL,
	};
	const struct setting table[] = {
		{ "exposure", QUANTITY_TIME,
		  offsetof(struct temscript_site, exposure_s), 1e-6,
		  EXPOSURE_MAX_S, 0 },
		{ "transfer", QUANTITY_TIME,
		  offsetof(struct temscript_site, transfer_s), 0.05, 600.0, 0 },
		{ "reply", QUANTITY_TIME,
		  offsetof(struct temscript_site, reply_s), 0.05, 60.0, 0 },
		{ "underflow", QUANTITY_PRESSURE,
		  offsetof(struct temscript_site, underflow), 0.0, 1e-3, 0 },
		{ 0 },
	};
	struct problems problems = { 0 };

	*site = (struct temscript_site){ .underflow = NAN,
					 .reply_s = REPLY_USUAL_S,
					 .transfer_s = TRANSFER_USUAL_S };
	if (settings_check(params, "a temscript", keys, err))
		return -1;
	settings_take(params, table, site, &problems);
	read_detector(params, site, &problems);
	read_text(params, "gauge", "IGPco", &site->gauge, &problems);
	read_text(params, "image_size", "FULL", &site->image_size, &problems);
	read_text(params, "correction", "DEFAULT", &site->correction,
		  &problems);
	read_count(params, "binning", BINNING_MAX, &site->binning, &problems);
	read_count(params, "scan", SCAN_MAX, &site->scan, &problems);
	read_expected(params, site, &problems);
	return settings_fail(&problems, err);
}
