/*
 * A site for the tests of the recipe compiler: the roles and phases of a
 * small gas laboratory, and what a compilation says.
 */
#ifndef TESTS_LABORATORY_H
#define TESTS_LABORATORY_H

#include "base/text.h"
#include "engine/recipe.h"

struct laboratory {
	struct site site;
	struct yaml *phases;
	struct recipe_start start;
	struct recipe_param params[4];
	size_t n_params;
	struct problems problems;
	struct plan *plan;
	struct text said; /* problems, as they are printed */
};

void laboratory_init(struct laboratory *l);
void laboratory_fini(struct laboratory *l);

/* Argon at 760 Torr, so that reactive gases may come. */
void laboratory_vouch(struct laboratory *l);

/* For each test: the state is one laboratory, for which nobody vouches. */
int laboratory_setup(void **state);
int laboratory_setup_vouched(void **state);
int laboratory_teardown(void **state);

/* Takes a role away. */
void laboratory_without(struct laboratory *l, enum known_role known);

/* Other phases than the built-in ones. */
void laboratory_phases(struct laboratory *l, const char *yaml);

void laboratory_param(struct laboratory *l, const char *name,
		      const char *value);

/* Recipes that can be included: NULL-terminated pairs of name and text come
 * before the files of recipes/. */
extern const char *const laboratory_recipes[];

/* Compiles; the plan or NULL, and what was said. */
struct plan *laboratory_compile(struct laboratory *l, const char *text);
struct plan *laboratory_compile_file(struct laboratory *l, const char *name);

/* The same around `steps`, which begin on line 3: "recipe: t\nsteps:\n". */
struct plan *laboratory_steps(struct laboratory *l, const char *steps);

/* All labels, one line each; "| " in front of those that begin a section. */
void laboratory_labels(const struct plan *plan, struct text *out);

/* Index of the n-th step (from 0) of a kind. */
uint32_t laboratory_find(const struct plan *plan, enum step_kind kind,
			 uint32_t n);

#endif
