/* Setting roles, and waiting for what they read. */
#include "engine/step.h"

#include <math.h>
#include <stdio.h>

static bool set_energises(const struct engine *e, const struct plan_step *s)
{
	const struct role_value *v = e->run.plan->sets + s->set.first;

	for (uint32_t i = 0; i < s->set.n; i++)
		if (output_energises(e, v[i].role, v[i].value))
			return true;
	return false;
}

static bool set_allowed(struct engine *e, const struct plan_step *s)
{
	const struct role_value *v = e->run.plan->sets + s->set.first;
	struct err err;

	for (uint32_t i = 0; i < s->set.n; i++)
		if (!atmosphere_may(e, v[i].role, v[i].value, &err)) {
			run_fail(e, err.msg);
			return false;
		}
	return true;
}

static void set_send(struct engine *e, const struct plan_step *s)
{
	const struct role_value *v = e->run.plan->sets + s->set.first;

	if (set_energises(e, s) && !step_guarded(e))
		return;
	if (!set_allowed(e, s))
		return;
	for (uint32_t i = 0; i < s->set.n; i++)
		output_set(e, v[i].role, v[i].value, CAUSE_STEP, e->run.step,
			   false);
	e->step.tick = e->now;
}

static void set_fail(struct engine *e, int role)
{
	const struct role *r = &e->site->roles[role];
	const struct output *o = &e->outputs[role];
	char wanted[QUANTITY_TEXT_MAX], reads[QUANTITY_TEXT_MAX] = "nothing";
	char why[ACTION_TEXT_MAX];

	quantity_format(r->quantity, o->value, wanted);
	if (r->readback >= 0 && !isnan(e->readings[r->readback].value))
		quantity_format(r->quantity, e->readings[r->readback].value,
				reads);
	snprintf(why, sizeof(why),
		 o->refused ? "%s did not take %s"
			    : "%s was set to %s but reads %s",
		 r->name, wanted, reads);
	run_fail(e, why);
}

static bool set_finished(struct engine *e, const struct plan_step *s)
{
	const struct role_value *v = e->run.plan->sets + s->set.first;
	bool late = e->now - e->step.tick >= e->site->defaults.settle;

	if (e->step.waiting_for_guard) {
		set_send(e, s);
		return false;
	}
	for (uint32_t i = 0; i < s->set.n; i++) {
		const struct output *o = &e->outputs[v[i].role];

		if (!o->waiting)
			continue;
		if (late || o->refused)
			set_fail(e, v[i].role);
		return false;
	}
	return true;
}

static nsec settle_deadline(const struct engine *e, const struct plan_step *s)
{
	(void)s;
	return nsec_max(e->step.tick, e->step.began) + e->site->defaults.settle;
}

static void wait_begin(struct engine *e, const struct plan_step *s)
{
	(void)s;
	e->step.true_since = -1;
	e->run.extended = 0;
}

static const struct cond *cond_missing(const struct engine *e,
				       const struct plan_step *s)
{
	for (uint32_t i = 0; i < s->wait.n; i++) {
		const struct cond *c = &e->run.plan->conds[s->wait.first + i];
		double v = e->readings[c->role].value;
		bool met = c->op == COND_BELOW ? v <= c->value : v >= c->value;

		if (!met || !fresh(e, c->role))
			return c;
	}
	return NULL;
}

static void wait_fail(struct engine *e, const struct plan_step *s,
		      const struct cond *c)
{
	const struct role *r = &e->site->roles[c->role];
	char waited[NSEC_ISO_MAX], wanted[QUANTITY_TEXT_MAX];
	char reads[QUANTITY_TEXT_MAX] = "nothing", why[ACTION_TEXT_MAX];

	nsec_span(s->wait.within + e->run.extended, waited);
	quantity_format(r->quantity, c->value, wanted);
	if (!isnan(e->readings[c->role].value))
		quantity_format(r->quantity, e->readings[c->role].value, reads);
	snprintf(why, sizeof(why), "waited %s for %s %s %s: it reads %s",
		 waited, r->name, c->op == COND_BELOW ? "<=" : ">=", wanted,
		 reads);
	run_fail(e, why);
}

static bool wait_finished(struct engine *e, const struct plan_step *s)
{
	const struct cond *c = cond_missing(e, s);

	if (!s->wait.n)
		return e->now - e->step.began >=
		       s->wait.lasting + e->run.extended;
	if (!c && e->step.true_since < 0)
		e->step.true_since = e->now;
	if (c)
		e->step.true_since = -1;
	else if (e->now - e->step.true_since >= s->wait.lasting)
		return true;
	if (c && s->wait.within != NSEC_NEVER &&
	    e->now - e->step.began >= s->wait.within + e->run.extended)
		wait_fail(e, s, c);
	return false;
}

static nsec wait_deadline(const struct engine *e, const struct plan_step *s)
{
	if (!s->wait.n)
		return e->step.began + s->wait.lasting + e->run.extended;
	if (e->step.true_since >= 0)
		return e->step.true_since + s->wait.lasting;
	if (s->wait.within == NSEC_NEVER)
		return NSEC_NEVER;
	return e->step.began + s->wait.within + e->run.extended;
}

const struct step_acts step_set = { set_send, set_finished, settle_deadline };
const struct step_acts step_wait = { wait_begin, wait_finished, wait_deadline };
