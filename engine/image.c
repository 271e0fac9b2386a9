/*
 * Taking an image: unblank, read back; acquire, wait for the frame; blank,
 * read back. Runs beside the step that asked for it, so that a time lapse
 * does not stop its ramp. However it fails, the beam is blanked again; a beam
 * that does not blank is a reason to make everything safe.
 *
 * While the frame is exposed each reading of temperature, pressure, flow and
 * power goes into the image's conditions.
 */
#include <math.h>

#include "engine/state.h"

#define BLANK_TRIES 3

static const enum known_role sources[] = {
	KNOWN_HEATER,
	KNOWN_CELL_PRESSURE,
	KNOWN_CELL_FLOW,
	KNOWN_HEATER_POWER,
};

static double newest(const struct engine *e, size_t i)
{
	int role = known(e, sources[i]);

	return role != ROLE_NONE && fresh(e, role) ? e->readings[role].value
						   : NAN;
}

static void sums_begin(struct engine *e)
{
	for (size_t i = 0; i < 4; i++) {
		double v = newest(e, i);

		e->imaging.sums[i] = (struct condition_sum){
			.c = { v, v, v, v, v },
			.sum = isnan(v) ? 0.0 : v,
			.n = isnan(v) ? 0u : 1u,
		};
	}
}

static void sum_add(struct condition_sum *s, double v)
{
	if (isnan(v))
		return;
	s->c.min = s->n && s->c.min < v ? s->c.min : v;
	s->c.max = s->n && s->c.max > v ? s->c.max : v;
	s->sum += v;
	s->n++;
}

void image_sample(struct engine *e)
{
	if (e->imaging.phase != IMAGE_EXPOSING)
		return;
	for (size_t i = 0; i < 4; i++) {
		int role = known(e, sources[i]);

		if (role != ROLE_NONE && e->readings[role].t == e->now)
			sum_add(&e->imaging.sums[i], e->readings[role].value);
	}
}

static struct condition sum_end(const struct engine *e, size_t i)
{
	const struct condition_sum *s = &e->imaging.sums[i];
	struct condition c = s->c;

	c.mean = s->n ? s->sum / s->n : NAN;
	c.end = newest(e, i);
	return c;
}

static void conditions_end(struct engine *e)
{
	struct image_record *r = &e->imaging.record;

	r->temperature = sum_end(e, 0);
	r->pressure = sum_end(e, 1);
	r->flow = sum_end(e, 2);
	r->power = sum_end(e, 3);
}

static void set_beam(struct engine *e, double value)
{
	int beam = known(e, KNOWN_BEAM);

	if (beam != ROLE_NONE)
		output_set(e, beam, value, CAUSE_STEP, e->imaging.record.step,
			   value < 0.5);
}

static bool beam_arrived(const struct engine *e)
{
	int beam = known(e, KNOWN_BEAM);

	return beam == ROLE_NONE || !e->outputs[beam].waiting;
}

bool image_begin(struct engine *e, double exposure_s)
{
	struct imaging *im = &e->imaging;

	if (im->phase != IMAGE_IDLE)
		return false;
	*im = (struct imaging){
		.phase = IMAGE_UNBLANKING,
		.exposure_s = exposure_s,
		.deadline = e->now + e->site->defaults.settle,
		.record = {
			.image = ++e->run.images,
			.step = e->run.step,
			.unblanked = e->now,
		},
	};
	set_beam(e, 1.0);
	return true;
}

static void blank(struct engine *e)
{
	e->imaging.phase = IMAGE_BLANKING;
	e->imaging.deadline = e->now + e->site->defaults.settle;
	set_beam(e, 0.0);
}

static void acquire(struct engine *e)
{
	struct imaging *im = &e->imaging;
	struct action *a = emit(e, ACTION_ACQUIRE);
	double pressure = value_of(e, KNOWN_CELL_PRESSURE);
	double flow = value_of(e, KNOWN_CELL_FLOW);

	a->acquire.image = im->record.image;
	a->acquire.step = im->record.step;
	a->acquire.exposure_s = im->exposure_s;
	im->phase = IMAGE_EXPOSING;
	im->acquired = e->now;
	im->deadline = e->now + e->site->defaults.image_within +
		       nsec_from_s(im->exposure_s);
	im->record.transit_s = site_transit(e->site, pressure, flow);
	engine_gas(e, e->now, &im->record.inlet, &im->record.sample);
	sums_begin(e);
}

