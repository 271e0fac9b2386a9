/*
 * The plan's sections with their predicted times (run:_plan), and where in
 * them the run is.
 */
#ifndef CLI_OUTLINE_H
#define CLI_OUTLINE_H

#include <jansson.h>
#include <stdint.h>

#include "base/text.h"
#include "cli/terminal.h"

/* {0} is an empty one. */
struct outline {
	json_t *rows;
};

/* In place of what it had; what cannot be read is no plan. */
void outline_read(struct outline *o, const char *json);
void outline_free(struct outline *o);

size_t outline_count(const struct outline *o);

/* The row that has this step (from 1); outline_count(): none. */
size_t outline_find(const struct outline *o, int64_t step);

/*
 * At most `lines` lines around the row of that step, which is marked: when
 * it begins after the start of its part, how long it takes, what it is. What
 * follows a fault is shown only while it runs.
 */
void outline_draw(const struct outline *o, int64_t step, size_t lines,
		  const struct terminal *t, struct text *out);

#endif
