#include "plant.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "engine/state.h"
#include "engine/trace.h"

#define R ROLE_READ
#define RW (ROLE_READ | ROLE_WRITE)

static const struct role roles[PLANT_ROLES] = {
	[HEATER] = { "heater", QUANTITY_TEMPERATURE, RW, 20, 1000, 0.01, 0, 0.5,
		     SETPOINT, 0, 0, 0 },
	[SETPOINT] = { "heater.setpoint", QUANTITY_TEMPERATURE, R, 0, 0, 0, 0,
		       0, ROLE_NONE, 0, 0, 0 },
	[OUTPUT] = { "heater.output", QUANTITY_SWITCH, RW, 0, 1, 0, 0, 0.1,
		     OUTPUT, 0, 0, 0 },
	[POWER] = { "heater.power", QUANTITY_POWER, R, 0, 0, 0, 0, 0, ROLE_NONE,
		    0, 0, 0 },
	[CELL] = { "cell_pressure", QUANTITY_PRESSURE, R, 0, 0, 0.25, 1, 0,
		   ROLE_NONE, 1, 0, 0 },
	[OUTLET] = { "outlet_pressure", QUANTITY_PRESSURE, R, 0, 0, 0.0024, 0,
		     0, ROLE_NONE, 1, 0, 0 },
	[FLOW] = { "cell_flow", QUANTITY_FLOW, R, 0, 0, 0, 0, 0, ROLE_NONE, 1,
		   0, 0 },
	[H2] = { "gas.H2", QUANTITY_FLOW, RW, 0, 20, 0.01, 0, 0.1, H2, 1, 0,
		 0 },
	[O2] = { "gas.O2", QUANTITY_FLOW, RW, 0, 20, 0.01, 0, 0.1, O2, 1, 0,
		 0 },
	[AR] = { "gas.Ar", QUANTITY_FLOW, RW, 0, 20, 0.01, 0, 0.1, AR, 1, 0,
		 0 },
	[H2_VALVE] = { "valve.H2", QUANTITY_SWITCH, RW, 0, 1, 0, 0, 0.1,
		       H2_VALVE, 1, 0, 0 },
	[O2_VALVE] = { "valve.O2", QUANTITY_SWITCH, RW, 0, 1, 0, 0, 0.1,
		       O2_VALVE, 1, 0, 0 },
	[PUMP] = { "pump", QUANTITY_SWITCH, RW, 0, 1, 0, 0, 0.1, PUMP, 1, 0,
		   0 },
	[BEAM] = { "beam", QUANTITY_SWITCH, RW, 0, 1, 0, 0, 0.1, BEAM, 2, 0,
		   0 },
	[FRAME] = { "camera", QUANTITY_NUMBER, R, 0, 0, 0, 0, 0, ROLE_NONE, 2,
		    0, 0 },
	[COLUMN] = { "column_vacuum", QUANTITY_PRESSURE, R, 0, 0, 0, 0, 0,
		     ROLE_NONE, 2, 0, 0 },
};

static const struct poll polls[] = {
	{ "heater", 100 * NSEC_PER_MS, HEATER, 4 },
	{ "gasbox", 500 * NSEC_PER_MS, CELL, 9 },
	{ "microscope", 500 * NSEC_PER_MS, BEAM, 3 },
};

static const struct interlock interlocks[] = {
	{ "heater above 1000 °C", INTERLOCK_ABOVE, WHEN_HEATING, LEVEL_COOL,
	  HEATER, 1000, 0, 1, 1 },
	{ "heater above 950 °C", INTERLOCK_ABOVE, WHEN_HEATING, LEVEL_COOL,
	  HEATER, 950, 0, 2, 3 },
	{ "no heater reading", INTERLOCK_STALE, WHEN_ALWAYS, LEVEL_COOL, HEATER,
	  0, 300 * NSEC_PER_MS, 1, 1 },
	{ "no pressure reading", INTERLOCK_STALE, WHEN_ALWAYS, LEVEL_ISOLATE,
	  CELL, 0, 1500 * NSEC_PER_MS, 1, 1 },
	{ "no microscope", INTERLOCK_STALE, WHEN_ALWAYS, LEVEL_HOLD, BEAM, 0,
	  1500 * NSEC_PER_MS, 1, 1 },
	{ "column vacuum lost", INTERLOCK_ABOVE, WHEN_ALWAYS, LEVEL_ISOLATE,
	  COLUMN, 1e-3, 0, 1, 1 },
	{ "pump changed by hand", INTERLOCK_DIFFERS, WHEN_ALWAYS, LEVEL_HOLD,
	  PUMP, 0, NSEC_PER_S, 1, 1 },
};

