#include "ring/live.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "ring/camera.h"
#include "ring/instrument.h"
#include "ring/life.h"
#include "ring/log.h"
#include "ring/plant.h"
#include "ring/recorder.h"
#include "ring/setpoints.h"

/* Answers that come from inside an action: at most one for each setpoint and
 * the camera's. */
#define EVENTS_MAX (SETPOINTS_MAX + ENGINE_ACTIONS_MAX + 8)
#define CLOSE_MS 3000

struct live {
	struct live_setup setup;
	struct rig *rig;
	struct journal *journal;
	struct engine *engine;
	struct recorder *recorder;
	struct setpoints *setpoints;
	struct clock clock;
	struct plant plant;
	struct ring ring;
	struct camera camera;
	struct timer timer;
	uv_prepare_t prepare;
	size_t n_instruments;
	struct instrument instruments[POLLS_MAX];
	struct life life;
	bool turning; /* inside an action */
	size_t n_events;
	struct event events[EVENTS_MAX];
	/* What live_advances() saw when it was last asked. */
	uint64_t counts[CONFIG_BUSES_MAX + 1];
	unsigned stuck[CONFIG_BUSES_MAX + 1];
};

static void act(void *context, const struct action *action, nsec now)
{
	struct live *l = context;
	struct engine_status status;

	l->turning = true;
	switch (action->type) {
	case ACTION_SET:
		setpoints_set(l->setpoints, action, now,
			      recorder_batch(l->recorder));
		recorder_hurry(l->recorder);
		break;
	case ACTION_STATE:
		if (action->state.level >= LEVEL_COOL)
			setpoints_overtake(l->setpoints);
		break;
	case ACTION_ACQUIRE:
		engine_status(l->engine, now, &status);
		camera_acquire(&l->camera, action, status.run,
			       recorder_batch(l->recorder));
		recorder_hurry(l->recorder);
		break;
	case ACTION_IMAGE: camera_complete(&l->camera, &action->image); break;
	default: break;
	}
	l->turning = false;
}

static void seen(void *context, const struct event *event,
		 const struct actions *actions)
{
	struct live *l = context;

	/* What somebody was told is done should not get lost. */
	if (event->type == EVENT_COMMAND)
		recorder_hurry(l->recorder);
	if (l->setup.seen)
		l->setup.seen(l->setup.context, event, actions);
}

static void drain(struct live *l)
{
	/* Each may add others behind it. */
	for (size_t i = 0; i < l->n_events; i++) {
		struct event event = l->events[i];

		ring_feed(&l->ring, &event);
	}
	l->n_events = 0;
}

static void feed(void *context, const struct event *event)
{
	struct live *l = context;
	struct event copy = *event;

	if (l->turning) {
		assert(l->n_events < EVENTS_MAX);
		l->events[l->n_events++] = *event;
		return;
	}
	drain(l);
	ring_feed(&l->ring, &copy);
}

nsec live_now(struct live *l)
{
	return plant_now(&l->plant);
}

static void feed_fault(struct live *l, enum fault fault, bool gone)
{
	struct event event = { .now = live_now(l),
			       .type = EVENT_FAULT,
			       .fault = { fault, gone } };

	feed(l, &event);
}

static void on_fault(void *context, enum fault fault, bool gone)
{
	feed_fault(context, fault, gone);
}

static void on_committed(void *context, uint64_t batch)
{
	struct live *l = context;

	setpoints_committed(l->setpoints, batch);
	camera_committed(&l->camera, batch, l->clock.now);
	if (l->setup.committed)
		l->setup.committed(l->setup.context, batch);
}

static void on_log_failed(void *context, const struct err *err)
{
	struct live *l = context;

	setpoints_refuse(l->setpoints, err);
	if (l->setup.log_failed)
		l->setup.log_failed(l->setup.context, err->msg);
}

static nsec next_deadline(const struct live *l)
{
	nsec due = nsec_min(engine_deadline(l->engine), l->camera.next);

	for (size_t i = 0; i < l->n_instruments; i++)
		due = nsec_min(due, instrument_deadline(&l->instruments[i]));
	return due;
}

