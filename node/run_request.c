#include "node/run_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "node/receipt.h"
#include "node/shapes.h"

#define EXTEND_MAX (7 * 24 * 3600.0)

static const struct datainfo extension = {
	.type = DATAINFO_DOUBLE,
	.unit = "s",
	.fmtstr = "%.0f",
	.limited = true,
	.min = -EXTEND_MAX,
	.max = EXTEND_MAX,
};
static const struct datainfo mistakes = {
	.type = DATAINFO_STRING,
	.maxlen = RUN_PROBLEMS_MAX,
	.utf8 = true,
};
static const struct datainfo course = {
	.type = DATAINFO_STRING,
	.maxlen = RUN_COURSE_MAX,
	.utf8 = true,
};
static const struct datainfo choice = {
	.type = DATAINFO_STRING,
	.maxlen = RUN_NAME_MAX,
	.utf8 = true,
};
static const struct datainfo name = {
	.type = DATAINFO_STRING,
	.maxlen = RUN_NAME_MAX,
};
static const struct datainfo names = {
	.type = DATAINFO_ARRAY,
	.maxlen = CONFIG_RECIPES_MAX,
	.items = &name,
};
static const struct datainfo_member added_members[] = {
	{ .name = "id", .of = &shape_count },
};
static const struct datainfo added = {
	.type = DATAINFO_STRUCT,
	DATAINFO_MEMBERS(added_members),
};
static const struct datainfo_member started_members[] = {
	{ .name = "run", .of = &shape_count },
};
static const struct datainfo started = {
	.type = DATAINFO_STRUCT,
	DATAINFO_MEMBERS(started_members),
};
static const struct datainfo_member verdict_members[] = {
	{ .name = "ok", .of = &shape_yes },
	{ .name = "text", .of = &mistakes },
	{ .name = "seconds", .of = &shape_seconds },
	{ .name = "longest", .of = &shape_seconds },
	{ .name = "images", .of = &shape_count },
	{ .name = "steps", .of = &shape_count },
	{ .name = "course", .of = &course },
};
static const struct datainfo verdict = {
	.type = DATAINFO_STRUCT,
	DATAINFO_MEMBERS(verdict_members),
};

const struct node_command run_commands[RUN_COMMAND_N] = {
	[RUN_STOP] = { "stop",
		       "ends the run in order, with the cool-down "
		       "that the recipe chose",
		       NULL, NULL, 0 },
	[RUN_HOLD] = { "hold",
		       "pauses; _resume, or the same target again, "
		       "goes on",
		       NULL, NULL, 0 },
	[RUN_CLEAR_ERRORS] = { "clear_errors", "same as _reset", NULL, NULL,
			       0 },
	[RUN_START] = { "_start", "starts a recipe that the client brings",
			&recipe_request_datainfo, &started, 0 },
	[RUN_VALIDATE] = { "_validate",
			   "checks a recipe against the present "
			   "state; nothing is started",
			   &recipe_request_datainfo, &verdict, 0 },
	[RUN_RECIPES] = { "_recipes", "names of the library", NULL, &names,
			  NODE_OBSERVER },
	[RUN_REPLACE] = { "_replace",
			  "exchanges the rest of the plan at the "
			  "next section",
			  &recipe_request_datainfo, NULL, 0 },
	[RUN_RESUME] = { "_resume", "goes on after a pause", NULL, NULL, 0 },
	[RUN_SKIP] = { "_skip", "ends the present step", NULL, NULL, 0 },
	[RUN_ABORT] = { "_abort", "makes everything safe at once; latched",
			NULL, NULL, 0 },
	[RUN_RESET] = { "_reset",
			"releases a latched trip whose cause is "
			"gone",
			NULL, NULL, 0 },
	[RUN_EXTEND] = { "_extend", "makes the present hold longer", &extension,
			 NULL, 0 },
	[RUN_ANSWER] = { "_answer", "one of _choices", &choice, NULL, 0 },
	[RUN_LOAD] = { "_load",
		       "keeps a checked recipe under its name, which `target` "
		       "then starts",
		       &recipe_request_datainfo, &run_loaded_datainfo, 0 },
	[RUN_QUEUE_ADD] = { "_queue_add",
			    "puts a checked recipe behind all others",
			    &run_queue_add_datainfo, &added, 0 },
	[RUN_QUEUE_MOVE] = { "_queue_move",
			     "to another place among those that wait; 1: next",
			     &run_queue_move_datainfo, NULL, 0 },
	[RUN_QUEUE_REMOVE] = { "_queue_remove", "takes out what waits",
			       &run_queue_id_datainfo, NULL, 0 },
	[RUN_QUEUE_GO] = { "_queue_go", "starts what waits, one by one", NULL,
			   NULL, 0 },
	[RUN_QUEUE_HOLD] = { "_queue_hold",
			     "nothing new is started; a run goes on", NULL,
			     NULL, 0 },
	[RUN_EVENTS] = { "_events", "lines of the log after a number, as JSON",
			 &run_events_datainfo, &run_past_datainfo,
			 NODE_OBSERVER },
	[RUN_HISTORY] = { "_history",
			  "readings of a stretch of time, thinned, as JSON",
			  &run_history_datainfo, &run_past_datainfo,
			  NODE_OBSERVER },
};

