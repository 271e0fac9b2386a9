/*
 * Slopes of temperature, pressure and heater power by least squares over a
 * window of equally spaced points, so that noise does not look like a trend.
 */
#include <math.h>

#include "engine/state.h"

static const enum known_role sources[EQ_N] = {
	[EQ_TEMPERATURE] = KNOWN_HEATER,
	[EQ_PRESSURE] = KNOWN_CELL_PRESSURE,
	[EQ_POWER] = KNOWN_HEATER_POWER,
};

void steady_begin(struct engine *e, nsec window)
{
	e->slope_spacing = window / (SLOPE_POINTS - 1);
	for (int q = 0; q < EQ_N; q++) {
		e->slopes[q].n = 0;
		e->slopes[q].next = 0;
		e->slopes[q].origin = e->now;
		e->slopes[q].taken = e->now - e->slope_spacing;
	}
}

static void take(struct engine *e, struct slope *s, int role)
{
	if (role == ROLE_NONE || e->readings[role].t != e->now ||
	    isnan(e->readings[role].value) ||
	    e->now - s->taken < e->slope_spacing)
		return;
	/* On the grid, not a spacing after the last one: the window keeps its
	 * length whatever the poll period is. */
	s->taken = nsec_max(s->taken + e->slope_spacing,
			    e->now - e->slope_spacing);
	s->t[s->next] = nsec_to_s(e->now - s->origin);
	s->v[s->next] = e->readings[role].value;
	s->next = (s->next + 1) % SLOPE_POINTS;
	if (s->n < SLOPE_POINTS)
		s->n++;
}

void steady_sample(struct engine *e)
{
	const struct plan_step *s = run_step(e);

	if (!s || s->kind != STEP_EQUILIBRATE)
		return;
	for (int q = 0; q < EQ_N; q++)
		take(e, &e->slopes[q], known(e, sources[q]));
}

/* The window is full when its points span it (slow polls give fewer). */
static bool full(const struct engine *e, const struct slope *s)
{
	uint32_t first = s->n < SLOPE_POINTS ? 0 : s->next;
	uint32_t last = (s->next + SLOPE_POINTS - 1) % SLOPE_POINTS;

	return s->n >= 8 &&
	       s->t[last] - s->t[first] >=
		       0.9 * nsec_to_s(e->slope_spacing) * (SLOPE_POINTS - 1);
}

/* With slow polls the window is longer than asked for, never shorter. */
double steady_slope(const struct engine *e, enum equilibrium_quantity quantity)
{
	const struct slope *s = &e->slopes[quantity];
	double mt = 0.0, mv = 0.0, tt = 0.0, tv = 0.0;

	if (known(e, sources[quantity]) == ROLE_NONE)
		return 0.0;
	if (!full(e, s))
		return NAN;
	for (uint32_t i = 0; i < s->n; i++) {
		mt += s->t[i];
		mv += s->v[i];
	}
	mt /= s->n;
	mv /= s->n;
	for (uint32_t i = 0; i < s->n; i++) {
		tt += (s->t[i] - mt) * (s->t[i] - mt);
		tv += (s->t[i] - mt) * (s->v[i] - mv);
	}
	return 60.0 * tv / tt;
}
