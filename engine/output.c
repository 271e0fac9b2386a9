/*
 * Setpoints on their way: set, answered by the instrument, read back. Only
 * the newest setpoint of a role counts; an answer to an older one is late
 * and says nothing.
 */
#include <math.h>

#include "engine/state.h"

void output_set(struct engine *e, int role, double value, enum cause cause,
		uint32_t source, bool safe)
{
	struct output *o = &e->outputs[role];
	struct action *a = emit(e, ACTION_SET);

	*o = (struct output){
		.value = value,
		.id = ++e->n_sets,
		.waiting = true,
		.t = e->now,
	};
	a->set.id = o->id;
	a->set.role = (uint16_t)role;
	a->set.value = value;
	a->set.cause = cause;
	a->set.source = source;
	a->set.safe = safe;
}

void output_answer(struct engine *e, const struct event *event)
{
	for (size_t i = 0; i < e->site->n_roles; i++) {
		struct output *o = &e->outputs[i];

		if (o->id != event->answer.set || !o->waiting || o->answered)
			continue;
		o->answered = event->answer.ok;
		o->refused = !event->answer.ok;
		o->answered_t = e->now;
		if (o->answered && e->site->roles[i].readback < 0) {
			o->waiting = false;
			o->confirmed = true;
		}
		return;
	}
}

/* A new reading of a role: does it confirm the setpoint it reads back? */
void output_confirm(struct engine *e, int readback)
{
	int writer = e->writer_of[readback];
	struct output *o;

	if (writer == ROLE_NONE)
		return;
	o = &e->outputs[writer];
	if (!o->waiting || !o->answered)
		return;
	if (fabs(e->readings[readback].value - o->value) <=
	    e->site->roles[writer].tolerance) {
		o->waiting = false;
		o->confirmed = true;
	}
}

/* On, or not known to be off: an energiser of unknown state counts as on. */
bool output_on(const struct engine *e, enum known_role role)
{
	int r = known(e, role);

	if (r == ROLE_NONE)
		return false;
	if (e->outputs[r].value > 0.5)
		return true;
	return !(e->readings[r].value < 0.5);
}

static bool reactive(const struct engine *e, int role)
{
	const struct gases *g = &e->site->gases;

	for (size_t i = 1; i < g->n; i++)
		if ((e->site->gas_flow[i] == role ||
		     e->site->gas_valve[i] == role) &&
		    g->v[i].kind != GAS_INERT)
			return true;
	return false;
}

/* Does this add energy or reactive gas? */
bool output_energises(const struct engine *e, int role, double value)
{
	if (!(value > 0.0))
		return false;
	return role == known(e, KNOWN_HEATER_OUTPUT) || reactive(e, role);
}
