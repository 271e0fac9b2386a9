#include "engine/params.h"

#include <string.h>

#include "base/array.h"
#include "base/unit.h"
#include "engine/library.h"
#include "engine/value.h"

/* Bit q: the text can be read as that quantity. */
static unsigned kinds_of(const struct yaml_node *node)
{
	unsigned kinds = 0;
	struct err err;
	double v;

	for (unsigned q = 0; q < QUANTITY_N && node->kind == YAML_SCALAR; q++)
		if (!quantity_parse((enum quantity)q, node->s, &v, &err))
			kinds |= 1u << q;
	return kinds;
}

/* The first kind that the default's unit belongs to: nearly always the only
 * one, and found without UDUNITS, which takes 6 ms to load. */
static bool is_of_unit(const struct yaml_node *preset,
		       const struct yaml_node *given)
{
	enum quantity q;
	struct err err;
	const char *unit;
	double v;
	size_t n;

	if (preset->kind != YAML_SCALAR || given->kind != YAML_SCALAR)
		return false;
	n = number_span(preset->s);
	unit = preset->s + n + strspn(preset->s + n, " ");
	return n && *unit && unit_find_other(QUANTITY_N, unit, &q) &&
	       !quantity_parse(q, given->s, &v, &err);
}

/* A default of "782 Torr" makes it a pressure for everybody. */
static int check_kind(struct compiler *c, struct place at, const char *name,
		      const struct yaml_node *preset,
		      const struct yaml_node *given)
{
	unsigned wanted, q = 0;
	struct err err;
	double v;

	if (is_of_unit(preset, given))
		return 0;
	wanted = kinds_of(preset);
	if (!wanted || wanted & kinds_of(given))
		return 0;
	if (given->kind != YAML_SCALAR)
		return compiler_problem(c, at,
					"parameter %s: a value like "
					"'%s' is wanted",
					name, preset->s);
	while (!(wanted >> q & 1))
		q++;
	quantity_parse((enum quantity)q, given->s, &v, &err);
	return compiler_problem(c, at, "parameter %s: %s", name, err.msg);
}

static const struct recipe_param *find_given(const struct params_given *given,
					     const char *name)
{
	for (size_t i = 0; i < given->n; i++)
		if (!strcmp(given->params[i].name, name))
			return &given->params[i];
	return NULL;
}

/* The value in force. */
static const struct yaml_node *choose(struct compiler *c,
				      const struct yaml_node *preset,
				      const struct params_given *given)
{
	const struct recipe_param *param = find_given(given, preset->key);
	const struct yaml_node *with = yaml_get(given->with, preset->key);
	struct place at = { .file = given->file };

	if (with)
		at = with->at;
	else if (param)
		with = library_value(c->library, &c->arena, param, c->problems);
	else
		return preset;
	if (!with) {
		c->n_failed++;
		return NULL;
	}
	return check_kind(c, at, preset->key, preset, with) ? NULL : with;
}

static int declare(struct compiler *c, const struct yaml_node *preset,
		   const struct params_given *given, struct scope *out)
{
	static const struct scope nothing = { 0 };
	const struct yaml_node *value;

	if (!scope_is_name(preset->key))
		return compiler_problem(c, preset->key_at,
					"parameters: '%s': "
					"letters, digits and '_' only",
					preset->key);
	if (preset->kind == YAML_SCALAR && !preset->quoted && !*preset->s)
		return compiler_problem(c, preset->key_at,
					"parameters: '%s' "
					"needs a default",
					preset->key);
	if (!scope_bind(&nothing, &c->arena, preset, c->problems)) {
		c->n_failed++;
		return -1;
	}
	if (out->n == RECIPE_PARAMS_MAX)
		return compiler_problem(c, preset->key_at,
					"parameters: more "
					"than %d",
					RECIPE_PARAMS_MAX);
	value = choose(c, preset, given);
	scope_add(out, preset->key, value ? value : preset);
	return value ? 0 : -1;
}

static int refuse_unknown(struct compiler *c, struct place at, const char *name,
			  const struct scope *known)
{
	const char *names[SCOPE_NAMES_MAX + 1] = { 0 }, *nearest;

	for (size_t i = 0; i < known->n; i++)
		names[i] = known->v[i].name;
	nearest = text_nearest(name, names);
	return compiler_problem(c, at,
				"the recipe has no parameter '%.64s'"
				"%s%s%s",
				name, nearest ? "; did you mean '" : "",
				nearest ? nearest : "", nearest ? "'?" : "");
}

static int check_unknown(struct compiler *c, const struct params_given *given,
			 const struct scope *known)
{
	struct place at = { .file = given->file };
	int status = 0;

	for (size_t i = 0; i < given->n; i++)
		if (!scope_find(known, given->params[i].name))
			status = refuse_unknown(c, at, given->params[i].name,
						known);
	if (!given->with)
		return status;
	for (const struct yaml_node *n = given->with->first; n; n = n->next)
		if (!scope_find(known, n->key))
			status = refuse_unknown(c, n->key_at, n->key, known);
	return status;
}

int params_declare(struct compiler *c, const struct yaml_node *root,
		   const struct params_given *given, struct scope *out)
{
	const struct yaml_node *map = yaml_get(root, "parameters");
	int status = 0;

	if (map && map->kind != YAML_MAPPING)
		return compiler_problem(c, map->at,
					"parameters: a mapping is "
					"wanted, like '{pressure: 782 Torr}'");
	for (const struct yaml_node *n = map ? map->first : NULL; n;
	     n = n->next)
		if (declare(c, n, given, out))
			status = -1;
	return check_unknown(c, given, out) || status ? -1 : 0;
}
