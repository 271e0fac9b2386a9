#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "laboratory.h"

static const struct site *site_of(void **state)
{
	return &((struct laboratory *)*state)->site;
}

static void roles_are_found_by_name(void **state)
{
	const struct site *s = site_of(state);

	assert_string_equal(s->roles[site_role(s, "valve.O2")].name,
			    "valve.O2");
	assert_int_equal(site_role(s, "valve.CO"), ROLE_NONE);
}

static void gauge_must_resolve_the_base(void **state)
{
	const struct site *s = site_of(state);

	assert_int_equal(site_gauge_for(s, 760), s->known[KNOWN_CELL_PRESSURE]);
	assert_int_equal(site_gauge_for(s, 13.5),
			 s->known[KNOWN_CELL_PRESSURE]);
	assert_int_equal(site_gauge_for(s, 13.4),
			 s->known[KNOWN_OUTLET_PRESSURE]);
	assert_int_equal(site_gauge_for(s, 1), s->known[KNOWN_OUTLET_PRESSURE]);
	assert_int_equal(site_gauge_for(s, 0.02), ROLE_NONE);
}

static void flow_pressures_give_pressure_and_flow(void **state)
{
	const struct site *s = site_of(state);
	double in, out;
	struct err err;

	assert_int_equal(site_flow_pressures(s, 350, 0.1, &in, &out, &err), 0);
	assert_true(fabs(sqrt((in * in + out * out) / 2) - 350) < 1e-9);
	assert_true(fabs((in - out) * 1.33322368421053 * 0.0011 - 0.1) < 1e-9);
}

static void no_flow_needs_no_difference(void **state)
{
	double in, out;
	struct err err;

	assert_int_equal(
		site_flow_pressures(site_of(state), 350, 0, &in, &out, &err),
		0);
	assert_true(fabs(in - 350) < 1e-9 && fabs(out - 350) < 1e-9);
}

static void more_than_passes_is_refused(void **state)
{
	const struct site *s = site_of(state);
	double in, out, most = site_flow_most(s, 50);
	struct err err;

	assert_int_equal(site_flow_pressures(s, 50, most, &in, &out, &err), 0);
	assert_true(out < 1e-3);
	assert_int_equal(
		site_flow_pressures(s, 50, most * 1.001, &in, &out, &err), -1);
	assert_int_equal(err.code, ERR_RANGE);
	assert_int_equal(site_flow_pressures(s, 50, NAN, &in, &out, &err), -1);
	assert_int_equal(site_flow_pressures(s, 50, -0.1, &in, &out, &err), -1);
}

/* At 0.1 sccm: 10, 32 and 64 s, as the vendor publishes. */
static void transit_is_as_published(void **state)
{
	const struct site *s = site_of(state);

	assert_true(fabs(site_transit(s, 50, 0.1) - 10) < 0.5);
	assert_true(fabs(site_transit(s, 350, 0.1) - 32) < 0.5);
	assert_true(fabs(site_transit(s, 782, 0.1) - 64) < 0.5);
}

static void nothing_arrives_without_flow(void **state)
{
	assert_true(isinf(site_transit(site_of(state), 350, 0)));
	assert_true(isinf(site_transit(site_of(state), 350, NAN)));
}

static void names_are_there(void **state)
{
	(void)state;
	assert_string_equal(level_name(LEVEL_COOL), "cool");
	assert_string_equal(phase_name(PHASE_FLOW), "flow");
	assert_string_equal(known_role_name(KNOWN_HEATER_POWER),
			    "heater.power");
	assert_string_equal(step_kind_name(STEP_RAMP), "ramp");
}

int main(void)
{
#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, laboratory_setup,                   \
					laboratory_teardown)
	const struct CMUnitTest tests[] = {
		TEST(roles_are_found_by_name),
		TEST(gauge_must_resolve_the_base),
		TEST(flow_pressures_give_pressure_and_flow),
		TEST(no_flow_needs_no_difference),
		TEST(more_than_passes_is_refused),
		TEST(transit_is_as_published),
		TEST(nothing_arrives_without_flow),
		TEST(names_are_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
