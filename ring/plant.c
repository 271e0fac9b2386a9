#include "ring/plant.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>

#include "drivers/bus.h"

#define CALL_OF(j) ((struct call *)((char *)(j)-offsetof(struct call, job)))

nsec plant_now(struct plant *p)
{
	return clock_at(p->clock, clock_real());
}

int plant_start(struct plant *p, uv_loop_t *loop, struct err *err)
{
	for (size_t i = 0; i < p->config->n_buses; i++) {
		char name[16];

		snprintf(name, sizeof(name), "bus %.11s",
			 p->config->buses[i].name);
		p->buses[i] = worker_new(loop, name, PLANT_QUEUE_MAX, err);
		if (!p->buses[i]) {
			plant_stop(p, 1000);
			return -1;
		}
	}
	return 0;
}

bool plant_stop(struct plant *p, uint64_t timeout_ms)
{
	bool all = true;

	for (size_t i = 0; i < p->config->n_buses; i++) {
		struct worker *bus = p->buses[i];

		if (!bus)
			continue;
		/* Gone already for what its last answers bring about. */
		p->buses[i] = NULL;
		if (worker_stop(bus, timeout_ms))
			worker_free(bus);
		else
			all = false;
	}
	return all;
}

static struct bus *bus_of(const struct call *call)
{
	const struct rig *rig = call->plant->rig;

	return rig_bus(rig, rig_bus_of(rig, call->instrument));
}

static void on_work(struct job *job)
{
	struct call *call = CALL_OF(job);

	call->at = clock_published(call->plant->clock);
	if (call->first) {
		bus_resume(bus_of(call), call->hurry);
		bus_urgent(bus_of(call), true);
	}
	call->status = call->work(call);
	if (call->first)
		bus_urgent(bus_of(call), false);
}

/* The time is taken before the hold ends: it is the answer's. */
static void on_done(struct job *job)
{
	struct call *call = CALL_OF(job);

	plant_now(call->plant);
	clock_release(call->plant->clock, &call->hold);
	call->out = false;
	if (job->dropped && call->first)
		bus_resume(bus_of(call), call->hurry);
	if (job->dropped)
		call->status = err_set(&call->err, ERR_STATE,
				       "overtaken before it was sent");
	call->done(call);
}

static struct worker *prepare(struct call *call)
{
	struct plant *p = call->plant;

	assert(!call->out && call->work && call->done);
	call->job = (struct job){ .work = on_work, .done = on_done };
	call->err = (struct err){ 0 };
	call->first = false;
	return p->buses[rig_bus_of(p->rig, call->instrument)];
}

/* While the buses stop one after another, what the last answers bring about
 * can still be meant for one that is gone. */
static int refuse(const struct call *call, struct err *err)
{
	const struct config *config = call->plant->config;

	return err_set(err, ERR_STATE, "%s: its bus was stopped",
		       config->instruments[call->instrument].name);
}

int call_submit(struct call *call, struct err *err)
{
	struct worker *bus = prepare(call);

	if (!bus)
		return refuse(call, err);
	if (worker_submit(bus, &call->job, err))
		return -1;
	call->out = true;
	clock_hold(call->plant->clock, &call->hold);
	return 0;
}

void call_submit_first(struct call *call, enum link_hurry hurry)
{
	struct worker *bus = prepare(call);

	if (!bus) {
		call->job.dropped = true;
		call->status = refuse(call, &call->err);
		call->done(call);
		return;
	}
	call->out = true;
	call->first = true;
	call->hurry = hurry;
	clock_hold(call->plant->clock, &call->hold);
	/* Before it is queued: nothing else can begin in between. */
	bus_interrupt(bus_of(call), hurry);
	worker_submit_first(bus, &call->job);
}

bool call_drop(struct call *call)
{
	struct plant *p = call->plant;
	struct worker *bus = p->buses[rig_bus_of(p->rig, call->instrument)];

	assert(call->out);
	return bus && worker_drop(bus, &call->job);
}
