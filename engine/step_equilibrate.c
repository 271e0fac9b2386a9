/* Waiting until temperature, pressure and power stand still. */
#include "engine/step.h"

#include <math.h>
#include <stdio.h>

static void equilibrate_begin(struct engine *e, const struct plan_step *s)
{
	steady_begin(e, s->equilibrate.window);
}

static bool all_steady(const struct engine *e, const struct plan_step *s)
{
	const double bounds[EQ_N] = {
		[EQ_TEMPERATURE] = s->equilibrate.temperature,
		[EQ_PRESSURE] = s->equilibrate.pressure,
		[EQ_POWER] = s->equilibrate.power,
	};

	for (int q = 0; q < EQ_N; q++)
		if (!(fabs(steady_slope(e, (enum equilibrium_quantity)q)) <=
		      bounds[q]))
			return false;
	return !s->equilibrate.gas_arrived || atmosphere_arrived(e);
}

static void equilibrate_fail(struct engine *e)
{
	char t[NUMBER_TEXT_MAX] = "?", p[NUMBER_TEXT_MAX] = "?",
	     h[NUMBER_TEXT_MAX] = "?", why[ACTION_TEXT_MAX];
	double slopes[EQ_N];
	char *texts[EQ_N] = { t, p, h };

	for (int q = 0; q < EQ_N; q++) {
		slopes[q] = steady_slope(e, (enum equilibrium_quantity)q);
		if (isfinite(slopes[q]))
			number_print_digits(slopes[q], 3, texts[q]);
	}
	snprintf(why, sizeof(why),
		 "no equilibrium: %s K/min, %s Torr/min, "
		 "%s mW/min%s",
		 t, p, h,
		 atmosphere_arrived(e)
			 ? ""
			 : ", the gas has not reached the sample");
	run_fail(e, why);
}

static bool equilibrate_finished(struct engine *e, const struct plan_step *s)
{
	nsec age = e->now - e->step.began;

	if (age >= s->equilibrate.at_least && all_steady(e, s))
		return true;
	if (age >= s->equilibrate.at_most)
		equilibrate_fail(e);
	return false;
}

static nsec equilibrate_deadline(const struct engine *e,
				 const struct plan_step *s)
{
	nsec least = e->step.began + s->equilibrate.at_least;

	return least > e->now
		       ? least
		       : nsec_after(e->step.began, s->equilibrate.at_most);
}

const struct step_acts step_equilibrate = { equilibrate_begin,
					    equilibrate_finished,
					    equilibrate_deadline };
