/* Images that a step asks for: some, a time lapse, or none. */
#ifndef ENGINE_IMAGING_H
#define ENGINE_IMAGING_H

#include "engine/compiler.h"

#define IMAGING_COUNT_MAX 10000

enum imaging_kind {
	IMAGING_NONE,
	IMAGING_SERIES, /* count images, `every` from start to start */
	IMAGING_LAPSE,	/* one `every` as long as the step lasts */
};

struct imaging {
	enum imaging_kind kind;
	uint32_t count;
	nsec every;	   /* 0: as fast as they come */
	double exposure_s; /* 0: as the camera is set up */
	const char *label; /* NULL: made from the conditions */
};

/* "yes", "no", "all", "none" or a mapping; absent: none. Keys that the caller
 * reads itself are in `more` (NULL-terminated, or NULL). 0 or -1. */
int imaging_read(struct compiler *c, const struct yaml_node *node,
		 const char *const *more, struct imaging *out);

/* IMAGING_SERIES only. */
void imaging_add(struct compiler *c, const struct imaging *images);

#endif
