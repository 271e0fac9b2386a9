/*
 * Happy path: yaml_parse, document_compile (verbs add steps), the same for
 * on_fault, admission_check (gases), predict_plan (times). Each of them says
 * all it finds; with any problem there is no plan.
 */
#include "engine/recipe.h"

#include <math.h>
#include <string.h>

#include "base/array.h"
#include "engine/admission.h"
#include "engine/document.h"
#include "engine/library.h"
#include "engine/predict.h"
#include "engine/verbs.h"

static void compiler_init(struct compiler *c,
			  const struct recipe_source *source,
			  const struct site *site, struct problems *problems)
{
	*c = (struct compiler){
		.site = site,
		.problems = problems,
		.library = library_new(source->find, source->find_context),
		.limits = { .temperature = INFINITY, .pressure = INFINITY },
		.place = IN_RECIPE,
		.at = { .file = source->file },
		.target = NAN,
	};
	builder_init(&c->build);
}

static void compiler_fini(struct compiler *c)
{
	builder_fini(&c->build);
	library_free(c->library);
	arena_free(&c->arena);
}

static void compile_tail(struct compiler *c, const struct yaml_node *root,
			 const struct params_given *given)
{
	c->target = NAN;
	c->flow = 0;
	document_compile_tail(c, root, given);
}

static void compile(struct compiler *c, const struct recipe_source *source,
		    const struct yaml_node *root,
		    const struct recipe_start *start)
{
	struct params_given given = { .params = source->params,
				      .n = source->n_params,
				      .file = source->file };
	struct plan *plan = c->build.plan;
	double temperature = start->temperature;

	document_describe(c, root);
	document_compile(c, root, &given);
	plan->tail = plan->n_steps;
	compile_tail(c, root, &given);
	admission_check(c, start);
	if (isnan(temperature))
		temperature = c->site->holder.ambient;
	predict_plan(&c->build, c->site, temperature);
}

struct plan *recipe_compile(const struct recipe_source *source,
			    const struct site *site,
			    const struct recipe_start *start,
			    struct problems *problems)
{
	size_t before = problems->n_all;
	struct plan *plan = NULL;
	struct compiler c;
	struct yaml *yaml;

	yaml = yaml_parse(source->text, source->n, source->file, problems);
	if (!yaml)
		return NULL;
	compiler_init(&c, source, site, problems);
	compile(&c, source, yaml_root(yaml), start);
	if (!c.n_failed && problems->n_all == before)
		plan = builder_take(&c.build);
	problems_sort(problems);
	compiler_fini(&c);
	yaml_tree_free(yaml);
	return plan;
}

static void add_json_text(const char *s, struct text *out)
{
	text_add_char(out, '"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			text_addf(out, "\\%c", *s);
		else if ((unsigned char)*s < 0x20)
			text_addf(out, "\\u%04x", (unsigned)*s);
		else
			text_add_char(out, *s);
	}
	text_add_char(out, '"');
}

/* YAML bounds the depth. */
static void add_json(const struct yaml_node *node, struct text *out)
{
	bool map = node->kind == YAML_MAPPING;

	if (node->kind == YAML_SCALAR) {
		add_json_text(node->s, out);
		return;
	}
	text_add_char(out, map ? '{' : '[');
	for (const struct yaml_node *n = node->first; n; n = n->next) {
		if (n != node->first)
			text_add_char(out, ',');
		if (map) {
			add_json_text(n->key, out);
			text_add_char(out, ':');
		}
		add_json(n, out);
	}
	text_add_char(out, map ? '}' : ']');
}

static int fail(struct err *err, struct problems *problems)
{
	err_set(err, ERR_INVALID, "%s",
		problems->n ? problems->v[0].msg : "not a recipe");
	problems_free(problems);
	return -1;
}

int recipe_params_json(const struct recipe_source *source, struct text *out,
		       struct err *err)
{
	struct params_given given = { .params = source->params,
				      .n = source->n_params,
				      .file = source->file };
	struct problems problems = { 0 };
	struct compiler c = { .problems = &problems };
	struct scope params = { 0 };
	struct yaml *yaml;

	yaml = yaml_parse(source->text, source->n, source->file, &problems);
	if (!yaml)
		return fail(err, &problems);
	compiler_init(&c, source, NULL, &problems);
	params_declare(&c, yaml_root(yaml), &given, &params);
	if (!problems.n) {
		text_add_char(out, '{');
		for (size_t i = 0; i < params.n; i++) {
			text_add(out, i ? "," : "");
			add_json_text(params.v[i].name, out);
			text_add_char(out, ':');
			add_json(params.v[i].node, out);
		}
		text_add_char(out, '}');
	}
	compiler_fini(&c);
	yaml_tree_free(yaml);
	return problems.n_all ? fail(err, &problems) : 0;
}
