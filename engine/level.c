/*
 * Safe levels. Entering COOL or ISOLATE sends the site's safe setpoints at
 * once and again until each was read back; the level is latched with its
 * first cause until an operator resets it after the cause is gone. HOLD stops
 * the recipe's clock only, and lets go by itself when the cause has been gone
 * for a while.
 */
#include <math.h>
#include <stdio.h>

#include "base/text.h"
#include "engine/state.h"

#define HOLD_CLEAR (5 * NSEC_PER_S)
#define RETRY_MAX (10 * NSEC_PER_S)

#define CUT_OFF "the last run was cut off: what the cell holds is not known"
#define NOT_READ_BACK "starting: not everything is read back yet"

static void emit_state(struct engine *e)
{
	struct action *a = emit(e, ACTION_STATE);

	a->state.state = e->state;
	a->state.level = e->level;
	a->state.latched = e->latched;
}

static const struct safe_level *safe_of(const struct engine *e)
{
	return &e->site->safe[e->level >= LEVEL_ISOLATE ? LEVEL_ISOLATE
							: LEVEL_COOL];
}

static void send_safe(struct engine *e, enum cause cause, uint32_t source,
		      bool all)
{
	const struct safe_level *safe = safe_of(e);

	for (size_t i = 0; i < safe->n; i++) {
		const struct output *o = &e->outputs[safe->v[i].role];
		bool right = o->value == safe->v[i].value;

		/* Many interlocks may trip at one event: once is enough. */
		if (right && o->waiting && o->t == e->now)
			continue;
		if (all || o->waiting || !right)
			output_set(e, safe->v[i].role, safe->v[i].value, cause,
				   source, true);
	}
}

static bool confirmed(const struct engine *e)
{
	const struct safe_level *safe = safe_of(e);

	for (size_t i = 0; i < safe->n; i++) {
		const struct output *o = &e->outputs[safe->v[i].role];

		if (o->waiting || o->value != safe->v[i].value)
			return false;
	}
	return true;
}

static void arm(struct engine *e, nsec backoff)
{
	e->safe_confirmed = false;
	e->safe_backoff = backoff;
	e->safe_retry = e->now + backoff;
}

/* The first thing ever done: everything is commanded safe. */
void level_start(struct engine *e)
{
	e->level = LEVEL_COOL;
	e->latched = true;
	text_copy(e->cause, sizeof(e->cause),
		  e->interrupted ? CUT_OFF : NOT_READ_BACK);
	say(e, SEVERITY_INFO, "start", "%smaking everything safe",
	    e->interrupted ? "start after a run that was cut off: "
			   : "start: ");
	send_safe(e, CAUSE_START, 0, true);
	arm(e, e->site->gas_rule.confirm);
	emit_state(e);
}

static void stop_clock(struct engine *e)
{
	if (e->state == STATE_RUNNING || e->state == STATE_PAUSING)
		e->state = STATE_HOLDING;
}

/* Already as safe; but somebody asked again, or something has moved. */
static void again_safe(struct engine *e, enum cause cause, uint32_t source)
{
	if (e->level < LEVEL_COOL)
		return;
	send_safe(e, cause, source, true);
	arm(e, e->site->gas_rule.confirm);
}

bool level_keeps(const struct engine *e, int role, double value)
{
	const struct safe_level *safe = safe_of(e);

	for (size_t i = 0; i < safe->n; i++)
		if (safe->v[i].role == role)
			return safe->v[i].value != value;
	return false;
}

static void say_level(struct engine *e, enum level level, enum cause cause,
		      const char *text)
{
	bool alarm = level >= LEVEL_COOL && cause != CAUSE_OPERATOR;

	say(e, alarm ? SEVERITY_ALARM : SEVERITY_WARNING,
	    cause == CAUSE_OPERATOR ? "abort" : "trip", "%s: %s", text,
	    level_name(level));
}

/* What was read back safe of this instrument has to be read back anew. */
static bool doubt_outputs(struct engine *e, uint16_t poll)
{
	const struct safe_level *safe = safe_of(e);
	bool any = false;

	for (size_t i = 0; i < safe->n; i++) {
		struct output *o = &e->outputs[safe->v[i].role];

		if (e->site->roles[safe->v[i].role].poll != poll)
			continue;
		o->waiting = any = true;
		o->confirmed = false;
	}
	return any;
}

