/*
 * What each kind of step does: begin, is it finished, when does it want to be
 * looked at. A table, one row per kind. A step that cannot succeed calls
 * run_fail(), which ends it.
 */
#include <assert.h>
#include <math.h>
#include <stdio.h>

#include "base/text.h"
#include "engine/state.h"

struct kind {
	void (*begin)(struct engine *e, const struct plan_step *s);
	bool (*finished)(struct engine *e, const struct plan_step *s);
	nsec (*deadline)(const struct engine *e, const struct plan_step *s);
};

/* Nothing is energised without fresh readings on every guard: waits a little
 * for them, then fails. True when it may go on. */
static bool guarded(struct engine *e)
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
	snprintf(why, sizeof(why), "nothing is switched on without a good "
		 "reading of %s", blind->name);
	run_fail(e, why);
	return false;
}

/* ---- set ---- */

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

	if (set_energises(e, s) && !guarded(e))
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
	snprintf(why, sizeof(why), o->refused
		 ? "%s did not take %s" : "%s was set to %s but reads %s",
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
	return nsec_max(e->step.tick, e->step.began) +
	       e->site->defaults.settle;
}

/* ---- ramp ---- */

static void ramp_send(struct engine *e, double setpoint)
{
	output_set(e, known(e, KNOWN_HEATER), setpoint, CAUSE_STEP,
		   e->run.step, false);
}

static bool ramp_ready(struct engine *e)
{
	if (!guarded(e))
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
	int heater = known(e, KNOWN_HEATER), out = known(e, KNOWN_HEATER_OUTPUT);
	const struct output *o = &e->outputs[heater];
	bool on;

	if (!ramp_ready(e))
		return;
	on = out == ROLE_NONE ? !isnan(o->value)
			      : e->outputs[out].value > 0.5;
	e->step.from = on && !isnan(o->value) ? o->value
		: clamp(e->readings[heater].value, &e->site->roles[heater]);
	if (!on) {
		ramp_send(e, e->step.from);
		if (out != ROLE_NONE)
			output_set(e, out, 1.0, CAUSE_STEP, e->run.step,
				   false);
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
			say(e, SEVERITY_INFO, "ramp", "the temperature has "
			    "caught up: the ramp goes on");
		e->step.behind_since = -1;
	} else if (e->step.behind_since < 0) {
		say(e, SEVERITY_WARNING, "ramp", "the temperature is behind: "
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
		? e->step.began + e->site->defaults.settle : e->step.tick;
}

/* ---- hold ---- */

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

/* ---- cool ---- */

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
	int heater = known(e, KNOWN_HEATER), out = known(e, KNOWN_HEATER_OUTPUT);
	char reads[QUANTITY_TEXT_MAX] = "nothing", why[ACTION_TEXT_MAX];

	if (fresh(e, heater) && e->readings[heater].value <= s->cool.below &&
	    (out == ROLE_NONE || !e->outputs[out].waiting))
		return true;
	if (e->now - e->step.began < s->cool.within)
		return false;
	if (!isnan(e->readings[heater].value))
		quantity_format(QUANTITY_TEMPERATURE,
				e->readings[heater].value, reads);
	snprintf(why, sizeof(why), "it does not cool: the heater reads %s",
		 reads);
	run_fail(e, why);
	return false;
}

static nsec cool_deadline(const struct engine *e, const struct plan_step *s)
{
	return nsec_after(e->step.began, s->cool.within);
}

/* ---- equilibrate ---- */

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
	snprintf(why, sizeof(why), "no equilibrium: %s K/min, %s Torr/min, "
		 "%s mW/min%s", t, p, h, atmosphere_arrived(e)
		 ? "" : ", the gas has not reached the sample");
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

	return least > e->now ? least
			      : nsec_after(e->step.began,
					   s->equilibrate.at_most);
}

/* ---- wait ---- */

static void wait_begin(struct engine *e, const struct plan_step *s)
{
	(void)s;
	e->step.true_since = -1;
	e->run.extended = 0;
}

static const struct cond *cond_missing(const struct engine *e,
				       const struct plan_step *s)
{
	const struct cond *c = e->run.plan->conds + s->wait.first;

	for (uint32_t i = 0; i < s->wait.n; i++) {
		double v = e->readings[c[i].role].value;
		bool met = c[i].op == COND_BELOW ? v <= c[i].value
						 : v >= c[i].value;

		if (!met || !fresh(e, c[i].role))
			return &c[i];
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
		quantity_format(r->quantity, e->readings[c->role].value,
				reads);
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

/* ---- image ---- */

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
	e->step.next_image = nsec_max(e->step.next_image + s->image.every,
				      e->now);
	return false;
}

static nsec image_step_deadline(const struct engine *e,
				const struct plan_step *s)
{
	return e->imaging.phase == IMAGE_IDLE && e->step.images < s->image.count
		? e->step.next_image : NSEC_NEVER;
}

/* ---- ask, note ---- */

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
	say(e, SEVERITY_WARNING, "prompt", "nobody answered in time: taken as "
	    "'%s'", plan_text(e->run.plan, s->ask.choice[s->ask.otherwise]));
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
	say(e, SEVERITY_INFO, "note", "%s", plan_label(e->run.plan,
						       e->run.step));
}

