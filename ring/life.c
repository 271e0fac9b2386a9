#include "ring/life.h"

#include <stddef.h>

#include "ring/log.h"

static void set_phase(struct life *l, enum life_phase phase)
{
	l->phase = phase;
	l->impatient = false;
}

static void on_impatient(void *context)
{
	struct life *l = context;

	l->impatient = true;
}

static void have_patience(struct life *l, nsec span)
{
	timer_start_in(&l->patience, span);
}

static bool all_tried(const struct life *l)
{
	for (size_t i = 0; i < l->n_instruments; i++)
		if (!l->instruments[i].tried)
			return false;
	return true;
}

/* The first event lets the engine command everything safe. This one says
 * what is so anyway: the log works. */
static void let_engine_begin(struct life *l)
{
	const struct event event = {
		.now = plant_now(l->plant),
		.type = EVENT_FAULT,
		.fault = { FAULT_LOG, true },
	};

	set_phase(l, LIFE_BEGINNING);
	l->plant->feed(l->plant->context, &event);
}

/* The polls are the read-back of what was commanded. */
static void begin_polls(struct life *l)
{
	nsec now = plant_now(l->plant);

	set_phase(l, LIFE_CONFIRMING);
	have_patience(l, LIFE_READY_WITHIN);
	for (size_t i = 0; i < l->n_instruments; i++)
		instrument_begin(&l->instruments[i], now);
}

static bool is_confirmed(const struct life *l)
{
	struct engine_status status;

	engine_status(l->ring->engine, l->plant->clock->now, &status);
	return status.safe_confirmed;
}

static void become_ready(struct life *l)
{
	set_phase(l, LIFE_READY);
	timer_stop(&l->patience);
	l->ready(l->context, is_confirmed(l));
}

static int work_safe(struct call *call)
{
	return rig_safe(call->plant->rig, call->instrument, call->at,
			&call->err);
}

/* Where in safe_calls it lies says whose it is. */
static struct life *life_of(struct call *call)
{
	return (struct life *)((char *)(call - call->instrument) -
			       offsetof(struct life, safe_calls));
}

static void on_safe(struct call *call)
{
	const struct config *config = call->plant->config;

	life_of(call)->n_safe_calls--;
	if (call->status)
		log_warning("%s may not be safe: %s",
			    config->instruments[call->instrument].name,
			    call->err.msg);
}

static void call_safe(struct life *l)
{
	set_phase(l, LIFE_CALLING_SAFE);
	have_patience(l, LIFE_SAFE_WITHIN);
	l->n_safe_calls = l->n_instruments;
	for (size_t i = 0; i < l->n_instruments; i++) {
		instrument_rest(&l->instruments[i]);
		l->safe_calls[i] = (struct call){
			.plant = l->plant,
			.instrument = i,
			.work = work_safe,
			.done = on_safe,
		};
		call_submit_first(&l->safe_calls[i], LINK_AT_ONCE);
	}
}

static void become_stopped(struct life *l)
{
	if (l->n_safe_calls)
		log_warning("%zu instruments did not answer: are they safe?",
			    l->n_safe_calls);
	set_phase(l, LIFE_STOPPED);
	timer_stop(&l->patience);
	l->stopped(l->context);
}

void life_begin(struct life *l, struct timers *timers)
{
	timer_init(&l->patience, timers, on_impatient, l);
	set_phase(l, LIFE_OPENING);
	have_patience(l, LIFE_OPEN_WITHIN);
	for (size_t i = 0; i < l->n_instruments; i++)
		instrument_init(&l->instruments[i], l->plant, i);
}

void life_turn(struct life *l)
{
	bool over = l->impatient;

	switch (l->phase) {
	case LIFE_OPENING:
		if (over || all_tried(l))
			let_engine_begin(l);
		break;
	case LIFE_BEGINNING:
		if (over || !setpoints_open(l->setpoints))
			begin_polls(l);
		break;
	case LIFE_CONFIRMING:
		if (over || is_confirmed(l))
			become_ready(l);
		break;
	case LIFE_STOPPING:
		if (over || (is_confirmed(l) && !setpoints_open(l->setpoints)))
			call_safe(l);
		break;
	case LIFE_CALLING_SAFE:
		if (over || !l->n_safe_calls)
			become_stopped(l);
		break;
	case LIFE_READY:
	case LIFE_STOPPED: break;
	}
}

void life_stop(struct life *l, nsec within)
{
	if (l->phase >= LIFE_STOPPING) {
		l->impatient = true;
		return;
	}
	set_phase(l, LIFE_STOPPING);
	have_patience(l, within);
}

void life_close(struct life *l)
{
	timer_stop(&l->patience);
}
