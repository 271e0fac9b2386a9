#include "node/run_module.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "node/run_parts.h"
#include "node/shapes.h"
#include "site/timeline.h"

static const struct datainfo_member status_codes[] = {
	{ .name = "IDLE", .code = RUN_CODE_IDLE },
	{ .name = "WARN", .code = RUN_CODE_WARN },
	{ .name = "BUSY", .code = RUN_CODE_BUSY },
	{ .name = "PAUSED", .code = RUN_CODE_PAUSED },
	{ .name = "HELD", .code = RUN_CODE_HELD },
	{ .name = "ASKING", .code = RUN_CODE_ASKING },
	{ .name = "ERROR", .code = RUN_CODE_ERROR },
};
static const struct datainfo status_code = {
	.type = DATAINFO_ENUM,
	DATAINFO_MEMBERS(status_codes),
};
static const struct datainfo sentence = {
	.type = DATAINFO_STRING,
	.maxlen = 200,
	.utf8 = true,
};
static const struct datainfo_member status_members[] = {
	{ .of = &status_code },
	{ .of = &sentence },
};
static const struct datainfo status = {
	.type = DATAINFO_TUPLE,
	DATAINFO_MEMBERS(status_members),
};
static const struct datainfo name = {
	.type = DATAINFO_STRING,
	.maxlen = RUN_NAME_MAX,
	.utf8 = true,
};
static const struct datainfo word = {
	.type = DATAINFO_STRING,
	.maxlen = 32,
};
static const struct datainfo path = {
	.type = DATAINFO_STRING,
	.maxlen = FRAME_PATH_MAX,
	.utf8 = true,
};
static const struct datainfo rows = {
	.type = DATAINFO_STRING,
	.maxlen = TIMELINE_ROWS_MAX * 512,
	.utf8 = true,
};
static const struct datainfo entries = {
	.type = DATAINFO_STRING,
	.maxlen = QUEUE_MAX * 8192,
	.utf8 = true,
};
static const struct datainfo reason = {
	.type = DATAINFO_STRING,
	.maxlen = QUEUE_REASON_MAX + 16,
	.utf8 = true,
};
static const struct datainfo fraction = {
	.type = DATAINFO_DOUBLE,
	.limited = true,
	.max = 1,
	.fmtstr = "%.3f",
};
static const struct datainfo temperature = {
	.type = DATAINFO_DOUBLE,
	.unit = "degC",
	.fmtstr = "%.2f",
	.limited = true,
	.min = -273.15,
	.max = 4000,
};
static const struct datainfo choices = {
	.type = DATAINFO_ARRAY,
	.maxlen = PLAN_CHOICES_MAX,
	.items = &name,
};
static const struct datainfo_member event_members[] = {
	{ .name = "seq", .of = &shape_count },
	{ .name = "t", .of = &shape_moment },
	{ .name = "severity", .of = &word },
	{ .name = "kind", .of = &word },
	{ .name = "text", .of = &sentence },
};
static const struct datainfo event_line = {
	.type = DATAINFO_STRUCT,
	DATAINFO_MEMBERS(event_members),
};

