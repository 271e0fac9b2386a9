#include "engine/step.h"

#include <stdio.h>

/* Nothing is energised without fresh readings on every guard: waits a little
 * for them, then fails. True when it may go on. */
bool step_guarded(struct engine *e)
{
	const struct role *blind = interlock_blind(e);
	char why[ACTION_TEXT_MAX];

	if (!blind) {
		e->step.waiting_for_guard = false;
		return true;
	}
	e->step.waiting_for_guard = true;
	if (e->now - e->step.began < e->site->defaults.settle)
		return false;
	snprintf(why, sizeof(why),
		 "nothing is switched on without a good "
		 "reading of %s",
		 blind->name);
	run_fail(e, why);
	return false;
}

bool step_at_once(struct engine *e, const struct plan_step *s)
{
	(void)e;
	(void)s;
	return true;
}

static const struct step_acts *const kinds[STEP_KIND_N] = {
	[STEP_SET] = &step_set,
	[STEP_RAMP] = &step_ramp,
	[STEP_HOLD_BEGIN] = &step_hold_begin,
	[STEP_HOLD_END] = &step_hold_end,
	[STEP_COOL] = &step_cool,
	[STEP_EQUILIBRATE] = &step_equilibrate,
	[STEP_WAIT] = &step_wait,
	[STEP_IMAGE] = &step_image,
	[STEP_ASK] = &step_ask,
	[STEP_NOTE] = &step_note,
	[STEP_PURGE_BEGIN] = &step_purge_begin,
	[STEP_PURGE_FILLED] = &step_purge_filled,
	[STEP_PURGE_PUMPED] = &step_purge_pumped,
	[STEP_PURGE_END] = &step_purge_end,
};

void step_start(struct engine *e)
{
	const struct plan_step *s = run_step(e);

	e->step = (struct step_state){
		.began = e->now,
		.tick = e->now,
		.true_since = -1,
		.behind_since = -1,
		.next_image = NSEC_NEVER,
	};
	emit(e, ACTION_STEP_BEGIN)->step.step = e->run.step;
	kinds[s->kind]->begin(e, s);
}

static void time_lapse(struct engine *e, nsec every)
{
	if (!every || e->now < e->step.next_image)
		return;
	/* Missed ones are left out: the next keeps to the grid. */
	if (image_begin(e, 0.0))
		e->step.images++;
	while (e->step.next_image <= e->now)
		e->step.next_image += every;
}

bool step_finished(struct engine *e)
{
	const struct plan_step *s = run_step(e);

	if (s->kind == STEP_RAMP && !e->step.waiting_for_guard)
		time_lapse(e, s->ramp.image_every);
	else if (s->kind == STEP_HOLD_END)
		time_lapse(e, s->hold.image_every);
	/* An image under way is finished before the step is. */
	return kinds[s->kind]->finished(e, s) && e->imaging.phase == IMAGE_IDLE;
}

nsec step_deadline(const struct engine *e)
{
	const struct plan_step *s = run_step(e);
	nsec t = NSEC_NEVER;

	if (!s || !run_clock_runs(e))
		return NSEC_NEVER;
	if (kinds[s->kind]->deadline)
		t = kinds[s->kind]->deadline(e, s);
	if (s->kind == STEP_RAMP || s->kind == STEP_HOLD_END)
		t = nsec_min(t, e->step.next_image);
	return t;
}

static void shift(nsec *t, nsec by)
{
	if (*t >= 0 && *t != NSEC_NEVER)
		*t += by;
}

void step_shift(struct engine *e, nsec pause)
{
	shift(&e->step.began, pause);
	shift(&e->step.tick, pause);
	shift(&e->step.true_since, pause);
	shift(&e->step.behind_since, pause);
	shift(&e->step.next_image, pause);
	shift(&e->run.soak_began, pause);
}
