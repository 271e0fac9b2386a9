/*
 * What each kind of step does: begin, is it finished, when does it want to be
 * looked at. One row per kind; step.c has the table. A step that cannot
 * succeed calls run_fail(), which ends it: nothing may touch the step after
 * that.
 */
#ifndef ENGINE_STEP_H
#define ENGINE_STEP_H

#include "engine/state.h"

struct step_acts {
	void (*begin)(struct engine *e, const struct plan_step *s);
	bool (*finished)(struct engine *e, const struct plan_step *s);
	nsec (*deadline)(const struct engine *e, const struct plan_step *s);
};

extern const struct step_acts step_set, step_wait;
extern const struct step_acts step_ramp, step_hold_begin, step_hold_end,
	step_cool;
extern const struct step_acts step_equilibrate;
extern const struct step_acts step_image, step_ask, step_note;
extern const struct step_acts step_purge_begin, step_purge_filled,
	step_purge_pumped, step_purge_end;

/* Nothing is energised without fresh readings on every guard: waits a little
 * for them, then fails. True when it may go on. */
bool step_guarded(struct engine *e);

/* For steps that are done when they have begun. */
bool step_at_once(struct engine *e, const struct plan_step *s);

#endif
