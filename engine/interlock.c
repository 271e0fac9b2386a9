/*
 * Interlocks: looked at first, at every event. All comparisons fail closed: a
 * NAN is over every limit. Limits are judged at each reading of their role,
 * ages at every event and when they run out.
 */
#include <math.h>
#include <stdio.h>

#include "engine/state.h"

static bool applies(const struct engine *e, const struct interlock *il)
{
	switch (il->when) {
	case WHEN_ALWAYS: return true;
	case WHEN_HEATING: return output_on(e, KNOWN_HEATER_OUTPUT);
	case WHEN_GAS: return atmosphere_reactive(e);
	case WHEN_RUNNING: return run_active(e);
	}
	return true;
}

static void set_ref(struct engine *e, struct guard *g, double value)
{
	g->has_ref = true;
	g->ref = value;
	g->ref_power = value_of(e, KNOWN_HEATER_POWER);
	g->ref_t = e->now;
}

/* Per second over the window; false until the window is full. */
static bool rate(struct engine *e, const struct interlock *il, struct guard *g,
		 double value, double *per_s)
{
	double span;

	if (!g->has_ref || isnan(value)) {
		if (!isnan(value))
			set_ref(e, g, value);
		return false;
	}
	if (e->now - g->ref_t < il->window)
		return false;
	span = nsec_to_s(e->now - g->ref_t);
	*per_s = (value - g->ref) / span;
	set_ref(e, g, value);
	return true;
}

/* True while `bad` lasted for the window. */
static bool lasted(struct engine *e, const struct interlock *il,
		   struct guard *g, bool bad)
{
	if (!bad) {
		g->has_ref = false;
		return false;
	}
	if (!g->has_ref)
		set_ref(e, g, 0.0);
	return e->now - g->ref_t >= il->window;
}

static bool frozen(struct engine *e, const struct interlock *il,
		   struct guard *g, double value)
{
	double power = value_of(e, KNOWN_HEATER_POWER);

	if (!g->has_ref || value != g->ref) {
		set_ref(e, g, value);
		return false;
	}
	return e->now - g->ref_t >= il->window &&
	       !(fabs(power - g->ref_power) <= il->bound);
}

static bool lags(struct engine *e, const struct interlock *il, struct guard *g,
		 double value)
{
	const struct output *o = &e->outputs[il->role];
	bool follows = isnan(o->value) || fabs(value - o->value) <= il->bound;

	return lasted(e, il, g, !follows);
}

static bool differs(struct engine *e, const struct interlock *il,
		    struct guard *g)
{
	const struct role *role = &e->site->roles[il->role];
	const struct output *o = &e->outputs[il->role];
	double value;

	if (role->readback < 0 || !o->confirmed || o->waiting)
		return lasted(e, il, g, false);
	value = e->readings[role->readback].value;
	return lasted(e, il, g, !(fabs(value - o->value) <= role->tolerance));
}

static bool sample_bad(struct engine *e, const struct interlock *il,
		       struct guard *g, bool *judged)
{
	double value = e->readings[il->role].value;
	double per_s = 0.0;

	*judged = true;
	switch (il->kind) {
	case INTERLOCK_ABOVE: return !(value <= il->bound);
	case INTERLOCK_BELOW: return !(value >= il->bound);
	case INTERLOCK_RISE:
		*judged = rate(e, il, g, value, &per_s);
		return !(per_s <= il->bound);
	case INTERLOCK_FALL:
		*judged = rate(e, il, g, value, &per_s);
		return !(-per_s <= il->bound);
	case INTERLOCK_LAG: return lags(e, il, g, value);
	case INTERLOCK_FROZEN: return frozen(e, il, g, value);
	case INTERLOCK_DIFFERS: return differs(e, il, g);
	case INTERLOCK_STALE: break;
	}
	*judged = false;
	return false;
}

static void trip(struct engine *e, uint16_t i)
{
	const struct interlock *il = &e->site->interlocks[i];
	const struct role *role = &e->site->roles[il->role];
	double value = e->readings[il->role].value;
	char reads[QUANTITY_TEXT_MAX] = "nothing valid";
	char text[CAUSE_TEXT_MAX];

	if (il->kind == INTERLOCK_STALE) {
		level_silent(e, i);
		return;
	}
	if (!isnan(value))
		quantity_format(role->quantity, value, reads);
	snprintf(text, sizeof(text), "%s (%s reads %s)", il->name, role->name,
		 reads);
	level_enter(e, il->level, CAUSE_INTERLOCK, i, text);
}

