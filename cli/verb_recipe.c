/* Recipes on their way to the daemon: check, start, replace. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cli/bundle.h"
#include "cli/figure.h"
#include "cli/snapshot.h"
#include "cli/verb.h"
#include "cli/watch.h"
#include "protocol/json.h"

#define LINE_SHOWN_MAX 1000
#define TIMEOUT_MS                                                             \
	30000 /* a recipe of ten thousand steps, a busy
				 * machine */

static void json_drop(json_t **j)
{
	json_decref(*j);
}

/* -- mistakes ---------------------------------------------------------- */

/* Lines, each made harmless. */
static void add_lines(const char *s, struct text *out)
{
	size_t n;

	for (; *s; s += n + (s[n] == '\n')) {
		n = strcspn(s, "\n");
		text_add_escaped(out, s, n, LINE_SHOWN_MAX);
		text_add_char(out, '\n');
	}
}

/* Takes ":12" from *p; false when it is something else. */
static bool take_count(const char **p, int *n)
{
	const char *s = *p;

	if (*s != ':' || !isdigit((unsigned char)s[1]))
		return false;
	for (*n = 0, s++; isdigit((unsigned char)*s); s++)
		*n = *n < 100000000 ? 10 * *n + *s - '0' : *n;
	*p = s;
	return true;
}

/* "file:12:7: message"; names of files may have colons, and problems of a
 * file as a whole have no place. */
static json_t *problem_json(const char *line, size_t n)
{
	_cleanup_(text_free) struct text copy = { 0 };
	const char *s, *p, *message;
	int at = 0, column = 0;

	text_add_n(&copy, line, n);
	s = message = text_str(&copy);
	for (p = strchr(s, ':'); p; p = strchr(p + 1, ':')) {
		message = p;
		if (take_count(&message, &at) &&
		    take_count(&message, &column) && *message == ':')
			break;
	}
	if (!p)
		return json_pack("{ss}", "message", s);
	return json_pack("{ss% si si ss}", "file", s, (size_t)(p - s), "line",
			 at, "column", column, "message",
			 message + 1 + strspn(message + 1, " "));
}

static json_t *problems_json(const char *s)
{
	json_t *list = json_array();
	size_t n;

	for (; *s; s += n + (s[n] == '\n')) {
		n = strcspn(s, "\n");
		if (n)
			json_array_append_new(list, problem_json(s, n));
	}
	return list;
}

static int fail_with_mistakes(struct call *c, const char *mistakes)
{
	_cleanup_(text_free) struct text lines = { 0 };

	if (c->options->json) {
		call_add_json(c, json_pack("{sb so}", "ok", 0, "problems",
					   problems_json(mistakes)));
		return CLI_FAILED;
	}
	add_lines(mistakes, &lines);
	fputs(text_str(&lines), stderr);
	return CLI_FAILED;
}

/* -- asking the daemon ------------------------------------------------- */

/* A refusal with a list of mistakes prints the list. */
static int refused(struct call *c, const struct err *err)
{
	const char *mistakes = json_string_value(
		json_object_get(client_error_details(c->client), "problems"));

	return mistakes && *mistakes ? fail_with_mistakes(c, mistakes)
				     : call_fail_request(c, err);
}

static int ask(struct call *c, const char *accessible, json_t **result)
{
	_cleanup_(text_free) struct text data = { 0 };
	_cleanup_(json_drop) json_t *argument = NULL;
	struct err err;
	int code;

	argument = bundle_make(call_word(c, 0), c->options, &err);
	if (!argument)
		return call_fail(c, CLI_FAILED, "%s", err.msg);
	code = call_connect(c);
	if (code)
		return code;
	json_add_value(&data, argument);
	if (!client_request(c->client, "do", accessible, text_str(&data),
			    TIMEOUT_MS, result, &err))
		return CLI_OK;
	return refused(c, &err);
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
		add_lines(course, &c->out);
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
	int code = ask(c, "run:_validate", &verdict);

	if (code)
		return code;
	mistakes = json_string_value(json_object_get(verdict, "text"));
	if (!json_is_true(json_object_get(verdict, "ok")))
		return fail_with_mistakes(c, mistakes ? mistakes
						      : "it has mistakes");
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
	struct err err;
	int64_t run;
	int code = ask(c, "run:_start", &result);

	if (code)
		return code;
	run = json_integer_value(json_object_get(result, "run"));
	client_set_on_update(c->client, snapshot_on_update, &s);
	if (client_activate(c->client, "run", &err))
		return call_fail_err(c, &err);
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
	int code = ask(c, "run:_replace", NULL);

	if (code)
		return code;
	if (c->options->json)
		call_add_json(c, json_pack("{sb}", "ok", 1));
	else
		text_add(&c->out, "the new plan is checked, and takes over "
				  "when the present section ends\n");
	return CLI_OK;
}
