/* gascelld check: every mistake of a recipe, or the course it will take. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "site/timeline.h"
#include "tools/commands.h"
#include "tools/complaint.h"
#include "tools/options.h"
#include "tools/recipe_file.h"

/* What may be in the lines when nobody knows: air or anything else, at the
 * pressure of the room. */
#define START_PRESSURE 760.0

static json_t *span_json(nsec t)
{
	return t == NSEC_NEVER ? json_null() : json_real((double)t / 1e9);
}

static json_t *step_json(const struct config *config, const struct plan *plan,
			 uint32_t i, nsec start)
{
	_cleanup_(text_free) struct text sets = { 0 };
	const struct plan_step *step = &plan->steps[i];

	timeline_setpoints(&config->site, plan, i, &sets);
	return json_pack("{si ss ss sb si so so so ss}", "step", (int)i + 1,
			 "kind", step_kind_name(step->kind), "label",
			 plan_label(plan, i), "on_fault", i >= plan->tail,
			 "line", (int)step->line, "start_s", span_json(start),
			 "shortest_s", span_json(step->shortest), "longest_s",
			 span_json(step->longest), "setpoints",
			 text_str(&sets));
}

static json_t *steps_json(const struct config *config, const struct plan *plan)
{
	json_t *steps = json_array();
	nsec start = 0;
	uint32_t i;

	for (i = 0; i < plan->n_steps; i++) {
		if (i == plan->tail)
			start = 0;
		json_array_append_new(steps, step_json(config, plan, i, start));
		start = nsec_after(start, plan->steps[i].shortest);
	}
	return steps;
}

static json_t *total_json(const struct config *config, const struct plan *plan)
{
	const struct gases *gases = &config->site.gases;
	json_t *used = json_object(), *total;
	struct forecast forecast;
	size_t i;

	forecast_make(config, plan, &forecast);
	for (i = 1; i < gases->n; i++)
		if (plan->gas_sccm_min[i] > 0.0)
			json_object_set_new(used, gases->v[i].name,
					    json_real(plan->gas_sccm_min[i]));
	total = json_pack(
		"{so so si sI so sI so}", "shortest_s",
		span_json(plan->shortest), "longest_s",
		span_json(plan->longest), "images", (int)plan->n_images,
		"log_bytes", (json_int_t)forecast.log_shortest,
		"log_bytes_longest",
		forecast.log_longest < 0 ? json_null()
					 : json_integer(forecast.log_longest),
		"image_bytes", (json_int_t)forecast.images, "gas_mL", used);
	if (forecast.room >= 0)
		json_object_set_new(total, "free_bytes",
				    json_integer(forecast.room));
	return total;
}

static json_t *problems_json(const struct problems *problems)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < problems->n; i++) {
		const struct problem *p = &problems->v[i];

		json_array_append_new(list, json_pack("{ss si si ss}", "file",
						      p->file, "line", p->line,
						      "column", p->column,
						      "message", p->msg));
	}
	return list;
}

/* Prints and frees it. */
static void print_json(json_t *json)
{
	char *text = json_dumps(json, JSON_INDENT(2) | JSON_REAL_PRECISION(12));

	puts(text ? text : "{}");
	free(text);
	json_decref(json);
}

static int print_problems(const struct problems *problems, bool json)
{
	if (json)
		print_json(
			json_pack("{so}", "problems", problems_json(problems)));
	else
		complaint_print(problems);
	return EXIT_FAILED;
}

static void print_course(const struct config *config, const struct plan *plan,
			 bool json, bool all)
{
	_cleanup_(text_free) struct text out = { 0 };
	struct forecast forecast;

	if (json) {
		print_json(json_pack(
			"{ss ss so so so}", "recipe", plan->name, "about",
			plan->about, "steps", steps_json(config, plan), "total",
			total_json(config, plan), "problems", json_array()));
		return;
	}
	forecast_make(config, plan, &forecast);
	timeline_print(config, plan, all, &out);
	text_add_char(&out, '\n');
	timeline_totals(config, plan, &forecast, &out);
	fputs(text_str(&out), stdout);
}

static struct plan *compile(const struct config *config,
			    struct recipe_file *file,
			    const struct options_params *params,
			    struct problems *problems)
{
	struct desk_recipe recipe = recipe_file_desk(file);
	struct recipe_source source = {
		.text = recipe.text,
		.n = recipe.n,
		.file = recipe.file,
		.params = params->v,
		.n_params = params->n,
		.find = recipe.find,
		.find_context = recipe.find_context,
	};
	struct recipe_start start = { .temperature = (double)NAN };

	ledger_init(&start.ledger, START_PRESSURE);
	return recipe_compile(&source, &config->site, &start, problems);
}

static int check(const struct config *config, const char *name,
		 const struct options_params *params, bool json, bool all)
{
	_cleanup_(problems_free) struct problems problems = { 0 };
	_cleanup_(recipe_file_fini) struct recipe_file file = { 0 };
	struct err err = { 0 };
	struct plan *plan;

	if (recipe_file_read(&file, config, name, &err)) {
		problems_add(&problems, (struct place){ 0 }, "%s", err.msg);
		return print_problems(&problems, json);
	}
	plan = compile(config, &file, params, &problems);
	if (!plan)
		return print_problems(&problems, json);
	print_course(config, plan, json, all);
	plan_free(plan);
	return EXIT_OK;
}

int check_main(int argc, char **argv)
{
	const char *path = NULL;
	bool json = false, all = false;
	struct options_params params = { 0 };
	const struct option_row rows[] = {
		{ "config", 'c', "FILE",
		  "the laboratory; default: the "
		  "simulated one",
		  .text = &path },
		OPTION_PARAMS(&params),
		{ "all", 'a', NULL, "every step, not one line per section",
		  .flag = &all },
		{ "json", 0, NULL, "for programs", .flag = &json },
	};
	const struct options options = {
		.name = "check",
		.words = "RECIPE",
		.min = 1,
		.max = 1,
		.summary = "Says every mistake in a recipe as "
			   "file:line:column: message (exit 1), or the\n"
			   "course it will take: times, setpoints, images, "
			   "gas and disk space. No\ninstrument is touched. "
			   "RECIPE is a file or a name of the library.",
		.rows = rows,
		.n_rows = ARRAY_SIZE(rows),
	};
	_cleanup_(problems_free) struct problems problems = { 0 };
	struct options_words words;
	struct config *config;
	int code = options_parse(&options, argc, argv, &words);

	if (code >= 0)
		return code;
	config = config_load(path, &problems);
	if (!config)
		return print_problems(&problems, json);
	code = check(config, words.v[0], &params, json, all);
	config_free(config);
	return code;
}