static const struct role_value cool[] = {
	{ OUTPUT, 0 }, { BEAM, 0 },	{ H2, 0 },
	{ O2, 0 },     { H2_VALVE, 0 }, { O2_VALVE, 0 },
};

static const struct role_value isolate[] = {
	{ OUTPUT, 0 }, { BEAM, 0 },	{ H2, 0 },	 { O2, 0 },
	{ AR, 0 },     { H2_VALVE, 0 }, { O2_VALVE, 0 },
};

static void site_init(struct site *s)
{
	struct err err;
	int n;

	*s = (struct site){ .name = "test",
			    .n_roles = PLANT_ROLES,
			    .n_polls = 3 };
	memcpy(s->roles, roles, sizeof(roles));
	memcpy(s->polls, polls, sizeof(polls));
	memcpy(s->interlocks, interlocks, sizeof(interlocks));
	s->n_interlocks = ARRAY_SIZE(interlocks);
	gases_init(&s->gases);
	for (int i = 0; i < GAS_MAX; i++)
		s->gas_flow[i] = s->gas_valve[i] = ROLE_NONE;
	n = gases_add_known(&s->gases, "H2", &err) |
	    gases_add_known(&s->gases, "O2", &err) |
	    gases_add_known(&s->gases, "Ar", &err);
	assert_int_equal(n, 0);
	s->gas_flow[1] = H2;
	s->gas_flow[2] = O2;
	s->gas_flow[3] = AR;
	s->gas_valve[1] = H2_VALVE;
	s->gas_valve[2] = O2_VALVE;
	for (int i = 0; i < KNOWN_N; i++)
		s->known[i] = site_role(s, known_role_name((enum known_role)i));
	memcpy(s->safe[LEVEL_COOL].v, cool, sizeof(cool));
	s->safe[LEVEL_COOL].n = ARRAY_SIZE(cool);
	memcpy(s->safe[LEVEL_ISOLATE].v, isolate, sizeof(isolate));
	s->safe[LEVEL_ISOLATE].n = ARRAY_SIZE(isolate);
}

static void defaults_init(struct site *s)
{
	const double transit[6] = { 41.0706, 1184.39, -2288.09,
				    2533.44, 7.73936, 6.38112 };

	s->holder.ambient = 21;
	s->holder.conductance = 0.0011;
	memcpy(s->holder.transit, transit, sizeof(transit));
	s->defaults.ramp_period = 500 * NSEC_PER_MS;
	s->defaults.settle = 3 * NSEC_PER_S;
	s->defaults.image_within = 10 * NSEC_PER_S;
	s->defaults.step_within = 60 * NSEC_PER_S;
	s->gas_rule.residual_max = 1e-4;
	s->gas_rule.hot_limit = 100;
	s->gas_rule.flow_seen = 0.05;
	s->gas_rule.confirm = 500 * NSEC_PER_MS;
}

void plant_init(struct plant *p)
{
	*p = (struct plant){ .follows = true };
	site_init(&p->site);
	defaults_init(&p->site);
	p->plan = (struct plan){
		.name = "test",
		.steps = p->steps,
		.sets = p->sets,
		.conds = p->conds,
		.text = p->labels,
		.temperature_max = INFINITY,
		.pressure_max = INFINITY,
	};
	p->value[HEATER] = 21;
	p->value[CELL] = p->value[OUTLET] = 1;
	p->value[COLUMN] = 1e-7;
	p->now = NSEC_PER_S;
	for (size_t i = 0; i < 3; i++)
		p->next_poll[i] = p->now + (nsec)(i + 1);
}

