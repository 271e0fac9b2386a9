#include "engine/engine.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "engine/state.h"

struct action *emit(struct engine *e, enum action_type type)
{
	struct action *a;

	assert(e->out->n < ENGINE_ACTIONS_MAX);
	a = &e->out->v[e->out->n++];
	a->type = type;
	a->text[0] = '\0';
	return a;
}

void say(struct engine *e, enum severity severity, const char *kind,
	 const char *fmt, ...)
{
	struct action *a = emit(e, ACTION_EVENT);
	va_list ap;

	a->event.severity = severity;
	a->event.kind = kind;
	va_start(ap, fmt);
	vsnprintf(a->text, sizeof(a->text), fmt, ap);
	va_end(ap);
}

int known(const struct engine *e, enum known_role role)
{
	return e->site->known[role];
}

double value_of(const struct engine *e, enum known_role role)
{
	int r = known(e, role);

	if (r == ROLE_NONE || !e->readings[r].seen)
		return NAN;
	return e->readings[r].value;
}

/* Good, and not older than three polls. */
bool fresh(const struct engine *e, int role)
{
	const struct reading *r = &e->readings[role];
	const struct poll *p = &e->site->polls[e->site->roles[role].poll];

	return r->seen && !isnan(r->value) &&
	       e->now - r->t <= 3 * p->period + NSEC_PER_MS;
}

static void readings_init(struct engine *e)
{
	for (size_t i = 0; i < e->site->n_roles; i++) {
		e->readings[i].value = NAN;
		e->readings[i].good = NAN;
		e->outputs[i].value = NAN;
		e->writer_of[i] = ROLE_NONE;
	}
	for (size_t i = 0; i < e->site->n_roles; i++) {
		const struct role *role = &e->site->roles[i];

		if ((role->access & ROLE_WRITE) && role->readback >= 0)
			e->writer_of[role->readback] = (int)i;
	}
}

static void guards_init(struct engine *e)
{
	for (size_t i = 0; i < e->site->n_interlocks; i++) {
		const struct interlock *il = &e->site->interlocks[i];
		uint16_t poll = e->site->roles[il->role].poll;

		if (il->kind == INTERLOCK_STALE)
			e->age_guards[e->n_age_guards++] = (uint16_t)i;
		else
			e->guards_of[poll][e->n_guards_of[poll]++] =
				(uint16_t)i;
	}
}

struct engine *engine_new(const struct site *site, bool interrupted)
{
	struct engine *e = memory_zeroed(1, sizeof(*e));

	e->site = site;
	e->state = STATE_IDLE;
	e->interrupted = interrupted;
	e->starting = true;
	e->safe_retry = NSEC_NEVER;
	e->hold_clear = -1;
	e->step.next_image = NSEC_NEVER;
	readings_init(e);
	guards_init(e);
	atmosphere_init(e);
	return e;
}

void engine_free(struct engine *e)
{
	free(e);
}

static void reading_take(struct engine *e, uint16_t role, double value,
			 bool bad)
{
	struct reading *r = &e->readings[role];

	r->seen = true;
	r->t = e->now;
	if (bad || !isfinite(value)) {
		r->value = NAN;
		return;
	}
	r->value = r->good = value;
	r->good_t = e->now;
	r->ever_good = true;
}

static void on_poll(struct engine *e, const struct event *event)
{
	const struct poll *p;

	assert(event->poll.poll < e->site->n_polls);
	p = &e->site->polls[event->poll.poll];
	for (uint16_t i = 0; i < p->n; i++)
		reading_take(e, (uint16_t)(p->first + i), event->poll.value[i],
			     event->poll.bad >> i & 1);
	interlock_poll(e, event->poll.poll);
	for (uint16_t i = 0; i < p->n; i++)
		output_confirm(e, p->first + i);
	atmosphere_poll(e, event->poll.poll);
	run_soak(e);
	steady_sample(e);
	image_sample(e);
}

static void on_fault(struct engine *e, enum fault fault, bool gone)
{
	switch (fault) {
	case FAULT_LOG:
		e->fault_log = !gone;
		if (!gone)
			level_enter(e, LEVEL_HOLD, CAUSE_INTERLOCK, 0,
				    "the log cannot be written");
		break;
	case FAULT_LOG_SLOW:
		e->fault_log_slow = !gone;
		if (!gone)
			level_enter(e, LEVEL_HOLD, CAUSE_INTERLOCK, 0,
				    "the log is slow");
		break;
	case FAULT_LATE:
		if (gone)
			break;
		if (output_on(e, KNOWN_HEATER_OUTPUT) || atmosphere_reactive(e))
			level_enter(e, LEVEL_COOL, CAUSE_INTERLOCK, 0,
				    "the machine slept while the heater or a "
				    "reactive gas was on");
		break;
	}
}