void level_silent(struct engine *e, uint32_t interlock)
{
	const struct interlock *il = &e->site->interlocks[interlock];

	if (il->level > e->level) {
		level_enter(e, il->level, CAUSE_INTERLOCK, interlock, il->name);
		return;
	}
	say_level(e, il->level, CAUSE_INTERLOCK, il->name);
	if (e->level < LEVEL_COOL ||
	    !doubt_outputs(e, e->site->roles[il->role].poll))
		return;
	/* Time enough for a reading; one that repeats already goes on so. */
	if (e->safe_retry == NSEC_NEVER)
		arm(e, 2 * e->site->gas_rule.confirm);
}

void level_enter(struct engine *e, enum level level, enum cause cause,
		 uint32_t source, const char *text)
{
	say_level(e, level, cause, text);
	e->hold_clear = -1;
	if (level <= e->level) {
		again_safe(e, cause, source);
		return;
	}
	if (e->level == LEVEL_RUN || e->level == LEVEL_HOLD)
		text_copy(e->cause, sizeof(e->cause), text);
	e->level = level;
	if (level >= LEVEL_COOL) {
		e->latched = true;
		send_safe(e, cause, source, true);
		arm(e, e->site->gas_rule.confirm);
		if (run_active(e)) {
			run_end(e, STATE_ABORTED, text);
			return; /* that said the state */
		}
	} else {
		stop_clock(e);
	}
	emit_state(e);
}

void level_quiet(struct engine *e, enum cause cause, uint32_t source)
{
	if (e->level >= LEVEL_COOL)
		return; /* the safe setpoints are on their way */
	send_safe(e, cause, source, false);
	arm(e, e->site->gas_rule.confirm);
}

static void now_confirmed(struct engine *e)
{
	e->safe_confirmed = true;
	e->safe_retry = NSEC_NEVER;
	if (e->level >= LEVEL_COOL)
		say(e, SEVERITY_INFO, "safe", "everything was read back safe");
	if (!e->starting)
		return;
	e->starting = false;
	/* Something else may have tripped meanwhile: then it stays. */
	if (!e->interrupted && e->level == LEVEL_COOL &&
	    !interlock_active(e, LEVEL_COOL)) {
		e->level = LEVEL_RUN;
		e->latched = false;
		e->cause[0] = '\0';
	}
	emit_state(e);
}

static void list_missing(const struct engine *e, char *names, size_t size)
{
	const struct safe_level *safe = safe_of(e);
	size_t n = 0;

	names[0] = '\0';
	for (size_t i = 0; i < safe->n && n < size; i++) {
		if (!e->outputs[safe->v[i].role].waiting)
			continue;
		n += (size_t)snprintf(names + n, size - n, "%s%s",
				      n ? ", " : "",
				      e->site->roles[safe->v[i].role].name);
	}
}

/* Less and less often: a dead instrument does not flood the log. */
static void retry(struct engine *e)
{
	char names[ACTION_TEXT_MAX];

	list_missing(e, names, sizeof(names));
	say(e, SEVERITY_ALARM, "safe", "not confirmed yet: %s", names);
	send_safe(e, CAUSE_INTERLOCK, 0, false);
	arm(e, nsec_min(2 * e->safe_backoff, RETRY_MAX));
}

static bool hold_over(const struct engine *e)
{
	return !e->fault_log && !e->fault_log_slow &&
	       !interlock_active(e, LEVEL_HOLD);
}

static void hold_progress(struct engine *e)
{
	if (!hold_over(e)) {
		e->hold_clear = -1;
		return;
	}
	if (e->hold_clear < 0)
		e->hold_clear = e->now;
	if (e->now - e->hold_clear < HOLD_CLEAR)
		return;
	say(e, SEVERITY_INFO, "hold", "the cause of the hold is gone: %s",
	    e->cause);
	e->level = LEVEL_RUN;
	e->cause[0] = '\0';
	e->hold_clear = -1;
	emit_state(e);
}

void level_progress(struct engine *e)
{
	if (e->safe_retry != NSEC_NEVER) {
		if (confirmed(e))
			now_confirmed(e);
		else if (e->now >= e->safe_retry)
			retry(e);
	}
	if (e->level == LEVEL_HOLD)
		hold_progress(e);
}

nsec level_deadline(const struct engine *e)
{
	nsec t = e->safe_retry;

	if (e->level == LEVEL_HOLD && e->hold_clear >= 0)
		t = nsec_min(t, e->hold_clear + HOLD_CLEAR);
	return t;
}

void level_reset(struct engine *e)
{
	e->level = LEVEL_RUN;
	e->latched = false;
	e->interrupted = false;
	e->cause[0] = '\0';
	e->hold_clear = -1;
	emit_state(e);
}
