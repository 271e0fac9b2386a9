/*
 * Names and their values while a recipe is compiled: parameters, the values
 * of loops, what a phase is given. `$name` as a whole value stands for the
 * value; `$name` inside a sentence for its text.
 */
#ifndef ENGINE_SCOPE_H
#define ENGINE_SCOPE_H

#include "base/arena.h"
#include "base/text.h"
#include "base/yaml.h"

#define SCOPE_NAMES_MAX 33 /* RECIPE_PARAMS_MAX and one */

struct binding {
	const char *name;
	const struct yaml_node *node; /* has no $name left in it */
};

struct scope {
	const struct scope *parent; /* NULL: none */
	size_t n;
	struct binding v[SCOPE_NAMES_MAX];
};

/* A node that stands for a text; lives as long as the arena. */
struct yaml_node *scope_scalar(struct arena *a, struct place at, const char *s);

/* Letters, digits and '_', not a digit first. */
bool scope_is_name(const char *s);

/* The name in a scalar that is "$name" as a whole, else NULL. */
const char *scope_reference(const struct yaml_node *node);

const struct yaml_node *scope_find(const struct scope *s, const char *name);

/* False when the scope is full. */
bool scope_add(struct scope *s, const char *name, const struct yaml_node *node);

/* -1 with a sentence that names the nearest. */
int scope_unknown(const struct scope *s, const char *name, struct err *err);

/* The node with every "$name" in it replaced; itself when there is none.
 * NULL after a problem. */
const struct yaml_node *scope_bind(const struct scope *s, struct arena *a,
				   const struct yaml_node *node,
				   struct problems *problems);

/* Appends text with each $name in it replaced; "$$" is a dollar. */
int scope_fill_in(const struct scope *s, const char *text, struct text *out,
		  struct err *err);

#endif
