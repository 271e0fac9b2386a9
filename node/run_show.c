#include "node/run_parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "site/timeline.h"

void run_set_text(struct run_module *r, enum run_parameter p, const char *text,
		  nsec t)
{
	node_set_string(r->node, r->parameter[p], text, t);
}

void run_set_count(struct run_module *r, enum run_parameter p, int64_t n,
		   nsec t)
{
	node_set_int(r->node, r->parameter[p], n, t);
}

static void set_bool(struct run_module *r, enum run_parameter p, bool v, nsec t)
{
	node_set_bool(r->node, r->parameter[p], v, t);
}

static void set_double(struct run_module *r, enum run_parameter p, double v,
		       nsec t)
{
	node_set_double(r->node, r->parameter[p], v, t);
}

static int code_of_state(const struct run_module *r,
			 const struct engine_status *s)
{
	switch (s->state) {
	case STATE_PAUSED: return RUN_CODE_PAUSED;
	case STATE_HOLDING:
	case STATE_HELD: return RUN_CODE_HELD;
	case STATE_COMPLETE: return r->remarks ? RUN_CODE_WARN : RUN_CODE_IDLE;
	case STATE_STOPPED:
	case STATE_ABORTED: return RUN_CODE_WARN;
	case STATE_IDLE: return RUN_CODE_IDLE;
	default: return s->asking ? RUN_CODE_ASKING : RUN_CODE_BUSY;
	}
}

static const char *step_label(const struct engine_status *s)
{
	return s->plan ? plan_label(s->plan, s->step) : "";
}

static bool is_tripped(const struct engine_status *s)
{
	return s->latched && !s->plan;
}

/* A latched trip is an error until it is reset, whatever the run was. */
static int status_code_of(const struct run_module *r,
			  const struct engine_status *s)
{
	return is_tripped(s) ? RUN_CODE_ERROR : code_of_state(r, s);
}

static void show_status(struct run_module *r, const struct engine_status *s,
			nsec t)
{
	char text[2 * ACTION_TEXT_MAX];
	const char *more = is_tripped(s) || s->state == STATE_HELD ? s->cause
			   : s->plan ? step_label(s)
				     : r->end;

	snprintf(text, sizeof(text), "%s%s%s", run_state_name(s->state),
		 *more ? ": " : "", more);
	node_set_status(r->node, r->parameter[RUN_STATUS], status_code_of(r, s),
			text, t);
}

static void show_safety(struct run_module *r, const struct engine_status *s,
			nsec t)
{
	set_bool(r, RUN_CONTROL_ACTIVE, s->plan != NULL, t);
	run_set_text(r, RUN_STATE, run_state_name(s->state), t);
	run_set_text(r, RUN_LEVEL, level_name(s->level), t);
	set_bool(r, RUN_LATCHED, s->latched, t);
	set_bool(r, RUN_SAFE_CONFIRMED, s->safe_confirmed, t);
	run_set_text(r, RUN_CAUSE, s->cause, t);
}

static uint32_t steps_of(const struct engine_status *s)
{
	if (!s->plan)
		return 0;
	return s->step < s->plan->tail ? s->plan->tail : s->plan->n_steps;
}

/* A plan does not change while it runs, and is long. */
static void show_rows(struct run_module *r, const struct plan *plan, nsec t)
{
	if (r->plan == plan)
		return;
	r->plan = plan;
	text_clear(&r->scratch);
	timeline_rows(plan, &r->scratch);
	run_set_text(r, RUN_PLAN, text_str(&r->scratch), t);
}

/* What the run was called and how many images it took stays when it ends. */
static void show_plan(struct run_module *r, const struct engine_status *s,
		      nsec t)
{
	run_set_count(r, RUN_STEP, s->plan ? s->step + 1 : 0, t);
	run_set_count(r, RUN_STEP_COUNT, steps_of(s), t);
	run_set_text(r, RUN_STEP_LABEL, step_label(s), t);
	set_bool(r, RUN_REPLACE_WAITS, s->replace_waits, t);
	if (!s->plan)
		return;
	r->run = s->run;
	run_set_count(r, RUN_RUN, s->run, t);
	run_set_text(r, RUN_RECIPE, s->plan->name, t);
	show_rows(r, s->plan, t);
	run_set_count(r, RUN_IMAGES, s->images, t);
	run_set_count(r, RUN_IMAGES_PLANNED, s->plan->n_images, t);
}

/* To the millisecond: more digits are only noise to who reads along. */
static double seconds_of(nsec d)
{
	int64_t ms = d / NSEC_PER_MS;

	return (double)ms / 1e3;
}

static void show_progress(struct run_module *r, const struct engine_status *s,
			  nsec t)
{
	double done = s->state == STATE_COMPLETE ? 1 : s->progress;

	set_double(r, RUN_PROGRESS, rint(done * 1e4) / 1e4, t);
	set_double(r, RUN_TIME_TO_TARGET, seconds_of(s->done_shortest), t);
	set_double(r, RUN_SOAKED, seconds_of(s->soaked), t);
	set_double(r, RUN_SOAK_ASKED, seconds_of(s->soak_asked), t);
	/* A number also while it is off, when it goes there: to Bluesky, a
	 * device with a parameter that cannot be read is none at all. */
	set_double(r, RUN_SETPOINT,
		   isfinite(s->setpoint)
			   ? s->setpoint
			   : r->setup->config->site.holder.ambient,
		   t);
}

static void show_prompt(struct run_module *r, const struct engine_status *s,
			nsec t)
{
	const struct plan_step *step =
		s->asking && s->plan ? &s->plan->steps[s->step] : NULL;
	uint32_t i;

	text_clear(&r->scratch);
	text_add_char(&r->scratch, '[');
	for (i = 0; step && i < step->ask.n_choices; i++) {
		const char *choice = plan_text(s->plan, step->ask.choice[i]);

		if (i)
			text_add_char(&r->scratch, ',');
		json_add_string_cut(&r->scratch, choice, strlen(choice),
				    RUN_NAME_MAX);
	}
	text_add_char(&r->scratch, ']');
	node_set_json(r->node, r->parameter[RUN_CHOICES], text_str(&r->scratch),
		      t);
	run_set_text(r, RUN_PROMPT, step ? step_label(s) : "", t);
}

static void show_gas(struct run_module *r, nsec now, nsec t)
{
	const struct gases *gases = &r->setup->config->site.gases;
	struct mixture inlet, sample;
	char text[GAS_TEXT_MAX];

	engine_gas(r->setup->ring->engine, now, &inlet, &sample);
	mixture_print(gases, &inlet, text);
	run_set_text(r, RUN_GAS_INLET, text, t);
	mixture_print(gases, &sample, text);
	run_set_text(r, RUN_GAS_SAMPLE, text, t);
}

/* Busy is said first, before all that follows from it; that it is over is
 * said last: who sees a run end finds all else as it ended. */
void run_show(struct run_module *r, nsec now)
{
	struct engine_status s;
	nsec t = run_utc(r, now);
	bool was_active = r->active;

	engine_status(r->setup->ring->engine, now, &s);
	r->active = s.plan != NULL;
	if (r->active)
		show_status(r, &s, t);
	show_safety(r, &s, t);
	show_plan(r, &s, t);
	show_progress(r, &s, t);
	show_prompt(r, &s, t);
	show_gas(r, now, t);
	if (r->active != was_active && r->on_turn)
		r->on_turn(r->on_turn_context, r->active, now);
	if (!r->active)
		show_status(r, &s, t);
}
