/*
 * The texts of one compilation: recipes that are included, each parsed once
 * however often it is used, and values that were given beside the recipe.
 */
#ifndef ENGINE_LIBRARY_H
#define ENGINE_LIBRARY_H

#include "engine/compiler.h"

#define LIBRARY_MAX 64

struct library *library_new(recipe_find *find, void *context);
void library_free(struct library *l); /* NULL is fine */

/* The root of the recipe called name, or NULL with problems at `at` or in its
 * own file. */
const struct yaml_node *library_find(struct compiler *c, struct place at,
				     const char *name);

/* A value that came as text: "350 Torr", "{H2: 3, N2: 1}". NULL with
 * problems. Lives as long as the library. */
const struct yaml_node *library_value(struct library *l, struct arena *arena,
				      const struct recipe_param *param,
				      struct problems *problems);

#endif
