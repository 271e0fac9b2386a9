/*
 * Ramp, hold, cool. A ramp sends setpoints on its line and waits when the
 * measurement falls behind; a hold counts only time inside its band.
 */
#include "engine/step.h"

#include <math.h>
#include <stdio.h>

static void ramp_send(struct engine *e, double setpoint)
{
	output_set(e, known(e, KNOWN_HEATER), setpoint, CAUSE_STEP, e->run.step,
		   false);
}

static bool ramp_ready(struct engine *e)
{
	if (!step_guarded(e))
		return false;
	if (!fresh(e, known(e, KNOWN_HEATER))) {
		e->step.waiting_for_guard = true;
		if (e->now - e->step.began >= e->site->defaults.settle)
			run_fail(e, "the temperature is not known");
		return false;
	}
	return true;
}

static double clamp(double v, const struct role *r)
{
	return fmin(fmax(v, r->min), r->max);
}

/* Bumpless: a heater that is off starts from what it measures. */
static void ramp_begin(struct engine *e, const struct plan_step *s)
{
	int heater = known(e, KNOWN_HEATER);
	int out = known(e, KNOWN_HEATER_OUTPUT);
	const struct output *o = &e->outputs[heater];
	bool on;

	if (!ramp_ready(e))
		return;
	on = out == ROLE_NONE ? !isnan(o->value) : e->outputs[out].value > 0.5;
	e->step.from = on && !isnan(o->value) ? o->value
					      : clamp(e->readings[heater].value,
						      &e->site->roles[heater]);
	if (!on) {
		ramp_send(e, e->step.from);
		if (out != ROLE_NONE)
			output_set(e, out, 1.0, CAUSE_STEP, e->run.step, false);
	}
	e->step.travelled = 0.0;
	e->step.tick = e->now + e->site->defaults.ramp_period;
	e->step.behind_since = -1;
	if (s->ramp.image_every)
		e->step.next_image = e->now;
}

static double ramp_at(const struct engine *e, const struct plan_step *s)
{
	double way = s->ramp.rate / 60.0 * e->step.travelled;

	if (s->ramp.target >= e->step.from)
		return fmin(e->step.from + way, s->ramp.target);
	return fmax(e->step.from - way, s->ramp.target);
}

/* Is the measurement so far behind that the ramp has to wait? */
static bool ramp_behind(struct engine *e, const struct plan_step *s)
{
	double t = e->readings[known(e, KNOWN_HEATER)].value;
	bool behind = !(fabs(ramp_at(e, s) - t) <= s->ramp.holdback);

	if (!behind) {
		if (e->step.behind_since >= 0)
			say(e, SEVERITY_INFO, "ramp",
			    "the temperature has "
			    "caught up: the ramp goes on");
		e->step.behind_since = -1;
	} else if (e->step.behind_since < 0) {
		say(e, SEVERITY_WARNING, "ramp",
		    "the temperature is behind: "
		    "the ramp waits");
		e->step.behind_since = e->now;
	}
	return behind;
}

static bool ramp_tick(struct engine *e, const struct plan_step *s)
{
	nsec period = e->site->defaults.ramp_period;

	e->step.tick += period;
	if (ramp_behind(e, s)) {
		if (e->now - e->step.behind_since >=
		    e->site->defaults.step_within) {
			run_fail(e, "the temperature does not follow the ramp");
			return false;
		}
		return true;
	}
	e->step.travelled += nsec_to_s(period);
	ramp_send(e, ramp_at(e, s));
	return true;
}

static bool ramp_finished(struct engine *e, const struct plan_step *s)
{
	if (e->step.waiting_for_guard) {
		ramp_begin(e, s);
		return false;
	}
	while (e->now >= e->step.tick && ramp_at(e, s) != s->ramp.target)
		if (!ramp_tick(e, s))
			return false;
	return ramp_at(e, s) == s->ramp.target &&
	       e->outputs[known(e, KNOWN_HEATER)].value == s->ramp.target;
}

static nsec ramp_deadline(const struct engine *e, const struct plan_step *s)
{
	(void)s;
	return e->step.waiting_for_guard
		       ? e->step.began + e->site->defaults.settle
		       : e->step.tick;
}

static void hold_begin(struct engine *e, const struct plan_step *s)
{
	e->run.soaking = true;
	e->run.in_band = false;
	e->run.soak_target = s->hold.target;
	e->run.soak_band = s->hold.band;
	e->run.soaked = 0;
	e->run.soak_seen = e->now;
	e->run.soak_began = e->now;
	e->run.extended = 0;
}

static void hold_end_begin(struct engine *e, const struct plan_step *s)
{
	if (s->hold.image_every)
		e->step.next_image = e->now;
}

static void hold_fail(struct engine *e, const struct plan_step *s)
{
	char soaked[NSEC_ISO_MAX], asked[NSEC_ISO_MAX], why[ACTION_TEXT_MAX];

	nsec_span(e->run.soaked, soaked);
	nsec_span(s->hold.duration + e->run.extended, asked);
	snprintf(why, sizeof(why), "only %s of %s were inside the band", soaked,
		 asked);
	run_fail(e, why);
}

static bool hold_finished(struct engine *e, const struct plan_step *s)
{
	nsec asked = s->hold.duration + e->run.extended;

	if (isnan(s->hold.target))
		return e->now - e->run.soak_began >= asked;
	if (e->run.soaked >= asked)
		return true;
	if (s->hold.within != NSEC_NEVER &&
	    e->now - e->run.soak_began >= s->hold.within + e->run.extended)
		hold_fail(e, s);
	return false;
}

static nsec hold_deadline(const struct engine *e, const struct plan_step *s)
{
	if (isnan(s->hold.target))
		return e->run.soak_began + s->hold.duration + e->run.extended;
	if (s->hold.within == NSEC_NEVER)
		return NSEC_NEVER;
	return e->run.soak_began + s->hold.within + e->run.extended;
}

static void cool_begin(struct engine *e, const struct plan_step *s)
{
	int out = known(e, KNOWN_HEATER_OUTPUT);

	(void)s;
	e->run.soaking = false;
	if (out != ROLE_NONE && !(e->outputs[out].value == 0.0))
		output_set(e, out, 0.0, CAUSE_STEP, e->run.step, true);
}

static bool cool_finished(struct engine *e, const struct plan_step *s)
{
	int heater = known(e, KNOWN_HEATER);
	int out = known(e, KNOWN_HEATER_OUTPUT);
	char reads[QUANTITY_TEXT_MAX] = "nothing", why[ACTION_TEXT_MAX];

	if (fresh(e, heater) && e->readings[heater].value <= s->cool.below &&
	    (out == ROLE_NONE || !e->outputs[out].waiting))
		return true;
	if (e->now - e->step.began < s->cool.within)
		return false;
	if (!isnan(e->readings[heater].value))
		quantity_format(QUANTITY_TEMPERATURE, e->readings[heater].value,
				reads);
	snprintf(why, sizeof(why), "it does not cool: the heater reads %s",
		 reads);
	run_fail(e, why);
	return false;
}

static nsec cool_deadline(const struct engine *e, const struct plan_step *s)
{
	return nsec_after(e->step.began, s->cool.within);
}

const struct step_acts step_ramp = { ramp_begin, ramp_finished, ramp_deadline };
const struct step_acts step_hold_begin = { hold_begin, step_at_once, NULL };
const struct step_acts step_hold_end = { hold_end_begin, hold_finished,
					 hold_deadline };
const struct step_acts step_cool = { cool_begin, cool_finished, cool_deadline };
