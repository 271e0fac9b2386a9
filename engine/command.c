/*
 * What operators may do, and when. Each command is accepted or refused with a
 * sentence that says what to do instead; a refused one changes nothing.
 */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"
#include "engine/state.h"

static void reply(struct engine *e, bool ok, enum err_code code,
		  const char *text)
{
	struct action *a = emit(e, ACTION_REPLY);

	a->reply.ok = ok;
	a->reply.code = code;
	text_copy(a->text, sizeof(a->text), text);
}

static void accept(struct engine *e, const char *text)
{
	reply(e, true, ERR_NONE, text);
}

__attribute__((format(printf, 2, 3))) static void refuse(struct engine *e,
							 const char *fmt, ...)
{
	char text[ACTION_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	reply(e, false, ERR_STATE, text);
}

static bool running(struct engine *e)
{
	if (run_active(e))
		return true;
	refuse(e, "no run is active");
	return false;
}

/* In the main part, where the operator still has a say. */
static bool steering(struct engine *e)
{
	if (!running(e))
		return false;
	if (!e->run.in_tail)
		return true;
	refuse(e, "the run is already ending (%s)", run_state_name(e->state));
	return false;
}

static void refuse_start(struct engine *e, const struct command *c,
			 const char *why)
{
	refuse(e, "%s", why);
	emit(e, ACTION_RELEASE)->release.plan = c->plan;
}

static void do_start(struct engine *e, const struct command *c)
{
	char why[ACTION_TEXT_MAX] = "";

	if (run_active(e))
		snprintf(why, sizeof(why),
			 "a run is active (%s): wait, stop "
			 "or replace it",
			 e->run.plan->name);
	else if (e->level >= LEVEL_COOL)
		snprintf(why, sizeof(why), "%s: %.120s. Reset it first",
			 level_name(e->level), e->cause);
	else if (e->level == LEVEL_HOLD)
		snprintf(why, sizeof(why), "on hold: %.120s", e->cause);
	else if (!c->plan->n_steps || !c->plan->tail)
		snprintf(why, sizeof(why), "the recipe has no steps");
	if (why[0] || drift_refuses(e, why, sizeof(why))) {
		refuse_start(e, c, why);
		return;
	}
	accept(e, "started");
	run_start(e, c);
}

static void do_pause(struct engine *e, const struct command *c)
{
	(void)c;
	if (!steering(e))
		return;
	if (e->state != STATE_RUNNING) {
		refuse(e, "the run is %s", run_state_name(e->state));
		return;
	}
	run_pause(e);
	accept(e, run_step(e)->flags & STEP_PAUSABLE
			  ? "pausing"
			  : "pausing when this part is over (gas is moving "
			    "or an image is being taken)");
}

static void do_resume(struct engine *e, const struct command *c)
{
	(void)c;
	if (!steering(e))
		return;
	if (e->state == STATE_RUNNING) {
		refuse(e, "the run is running");
		return;
	}
	if (e->level != LEVEL_RUN) {
		refuse(e, "still on hold: %.150s", e->cause);
		return;
	}
	run_resume(e);
	accept(e, "running");
}

static void do_skip(struct engine *e, const struct command *c)
{
	(void)c;
	if (!steering(e))
		return;
	if (e->state != STATE_RUNNING) {
		refuse(e, "the run is %s: resume it first",
		       run_state_name(e->state));
		return;
	}
	if (!(run_step(e)->flags & STEP_SKIPPABLE)) {
		refuse(e,
		       "'%s' cannot be skipped (a gas change is done "
		       "whole); stop the run instead",
		       plan_label(e->run.plan, e->run.step));
		return;
	}
	if (e->imaging.phase != IMAGE_IDLE) {
		refuse(e, "an image is being taken: try again after it");
		return;
	}
	accept(e, "skipped");
	run_skip(e);
}

static void do_extend(struct engine *e, const struct command *c)
{
	const struct plan_step *s = run_step(e);

	if (!steering(e))
		return;
	if (!e->run.soaking && (s->kind != STEP_WAIT || s->wait.n)) {
		refuse(e,
		       "only a hold or a plain wait can be extended; this "
		       "is '%s'",
		       plan_label(e->run.plan, e->run.step));
		return;
	}
	e->run.extended += c->duration;
	accept(e, "extended");
}

static void do_stop(struct engine *e, const struct command *c)
{
	(void)c;
	if (!steering(e))
		return;
	accept(e, "stopping");
	run_stop(e, "stopped by the operator");
}

static void do_abort(struct engine *e, const struct command *c)
{
	accept(e, "everything goes safe");
	level_enter(e, LEVEL_COOL, CAUSE_OPERATOR, c->id,
		    "aborted by the operator");
}

static void do_answer(struct engine *e, const struct command *c)
{
	const struct plan_step *s = run_step(e);

	if (!steering(e))
		return;
	if (s->kind != STEP_ASK || c->choice >= s->ask.n_choices) {
		refuse(e, s->kind != STEP_ASK
				  ? "nothing was asked"
				  : "that is not one of the choices");
		return;
	}
	accept(e, "answered");
	say(e, SEVERITY_INFO, "answer", "%s: %s",
	    plan_label(e->run.plan, e->run.step),
	    plan_text(e->run.plan, s->ask.choice[c->choice]));
	if (s->ask.abort >> c->choice & 1) {
		run_stop(e, "the operator chose to end the run");
		return;
	}
	run_step_end(e, STEP_DONE,
		     plan_text(e->run.plan, s->ask.choice[c->choice]));
	run_next(e);
}

static void do_reset(struct engine *e, const struct command *c)
{
	const struct interlock *il = interlock_active(e, LEVEL_COOL);

	(void)c;
	if (!e->latched)
		refuse(e, "nothing is latched");
	else if (il)
		refuse(e, "the cause is still there: %s", il->name);
	else if (!e->safe_confirmed)
		refuse(e, "not everything was read back safe yet");
	else {
		accept(e, "reset");
		say(e, SEVERITY_INFO, "reset", "reset by the operator");
		level_reset(e);
	}
}

static void do_set(struct engine *e, const struct command *c)
{
	struct err err;
	bool on = output_energises(e, c->role, c->value);

	if (run_active(e)) {
		refuse(e, "a run is active: it owns the instruments");
		return;
	}
	if ((on && e->level != LEVEL_RUN) ||
	    (e->level >= LEVEL_COOL && level_keeps(e, c->role, c->value))) {
		refuse(e, "%s: %.120s. Reset it first", level_name(e->level),
		       e->cause);
		return;
	}
	if (on && interlock_blind(e)) {
		refuse(e, "nothing is switched on without a good reading of %s",
		       interlock_blind(e)->name);
		return;
	}
	if (!atmosphere_may(e, c->role, c->value, &err)) {
		refuse(e, "%.180s", err.msg);
		return;
	}
	accept(e, "set");
	/* What the end of a run sent safe is the operator's to change now. */
	if (e->level == LEVEL_RUN && level_keeps(e, c->role, c->value))
		e->safe_retry = NSEC_NEVER;
	output_set(e, c->role, c->value, CAUSE_OPERATOR, c->id,
		   !on && c->value <= 0.0);
}

static void do_replace(struct engine *e, const struct command *c)
{
	if (!run_active(e) || e->run.in_tail || !c->plan->tail) {
		refuse_start(e, c,
			     "there is no run whose rest could be "
			     "replaced");
		return;
	}
	if (e->run.next_plan)
		emit(e, ACTION_RELEASE)->release.plan = e->run.next_plan;
	e->run.next_plan = c->plan;
	accept(e, "takes over when this part is over");
}

void command_do(struct engine *e, const struct command *c)
{
	static void (*const commands[COMMAND_N])(struct engine *,
						 const struct command *) = {
		[COMMAND_START] = do_start,	[COMMAND_PAUSE] = do_pause,
		[COMMAND_RESUME] = do_resume,	[COMMAND_SKIP] = do_skip,
		[COMMAND_EXTEND] = do_extend,	[COMMAND_STOP] = do_stop,
		[COMMAND_ABORT] = do_abort,	[COMMAND_ANSWER] = do_answer,
		[COMMAND_RESET] = do_reset,	[COMMAND_SET] = do_set,
		[COMMAND_REPLACE] = do_replace,
	};

	assert((unsigned)c->kind < COMMAND_N);
	commands[c->kind](e, c);
}
