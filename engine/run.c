/*
 * The run: steps in their order, pausing and holding, the tail, the end.
 *
 * The clock of a run stops only in a step that says it may (not in the middle
 * of a purge or a fill) and not while an image is exposed. What failed or was
 * stopped goes through the recipe's on_fault tail, when the level allows;
 * after any end the beam is blanked, the heater off, reactive gas closed.
 */
#include <assert.h>
#include <math.h>
#include <stdio.h>

#include "base/text.h"
#include "engine/state.h"

#define ROOM_FOR_A_STEP (ROLES_MAX + 8)

bool run_active(const struct engine *e)
{
	return e->run.plan != NULL;
}

/* The plan's steps make progress (also on the way to a pause). */
bool run_clock_runs(const struct engine *e)
{
	return run_active(e) && e->state != STATE_PAUSED &&
	       e->state != STATE_HELD;
}

const struct plan_step *run_step(const struct engine *e)
{
	return run_active(e) ? &e->run.plan->steps[e->run.step] : NULL;
}

static void state_is(struct engine *e, enum run_state state)
{
	struct action *a = emit(e, ACTION_STATE);

	e->state = state;
	a->state.state = state;
	a->state.level = e->level;
	a->state.latched = e->latched;
}

static void release(struct engine *e, const struct plan **plan)
{
	if (*plan)
		emit(e, ACTION_RELEASE)->release.plan = *plan;
	*plan = NULL;
}

void run_step_end(struct engine *e, enum step_outcome outcome, const char *text)
{
	const struct plan_step *s = run_step(e);
	struct action *a;

	if (!e->run.step_open)
		return;
	assert(s);
	a = emit(e, ACTION_STEP_END);
	a->step.step = e->run.step;
	a->step.outcome = outcome;
	text_copy(a->text, sizeof(a->text), text);
	e->run.done_shortest += s->shortest;
	e->run.step_open = false;
}

static void begin_step(struct engine *e, uint32_t step)
{
	e->run.step = step;
	e->run.step_open = true;
	step_start(e);
}

void run_end(struct engine *e, enum run_state state, const char *reason)
{
	struct action *a;

	run_step_end(e, STEP_CUT, "");
	image_abandon(e, "the run is over");
	/* Still of this run, so that its log has them with their step. */
	level_quiet(e, CAUSE_STEP, e->run.step);
	a = emit(e, ACTION_RUN_END);
	a->run_end.state = state;
	text_copy(a->text, sizeof(a->text), reason);
	release(e, &e->run.next_plan);
	release(e, &e->run.plan);
	e->run.soaking = false;
	state_is(e, state);
}

void run_start(struct engine *e, const struct command *c)
{
	e->run = (struct run){
		.plan = c->plan,
		.id = c->run,
		.command = c->id,
		.began = e->now,
		.residual = 1.0,
	};
	/* What the last end sent safe is this run's to change now. */
	e->safe_retry = NSEC_NEVER;
	state_is(e, STATE_RUNNING);
	begin_step(e, 0);
}

static bool has_tail(const struct engine *e)
{
	return !e->run.in_tail && e->run.plan->tail < e->run.plan->n_steps;
}

static void enter_tail(struct engine *e, enum run_state state,
		       const char *reason)
{
	text_copy(e->run.reason, sizeof(e->run.reason), reason);
	image_cut(e, reason);
	release(e, &e->run.next_plan);
	e->run.soaking = false;
	e->run.in_tail = true;
	e->run.ends_as =
		state == STATE_STOPPING ? STATE_STOPPED : STATE_ABORTED;
	state_is(e, state);
	begin_step(e, e->run.plan->tail);
}

void run_fail(struct engine *e, const char *why)
{
	char reason[CAUSE_TEXT_MAX];

	snprintf(reason, sizeof(reason), "step %u, %s: %s", e->run.step + 1,
		 plan_label(e->run.plan, e->run.step), why);
	say(e, SEVERITY_ALARM, "fault", "%s", reason);
	run_step_end(e, STEP_FAILED, why);
	if (has_tail(e))
		enter_tail(e, STATE_ABORTING, reason);
	else
		run_end(e, STATE_ABORTED, reason);
}

void run_stop(struct engine *e, const char *reason)
{
	run_step_end(e, STEP_CUT, reason);
	if (has_tail(e))
		enter_tail(e, STATE_STOPPING, reason);
	else
		run_end(e, STATE_STOPPED, reason);
}

static void take_over(struct engine *e)
{
	const struct plan *old = e->run.plan;

	e->run.plan = e->run.next_plan;
	e->run.next_plan = NULL;
	e->run.done_shortest = 0;
	say(e, SEVERITY_INFO, "replace", "the changed plan takes over");
	release(e, &old);
	begin_step(e, 0);
}

