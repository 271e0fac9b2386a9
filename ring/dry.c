#include "ring/dry.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "drivers/image.h"
#include "ring/caption.h"
#include "ring/lost.h"

#define BATCH_RECORDS 50000
#define FRAME_PERIOD (100 * NSEC_PER_MS)
#define ANSWERS_MAX (4 * ENGINE_ACTIONS_MAX)

struct instrument {
	nsec poll;   /* next, on its grid */
	nsec reopen; /* next try; NSEC_NEVER: it is open */
	nsec turn;   /* of its own loop; NSEC_NEVER: it has none */
	nsec lost_at;
	unsigned failures; /* in a row */
};

struct dry {
	const struct config *config;
	struct store *store;
	struct rig *rig;
	struct journal *journal;
	struct engine *engine;
	struct desk *desk;
	struct ring ring;
	void (*seen)(void *context, const struct event *event,
		     const struct actions *actions);
	void *context;
	char images[CONFIG_PATH_MAX];
	uint32_t runs;
	struct instrument instruments[POLLS_MAX];
	nsec frame;		/* when to ask the camera; NSEC_NEVER */
	struct frame described; /* the newest, until its image is complete */
	uint32_t image;		/* that it takes */
	/* What the instruments said and the ring has not seen yet: a queue. */
	size_t first_answer, n_answers;
	struct event answers[ANSWERS_MAX];
	struct dry_counts counts;
};

static void answer(struct dry *d, const struct event *event)
{
	assert(d->n_answers < ANSWERS_MAX);
	d->answers[(d->first_answer + d->n_answers) % ANSWERS_MAX] = *event;
	d->n_answers++;
}

static void on_set(struct dry *d, const struct action *a, nsec now)
{
	struct event event = { .type = EVENT_ANSWER };
	struct err err = { 0 };

	journal_sent(d->journal, now, a->set.id);
	event.answer.set = a->set.id;
	event.answer.ok =
		!rig_write(d->rig, a->set.role, a->set.value, now, &err);
	event.answer.code = err.code;
	journal_answered(d->journal, now, a->set.id,
			 event.answer.ok ? NULL : &err);
	answer(d, &event);
	d->counts.sets++;
}

static void frame_failed(struct dry *d, uint32_t image, nsec now,
			 const struct err *err)
{
	struct event event = { .type = EVENT_FRAME };

	journal_note(d->journal, now, SEVERITY_WARNING, "link", err->msg);
	event.frame.image = image;
	event.frame.began = event.frame.ended = now;
	answer(d, &event);
}

static void on_acquire(struct dry *d, const struct action *a, nsec now)
{
	_cleanup_(text_free) struct text description = { 0 };
	char path[FRAME_PATH_MAX] = "";
	struct frame_request request = {
		.image = a->acquire.image,
		.exposure_s = a->acquire.exposure_s,
		.path = path,
	};
	struct err err;

	if (d->images[0])
		snprintf(path, sizeof(path), "%.400s/run%04u-image%04u",
			 d->images, (unsigned)d->runs, (unsigned)request.image);
	caption_ask(d->journal, request.image, a->acquire.step, now,
		    &description);
	request.description = text_str(&description);
	d->counts.frames++;
	if (rig_acquire(d->rig, &request, now, &err)) {
		frame_failed(d, request.image, now, &err);
		return;
	}
	d->image = request.image;
	d->frame = now + FRAME_PERIOD;
}

/* Its file gets its conditions. */
static void on_image(struct dry *d, const struct image_record *r, nsec now)
{
	_cleanup_(text_free) struct text caption = { 0 };
	struct err err;

	if (!r->ok || !d->described.has_room || d->described.image != r->image)
		return;
	caption_print(d->journal, r, d->described.detector, &caption);
	if (image_describe(d->described.path, text_str(&caption), &err))
		journal_note(d->journal, now, SEVERITY_WARNING, "daemon",
			     err.msg);
}

static void act(void *context, const struct action *action, nsec now)
{
	struct dry *d = context;

	if (action->type == ACTION_SET)
		on_set(d, action, now);
	else if (action->type == ACTION_ACQUIRE)
		on_acquire(d, action, now);
	else if (action->type == ACTION_IMAGE)
		on_image(d, &action->image, now);
}

/* The desk comes last: it frees plans that the others may look at. */
static void seen(void *context, const struct event *event,
		 const struct actions *actions)
{
	struct dry *d = context;

	d->counts.events++;
	if (d->seen)
		d->seen(d->context, event, actions);
	desk_seen(d->desk, actions);
}