static void answer(const struct asked *a)
{
	node_answer(a->r->node, a->request->token, a->request->t);
}

/* What was done is in the log when the client reads this. */
void run_confirm(const struct asked *a, const char *json)
{
	receipts_answer(a->r->setup->receipts, a->request->token, json,
			a->request->t);
}

static void refuse(const struct asked *a, enum error_class c, const char *text)
{
	node_answer_error(a->r->node, a->request->token, c, text);
}

void run_refuse_err(const struct asked *a, const struct err *err)
{
	struct engine_status s;

	engine_status(a->r->setup->ring->engine, a->now, &s);
	if (err->code == ERR_STATE && s.plan &&
	    (a->request->kind == NODE_CHANGE ||
	     a->request->command == a->r->command[RUN_START]))
		refuse(a, ERROR_IS_BUSY, err->msg);
	else
		refuse(a, error_class_of(err->code), err->msg);
}

/* The first mistake is the sentence, all of them are the details. */
void run_refuse_recipe(const struct asked *a, struct problems *p)
{
	_cleanup_(text_free) struct text all = { 0 }, details = { 0 },
					 first = { 0 };

	problems_sort(p);
	problems_print(p, &all);
	text_add_n(&first, text_str(&all), strcspn(text_str(&all), "\n"));
	if (p->n_all > 1)
		text_addf(&first, " (and %zu more)", p->n_all - 1);
	text_add(&details, "\"problems\":");
	json_add_string_cut(&details, text_str(&all), all.n, RUN_PROBLEMS_MAX);
	node_answer_details(a->r->node, a->request->token, ERROR_RANGE,
			    text_str(&first), text_str(&details));
}

/* -- recipes ----------------------------------------------------------- */

/* The number is shown here, because a run that is over at once never shows
 * itself active. */
void run_show_start(struct run_module *r, const char *called, const char *label,
		    uint32_t run, nsec t)
{
	node_set_int(r->node, r->parameter[RUN_RUN], run, t);
	text_copy(r->target, sizeof(r->target), called);
	node_set_string(r->node, r->parameter[RUN_VALUE], r->target, t);
	node_set_string(r->node, r->parameter[RUN_TARGET], r->target, t);
	node_set_string(r->node, r->parameter[RUN_LABEL], label ? label : "",
			t);
}

static void on_recipes(const struct asked *a)
{
	const struct daemon_node_setup *setup = a->r->setup;
	_cleanup_(text_free) struct text list = { 0 };

	if (setup->list)
		setup->list(setup->find_context, &list);
	else
		text_add(&list, "[]");
	node_answer_result(a->r->node, a->request->token, text_str(&list),
			   a->request->t);
}

/* What is only kept is checked as it is when it is kept. */
static bool checks_itself(const struct run_module *r,
			  const struct node_request *request)
{
	return request->kind == NODE_DO &&
	       (request->command == r->command[RUN_LOAD] ||
		request->command == r->command[RUN_QUEUE_ADD]);
}

/* -- commands of the engine -------------------------------------------- */

static void give(const struct asked *a, struct command command)
{
	struct err err = { 0 };

	if (desk_command(a->r->setup->desk, a->now, &command, &a->who, &err))
		run_refuse_err(a, &err);
	else
		run_confirm(a, NULL);
}