static void failed(struct engine *e, const char *why)
{
	say(e, SEVERITY_WARNING, "image", "image %u: %s",
	    e->imaging.record.image, why);
	e->imaging.record.ok = false;
	conditions_end(e);
	blank(e);
}

void image_frame(struct engine *e, const struct event *event)
{
	struct imaging *im = &e->imaging;

	if (im->phase != IMAGE_EXPOSING ||
	    event->frame.image != im->record.image)
		return;
	/* A frame begun before it was asked for is another one, come late. */
	if (event->frame.ok && event->frame.began < im->acquired) {
		failed(e, "the camera gave a frame from before");
		return;
	}
	if (!event->frame.ok) {
		failed(e, "the camera failed");
		return;
	}
	im->record.ok = true;
	im->record.began = event->frame.began;
	im->record.ended = event->frame.ended;
	conditions_end(e);
	blank(e);
}

static void finish(struct engine *e)
{
	struct action *a = emit(e, ACTION_IMAGE);

	e->imaging.record.blanked = e->now;
	a->image = e->imaging.record;
	e->imaging.phase = IMAGE_IDLE;
}

static void not_blanked(struct engine *e)
{
	struct imaging *im = &e->imaging;
	int valves = known(e, KNOWN_COLUMN_VALVES);

	if (e->level >= LEVEL_COOL) {
		/* The safe level goes on trying. */
		finish(e);
		return;
	}
	if (++im->tries < BLANK_TRIES) {
		say(e, SEVERITY_ALARM, "beam",
		    "the beam is not blanked: again");
		blank(e);
		return;
	}
	finish(e);
	if (valves != ROLE_NONE)
		output_set(e, valves, 0.0, CAUSE_INTERLOCK, 0, true);
	level_enter(e, LEVEL_COOL, CAUSE_INTERLOCK, 0,
		    "the beam cannot be blanked");
}

static void unblanking(struct engine *e)
{
	const struct output *o = known(e, KNOWN_BEAM) == ROLE_NONE
					 ? NULL
					 : &e->outputs[known(e, KNOWN_BEAM)];

	if (o && o->refused)
		failed(e, "the beam was not unblanked: refused");
	else if (beam_arrived(e))
		acquire(e);
	else if (e->now >= e->imaging.deadline)
		failed(e, "the beam was not unblanked in time");
}

void image_progress(struct engine *e)
{
	switch (e->imaging.phase) {
	case IMAGE_IDLE: break;
	case IMAGE_UNBLANKING: unblanking(e); break;
	case IMAGE_EXPOSING:
		if (e->now >= e->imaging.deadline)
			failed(e, "no frame came in time");
		break;
	case IMAGE_BLANKING:
		if (beam_arrived(e))
			finish(e);
		else if (e->now >= e->imaging.deadline)
			not_blanked(e);
		break;
	}
}

void image_cut(struct engine *e, const char *why)
{
	int beam = known(e, KNOWN_BEAM);

	if (e->imaging.phase == IMAGE_IDLE ||
	    e->imaging.phase == IMAGE_BLANKING)
		return;
	if (e->imaging.phase == IMAGE_EXPOSING)
		conditions_end(e);
	e->imaging.record.ok = false;
	e->imaging.phase = IMAGE_BLANKING;
	e->imaging.deadline = e->now + e->site->defaults.settle;
	say(e, SEVERITY_WARNING, "image", "image %u was cut off: %s",
	    e->imaging.record.image, why);
	if (beam != ROLE_NONE && e->outputs[beam].value != 0.0)
		set_beam(e, 0.0);
}

void image_abandon(struct engine *e, const char *why)
{
	image_cut(e, why);
	if (e->imaging.phase != IMAGE_IDLE)
		finish(e);
}

nsec image_deadline(const struct engine *e)
{
	return e->imaging.phase == IMAGE_IDLE ? NSEC_NEVER
					      : e->imaging.deadline;
}