static void dispatch(struct engine *e, const struct event *event)
{
	switch (event->type) {
	case EVENT_POLL: on_poll(e, event); break;
	case EVENT_LOST:
		/* Its readings grow old; the interlocks on age decide. */
		break;
	case EVENT_ANSWER: output_answer(e, event); break;
	case EVENT_FRAME: image_frame(e, event); break;
	case EVENT_COMMAND: command_do(e, &event->command); break;
	case EVENT_FAULT:
		on_fault(e, event->fault.fault, event->fault.gone);
		break;
	case EVENT_TIMEOUT: break;
	}
}

void engine_step(struct engine *e, const struct event *event,
		 struct actions *out)
{
	assert(!e->began || event->now > e->now);
	out->n = 0;
	e->out = out;
	e->now = event->now;
	e->again = false;
	if (!e->began) {
		e->began = true;
		e->start = event->now;
		level_start(e);
	}
	interlock_time(e);
	dispatch(e, event);
	level_progress(e);
	image_progress(e);
	run_progress(e);
	e->out = NULL;
}

/* A deadline that has passed was looked at in the step just made; what it
 * waits for now is an event. */
static nsec ahead(const struct engine *e, nsec t)
{
	return t > e->now ? t : NSEC_NEVER;
}

nsec engine_deadline(const struct engine *e)
{
	nsec t;

	if (!e->began)
		return NSEC_NEVER;
	if (e->again)
		return e->now + 1;
	t = ahead(e, interlock_deadline(e));
	t = nsec_min(t, ahead(e, level_deadline(e)));
	t = nsec_min(t, ahead(e, image_deadline(e)));
	return nsec_min(t, ahead(e, step_deadline(e)));
}

static nsec step_part_done(const struct engine *e, nsec now)
{
	const struct plan_step *s = run_step(e);

	if (!s)
		return 0;
	return nsec_min(nsec_max(now - e->step.began, 0), s->shortest);
}

static void status_progress(const struct engine *e, nsec now,
			    struct engine_status *out)
{
	const struct plan *p = e->run.plan;
	nsec done = e->run.done_shortest + step_part_done(e, now);

	out->done_shortest = nsec_max(p->shortest - done, 0);
	out->progress = p->shortest > 0
				? fmin(1.0, (double)done / (double)p->shortest)
				: 0.0;
}

void engine_status(const struct engine *e, nsec now, struct engine_status *out)
{
	const struct plan_step *s = run_step(e);

	*out = (struct engine_status){
		.state = e->state,
		.level = e->level,
		.latched = e->latched,
		.safe_confirmed = e->safe_confirmed,
		.cause = e->cause,
		.plan = e->run.plan,
		.run = e->run.id,
		.step = e->run.step,
		.run_began = e->run.began,
		.step_began = e->step.began,
		.setpoint = NAN,
		.images = e->run.images,
		.replace_waits = e->run.next_plan != NULL,
	};
	/* A switch alone is no heater. */
	if (known(e, KNOWN_HEATER) != ROLE_NONE &&
	    output_on(e, KNOWN_HEATER_OUTPUT))
		out->setpoint = e->outputs[known(e, KNOWN_HEATER)].value;
	if (!e->run.plan)
		return;
	status_progress(e, now, out);
	if (s && e->run.soaking) {
		out->soaked = e->run.soaked;
		if (s->kind == STEP_HOLD_END)
			out->soak_asked = s->hold.duration + e->run.extended;
	}
	out->asking = s && s->kind == STEP_ASK && run_active(e);
}

bool engine_reading(const struct engine *e, int role, double *value, nsec *t)
{
	const struct reading *r;

	if (role == ROLE_NONE)
		return false;
	assert((size_t)role < e->site->n_roles);
	r = &e->readings[role];
	if (!r->ever_good)
		return false;
	*value = r->good;
	*t = r->good_t;
	return true;
}

void engine_start_state(const struct engine *e, struct ledger *ledger,
			double *temperature)
{
	int heater = known(e, KNOWN_HEATER);

	*ledger = e->ledger;
	*temperature = heater != ROLE_NONE && fresh(e, heater)
			       ? e->readings[heater].value
			       : NAN;
}