static uint32_t next_run(void *context)
{
	const struct dry *d = context;

	return d->runs + 1;
}

static void take_run(void *context)
{
	struct dry *d = context;

	d->runs++;
}

static void feed(struct dry *d, struct event *event, nsec now)
{
	event->now = now;
	ring_feed(&d->ring, event);
}

void dry_settle(struct dry *d)
{
	while (d->n_answers) {
		struct event event = d->answers[d->first_answer];

		d->first_answer = (d->first_answer + 1) % ANSWERS_MAX;
		d->n_answers--;
		feed(d, &event, d->ring.last + 1);
	}
}

static void feed_lost(struct dry *d, size_t i, nsec now, enum err_code code)
{
	struct event event = { .type = EVENT_LOST };

	event.lost.poll = (uint16_t)i;
	event.lost.code = code;
	feed(d, &event, now);
}

static void lose(struct dry *d, size_t i, nsec now, const struct err *why)
{
	struct instrument *in = &d->instruments[i];

	if (in->lost_at < 0) {
		journal_note(d->journal, now, SEVERITY_WARNING, "link",
			     why->msg);
		in->lost_at = now;
	}
	rig_close(d->rig, i);
	in->reopen = now + d->config->instruments[i].retry_ms * NSEC_PER_MS;
	in->turn = NSEC_NEVER;
	in->failures = 0;
	feed_lost(d, i, now, why->code);
}

static void poll_failed(struct dry *d, size_t i, nsec now,
			const struct err *why)
{
	if (lost_after(++d->instruments[i].failures, why->code))
		lose(d, i, now, why);
	else
		feed_lost(d, i, now, why->code);
}

static void note_back(struct dry *d, size_t i, nsec now)
{
	struct instrument *in = &d->instruments[i];
	char text[128], span[NSEC_ISO_MAX];

	if (in->lost_at < 0)
		return;
	nsec_span(now - in->lost_at, span);
	snprintf(text, sizeof(text), "%s: back after %s",
		 d->config->instruments[i].name, span);
	journal_note(d->journal, now, SEVERITY_INFO, "link", text);
	in->lost_at = -1;
}

static void reopen(struct dry *d, size_t i, nsec now)
{
	struct instrument *in = &d->instruments[i];
	nsec period = d->config->site.polls[i].period;
	struct err err;

	if (rig_open(d->rig, i, now, &err)) {
		lose(d, i, now, &err);
		return;
	}
	note_back(d, i, now);
	in->reopen = NSEC_NEVER;
	in->poll = (now + period - 1) / period * period;
	in->turn = rig_has_turns(d->rig, i) ? now : NSEC_NEVER;
}

static void ask(struct dry *d, size_t i, nsec now)
{
	struct event event = { .type = EVENT_POLL };
	double values[DEVICE_CHANNELS_MAX];
	struct err err;

	event.poll.poll = (uint16_t)i;
	event.poll.value = values;
	if (rig_poll(d->rig, i, now, values, &event.poll.bad, &err)) {
		poll_failed(d, i, now, &err);
		return;
	}
	d->instruments[i].failures = 0;
	d->counts.values += d->config->site.polls[i].n;
	feed(d, &event, now);
}

static void poll(struct dry *d, size_t i, nsec now)
{
	d->instruments[i].poll += d->config->site.polls[i].period;
	ask(d, i, now);
}

static void turn(struct dry *d, size_t i, nsec now)
{
	struct err err = { 0 };
	nsec next = rig_turn(d->rig, i, now, &err);

	d->instruments[i].turn = nsec_max(next, now + 1);
	if (!err.code)
		return;
	journal_note(d->journal, now, SEVERITY_WARNING, "link", err.msg);
	ask(d, i, now);
}

static void serve(struct dry *d, size_t i, nsec now)
{
	const struct instrument *in = &d->instruments[i];

	if (in->reopen != NSEC_NEVER)
		reopen(d, i, now);
	else if (in->turn <= in->poll)
		turn(d, i, now);
	else
		poll(d, i, now);
}

static void ask_camera(struct dry *d, nsec now)
{
	struct event event = { .type = EVENT_FRAME };
	struct frame frame = { 0 };
	struct err err;

	d->frame = NSEC_NEVER;
	if (rig_frame(d->rig, now, &frame, &err)) {
		frame_failed(d, d->image, now, &err);
		return;
	}
	if (!frame.done) {
		d->frame = now + FRAME_PERIOD;
		return;
	}
	journal_frame_file(d->journal, frame.image, frame.path);
	d->described = frame;
	event.frame.image = frame.image;
	event.frame.ok = true;
	event.frame.began = frame.began;
	event.frame.ended = frame.ended;
	feed(d, &event, now);
}

