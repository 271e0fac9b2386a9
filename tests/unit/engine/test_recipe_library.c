/* The recipes that ship compile, from a cold start with unknown gas, and do
 * what docs and protocols promise. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "laboratory.h"

static const struct plan *shipped(void **state, const char *name)
{
	struct laboratory *l = *state;

	laboratory_compile_file(l, name);
	assert_string_equal(text_str(&l->said), "");
	assert_non_null(l->plan);
	return l->plan;
}

/* Targets of the ramps, then NAN. */
static void ramps_are(const struct plan *p, const double *targets, double rate)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < p->tail; i++) {
		if (p->steps[i].kind != STEP_RAMP)
			continue;
		assert_true(p->steps[i].ramp.target == targets[n++]);
		assert_true(p->steps[i].ramp.rate == rate);
	}
	assert_true(isnan(targets[n]));
}

static uint32_t count(const struct plan *p, enum step_kind kind)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < p->tail; i++)
		n += p->steps[i].kind == kind;
	return n;
}

static void p1_vacuum_anneal_stem(void **state)
{
	static const double targets[] = { 150, 200, 250, 300, 350, 400,
					  450, 500, 550, 600, 650, NAN };
	const struct plan *p = shipped(state, "vacuum-anneal-stem");

	ramps_are(p, targets, 20);
	assert_int_equal(p->n_images, 55);
	assert_int_equal(count(p, STEP_EQUILIBRATE), 11);
	assert_int_equal(p->steps[p->tail - 1].kind, STEP_COOL);
}

static void p2_vacuum_anneal_tem(void **state)
{
	const struct plan *p = shipped(state, "vacuum-anneal-tem");

	assert_int_equal(count(p, STEP_RAMP), 15);
	assert_int_equal(p->n_images, 15);
}

/* No image before the heater is off for good. */
static void p3_vacuum_anneal_eels(void **state)
{
	static const double targets[] = { 350, 450, 550, 650, 750, NAN };
	const struct plan *p = shipped(state, "vacuum-anneal-eels");

	ramps_are(p, targets, 20);
	assert_int_equal(count(p, STEP_IMAGE), 1);
	assert_true(laboratory_find(p, STEP_IMAGE, 0) >
		    laboratory_find(p, STEP_COOL, 0));
	assert_true(p->shortest > 2 * 3600 * NSEC_PER_S);
}

static void p4_clean_cell(void **state)
{
	const struct plan *p = shipped(state, "clean-cell");
	uint32_t last = laboratory_find(p, STEP_PURGE_PUMPED, 9);

	assert_int_equal(count(p, STEP_PURGE_FILLED), 10);
	assert_true(p->steps[last].purge.fill == 760);
	assert_true(p->steps[last].purge.base == 1);
}

static void p5_hydrogen_nitrogen(void **state)
{
	static const double targets[] = {
		150, 250, 350, 450, 550, 650, 750, NAN
	};
	const struct plan *p = shipped(state, "hydrogen-nitrogen");

	ramps_are(p, targets, 20);
	assert_int_equal(p->n_images, 6);
	assert_int_equal(p->steps[p->tail - 1].kind, STEP_COOL);
	/* 36.5 min of ramps, 70 min of holds, and the gas before. */
	assert_true(p->shortest > 106 * 60 * NSEC_PER_S);
}

static void p5_at_all_pressures(void **state)
{
	static const char *const pressures[] = { "50 Torr", "350 Torr",
						 "782 Torr" };
	struct laboratory *l = *state;

	for (size_t i = 0; i < ARRAY_SIZE(pressures); i++) {
		l->n_params = 0;
		laboratory_param(l, "pressure", pressures[i]);
		shipped(state, "hydrogen-nitrogen");
	}
}

static void p6_overnight(void **state)
{
	const struct plan *p = shipped(state, "overnight-pressure-series");

	assert_int_equal(count(p, STEP_PURGE_BEGIN), 4);
	assert_int_equal(p->n_images, 18);
	assert_true(p->shortest > 6 * 3600 * NSEC_PER_S);
	assert_true(p->shortest < 8 * 3600 * NSEC_PER_S);
}

static void p7_gas_chemistry(void **state)
{
	const struct plan *p = shipped(state, "gas-chemistry-series");

	assert_int_equal(p->n_images, 18);
	assert_true(p->gas_sccm_min[1] > 0 && p->gas_sccm_min[2] > 0 &&
		    p->gas_sccm_min[3] > 0);
}

static void p8_time_lapse(void **state)
{
	const struct plan *p = shipped(state, "time-lapse");

	assert_true(
		p->steps[laboratory_find(p, STEP_RAMP, 0)].ramp.image_every ==
		30 * NSEC_PER_S);
	assert_true(p->steps[laboratory_find(p, STEP_HOLD_END, 0)]
			    .hold.image_every == 30 * NSEC_PER_S);
}

int main(void)
{
#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, laboratory_setup,                   \
					laboratory_teardown)
	const struct CMUnitTest tests[] = {
		TEST(p1_vacuum_anneal_stem), TEST(p2_vacuum_anneal_tem),
		TEST(p3_vacuum_anneal_eels), TEST(p4_clean_cell),
		TEST(p5_hydrogen_nitrogen),  TEST(p5_at_all_pressures),
		TEST(p6_overnight),	     TEST(p7_gas_chemistry),
		TEST(p8_time_lapse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
