/* What the site says of its DigitalMicrograph. */
#include <stddef.h>
#include <string.h>

#include "drivers/dm.h"
#include "drivers/link_open.h"
#include "drivers/settings.h"

#define REPLY_USUAL_S 2.0
/* Over a slow line. */
#define TRANSFER_USUAL_S 60.0
#define EXPOSURE_USUAL_S 1.0
#define SIDE_USUAL 4096
#define BINNING_MAX 64

struct whole {
	const char *key;
	size_t offset; /* of an int64_t */
	int64_t min, max;
};

static const struct whole wholes[] = {
	{ "camera", offsetof(struct dm_site, camera), 0, 15 },
	{ "width", offsetof(struct dm_site, width), 1, DM_SIDE_MAX },
	{ "height", offsetof(struct dm_site, height), 1, DM_SIDE_MAX },
	{ "binning", offsetof(struct dm_site, binning), 1, BINNING_MAX },
	{ "shutter", offsetof(struct dm_site, shutter), -1, 8 },
	{ "read_mode", offsetof(struct dm_site, read_mode), -16, 16 },
	{ 0 },
};

static const struct setting settings[] = {
	{ "exposure", QUANTITY_TIME, offsetof(struct dm_site, exposure_s), 1e-4,
	  EXPOSURE_MAX_S, 0 },
	{ "settle", QUANTITY_TIME, offsetof(struct dm_site, settle_s), 0.0,
	  60.0, 0 },
	{ "transfer", QUANTITY_TIME, offsetof(struct dm_site, transfer_s), 0.05,
	  600.0, 0 },
	{ "reply", QUANTITY_TIME, offsetof(struct dm_site, reply_s), 0.05, 60.0,
	  0 },
	{ 0 },
};

static void read_processing(const struct yaml_node *params,
			    struct dm_site *site, struct problems *problems)
{
	static const char *const words[] = { "raw", "dark", "gain", NULL };
	const struct yaml_node *node = yaml_get(params, "processing");

	site->processing = 2;
	if (!node)
		return;
	for (int i = 0; words[i]; i++)
		if (node->kind == YAML_SCALAR && !strcmp(node->s, words[i])) {
			site->processing = i;
			return;
		}
	problems_add(problems, node->at, "processing: raw, dark or gain");
}

static void read_expected(const struct yaml_node *params, struct dm_site *site,
			  struct problems *problems)
{
	static const char *const keys[] = { "camera", "version", NULL };
	const struct yaml_node *expect = yaml_get(params, "expect");
	const struct yaml_node *camera = yaml_get(expect, "camera");
	const struct yaml_node *version = yaml_get(expect, "version");

	if (!expect || !settings_is_mapping(expect, "expect", problems))
		return;
	yaml_check_keys(expect, "expect", keys, problems);
	if (camera)
		site->name = link_text(expect, "camera", "OneView", problems);
	/* It becomes part of a script. */
	if (camera && site->name &&
	    (strlen(site->name) >= DM_NAME_MAX ||
	     strpbrk(site->name, "\"\\\n")))
		problems_add(problems, camera->at,
			     "camera: at most %d characters, without quotes",
			     DM_NAME_MAX - 1);
	if (version)
		settings_integer(version, "version", 1, INT32_MAX,
				 &site->version, problems);
}

int dm_site_read(const struct yaml_node *params, struct dm_site *site,
		 struct err *err)
{
	static const char *const keys[] = {
		"camera",   "width",   "height",    "binning",	 "shutter",
		"exposure", "settle",  "reply",	    "read_mode", "processing",
		"expect",   "blanker", "emergency", "transfer",	 NULL,
	};
	struct problems problems = { 0 };

	*site = (struct dm_site){ .width = SIDE_USUAL,
				  .height = SIDE_USUAL,
				  .binning = 1,
				  .read_mode = DM_READ_MODE_KEPT,
				  .exposure_s = EXPOSURE_USUAL_S,
				  .reply_s = REPLY_USUAL_S,
				  .transfer_s = TRANSFER_USUAL_S };
	if (settings_check(params, "a digitalmicrograph", keys, err) ||
	    settings_choice(yaml_get(params, "blanker"), "blanker",
			    "microscope", "none", &site->no_blanker, err))
		return -1;
	settings_take(params, settings, site, &problems);
	for (const struct whole *w = wholes; w->key; w++) {
		const struct yaml_node *node = yaml_get(params, w->key);

		if (node)
			settings_integer(node, w->key, w->min, w->max,
					 (void *)((char *)site + w->offset),
					 &problems);
	}
	read_processing(params, site, &problems);
	read_expected(params, site, &problems);
	return settings_fail(&problems, err);
}
