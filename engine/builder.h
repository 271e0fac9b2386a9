/*
 * A plan while it grows: steps, their setpoints and conditions, and a pool
 * of texts in which equal ones are kept once.
 *
 * What does not fit (PLAN_STEPS_MAX) sets `full` and is dropped.
 */
#ifndef ENGINE_BUILDER_H
#define ENGINE_BUILDER_H

#include "base/problems.h"
#include "engine/plan.h"

/* What the checks need to know of a step and the plan does not. */
struct step_origin {
	struct place at; /* of the verb in the recipe */
	nsec about;	 /* a wait: how long it usually takes */
};

struct builder {
	struct plan *plan;
	struct step_origin *origin; /* of each step */
	uint32_t steps_size, sets_size, conds_size;
	size_t text_n, text_size;
	uint32_t *pool; /* hash table of offsets; 0: free */
	size_t pool_n, pool_size;
	uint32_t section;
	bool boundary; /* the next step begins a section */
	bool full;
	struct plan_step spare; /* written to when full */
	struct step_origin spare_origin;
};

void builder_init(struct builder *b);
void builder_fini(struct builder *b);

/* Gives the plan away; the builder is as after builder_fini. */
struct plan *builder_take(struct builder *b);

void builder_section(struct builder *b);

/* Valid until the next call; zeroed but for kind, section and boundary. */
struct plan_step *builder_step(struct builder *b, enum step_kind kind,
			       const struct step_origin *origin);
struct step_origin *builder_origin(struct builder *b); /* of the last step */

/* Appends to the last sets or conditions. */
void builder_set(struct builder *b, struct role_value set);
void builder_cond(struct builder *b, struct cond cond);

/* Offset of a text; line ends become blanks. */
uint32_t builder_text(struct builder *b, const char *s);

/* "prefix: s" (or s, when prefix is NULL), cut to PLAN_LABEL_MAX with an
 * ellipsis. */
uint32_t builder_label(struct builder *b, const char *prefix, const char *s);

#endif
