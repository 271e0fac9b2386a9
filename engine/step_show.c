/* What people see: images, questions, notes. */
#include "engine/step.h"

#include <math.h>
#include <stdio.h>

static void image_step_begin(struct engine *e, const struct plan_step *s)
{
	(void)s;
	e->step.next_image = e->now;
}

static bool image_step_finished(struct engine *e, const struct plan_step *s)
{
	if (e->imaging.phase != IMAGE_IDLE)
		return false;
	if (e->step.images >= s->image.count)
		return true;
	if (e->now < e->step.next_image)
		return false;
	image_begin(e, s->image.exposure_s);
	e->step.images++;
	e->step.next_image =
		nsec_max(e->step.next_image + s->image.every, e->now);
	return false;
}

static nsec image_step_deadline(const struct engine *e,
				const struct plan_step *s)
{
	return e->imaging.phase == IMAGE_IDLE && e->step.images < s->image.count
		       ? e->step.next_image
		       : NSEC_NEVER;
}

static void ask_begin(struct engine *e, const struct plan_step *s)
{
	char choices[ACTION_TEXT_MAX] = "";
	size_t n = 0;

	for (uint32_t i = 0; i < s->ask.n_choices && n < sizeof(choices); i++)
		n += (size_t)snprintf(choices + n, sizeof(choices) - n, "%s%s",
				      i ? ", " : "",
				      plan_text(e->run.plan, s->ask.choice[i]));
	say(e, SEVERITY_WARNING, "prompt", "%s [%s]",
	    plan_label(e->run.plan, e->run.step), choices);
}

static bool ask_finished(struct engine *e, const struct plan_step *s)
{
	if (!s->ask.within || e->now - e->step.began < s->ask.within)
		return false;
	if (s->ask.otherwise < 0) {
		run_fail(e, "nobody answered in time");
		return false;
	}
	say(e, SEVERITY_WARNING, "prompt",
	    "nobody answered in time: taken as "
	    "'%s'",
	    plan_text(e->run.plan, s->ask.choice[s->ask.otherwise]));
	if (s->ask.abort >> s->ask.otherwise & 1) {
		run_fail(e, "nobody answered in time");
		return false;
	}
	return true;
}

static nsec ask_deadline(const struct engine *e, const struct plan_step *s)
{
	return s->ask.within ? e->step.began + s->ask.within : NSEC_NEVER;
}

static void note_begin(struct engine *e, const struct plan_step *s)
{
	(void)s;
	say(e, SEVERITY_INFO, "note", "%s",
	    plan_label(e->run.plan, e->run.step));
}

const struct step_acts step_image = { image_step_begin, image_step_finished,
				      image_step_deadline };
const struct step_acts step_ask = { ask_begin, ask_finished, ask_deadline };
const struct step_acts step_note = { note_begin, step_at_once, NULL };
