#include "engine/document.h"

#include <math.h>

#include "base/array.h"
#include "engine/value.h"
#include "engine/verbs.h"

static int check(struct compiler *c, const struct yaml_node *root)
{
	static const char *const keys[] = { "recipe",
					    "about",
					    "parameters",
					    "limits",
					    "resume_after_crash",
					    "steps",
					    "on_fault",
					    NULL };
	size_t before = c->problems->n_all;

	if (root->kind != YAML_MAPPING)
		return compiler_problem(c, root->at,
					"a recipe is a mapping "
					"with 'recipe' and 'steps', not %s",
					yaml_kind_name(root->kind));
	yaml_check_keys(root, "a recipe", keys, c->problems);
	c->n_failed += c->problems->n_all > before;
	if (!yaml_get(root, "recipe"))
		compiler_problem(c, root->at,
				 "the recipe has no name: "
				 "'recipe: ...'");
	if (!yaml_get(root, "steps"))
		return compiler_problem(c, root->at,
					"the recipe has no 'steps'");
	return 0;
}

static void read_limits(struct compiler *c, const struct yaml_node *root,
			struct limits *out)
{
	static const char *const keys[] = { "temperature", "pressure", NULL };
	const struct yaml_node *map = yaml_get(root, "limits");
	size_t before = c->problems->n_all;

	if (!map)
		return;
	if (map->kind != YAML_MAPPING) {
		compiler_problem(c, map->at,
				 "limits: a mapping is wanted, "
				 "like '{temperature: 800 °C}'");
		return;
	}
	yaml_check_keys(map, "limits", keys, c->problems);
	c->n_failed += c->problems->n_all > before;
	value_quantity(c, yaml_get(map, "temperature"), "temperature",
		       QUANTITY_TEMPERATURE, &out->temperature);
	value_positive(c, yaml_get(map, "pressure"), "pressure",
		       QUANTITY_PRESSURE, &out->pressure);
}

/* Steps under `key` with the parameters and limits of the document. */
static void compile_list(struct compiler *c, const struct yaml_node *root,
			 const struct params_given *given, const char *key)
{
	struct limits outer = c->limits,
		      own = { .temperature = INFINITY, .pressure = INFINITY };
	const struct scope *scope = c->scope;
	struct scope params = { 0 };

	c->scope = &params;
	params_declare(c, root, given, &params);
	read_limits(c, root, &own);
	c->limits.temperature = fmin(outer.temperature, own.temperature);
	c->limits.pressure = fmin(outer.pressure, own.pressure);
	verbs_compile(c, yaml_get(root, key));
	c->limits = outer;
	c->scope = scope;
}

void document_compile(struct compiler *c, const struct yaml_node *root,
		      const struct params_given *given)
{
	if (!check(c, root))
		compile_list(c, root, given, "steps");
}

void document_compile_tail(struct compiler *c, const struct yaml_node *root,
			   const struct params_given *given)
{
	unsigned place = c->place;

	if (!yaml_get(root, "on_fault"))
		return;
	c->place = IN_TAIL;
	compile_list(c, root, given, "on_fault");
	c->place = place;
}

static void copy_text(struct compiler *c, const struct yaml_node *root,
		      const char *key, char *out, size_t size)
{
	const struct yaml_node *node = yaml_get(root, key);

	if (!node)
		return;
	if (node->kind != YAML_SCALAR || !*node->s)
		compiler_problem(c, node->at, "%s: a text is wanted", key);
	else if (!text_copy(out, size, node->s))
		compiler_problem(c, node->at, "%s: at most %zu bytes", key,
				 size - 1);
}

void document_describe(struct compiler *c, const struct yaml_node *root)
{
	const struct yaml_node *resume = yaml_get(root, "resume_after_crash");
	struct limits limits = { .temperature = INFINITY,
				 .pressure = INFINITY };
	struct plan *plan = c->build.plan;

	copy_text(c, root, "recipe", plan->name, sizeof(plan->name));
	copy_text(c, root, "about", plan->about, sizeof(plan->about));
	read_limits(c, root, &limits);
	plan->temperature_max = limits.temperature;
	plan->pressure_max = limits.pressure;
	if (resume && !value_is_switch(resume, &plan->resume_after_crash))
		compiler_problem(c, resume->at,
				 "resume_after_crash: yes or "
				 "no is wanted");
}