/* ---- purge ---- */

static void purge_emit(struct engine *e, const struct plan_step *s,
		       uint32_t cycle, double base, bool ok)
{
	struct action *a = emit(e, ACTION_PURGE);

	a->purge = (struct purge_record){
		.cycle = cycle,
		.cycles = s->purge.cycles,
		.gauge = s->purge.gauge,
		.fill = e->run.purge_fill,
		.base = base,
		.residual = e->run.residual,
		.ok = ok,
	};
}

static void purge_begin(struct engine *e, const struct plan_step *s)
{
	(void)s;
	e->run.residual = 1.0;
	e->run.purge_fill = NAN;
}

/* The gauge the fill is judged on: any gauge resolves hundreds of Torr. */
static void purge_filled(struct engine *e, const struct plan_step *s)
{
	double p = value_of(e, KNOWN_CELL_PRESSURE);
	char why[ACTION_TEXT_MAX], reads[NUMBER_TEXT_MAX] = "nothing";

	if (known(e, KNOWN_CELL_PRESSURE) == ROLE_NONE)
		p = e->readings[s->purge.gauge].value;
	e->run.purge_fill = p;
	if (p >= 0.95 * s->purge.fill)
		return;
	if (!isnan(p))
		number_print_fixed(p, 1, reads);
	snprintf(why, sizeof(why), "purge cycle %u was filled to %s Torr only",
		 s->purge.cycle, reads);
	run_fail(e, why);
}

static void purge_pumped(struct engine *e, const struct plan_step *s)
{
	const struct role *gauge = &e->site->roles[s->purge.gauge];
	double base = e->readings[s->purge.gauge].value;
	char why[ACTION_TEXT_MAX], reads[NUMBER_TEXT_MAX] = "nothing";
	bool ok = base <= s->purge.base && e->run.purge_fill > 0.0;

	if (ok) {
		/* A reading of zero proves no more than the gauge resolves. */
		base = fmax(base, gauge->resolution);
		e->run.residual *= fmin(base / e->run.purge_fill, 1.0);
		ledger_pressure(&e->ledger, base, gauge->resolution, false);
	}
	purge_emit(e, s, s->purge.cycle, base, ok);
	if (ok)
		return;
	if (!isnan(base))
		number_print_digits(base, 3, reads);
	snprintf(why, sizeof(why), "purge cycle %u did not reach its base: %s "
		 "reads %s Torr", s->purge.cycle, gauge->name, reads);
	run_fail(e, why);
}

static void purge_end(struct engine *e, const struct plan_step *s)
{
	bool ok = e->run.residual <= s->purge.residual_max;
	char reads[NUMBER_TEXT_MAX], why[ACTION_TEXT_MAX];

	purge_emit(e, s, 0, NAN, ok);
	if (ok)
		return;
	number_print_digits(e->run.residual, 3, reads);
	snprintf(why, sizeof(why), "the purge left a fraction of %s", reads);
	run_fail(e, why);
}

static bool at_once(struct engine *e, const struct plan_step *s)
{
	(void)e;
	(void)s;
	return true;
}

static const struct kind kinds[STEP_KIND_N] = {
	[STEP_SET] = { set_send, set_finished, settle_deadline },
	[STEP_RAMP] = { ramp_begin, ramp_finished, ramp_deadline },
	[STEP_HOLD_BEGIN] = { hold_begin, at_once, NULL },
	[STEP_HOLD_END] = { hold_end_begin, hold_finished, hold_deadline },
	[STEP_COOL] = { cool_begin, cool_finished, cool_deadline },
	[STEP_EQUILIBRATE] = { equilibrate_begin, equilibrate_finished,
			       equilibrate_deadline },
	[STEP_WAIT] = { wait_begin, wait_finished, wait_deadline },
	[STEP_IMAGE] = { image_step_begin, image_step_finished,
			 image_step_deadline },
	[STEP_ASK] = { ask_begin, ask_finished, ask_deadline },
	[STEP_NOTE] = { note_begin, at_once, NULL },
	[STEP_PURGE_BEGIN] = { purge_begin, at_once, NULL },
	[STEP_PURGE_FILLED] = { purge_filled, at_once, NULL },
	[STEP_PURGE_PUMPED] = { purge_pumped, at_once, NULL },
	[STEP_PURGE_END] = { purge_end, at_once, NULL },
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
	kinds[s->kind].begin(e, s);
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
	return kinds[s->kind].finished(e, s) &&
	       e->imaging.phase == IMAGE_IDLE;
}

nsec step_deadline(const struct engine *e)
{
	const struct plan_step *s = run_step(e);
	nsec t = NSEC_NEVER;

	if (!s || !run_clock_runs(e))
		return NSEC_NEVER;
	if (kinds[s->kind].deadline)
		t = kinds[s->kind].deadline(e, s);
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