static const struct node_parameter parameters[RUN_PARAMETER_N] = {
	[RUN_VALUE] = { "value",
			"name of the recipe of the present or the "
			"last run",
			&name, false, 0, NULL, false },
	[RUN_STATUS] = { "status", "how the run goes", &status, false, 0, NULL,
			 false },
	[RUN_TARGET] = { "target",
			 "a recipe of the library: changing it "
			 "starts that recipe",
			 &name, true, 0, NULL, false },
	[RUN_TIME_TO_TARGET] = { "time_to_target", "predicted rest of the run",
				 &shape_seconds, false, 0, NULL, false },
	[RUN_CONTROL_ACTIVE] = { "control_active",
				 "a run is active, and sets the instruments",
				 &shape_yes, false, 0, NULL, false },
	[RUN_STATE] = { "_state", "state of the run, as ISA-88 names it", &word,
			false, 0, NULL, false },
	[RUN_LEVEL] = { "_level", "safety level: run, hold, cool, isolate",
			&word, false, 0, NULL, false },
	[RUN_LATCHED] = { "_latched", "the level stays until it is reset",
			  &shape_yes, false, 0, NULL, false },
	[RUN_SAFE_CONFIRMED] = { "_safe_confirmed",
				 "every instrument has "
				 "confirmed its safe setting",
				 &shape_yes, false, 0, NULL, false },
	[RUN_CAUSE] = { "_cause", "first cause of the safety level", &sentence,
			false, 0, NULL, false },
	[RUN_RUN] = { "_run", "number of the run in the log", &shape_count,
		      false, 0, NULL, false },
	[RUN_RECIPE] = { "_recipe", "title of the recipe", &name, false, 0,
			 NULL, false },
	[RUN_LABEL] = { "_label", "what the operator called the run", &name,
			false, 0, NULL, false },
	[RUN_STEP] = { "_step", "present step, from 1; 0: none", &shape_count,
		       false, 0, NULL, false },
	[RUN_STEP_COUNT] = { "_step_count", "steps of the plan", &shape_count,
			     false, 0, NULL, false },
	[RUN_STEP_LABEL] = { "_step_label", "what the present step does",
			     &sentence, false, 0, NULL, false },
	[RUN_PLAN] = { "_plan",
		       "sections of the plan with their predicted times, as "
		       "JSON",
		       &rows, false, 0, NULL, false },
	[RUN_PROGRESS] = { "_progress",
			   "part of the predicted time that is "
			   "over",
			   &fraction, false, 0, NULL, false },
	[RUN_SETPOINT] = { "_setpoint",
			   "of the heater; while it is off, the "
			   "holder's ambient",
			   &temperature, false, 0, NULL, false },
	[RUN_SOAKED] = { "_soaked",
			 "time of the present hold inside its "
			 "band",
			 &shape_seconds, false, 0, NULL, false },
	[RUN_SOAK_ASKED] = { "_soak_asked",
			     "time that the present hold "
			     "takes",
			     &shape_seconds, false, 0, NULL, false },
	[RUN_PROMPT] = { "_prompt", "what the operator is asked", &sentence,
			 false, 0, NULL, false },
	[RUN_CHOICES] = { "_choices", "the answers there are", &choices, false,
			  0, NULL, false },
	[RUN_REPLACE_WAITS] = { "_replace_waits",
				"a new plan waits for the "
				"next section",
				&shape_yes, false, 0, NULL, false },
	[RUN_IMAGES] = { "_images", "taken in this run", &shape_count, false, 0,
			 NULL, false },
	[RUN_IMAGES_PLANNED] = { "_images_planned",
				 "time lapses are "
				 "estimated",
				 &shape_count, false, 0, NULL, false },
	[RUN_LAST_IMAGE] = { "_last_image", "file of the newest frame", &path,
			     false, 0, NULL, false },
	[RUN_GAS_INLET] = { "_gas_inlet", "gas that enters the cell", &sentence,
			    false, 0, NULL, false },
	[RUN_GAS_SAMPLE] = { "_gas_sample",
			     "gas at the sample, corrected for "
			     "the way there",
			     &sentence, false, 0, NULL, false },
	[RUN_EVENT] = { "_event", "newest line of the journal", &event_line,
			false, 0, NULL, true },
	[RUN_QUEUE] = { "_queue", "recipes that wait for their turn, as JSON",
			&entries, false, 0, NULL, false },
	[RUN_QUEUE_STATE] = { "_queue_state", "idle, running, or held: why",
			      &reason, false, 0, NULL, false },
};

nsec run_utc(const struct run_module *r, nsec now)
{
	return now + r->setup->utc_offset;
}

/* -- what is seen ------------------------------------------------------ */

static void see(struct run_module *r, const struct action *a)
{
	if (a->type == ACTION_EVENT) {
		if (r->active && a->event.severity != SEVERITY_INFO)
			r->remarks = true;
	} else if (a->type == ACTION_RUN_END) {
		text_copy(r->end, sizeof(r->end), a->text);
	} else if (a->type == ACTION_RELEASE && a->release.plan == r->plan) {
		r->plan = NULL; /* the next one may lie at its address */
	}
}

static bool changes_what_is_shown(const struct action *a)
{
	return a->type == ACTION_STATE || a->type == ACTION_STEP_BEGIN ||
	       a->type == ACTION_STEP_END || a->type == ACTION_IMAGE ||
	       a->type == ACTION_RUN_END || a->type == ACTION_EVENT ||
	       a->type == ACTION_REPLY;
}

static void begin(struct run_module *r)
{
	r->remarks = false;
	r->end[0] = '\0';
}

/* A run that is over as soon as it has begun was never seen active. What is
 * released without a run's end is a plan that was refused. */