/* Elastic time never passes a deadline, so that only plain time is late. */
static void check_late(struct live *l, nsec now)
{
	char text[96], span[NSEC_ISO_MAX];
	nsec late = now - l->clock.due;

	if (l->clock.due == NSEC_NEVER || late <= LIVE_LATE)
		return;
	nsec_span(late, span);
	snprintf(text, sizeof(text), "the daemon did not run for %s", span);
	log_warning("%s", text);
	journal_note(l->journal, now, SEVERITY_WARNING, "clock", text);
	feed_fault(l, FAULT_LATE, false);
}

static void on_alarm(void *context)
{
	struct live *l = context;
	nsec now = live_now(l);

	check_late(l, now);
	ring_advance(&l->ring, now);
	for (size_t i = 0; i < l->n_instruments; i++)
		if (instrument_deadline(&l->instruments[i]) <= now)
			instrument_due(&l->instruments[i], now);
	if (l->camera.next <= now)
		camera_due(&l->camera, now);
}

/* The end of a turn of the loop. */
static void on_prepare(uv_prepare_t *prepare)
{
	struct live *l = prepare->data;

	life_turn(&l->life);
	drain(l);
	recorder_turn(l->recorder);
	if (l->setup.turned)
		l->setup.turned(l->setup.context);
	live_now(l);
	clock_set_due(&l->clock, next_deadline(l));
	timer_start_at(&l->timer, clock_alarm(&l->clock));
}

static void on_frame_file(void *context, nsec now, uint32_t image,
			  const char *path)
{
	struct live *l = context;

	if (l->setup.frame_file)
		l->setup.frame_file(l->setup.context, now, image, path);
}

static int make_recorder(struct live *l, struct err *err)
{
	const struct recorder_setup setup = {
		.loop = l->setup.loop,
		.timers = l->setup.timers,
		.store = l->setup.store,
		.journal = l->journal,
		.clock = &l->clock,
		.committed = on_committed,
		.failed = on_log_failed,
		.fault = on_fault,
		.context = l,
	};

	l->recorder = recorder_new(&setup, err);
	return l->recorder ? 0 : -1;
}

static int make_plant(struct live *l, struct err *err)
{
	l->plant = (struct plant){
		.config = l->setup.config,
		.rig = l->rig,
		.clock = &l->clock,
		.journal = l->journal,
		.feed = feed,
		.context = l,
	};
	if (plant_start(&l->plant, l->setup.loop, err))
		return -1;
	l->setpoints = setpoints_new(&l->plant);
	l->camera = (struct camera){
		.call = { .plant = &l->plant },
		.images = l->setup.images,
		.file = on_frame_file,
		.context = l,
	};
	camera_init(&l->camera);
	return 0;
}

static void make_ring(struct live *l)
{
	l->engine = engine_new(&l->setup.config->site, l->setup.interrupted);
	l->ring = (struct ring){
		.engine = l->engine,
		.journal = l->journal,
		.last = l->clock.now,
		.act = act,
		.seen = seen,
		.context = l,
	};
}

static void on_ready(void *context, bool confirmed)
{
	struct live *l = context;

	if (l->setup.ready)
		l->setup.ready(l->setup.context, confirmed);
}

static void on_stopped(void *context)
{
	struct live *l = context;

	if (l->setup.stopped)
		l->setup.stopped(l->setup.context);
}

static void start(struct live *l)
{
	uv_prepare_init(l->setup.loop, &l->prepare);
	l->prepare.data = l;
	uv_prepare_start(&l->prepare, on_prepare);
	l->n_instruments = l->setup.config->n_instruments;
	l->life = (struct life){
		.plant = &l->plant,
		.ring = &l->ring,
		.setpoints = l->setpoints,
		.instruments = l->instruments,
		.n_instruments = l->n_instruments,
		.ready = on_ready,
		.stopped = on_stopped,
		.context = l,
	};
	timer_init(&l->timer, l->setup.timers, on_alarm, l);
	life_begin(&l->life, l->setup.timers);
}

struct live *live_new(const struct live_setup *setup, struct problems *problems,
		      struct err *err)
{
	struct live *l = memory_zeroed(1, sizeof(*l));