static void on_extend(const struct asked *a)
{
	give(a,
	     (struct command){ .kind = COMMAND_EXTEND,
			       .duration = nsec_from_s(a->request->number) });
}

static int find_choice(const struct engine_status *s, const char *wanted)
{
	const struct plan_step *step = &s->plan->steps[s->step];
	uint32_t i;

	for (i = 0; i < step->ask.n_choices; i++)
		if (!strcmp(plan_text(s->plan, step->ask.choice[i]), wanted))
			return (int)i;
	return -1;
}

static void on_answer(const struct asked *a)
{
	struct engine_status s;
	int found;

	engine_status(a->r->setup->ring->engine, a->now, &s);
	if (!s.asking) {
		refuse(a, ERROR_IMPOSSIBLE, "nothing was asked");
		return;
	}
	found = find_choice(&s, a->request->string);
	if (found < 0)
		refuse(a, ERROR_RANGE, "that is none of run:_choices");
	else
		give(a, (struct command){ .kind = COMMAND_ANSWER,
					  .choice = (uint32_t)found });
}

/* A paused run goes on when it is asked to be where it already is going;
 * generic clients know no other way. */
static void on_target(const struct asked *a)
{
	struct engine_status s;

	engine_status(a->r->setup->ring->engine, a->now, &s);
	if (s.state == STATE_PAUSED &&
	    !strcmp(a->request->string, a->r->target))
		give(a, (struct command){ .kind = COMMAND_RESUME });
	else
		run_on_start_named(a);
}

/* Commands without arguments: stop of an idle module does nothing. */
static void on_stop(const struct asked *a)
{
	a->r->n_stops++;
	if (run_module_is_active(a->r))
		give(a, (struct command){ .kind = COMMAND_STOP });
	else
		answer(a);
}

static void on_hold(const struct asked *a)
{
	give(a, (struct command){ .kind = COMMAND_PAUSE });
}

static void on_resume(const struct asked *a)
{
	give(a, (struct command){ .kind = COMMAND_RESUME });
}

static void on_skip(const struct asked *a)
{
	give(a, (struct command){ .kind = COMMAND_SKIP });
}

static void on_abort(const struct asked *a)
{
	a->r->n_stops++;
	give(a, (struct command){ .kind = COMMAND_ABORT });
}

static void on_reset(const struct asked *a)
{
	give(a, (struct command){ .kind = COMMAND_RESET });
}

void run_on_request(void *context, const struct node_request *request)
{
	static void (*const on[RUN_COMMAND_N])(const struct asked *) = {
		[RUN_STOP] = on_stop,
		[RUN_HOLD] = on_hold,
		[RUN_CLEAR_ERRORS] = on_reset,
		[RUN_START] = run_on_start,
		[RUN_VALIDATE] = run_on_validate,
		[RUN_RECIPES] = on_recipes,
		[RUN_REPLACE] = run_on_replace,
		[RUN_RESUME] = on_resume,
		[RUN_SKIP] = on_skip,
		[RUN_ABORT] = on_abort,
		[RUN_RESET] = on_reset,
		[RUN_EXTEND] = on_extend,
		[RUN_ANSWER] = on_answer,
		[RUN_LOAD] = run_on_load,
		[RUN_QUEUE_ADD] = run_on_queue_add,
		[RUN_QUEUE_MOVE] = run_on_queue_move,
		[RUN_QUEUE_REMOVE] = run_on_queue_remove,
		[RUN_QUEUE_GO] = run_on_queue_go,
		[RUN_QUEUE_HOLD] = run_on_queue_hold,
		[RUN_EVENTS] = run_on_events,
		[RUN_HISTORY] = run_on_history,
	};
	struct run_module *r = context;
	struct asked a = {
		.r = r,
		.request = request,
		.now = request->t - r->setup->utc_offset,
		.who = { request->who->user, request->who->program },
	};
	int i;

	if (request->check && !checks_itself(r, request)) {
		run_on_check(&a);
		return;
	}
	if (request->kind == NODE_CHANGE) {
		on_target(&a);
		return;
	}
	for (i = 0; r->command[i] != request->command; i++)
		;
	on[i](&a);
}
