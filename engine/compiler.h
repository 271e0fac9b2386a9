/*
 * One compilation: what all verbs share while a recipe becomes a plan.
 *
 * Verbs read their keys with value_*, say what is wrong with
 * compiler_problem(), and add steps. They go on after a mistake, so that all
 * of them are found; what they have built is thrown away then.
 */
#ifndef ENGINE_COMPILER_H
#define ENGINE_COMPILER_H

#include "engine/builder.h"
#include "engine/recipe.h"
#include "engine/scope.h"

#define COMPILER_LABEL_MAX 320
#define COMPILER_DURATION_MAX_S (30.0 * 24 * 3600)
#define COMPILER_VISITS_MAX (4 * PLAN_STEPS_MAX)
#define COMPILER_FAILURES_MAX (10 * PROBLEMS_MAX)

struct library; /* recipes that were included; library.h */

struct limits {
	double temperature; /* degC */
	double pressure;    /* Torr */
};

struct compiler {
	const struct site *site;
	struct problems *problems;
	struct builder build;
	struct arena arena;
	struct library *library;
	const struct scope *scope;
	struct limits limits;

	unsigned place;	    /* enum verb_place: where we are */
	const char *prefix; /* of labels, in a phase; or NULL */
	bool sealed;	    /* steps that cannot be cut in two */
	struct place at;    /* of the verb in the recipe */
	uint32_t line;	    /* in the recipe that was given */
	size_t n_including; /* depth of includes */
	const char *including[RECIPE_INCLUDE_DEPTH_MAX];
	size_t visits;	 /* steps looked at, loops unrolled */
	size_t n_failed; /* problems found, also repeated ones */

	/* What the holder does when the step that comes next begins. */
	double target;	 /* degC; NAN: heater off */
	double flow;	 /* sccm through the holder; 0: none */
	double pressure; /* Torr, while it flows */
};

/* Always -1. */
__attribute__((format(printf, 3, 4))) int compiler_problem(struct compiler *c,
							   struct place at,
							   const char *fmt,
							   ...);

/* True when there is no point in going on: the plan is full (says so once),
 * or the same mistakes come again and again. */
bool compiler_is_full(struct compiler *c);

void section_begin(struct compiler *c);

/* A step with the flags its kind has, and its label. */
struct plan_step *step_add(struct compiler *c, enum step_kind kind,
			   const char *label);
__attribute__((format(printf, 3, 4))) struct plan_step *step_addf(
	struct compiler *c, enum step_kind kind, const char *fmt, ...);

/* The role, or ROLE_NONE with a problem that says what there is. `access` 0:
 * any. */
int need_role(struct compiler *c, struct place at, const char *name,
	      unsigned access);
int need_known(struct compiler *c, enum known_role known);

#endif
