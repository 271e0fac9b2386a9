#include "engine/library.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

struct entry {
	char *name;	   /* NULL: not a recipe */
	struct yaml *yaml; /* NULL: it has mistakes */
};

struct library {
	recipe_find *find;
	void *context;
	size_t n;
	struct entry v[LIBRARY_MAX + 2 * RECIPE_PARAMS_MAX];
};

struct library *library_new(recipe_find *find, void *context)
{
	struct library *l = memory_zeroed(1, sizeof(*l));

	l->find = find;
	l->context = context;
	return l;
}

void library_free(struct library *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->n; i++) {
		free(l->v[i].name);
		yaml_tree_free(l->v[i].yaml);
	}
	free(l);
}

static bool is_recipe_name(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-_");

	return n > 0 && n <= 64 && !s[n];
}

static const struct yaml_node *load(struct compiler *c, struct place at,
				    const char *name)
{
	_cleanup_(text_free) struct text text = { 0 }, file = { 0 };
	struct library *l = c->library;
	struct entry *entry;
	size_t before = c->problems->n_all;
	struct err err;

	if (l->n >= LIBRARY_MAX) {
		compiler_problem(c, at, "include: more than %d recipes",
				 LIBRARY_MAX);
		return NULL;
	}
	if (!l->find) {
		compiler_problem(c, at,
				 "include: there are no other recipes "
				 "here");
		return NULL;
	}
	if (l->find(l->context, name, &text, &file, &err)) {
		compiler_problem(c, at, "include: %s", err.msg);
		return NULL;
	}
	entry = &l->v[l->n++];
	entry->name = text_dup(name);
	entry->yaml = yaml_parse(text_str(&text), text.n, text_str(&file),
				 c->problems);
	c->n_failed += !entry->yaml || c->problems->n_all > before;
	return entry->yaml ? yaml_root(entry->yaml) : NULL;
}

const struct yaml_node *library_find(struct compiler *c, struct place at,
				     const char *name)
{
	struct library *l = c->library;

	if (!is_recipe_name(name)) {
		compiler_problem(c, at,
				 "include: '%.64s' is not the name of "
				 "a recipe: a-z, 0-9, '-' and '_'",
				 name);
		return NULL;
	}
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].name && !strcmp(l->v[i].name, name))
			return l->v[i].yaml ? yaml_root(l->v[i].yaml) : NULL;
	return load(c, at, name);
}

const struct yaml_node *library_value(struct library *l, struct arena *arena,
				      const struct recipe_param *param,
				      struct problems *problems)
{
	struct place at = { .file = param->name };
	const char *s = param->value + strspn(param->value, " ");
	struct yaml *yaml;

	if (*s != '{' && *s != '[')
		return scope_scalar(arena, at, s);
	yaml = yaml_parse(s, strlen(s), param->name, problems);
	if (!yaml)
		return NULL;
	l->v[l->n++].yaml = yaml;
	return yaml_root(yaml);
}