static bool at_boundary(const struct engine *e, uint32_t step)
{
	return step == e->run.plan->tail ||
	       (e->run.plan->steps[step].flags & STEP_BOUNDARY);
}

void run_next(struct engine *e)
{
	uint32_t next = e->run.step + 1;

	if (e->run.in_tail && next == e->run.plan->n_steps)
		run_end(e, e->run.ends_as, e->run.reason);
	else if (!e->run.in_tail && e->run.next_plan && at_boundary(e, next))
		take_over(e);
	else if (!e->run.in_tail && next == e->run.plan->tail)
		run_end(e, STATE_COMPLETE, "");
	else
		begin_step(e, next);
}

/* A hold for a temperature that a skipped ramp never reached would wait in
 * vain: it is left out with its ramp. */
static void skip_hold(struct engine *e, double target)
{
	const struct plan_step *s = run_step(e);

	if (!s || s->kind != STEP_HOLD_BEGIN || s->hold.target != target)
		return;
	for (;;) {
		enum step_kind kind = run_step(e)->kind;

		if (e->run.step_open)
			run_step_end(e, STEP_SKIPPED, "");
		else
			e->run.done_shortest += run_step(e)->shortest;
		if (kind == STEP_HOLD_END)
			break;
		e->run.step++;
	}
	e->run.soaking = false;
	run_next(e);
}

void run_skip(struct engine *e)
{
	const struct plan_step *s = run_step(e);
	bool ramp = s->kind == STEP_RAMP;
	double target = ramp ? s->ramp.target : NAN;

	say(e, SEVERITY_INFO, "skip", "skipped: %s",
	    plan_label(e->run.plan, e->run.step));
	run_step_end(e, STEP_SKIPPED, "");
	if (s->kind == STEP_HOLD_END)
		e->run.soaking = false;
	run_next(e);
	if (ramp)
		skip_hold(e, target);
}

static bool wants_to_stop(const struct engine *e)
{
	return e->state == STATE_PAUSING || e->state == STATE_HOLDING;
}

static bool may_stop_here(const struct engine *e)
{
	return (run_step(e)->flags & STEP_PAUSABLE) &&
	       e->imaging.phase == IMAGE_IDLE;
}

static void stop_clock(struct engine *e)
{
	e->run.paused_at = e->now;
	e->run.in_band = false;
	state_is(e, e->state == STATE_PAUSING ? STATE_PAUSED : STATE_HELD);
}

void run_pause(struct engine *e)
{
	state_is(e, STATE_PAUSING);
}

void run_resume(struct engine *e)
{
	if (e->state == STATE_PAUSED || e->state == STATE_HELD)
		step_shift(e, e->now - e->run.paused_at);
	state_is(e, STATE_RUNNING);
}

static bool hold_is_over(const struct engine *e)
{
	return e->level == LEVEL_RUN &&
	       (e->state == STATE_HELD || e->state == STATE_HOLDING);
}

static void end_text(const struct engine *e, const struct plan_step *s,
		     char *out, size_t size)
{
	char soaked[NSEC_ISO_MAX], all[NSEC_ISO_MAX];

	out[0] = '\0';
	if (s->kind != STEP_HOLD_END || isnan(s->hold.target))
		return;
	nsec_span(e->run.soaked, soaked);
	nsec_span(e->now - e->run.soak_began, all);
	snprintf(out, size, "%s inside the band, %s in all", soaked, all);
}

static void finish_step(struct engine *e)
{
	const struct plan_step *s = run_step(e);
	char text[ACTION_TEXT_MAX];

	assert(s);
	end_text(e, s, text, sizeof(text));
	run_step_end(e, STEP_DONE, text);
	if (s->kind == STEP_HOLD_END)
		e->run.soaking = false;
	run_next(e);
}

void run_progress(struct engine *e)
{
	if (run_active(e) && hold_is_over(e))
		run_resume(e);
	while (run_clock_runs(e)) {
		if (wants_to_stop(e) && may_stop_here(e)) {
			stop_clock(e);
			return;
		}
		if (!step_finished(e))
			return;
		finish_step(e);
		if (e->out->n + ROOM_FOR_A_STEP > ENGINE_ACTIONS_MAX) {
			e->again = run_clock_runs(e);
			return;
		}
	}
}

/* The soak clock: time between two readings counts when both lie in the band
 * and the run's clock ran. */
void run_soak(struct engine *e)
{
	int heater = known(e, KNOWN_HEATER);
	bool in_band;

	if (!e->run.soaking || heater == ROLE_NONE ||
	    e->readings[heater].t != e->now)
		return;
	in_band = run_clock_runs(e) &&
		  fabs(e->readings[heater].value - e->run.soak_target) <=
			  e->run.soak_band;
	if (in_band && e->run.in_band)
		e->run.soaked += e->now - e->run.soak_seen;
	e->run.soak_seen = e->now;
	e->run.in_band = in_band;
}