static void show_short_run(struct run_module *r, const struct actions *actions,
			   nsec t)
{
	const struct plan *plan = NULL;
	bool ended = false;
	size_t i;

	for (i = 0; i < actions->n; i++) {
		ended = ended || actions->v[i].type == ACTION_RUN_END;
		if (actions->v[i].type == ACTION_RELEASE)
			plan = actions->v[i].release.plan;
	}
	if (!ended || !plan)
		return;
	run_set_text(r, RUN_RECIPE, plan->name, t);
	run_set_count(r, RUN_IMAGES, 0, t);
	run_set_count(r, RUN_IMAGES_PLANNED, plan->n_images, t);
}

/* A start is known by the state it leads to, so that runs which others have
 * started (a script, a scenario) are shown as well. */
void run_module_seen(struct run_module *r, const struct event *event,
		     const struct actions *actions)
{
	bool shown = true, was_active = r->active;
	size_t i;

	for (i = 0; i < actions->n; i++) {
		const struct action *a = &actions->v[i];

		if (!was_active && a->type == ACTION_STATE &&
		    a->state.state == STATE_RUNNING)
			begin(r);
		see(r, a);
		run_log(r, a, event->now);
		shown = shown && !changes_what_is_shown(a);
	}
	run_queue_seen(r, actions, event->now);
	if (!was_active)
		show_short_run(r, actions, run_utc(r, event->now));
	if (!shown)
		run_show(r, event->now);
}

void run_module_tick(struct run_module *r, nsec now)
{
	run_queue_tick(r, now);
	run_show(r, now);
}

void run_module_set_on_turn(struct run_module *r, run_module_on_turn *on_turn,
			    void *context)
{
	r->on_turn = on_turn;
	r->on_turn_context = context;
}

bool run_module_is_active(const struct run_module *r)
{
	return r->active;
}

void run_module_image_file(struct run_module *r, nsec now, const char *file)
{
	run_set_text(r, RUN_LAST_IMAGE, file, run_utc(r, now));
}

/* -- building ---------------------------------------------------------- */

static void first_values(struct run_module *r)
{
	nsec t = run_utc(r, r->setup->now);

	run_set_text(r, RUN_VALUE, "", t);
	run_set_text(r, RUN_TARGET, "", t);
	run_set_text(r, RUN_RECIPE, "", t);
	run_set_text(r, RUN_LABEL, "", t);
	run_set_text(r, RUN_PLAN, "[]", t);
	run_set_text(r, RUN_LAST_IMAGE, "", t);
	run_set_count(r, RUN_RUN, 0, t);
	run_set_count(r, RUN_IMAGES, 0, t);
	run_set_count(r, RUN_IMAGES_PLANNED, 0, t);
	run_show(r, r->setup->now);
	run_past_init(r);
	run_queue_init(r);
}

struct run_module *run_module_new(const struct daemon_node_setup *setup,
				  struct node *node)
{
	static const char *const drivable[] = { "Drivable", NULL };
	struct run_module *r = memory_zeroed(1, sizeof(*r));
	int i;

	r->setup = setup;
	r->node = node;
	r->module = node_add_module(
		node,
		&(struct node_module){
			.name = "run",
			.description =
				"recipes: one at a time, by name or by text",
			.classes = drivable,
			.on_request = run_on_request,
			.context = r });
	for (i = 0; i < RUN_PARAMETER_N; i++)
		r->parameter[i] =
			node_add_parameter(node, r->module, &parameters[i]);
	for (i = 0; i < RUN_COMMAND_N; i++)
		r->command[i] =
			node_add_command(node, r->module, &run_commands[i]);
	node_make_checkable(node, r->parameter[RUN_TARGET]);
	node_make_command_checkable(node, r->command[RUN_START]);
	node_make_command_checkable(node, r->command[RUN_REPLACE]);
	/* Whoever may operate may make it safe, whoever has control. */
	node_leave_open(node, r->command[RUN_STOP]);
	node_leave_open(node, r->command[RUN_ABORT]);
	/* It has no effects. */
	node_leave_open(node, r->command[RUN_VALIDATE]);
	node_make_command_checkable(node, r->command[RUN_LOAD]);
	node_make_command_checkable(node, r->command[RUN_QUEUE_ADD]);
	first_values(r);
	return r;
}

void run_module_free(struct run_module *r)
{
	if (!r)
		return;
	run_past_fini(r);
	run_next_drop(&r->next);
	queue_fini(&r->queue);
	shelf_fini(&r->shelf);
	text_free(&r->scratch);
	free(r);
}
