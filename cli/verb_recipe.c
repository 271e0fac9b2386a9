/* Recipes on their way to the daemon: check, start, replace. */
#include <string.h>

#include "cli/figure.h"
#include "cli/snapshot.h"
#include "cli/submit.h"
#include "cli/verb.h"
#include "cli/watch.h"

static void json_drop(json_t **j)
{
	json_decref(*j);
}

static int ask(struct call *c, const char *accessible, json_t **result,
	       struct snapshot *run)
{
	struct err err;
	json_t *argument = submit_argument(c, &err);

	if (!argument)
		return call_fail(c, CLI_FAILED, "%s", err.msg);
	return submit(c, accessible, argument, result, run);
}

/* -- check ------------------------------------------------------------- */

static void add_times(const json_t *verdict, struct text *out)
{
	double seconds = json_number_value(json_object_get(verdict, "seconds"));
	double longest = json_number_value(json_object_get(verdict, "longest"));
	char a[FIGURE_MAX], b[FIGURE_MAX];

	figure_seconds(seconds, a);
	figure_seconds(longest, b);
	text_add(out, a);
	if (!(longest > 0))
		text_add(out, " or more");
	else if (strcmp(a, b))
		text_addf(out, " to %s", b);
}

static void print_course(struct call *c, const json_t *verdict)
{
	const char *course =
		json_string_value(json_object_get(verdict, "course"));

	if (course && *course) {
		submit_lines(course, &c->out);
		return;
	}
	add_times(verdict, &c->out);
	text_addf(&c->out, ", %lld steps, %lld images\n",
		  (long long)json_integer_value(
			  json_object_get(verdict, "steps")),
		  (long long)json_integer_value(
			  json_object_get(verdict, "images")));
}

static void print_verdict(struct call *c, json_t *verdict)
{
	if (!c->options->json) {
		print_course(c, verdict);
		return;
	}
	json_object_del(verdict, "text");
	json_object_set_new(verdict, "problems", json_array());
	if (!(json_number_value(json_object_get(verdict, "longest")) > 0))
		json_object_set_new(verdict, "longest", json_null());
	call_add_json(c, json_incref(verdict));
}

int verb_check(struct call *c)
{
	_cleanup_(json_drop) json_t *verdict = NULL;
	const char *mistakes;
	int code = ask(c, "run:_validate", &verdict, NULL);

	if (code)
		return code;
	mistakes = json_string_value(json_object_get(verdict, "text"));
	if (!json_is_true(json_object_get(verdict, "ok")))
		return submit_mistakes(c,
				       mistakes ? mistakes : "it has mistakes");
	print_verdict(c, verdict);
	return CLI_OK;
}

/* -- start ------------------------------------------------------------- */

static void say_started(struct call *c, const struct snapshot *s, int64_t run)
{
	double left = snapshot_number(s, "run:time_to_target");
	char span[FIGURE_MAX];

	if (c->options->json) {
		call_add_json(c, json_pack("{sb sI ss}", "ok", 1, "run",
					   (json_int_t)run, "recipe",
					   snapshot_text(s, "run:_recipe")));
		return;
	}
	figure_seconds(left, span);
	text_addf(&c->out, "run %lld: ", (long long)run);
	call_add(c, snapshot_text(s, "run:_recipe"));
	text_addf(&c->out, ", %lld steps, about %s\n",
		  (long long)snapshot_count(s, "run:_step_count"), span);
	if (!c->options->watch)
		text_add(&c->out, "see it with: gascellctl watch\n");
}

int verb_start(struct call *c)
{
	_cleanup_(snapshot_fini) struct snapshot s = { 0 };
	_cleanup_(json_drop) json_t *result = NULL;
	int64_t run;
	int code = ask(c, "run:_start", &result, &s);

	if (code)
		return code;
	run = json_integer_value(json_object_get(result, "run"));
	say_started(c, &s, run);
	if (!c->options->watch)
		return CLI_OK;
	if (call_flush(c))
		return CLI_FAILED;
	return watch_run(c, run);
}

/* -- replace ----------------------------------------------------------- */

int verb_replace(struct call *c)
{
	int code = ask(c, "run:_replace", NULL, NULL);

	if (code)
		return code;
	if (c->options->json)
		call_add_json(c, json_pack("{sb}", "ok", 1));
	else
		text_add(&c->out, "the new plan is checked, and takes over "
				  "when the present section ends\n");
	return CLI_OK;
}