/* The instrument that is due first (the lowest of equals), or -1 when the
 * camera is due before all of them. */
static int due(const struct dry *d, nsec *when)
{
	nsec first = d->frame;
	int which = -1;

	for (size_t i = 0; i < d->config->n_instruments; i++) {
		const struct instrument *in = &d->instruments[i];
		nsec t = in->reopen != NSEC_NEVER
				 ? in->reopen
				 : nsec_min(in->poll, in->turn);

		if (t < first) {
			first = t;
			which = (int)i;
		}
	}
	*when = first;
	return which;
}

nsec dry_next(struct dry *d)
{
	nsec first;

	due(d, &first);
	return nsec_min(first, ring_deadline(&d->ring));
}

int dry_commit(struct dry *d, struct err *err)
{
	struct batch *b = journal_batch(d->journal);

	if (!d->store || !batch_records(b))
		return 0;
	if (store_commit(d->store, b, err))
		return -1;
	batch_clear(b);
	return 0;
}

static int commit_if_long(struct dry *d, struct err *err)
{
	if (batch_records(journal_batch(d->journal)) < BATCH_RECORDS)
		return 0;
	return dry_commit(d, err);
}

static void deadline(struct dry *d, nsec when)
{
	ring_advance(&d->ring, nsec_max(when, d->ring.last + 1));
}

/* Time-outs go first, so that what they set reaches the instruments before
 * those are asked at a later time. */
int dry_turn(struct dry *d, struct err *err)
{
	nsec when, timeout = ring_deadline(&d->ring);
	int which = due(d, &when);
	nsec now = nsec_max(when, d->ring.last + 1);

	if (timeout <= now)
		deadline(d, timeout);
	else if (which < 0)
		ask_camera(d, now);
	else
		serve(d, (size_t)which, now);
	dry_settle(d);
	return commit_if_long(d, err);
}

int dry_until(struct dry *d, nsec until, struct err *err)
{
	while (dry_next(d) <= until)
		if (dry_turn(d, err))
			return -1;
	return 0;
}

nsec dry_now(const struct dry *d)
{
	return nsec_max(d->ring.last, 0);
}

struct desk *dry_desk(struct dry *d)
{
	return d->desk;
}

const struct engine *dry_engine(const struct dry *d)
{
	return d->engine;
}

const struct rig *dry_rig(const struct dry *d)
{
	return d->rig;
}

struct ring *dry_ring(struct dry *d)
{
	return &d->ring;
}

struct dry_counts dry_counts(const struct dry *d)
{
	return d->counts;
}

static void make_ring(struct dry *d, const struct dry_options *options)
{
	d->engine = engine_new(&d->config->site, options->interrupted);
	d->ring = (struct ring){
		.engine = d->engine,
		.journal = d->journal,
		.last = -1,
		.act = act,
		.seen = seen,
		.context = d,
	};
	d->desk = desk_new(d->config, &d->ring, options->seed,
			   &(struct desk_numbers){ next_run, take_run, d });
}

struct dry *dry_new(const struct dry_options *options,
		    struct problems *problems, struct err *err)
{
	struct dry *d = memory_zeroed(1, sizeof(*d));

	d->config = options->config;
	d->store = options->store;
	d->runs = d->store ? store_last_run(d->store) : 0;
	d->seen = options->seen;
	d->context = options->context;
	d->frame = NSEC_NEVER;
	if (options->images)
		text_copy(d->images, sizeof(d->images), options->images);
	for (size_t i = 0; i < d->config->n_instruments; i++)
		d->instruments[i] = (struct instrument){ .lost_at = -1 };
	d->rig = rig_new(d->config, options->seed, problems);
	if (!d->rig)
		goto fail;
	d->journal = journal_new(d->config, d->store, options->utc, err);
	if (!d->journal)
		goto fail;
	make_ring(d, options);
	for (size_t i = 0; i < d->config->n_instruments; i++)
		reopen(d, i, 0);
	dry_settle(d);
	return d;

fail:
	dry_free(d);
	return NULL;
}

void dry_free(struct dry *d)
{
	if (!d)
		return;
	desk_free(d->desk);
	engine_free(d->engine);
	journal_free(d->journal);
	rig_free(d->rig);
	free(d);
}
