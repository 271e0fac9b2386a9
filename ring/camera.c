#include "ring/camera.h"

#include <stdio.h>

#include "base/array.h"
#include "base/text.h"
#include "ring/caption.h"
#include "ring/log.h"

void camera_init(struct camera *c)
{
	int role = c->call.plant->config->site.known[KNOWN_CAMERA];

	c->next = NSEC_NEVER;
	c->wanted = c->exposing = false;
	if (role != ROLE_NONE)
		c->call.instrument =
			c->call.plant->config->site.roles[role].poll;
	c->caption.call.plant = c->call.plant;
	c->caption.call.instrument = c->call.instrument;
}

static void feed_frame(struct camera *c, uint32_t image, bool ok)
{
	struct plant *p = c->call.plant;
	struct event event = { .now = p->clock->now, .type = EVENT_FRAME };

	event.frame.image = image;
	event.frame.ok = ok;
	event.frame.began = ok ? c->frame.began : event.now;
	event.frame.ended = ok ? c->frame.ended : event.now;
	p->feed(p->context, &event);
}

static void fail(struct camera *c, const char *why)
{
	struct plant *p = c->call.plant;
	char text[ERR_MSG_MAX + 64];

	c->exposing = false;
	c->next = c->wanted ? c->next : NSEC_NEVER;
	snprintf(text, sizeof(text), "image %u failed: %s",
		 (unsigned)c->request.image, why);
	log_warning("%s", text);
	journal_note(p->journal, p->clock->now, SEVERITY_WARNING, "daemon",
		     text);
	feed_frame(c, c->request.image, false);
}

/* The file that waits for its conditions. One that is being written to now
 * belongs to the bus. */
static void remember(struct camera *c)
{
	struct camera_caption *caption = &c->caption;

	if (caption->call.out)
		return;
	caption->image = c->frame.image;
	text_copy(caption->path, sizeof(caption->path),
		  c->frame.has_room ? c->frame.path : "");
	text_copy(caption->detector, sizeof(caption->detector),
		  c->frame.detector);
}

static void finish(struct camera *c)
{
	struct plant *p = c->call.plant;

	c->exposing = false;
	c->next = NSEC_NEVER;
	remember(c);
	if (c->frame.path[0]) {
		journal_frame_file(p->journal, c->frame.image, c->frame.path);
		if (c->file)
			c->file(c->context, p->clock->now, c->frame.image,
				c->frame.path);
	}
	feed_frame(c, c->frame.image, true);
}

/* Another frame may have been asked for while this call was out: then its
 * answer is about a frame that nobody waits for. */
static bool is_stale(const struct camera *c)
{
	return c->call.job.dropped || c->wanted || c->request.image != c->image;
}

static void on_frame(struct call *call)
{
	struct camera *c = (struct camera *)call;

	if (is_stale(c) || !c->exposing)
		return;
	if (call->status)
		fail(c, call->err.msg);
	else if (c->frame.done && c->frame.image == c->image)
		finish(c);
}

static int work_frame(struct call *call)
{
	struct camera *c = (struct camera *)call;

	return rig_frame(call->plant->rig, call->at, &c->frame, &call->err);
}

static void on_acquired(struct call *call)
{
	struct camera *c = (struct camera *)call;

	if (is_stale(c))
		return;
	if (call->status) {
		fail(c, call->err.msg);
		return;
	}
	c->exposing = true;
	c->next = call->plant->clock->now + CAMERA_PERIOD;
}

static int work_acquire(struct call *call)
{
	struct camera *c = (struct camera *)call;

	return rig_acquire(call->plant->rig, &c->request, call->at, &call->err);
}

static void start(struct camera *c)
{
	struct err err;

	c->wanted = false;
	c->next = NSEC_NEVER;
	snprintf(c->request_path, sizeof(c->request_path), "%s", c->path);
	text_copy(c->request_description, sizeof(c->request_description),
		  c->description);
	c->request = (struct frame_request){
		.image = c->image,
		.exposure_s = c->exposure_s,
		.path = c->request_path,
		.description = c->request_description,
	};
	c->call.work = work_acquire;
	c->call.done = on_acquired;
	if (call_submit(&c->call, &err))
		fail(c, err.msg);
}

static void describe(struct camera *c, const struct action *action)
{
	_cleanup_(text_free) struct text text = { 0 };
	const struct plant *p = c->call.plant;

	caption_ask(p->journal, action->acquire.image, action->acquire.step,
		    p->clock->now, &text);
	text_copy(c->description, sizeof(c->description), text_str(&text));
}

void camera_acquire(struct camera *c, const struct action *action, uint32_t run,
		    uint64_t batch)
{
	describe(c, action);
	c->wanted = true;
	c->exposing = false;
	c->next = NSEC_NEVER;
	c->batch = batch;
	c->image = action->acquire.image;
	c->exposure_s = action->acquire.exposure_s;
	c->path[0] = '\0';
	if (c->images && c->images[0])
		snprintf(c->path, sizeof(c->path),
			 "%.400s/run%04u_step%04u_img%04u", c->images,
			 (unsigned)run, (unsigned)action->acquire.step + 1,
			 (unsigned)c->image);
}

static int work_caption(struct call *call)
{
	const struct camera_caption *caption = (struct camera_caption *)call;

	return image_describe(caption->path, caption->text, &call->err);
}

/* The image is good all the same, and the log has its conditions. */
static void say_undescribed(struct plant *p, uint32_t image, const char *why)
{
	char text[ERR_MSG_MAX + 64];

	snprintf(text, sizeof(text),
		 "image %u: its file does not hold its conditions: %s",
		 (unsigned)image, why);
	log_warning("%s", text);
	journal_note(p->journal, p->clock->now, SEVERITY_WARNING, "daemon",
		     text);
}

static void on_captioned(struct call *call)
{
	const struct camera_caption *caption = (struct camera_caption *)call;

	if (call->status)
		say_undescribed(call->plant, caption->image, call->err.msg);
}

/* On the camera's bus, behind what waits there: the next frame cannot be
 * there before. */
void camera_complete(struct camera *c, const struct image_record *record)
{
	_cleanup_(text_free) struct text text = { 0 };
	struct camera_caption *caption = &c->caption;
	struct err err;

	if (!record->ok || caption->call.out || !caption->path[0] ||
	    caption->image != record->image)
		return;
	caption_print(c->call.plant->journal, record, caption->detector, &text);
	text_copy(caption->text, sizeof(caption->text), text_str(&text));
	caption->call.work = work_caption;
	caption->call.done = on_captioned;
	if (call_submit(&caption->call, &err))
		say_undescribed(c->call.plant, record->image, err.msg);
}

void camera_committed(struct camera *c, uint64_t batch, nsec now)
{
	if (c->wanted && c->next == NSEC_NEVER && c->batch <= batch)
		c->next = now;
}

void camera_due(struct camera *c, nsec now)
{
	struct err err;

	if (c->wanted) {
		if (!c->call.out)
			start(c);
		else
			c->next = now + CAMERA_PERIOD;
		return;
	}
	if (!c->exposing) {
		c->next = NSEC_NEVER;
		return;
	}
	c->next += ((now - c->next) / CAMERA_PERIOD + 1) * CAMERA_PERIOD;
	if (c->call.out)
		return;
	c->call.work = work_frame;
	c->call.done = on_frame;
	if (call_submit(&c->call, &err))
		fail(c, err.msg);
}