void plant_fini(struct plant *p)
{
	engine_free(p->engine);
	text_free(&p->trace);
}

static void obey(struct plant *p, const struct action *a)
{
	if (p->deaf)
		return;
	if (a->set.role == HEATER)
		p->value[SETPOINT] = a->set.value;
	else
		p->value[a->set.role] = a->set.value;
}

static void feed(struct plant *p, struct event *event)
{
	uint32_t sets[ENGINE_ACTIONS_MAX];
	size_t n = 0;

	event->now = p->now = nsec_max(event->now, p->now + 1);
	engine_step(p->engine, event, &p->actions);
	for (size_t i = 0; i < p->actions.n; i++) {
		const struct action *a = &p->actions.v[i];
		struct text line = { 0 };

		trace_action(a, &p->site, p->plan.n_steps ? &p->plan : NULL,
			     &line);
		if (line.n)
			text_addf(&p->trace, "[%7.1f] %s\n", nsec_to_s(p->now),
				  text_str(&line));
		text_free(&line);
		if (a->type == ACTION_SET) {
			obey(p, a);
			sets[n++] = a->set.id;
		} else if (a->type == ACTION_ACQUIRE) {
			p->exposing = a->acquire.image;
			p->exposed_at = p->now + 2 * NSEC_PER_S;
		} else if (a->type == ACTION_RELEASE) {
			p->released++;
		}
	}
	for (size_t i = 0; i < n; i++) {
		struct event answer = { .type = EVENT_ANSWER };

		answer.answer.set = sets[i];
		answer.answer.ok = !p->deaf;
		feed(p, &answer);
	}
}

static void poll_now(struct plant *p, uint16_t i)
{
	struct event event = { .now = p->now, .type = EVENT_POLL };

	p->next_poll[i] += polls[i].period;
	if (p->silent[i]) {
		event.type = EVENT_LOST;
		event.lost.poll = i;
		feed(p, &event);
		return;
	}
	if (p->follows)
		p->value[HEATER] = p->value[OUTPUT] > 0.5
					   ? p->value[SETPOINT] - p->lag
					   : 21;
	event.poll.poll = i;
	event.poll.value = p->value + polls[i].first;
	feed(p, &event);
}

static void frame_now(struct plant *p)
{
	struct event event = { .now = p->now, .type = EVENT_FRAME };

	event.frame.image = p->exposing;
	event.frame.ok = true;
	event.frame.began = p->exposed_at - 2 * NSEC_PER_S + 1;
	event.frame.ended = p->exposed_at;
	p->exposing = 0;
	feed(p, &event);
}

/* The next thing that happens, at or before `end`. */
static bool advance(struct plant *p, nsec end)
{
	nsec t = engine_deadline(p->engine);
	int what = -1;
	struct event timeout = { .type = EVENT_TIMEOUT };

	for (int i = 0; i < 3; i++)
		if (p->next_poll[i] < t) {
			t = p->next_poll[i];
			what = i;
		}
	if (p->exposing && !p->camera_hangs && p->exposed_at < t) {
		t = p->exposed_at;
		what = 3;
	}
	if (t > end) {
		p->now = nsec_max(p->now, end);
		return false;
	}
	p->now = nsec_max(p->now, t);
	timeout.now = p->now;
	if (what < 0)
		feed(p, &timeout);
	else if (what == 3)
		frame_now(p);
	else
		poll_now(p, (uint16_t)what);
	return true;
}

void plant_run(struct plant *p, double seconds)
{
	nsec end = p->now + nsec_from_s(seconds);

	while (advance(p, end))
		;
}

bool plant_saw(const struct plant *p, const char *line)
{
	return strstr(text_str(&p->trace), line) != NULL;
}

