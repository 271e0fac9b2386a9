/* An image: unblank, acquire, blank, with its conditions. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "plant.h"

static void take_one(struct plant *p)
{
	plant_step(p, STEP_IMAGE)->image.count = 1;
	plant_start(p);
}

static const struct image_record *record(const struct plant *p)
{
	for (size_t i = 0; i < p->actions.n; i++)
		if (p->actions.v[i].type == ACTION_IMAGE)
			return &p->actions.v[i].image;
	return NULL;
}

static void beam_is_on_only_around_the_exposure(void **state)
{
	struct plant *p = *state;

	take_one(p);
	assert_true(plant_saw(p, "set beam 1 (step 1)"));
	assert_false(plant_saw(p, "acquire"));
	plant_until(p, "acquire 1", 1);
	assert_true(p->value[BEAM] == 1.0);
	plant_until(p, "safe beam 0 (step 1)", 3);
	assert_false(plant_saw(p, "image 1 ok"));
	plant_until(p, "image 1 ok", 1);
	plant_until(p, "end complete", 1);
}

static void conditions_are_those_of_the_exposure(void **state)
{
	struct plant *p = *state;
	const struct image_record *r;

	p->follows = false;
	p->value[HEATER] = 300;
	plant_run(p, 1);
	take_one(p);
	plant_until(p, "acquire 1", 1);
	p->value[HEATER] = 304;
	plant_run(p, 0.5);
	p->value[HEATER] = 302;
	plant_until(p, "image 1 ok", 5);
	r = record(p);
	assert_non_null(r);
	assert_true(r->temperature.begin == 300);
	assert_true(r->temperature.max == 304);
	assert_true(r->temperature.min == 300);
	assert_true(r->temperature.end == 302);
	assert_true(r->temperature.mean > 302 && r->temperature.mean < 304);
	assert_true(r->ended - r->began == 2 * NSEC_PER_S - 1);
	assert_true(r->blanked > r->ended && r->unblanked < r->began);
}

static void several_images_keep_their_interval(void **state)
{
	struct plant *p = *state;
	struct plan_step *s = plant_step(p, STEP_IMAGE);
	nsec first;

	s->image.count = 3;
	s->image.every = 20 * NSEC_PER_S;
	plant_start(p);
	first = p->now;
	plant_until(p, "image 3 ok", 60);
	assert_true(nsec_to_s(p->now - first) > 40);
	assert_true(nsec_to_s(p->now - first) < 45);
	assert_int_equal(plant_status(p).images, 3);
}

static void a_time_lapse_does_not_stop_the_ramp(void **state)
{
	struct plant *p = *state;
	nsec began;

	plant_ramp(p, 121, 20)->ramp.image_every = 30 * NSEC_PER_S;
	plant_start(p);
	began = p->now;
	plant_until(p, "done 1 ramp", 400);
	assert_true(nsec_to_s(p->now - began) < 305);
	assert_in_range(plant_status(p).images, 9, 11);
}

static void a_hanging_camera_fails_the_image_not_the_run(void **state)
{
	struct plant *p = *state;

	p->camera_hangs = true;
	take_one(p);
	plant_until(p, "image 1: no frame came in time", 20);
	plant_until(p, "image 1 failed", 3);
	assert_true(p->value[BEAM] == 0.0);
	plant_until(p, "end complete", 1);
}

static void a_frame_from_before_is_not_taken(void **state)
{
	struct plant *p = *state;
	struct event late = { .type = EVENT_FRAME };
	struct actions out;

	p->camera_hangs = true;
	take_one(p);
	plant_until(p, "acquire 1", 1);
	late.now = p->now + 1;
	late.frame.image = 1;
	late.frame.ok = true;
	late.frame.began = p->now - NSEC_PER_S;
	engine_step(p->engine, &late, &out);
	p->now = late.now;
	for (size_t i = 0; i < out.n; i++)
		assert_true(out.v[i].type != ACTION_IMAGE ||
			    !out.v[i].image.ok);
}

static void a_beam_that_stays_on_makes_everything_safe(void **state)
{
	struct plant *p = *state;

	take_one(p);
	plant_until(p, "acquire 1", 1);
	p->deaf = true;
	plant_until(p, "the beam cannot be blanked", 30);
	assert_int_equal(plant_status(p).level, LEVEL_COOL);
	assert_false(plant_status(p).safe_confirmed);
}

static void a_trip_during_the_exposure_blanks(void **state)
{
	struct plant *p = *state;

	take_one(p);
	plant_until(p, "acquire 1", 1);
	p->value[COLUMN] = 1;
	plant_until(p, "end aborted", 1);
	assert_true(p->value[BEAM] == 0.0);
	assert_true(plant_saw(p, "image 1 failed"));
}

static void pause_waits_for_the_image(void **state)
{
	struct plant *p = *state;

	plant_step(p, STEP_IMAGE)->image.count = 1;
	p->steps[0].flags = STEP_BOUNDARY | STEP_SKIPPABLE;
	plant_wait(p, 5);
	plant_start(p);
	plant_until(p, "acquire 1", 1);
	assert_true(plant_say(p, COMMAND_PAUSE));
	assert_int_equal(plant_status(p).state, STATE_PAUSING);
	plant_until(p, "state paused", 5);
	assert_true(p->value[BEAM] == 0.0);
}

static struct plan_step *purge_step(struct plant *p, enum step_kind kind)
{
	struct plan_step *s = plant_step(p, kind);

	s->purge.cycle = 1;
	s->purge.cycles = 1;
	s->purge.gauge = OUTLET;
	s->purge.fill = 760;
	s->purge.base = 1;
	s->purge.residual_max = 2e-3;
	return s;
}

static void purge_plan(struct plant *p)
{
	purge_step(p, STEP_PURGE_BEGIN);
	purge_step(p, STEP_PURGE_FILLED);
	plant_wait(p, 5);
	purge_step(p, STEP_PURGE_PUMPED);
	purge_step(p, STEP_PURGE_END);
	p->value[CELL] = 760;
	plant_run(p, 1);
	plant_start(p);
	p->value[CELL] = 0;
}

static void a_purge_is_judged_on_the_gauge_that_resolves_it(void **state)
{
	struct plant *p = *state;

	p->value[OUTLET] = 0.95;
	purge_plan(p);
	plant_until(p,
		    "purge 1/1 ok: fill 760, base 0.95 (outlet_pressure), "
		    "residual 0.00125",
		    10);
	plant_until(p, "end complete", 1);
}

static void a_purge_that_misses_its_base_fails(void **state)
{
	struct plant *p = *state;

	p->value[OUTLET] = 4.2;
	purge_plan(p);
	plant_until(p, "did not reach its base: outlet_pressure reads 4.2", 10);
	assert_int_equal(plant_status(p).state, STATE_ABORTED);
}

static void gas_reaches_the_sample_after_its_transit(void **state)
{
	struct plant *p = *state;
	struct mixture inlet, sample;

	p->value[CELL] = 350;
	p->value[FLOW] = 0.1;
	p->value[AR] = 1;
	plant_run(p, 90);
	p->value[AR] = 0;
	plant_purged(p);
	p->value[H2] = 1;
	plant_run(p, 20);
	engine_gas(p->engine, p->now, &inlet, &sample);
	assert_true(inlet.x[1] == 1.0);
	assert_true(sample.x[3] == 1.0);
	plant_run(p, 15);
	engine_gas(p->engine, p->now, &inlet, &sample);
	assert_true(sample.x[1] == 1.0);
}

#define T(f)                                                                   \
	cmocka_unit_test_setup_teardown(f, plant_setup_booted, plant_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(beam_is_on_only_around_the_exposure),
		T(conditions_are_those_of_the_exposure),
		T(several_images_keep_their_interval),
		T(a_time_lapse_does_not_stop_the_ramp),
		T(a_hanging_camera_fails_the_image_not_the_run),
		T(a_frame_from_before_is_not_taken),
		T(a_beam_that_stays_on_makes_everything_safe),
		T(a_trip_during_the_exposure_blanks),
		T(pause_waits_for_the_image),
		T(a_purge_is_judged_on_the_gauge_that_resolves_it),
		T(a_purge_that_misses_its_base_fails),
		T(gas_reaches_the_sample_after_its_transit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