	l->setup = *setup;
	clock_init(&l->clock, setup->real, setup->utc, setup->speed);
	/* The log's time may be ahead of the wall clock from the start. */
	l->clock.wall = clock_utc() - clock_real();
	l->rig = rig_new(setup->config, setup->seed, problems);
	if (!l->rig) {
		err_set(err, ERR_INVALID, "the configuration has mistakes");
		goto close_store;
	}
	l->journal = journal_new(setup->config, setup->store,
				 l->clock.utc_offset, err);
	if (!l->journal)
		goto free_rig;
	make_ring(l);
	if (make_recorder(l, err))
		goto free_engine;
	if (make_plant(l, err))
		goto close_recorder;
	start(l);
	return l;

close_recorder:
	recorder_close(l->recorder, CLOSE_MS);
	engine_free(l->engine);
	journal_free(l->journal);
	rig_free(l->rig);
	free(l);
	return NULL;
free_engine:
	engine_free(l->engine);
	journal_free(l->journal);
free_rig:
	rig_free(l->rig);
close_store:
	store_close(setup->store);
	free(l);
	return NULL;
}

struct ring *live_ring(struct live *l)
{
	return &l->ring;
}

const struct rig *live_rig(const struct live *l)
{
	return l->rig;
}

nsec live_utc_offset(const struct live *l)
{
	return l->clock.utc_offset;
}

uint32_t live_next_run(const struct live *l)
{
	return recorder_next_run(l->recorder);
}

void live_take_run(struct live *l)
{
	recorder_take_run(l->recorder);
}

uint64_t live_batch(struct live *l)
{
	recorder_hurry(l->recorder);
	return recorder_batch(l->recorder);
}

const char *live_log_state(const struct live *l)
{
	return recorder_state(l->recorder);
}

void live_missing(const struct live *l, struct text *out)
{
	for (size_t i = 0; i < l->n_instruments; i++) {
		if (l->instruments[i].up)
			continue;
		if (out->n)
			text_add(out, ", ");
		text_add(out, l->setup.config->instruments[i].name);
	}
}

void live_check_wall(struct live *l)
{
	nsec step = clock_wall_step(&l->clock, clock_real(), clock_utc());
	char text[160], span[NSEC_ISO_MAX];

	if (!step)
		return;
	nsec_span(step > 0 ? step : -step, span);
	snprintf(text, sizeof(text),
		 "the wall clock was set %s by %s; times "
		 "in the log go on as before",
		 step > 0 ? "forward" : "back", span);
	log_warning("%s", text);
	journal_note(l->journal, live_now(l), SEVERITY_WARNING, "clock", text);
}

/* Stuck: so many looks in a row one and the same job was being done. */
#define STUCK_LOOKS 10

static bool has_moved(struct live *l, size_t i, uint64_t count, bool busy)
{
	if (busy && count == l->counts[i])
		l->stuck[i]++;
	else
		l->stuck[i] = 0;
	l->counts[i] = count;
	return l->stuck[i] < STUCK_LOOKS;
}

bool live_advances(struct live *l)
{
	size_t n = l->setup.config->n_buses;
	bool busy, all = true;
	uint64_t count;

	for (size_t i = 0; i < n; i++) {
		count = worker_count(l->plant.buses[i], &busy);
		all = has_moved(l, i, count, busy) && all;
	}
	count = recorder_count(l->recorder, &busy);
	return has_moved(l, n, count, busy) && all;
}

void live_stop(struct live *l, nsec within)
{
	life_stop(&l->life, within);
}

bool live_close(struct live *l)
{
	for (size_t i = 0; i < l->n_instruments; i++) {
		l->instruments[i].next = NSEC_NEVER;
		l->instruments[i].turn.next = NSEC_NEVER;
	}
	if (!plant_stop(&l->plant, CLOSE_MS))
		return false;
	drain(l);
	if (!recorder_close(l->recorder, CLOSE_MS))
		return false;
	timer_stop(&l->timer);
	uv_close((uv_handle_t *)&l->prepare, NULL);
	life_close(&l->life);
	return true;
}

void live_free(struct live *l)
{
	if (!l)
		return;
	setpoints_free(l->setpoints);
	engine_free(l->engine);
	journal_free(l->journal);
	rig_free(l->rig);
	free(l);
}
