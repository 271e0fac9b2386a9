/* include, repeat, for_each: steps written once and used more often. */
#include <string.h>

#include "base/array.h"
#include "engine/document.h"
#include "engine/library.h"
#include "engine/value.h"
#include "engine/verbs.h"

#define TIMES_MAX 1000000

/* "a, b, a": the way round. */
static int check_loop(struct compiler *c, struct place at, const char *name)
{
	_cleanup_(text_free) struct text way = { 0 };
	bool again = false;

	for (size_t i = 0; i < c->n_including; i++) {
		again |= !strcmp(c->including[i], name);
		text_addf(&way, "%s, ", c->including[i]);
	}
	if (again)
		return compiler_problem(c, at,
					"include: a recipe cannot "
					"include itself (%s%s)",
					text_str(&way), name);
	if (c->n_including == RECIPE_INCLUDE_DEPTH_MAX)
		return compiler_problem(c, at,
					"include: more than %d recipes "
					"inside each other",
					RECIPE_INCLUDE_DEPTH_MAX);
	return 0;
}

/* $names of this recipe mean nothing in the included one. */
static int read_with(struct compiler *c, const struct call *call,
		     const struct yaml_node **out)
{
	const struct yaml_node *with = call_get(call, "with");

	*out = NULL;
	if (!with)
		return 0;
	with = value_resolve(c, with);
	if (!with)
		return -1;
	if (with->kind != YAML_MAPPING)
		return compiler_problem(c, with->at,
					"with: a mapping is "
					"wanted, like '{pressure: 50 Torr}'");
	*out = scope_bind(c->scope, &c->arena, with, c->problems);
	c->n_failed += !*out;
	return *out ? 0 : -1;
}

void verb_include(struct compiler *c, const struct call *call)
{
	const struct yaml_node *node = call_need(c, call, "recipe"), *root;
	struct params_given given = { 0 };
	struct place at = c->at;
	const char *name;

	if (value_text(c, node, "include", 64, &name) != VALUE_GIVEN ||
	    read_with(c, call, &given.with) || check_loop(c, node->at, name))
		return;
	root = library_find(c, node->at, name);
	if (!root)
		return;
	c->including[c->n_including++] = name;
	document_compile(c, root, &given);
	c->n_including--;
	c->at = at;
}

/* The same mistake is said once. */
void verb_repeat(struct compiler *c, const struct call *call)
{
	const struct yaml_node *steps = call_need(c, call, "steps"),
			       *times = call_need(c, call, "times");
	size_t before = c->n_failed;
	uint32_t n = 1;

	value_count(c, times, "times", TIMES_MAX, &n);
	if (!steps)
		return;
	for (uint32_t i = 0; i < n && !compiler_is_full(c); i++) {
		verbs_compile(c, steps);
		if (c->n_failed > before)
			break;
	}
}

static const struct yaml_node *find_values(struct compiler *c,
					   const struct call *call)
{
	const struct yaml_node *values = NULL;

	for (const struct yaml_node *n = call->arg->first; n; n = n->next) {
		if (!strcmp(n->key, "steps"))
			continue;
		if (values) {
			compiler_problem(c, n->key_at,
					 "for_each: one list of "
					 "values, not '%s' and '%s'",
					 values->key, n->key);
			return NULL;
		}
		values = n;
	}
	if (!values)
		compiler_problem(c, call->at,
				 "for_each needs a list of "
				 "values, like '%s'",
				 call->verb->example);
	else if (!scope_is_name(values->key))
		compiler_problem(c, values->key_at,
				 "for_each: '%s': letters, "
				 "digits and '_' only",
				 values->key);
	return values && scope_is_name(values->key) ? values : NULL;
}

static void compile_for(struct compiler *c, const char *name,
			const struct yaml_node *value,
			const struct yaml_node *steps)
{
	struct scope inner = { .parent = c->scope };

	value = scope_bind(c->scope, &c->arena, value, c->problems);
	if (!value) {
		c->n_failed++;
		return;
	}
	scope_add(&inner, name, value);
	c->scope = &inner;
	verbs_compile(c, steps);
	c->scope = inner.parent;
}

void verb_for_each(struct compiler *c, const struct call *call)
{
	const struct yaml_node *steps = call_need(c, call, "steps");
	const struct yaml_node *values = find_values(c, call), *list;

	if (!steps || !values)
		return;
	list = value_resolve(c, values);
	if (!list)
		return;
	if (list->kind != YAML_SEQUENCE || !list->n) {
		compiler_problem(c, values->at,
				 "for_each: a list of values "
				 "is wanted, like '[50 Torr, 350 Torr]'");
		return;
	}
	for (const struct yaml_node *n = list->first; n && !compiler_is_full(c);
	     n = n->next)
		compile_for(c, values->key, n, steps);
}