static void judge(struct engine *e, uint16_t i, bool bad)
{
	struct guard *g = &e->guards[i];
	bool was = g->active;

	g->active = bad;
	if (bad && !was)
		trip(e, i);
}

static void clear(struct guard *g)
{
	*g = (struct guard){ 0 };
}

/* Most often there are none. */
static uint8_t ones(unsigned bits)
{
	uint8_t n = 0;

	for (; bits; bits &= bits - 1)
		n++;
	return n;
}

static void look(struct engine *e, uint16_t i)
{
	const struct interlock *il = &e->site->interlocks[i];
	struct guard *g = &e->guards[i];
	bool judged, bad;

	if (!applies(e, il)) {
		clear(g);
		return;
	}
	bad = sample_bad(e, il, g, &judged);
	if (!judged)
		return;
	g->history = (uint8_t)(g->history << 1 | bad);
	if (il->of < 8)
		g->history &= (uint8_t)((1u << il->of) - 1);
	judge(e, i, ones(g->history) >= il->need);
}

/* The recipe's own limits: hard ones, while it runs. */
static void recipe_limits(struct engine *e, uint16_t poll)
{
	const struct plan *p = e->run.plan;
	int heater = known(e, KNOWN_HEATER);
	int cell = known(e, KNOWN_CELL_PRESSURE);

	if (!run_active(e))
		return;
	if (heater >= 0 && e->site->roles[heater].poll == poll &&
	    isfinite(p->temperature_max) && output_on(e, KNOWN_HEATER_OUTPUT) &&
	    !(e->readings[heater].value <= p->temperature_max))
		level_enter(e, LEVEL_COOL, CAUSE_INTERLOCK, 0,
			    "temperature over the recipe's limit");
	if (run_active(e) && cell >= 0 && e->site->roles[cell].poll == poll &&
	    isfinite(p->pressure_max) &&
	    !(e->readings[cell].value <= p->pressure_max))
		level_enter(e, LEVEL_ISOLATE, CAUSE_INTERLOCK, 0,
			    "cell pressure over the recipe's limit");
}

void interlock_poll(struct engine *e, uint16_t poll)
{
	for (uint16_t k = 0; k < e->n_guards_of[poll]; k++)
		look(e, e->guards_of[poll][k]);
	recipe_limits(e, poll);
}

/* When the newest good reading of the role becomes too old. */
static nsec stale_at(const struct engine *e, const struct interlock *il)
{
	const struct reading *r = &e->readings[il->role];

	return (r->ever_good ? r->good_t : e->start) + il->window;
}

/* Readings only become newer: what is young now stays so until then. */
void interlock_time(struct engine *e)
{
	nsec until = NSEC_NEVER;
	bool any = false;

	if (e->now <= e->young_until)
		return;
	for (uint16_t k = 0; k < e->n_age_guards; k++) {
		uint16_t i = e->age_guards[k];
		const struct interlock *il = &e->site->interlocks[i];
		nsec at = stale_at(e, il);

		if (!applies(e, il))
			clear(&e->guards[i]);
		else
			judge(e, i, e->now > at);
		until = nsec_min(until, at);
		any |= e->guards[i].active;
	}
	e->young_until = any ? e->now : until;
}

nsec interlock_deadline(const struct engine *e)
{
	const bool apply[] = {
		[WHEN_ALWAYS] = true,
		[WHEN_HEATING] = output_on(e, KNOWN_HEATER_OUTPUT),
		[WHEN_GAS] = atmosphere_reactive(e),
		[WHEN_RUNNING] = run_active(e),
	};
	nsec t = NSEC_NEVER;

	for (uint16_t k = 0; k < e->n_age_guards; k++) {
		uint16_t i = e->age_guards[k];
		const struct interlock *il = &e->site->interlocks[i];

		if (!e->guards[i].active && apply[il->when])
			t = nsec_min(t, stale_at(e, il) + 1);
	}
	return t;
}

const struct interlock *interlock_active(const struct engine *e,
					 enum level level)
{
	for (uint16_t i = 0; i < e->site->n_interlocks; i++)
		if (e->guards[i].active &&
		    e->site->interlocks[i].level >= level)
			return &e->site->interlocks[i];
	return NULL;
}

const struct role *interlock_blind(const struct engine *e)
{
	for (uint16_t i = 0; i < e->site->n_interlocks; i++) {
		const struct interlock *il = &e->site->interlocks[i];

		if (il->level >= LEVEL_COOL && !fresh(e, il->role))
			return &e->site->roles[il->role];
	}
	return NULL;
}
