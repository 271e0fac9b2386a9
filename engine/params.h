/*
 * The parameters of a recipe: declared with defaults, which say what kind of
 * quantity they are, and given by the command line or by an include.
 */
#ifndef ENGINE_PARAMS_H
#define ENGINE_PARAMS_H

#include "engine/compiler.h"

/* From the command line (given, n) or from an include (with, its $names
 * already replaced; may be NULL). 0 or -1 after a problem. */
struct params_given {
	const struct recipe_param *params;
	size_t n;
	const struct yaml_node *with;
	const char *file; /* of the recipe; for messages */
};

/* Fills `out` with all parameters that the root declares. */
int params_declare(struct compiler *c, const struct yaml_node *root,
		   const struct params_given *given, struct scope *out);

#endif