void plant_until(struct plant *p, const char *line, double seconds)
{
	nsec end = p->now + nsec_from_s(seconds);

	while (!plant_saw(p, line))
		if (!advance(p, end))
			fail_msg("'%s' did not come:\n%s", line,
				 text_str(&p->trace));
}

void plant_forget(struct plant *p)
{
	text_clear(&p->trace);
}

void plant_boot(struct plant *p, bool interrupted)
{
	p->engine = engine_new(&p->site, interrupted);
	plant_until(p, "everything was read back safe", 10);
}

static uint32_t label(struct plant *p, const char *s)
{
	uint32_t at = (uint32_t)p->n_labels;

	p->n_labels += (size_t)snprintf(p->labels + at, sizeof(p->labels) - at,
					"%s", s) +
		       1;
	return at;
}

struct plan_step *plant_step(struct plant *p, enum step_kind kind)
{
	struct plan_step *s = &p->steps[p->plan.n_steps++];

	*s = (struct plan_step){ .kind = kind, .longest = NSEC_NEVER };
	s->text = label(p, step_kind_name(kind));
	s->section = p->plan.n_steps;
	s->flags = STEP_BOUNDARY | STEP_PAUSABLE | STEP_SKIPPABLE;
	p->plan.tail = p->plan.n_steps;
	return s;
}

struct plan_step *plant_ramp(struct plant *p, double target, double rate)
{
	struct plan_step *s = plant_step(p, STEP_RAMP);

	s->ramp.target = target;
	s->ramp.rate = rate;
	s->ramp.band = 2;
	s->ramp.holdback = 5;
	return s;
}

void plant_hold(struct plant *p, double target, double seconds)
{
	const enum step_kind parts[] = { STEP_HOLD_BEGIN, STEP_HOLD_END };

	for (size_t i = 0; i < 2; i++) {
		struct plan_step *s = plant_step(p, parts[i]);

		s->hold.target = target;
		s->hold.band = 2;
		s->hold.duration = nsec_from_s(seconds);
		s->hold.within = 2 * s->hold.duration + 60 * NSEC_PER_S;
	}
}

void plant_set(struct plant *p, int role, double value)
{
	struct plan_step *s = plant_step(p, STEP_SET);

	s->set.first = p->plan.n_sets;
	s->set.n = 1;
	p->sets[p->plan.n_sets++] =
		(struct role_value){ (uint16_t)role, value };
}

struct plan_step *plant_wait(struct plant *p, double seconds)
{
	struct plan_step *s = plant_step(p, STEP_WAIT);

	s->wait.lasting = nsec_from_s(seconds);
	s->wait.within = NSEC_NEVER;
	return s;
}

void plant_tail(struct plant *p)
{
	uint32_t tail = p->plan.n_steps;

	plant_step(p, STEP_NOTE);
	p->plan.tail = tail;
}

bool plant_command(struct plant *p, struct command command)
{
	struct event event = { .now = p->now, .type = EVENT_COMMAND };

	plant_forget(p);
	event.command = command;
	feed(p, &event);
	return plant_saw(p, "reply ok");
}

bool plant_say(struct plant *p, enum command_kind kind)
{
	return plant_command(p, (struct command){ .kind = kind, .id = 7 });
}

void plant_start(struct plant *p)
{
	bool ok = plant_command(p, (struct command){ .kind = COMMAND_START,
						     .plan = &p->plan,
						     .run = 1,
						     .id = 1 });

	if (!ok)
		fail_msg("not started:\n%s", text_str(&p->trace));
}

struct engine_status plant_status(const struct plant *p)
{
	struct engine_status status;

	engine_status(p->engine, p->now, &status);
	return status;
}

void plant_purged(struct plant *p)
{
	ledger_set(&p->engine->ledger, 3, 760.0);
}

int plant_setup(void **state)
{
	static struct plant p;

	plant_init(&p);
	*state = &p;
	return 0;
}

int plant_setup_booted(void **state)
{
	plant_setup(state);
	plant_boot(*state, false);
	return 0;
}

int plant_teardown(void **state)
{
	plant_fini(*state);
	return 0;
}
