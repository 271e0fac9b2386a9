/* The driver of temscript's server: its readings and its beam. */
#include "scope.h"

/* -- open, readings ------------------------------------------------------ */

static void opening_blanks_the_beam(void **state)
{
	struct scope *s = *state;

	scope_open_usual(s);
	assert_true(s->blanked);
}

static void an_unknown_camera_is_refused_with_those_there_are(void **state)
{
	scope_refused(*state, "{camera: Orius}", ERR_NOT_FOUND,
		      "there is BM-Ceta, EF-CCD");
}

static void a_detector_is_looked_for_among_detectors(void **state)
{
	scope_refused(*state, "{detector: BM-Ceta}", ERR_NOT_FOUND,
		      "there is HAADF");
}

static void another_microscope_is_not_touched(void **state)
{
	struct scope *s = *state;

	scope_refused(s, "{camera: BM-Ceta, expect: {family: TALOS}}",
		      ERR_IDENTITY, "family is TITAN, not TALOS");
	assert_int_equal(s->n_blanks, 0);
}

static void unknown_keys_are_refused(void **state)
{
	scope_refused(*state, "{camera: BM-Ceta, gaugge: IGPco}", ERR_INVALID,
		      "site.yaml:1:");
}

static void a_camera_has_to_be_named(void **state)
{
	scope_refused(*state, "{gauge: IGPco}", ERR_INVALID, "camera");
}

static void reads_all_channels(void **state)
{
	struct scope *s = *state;
	double values[N_CHANNELS];

	s->valves = true;
	scope_open_usual(s);
	scope_poll(s, values);
	assert_true(values[BEAM] == 0.0);
	assert_true(fabs(values[COLUMN_VACUUM] - 1e-7) < 1e-12);
	assert_true(values[COLUMN_VALVES] == 1.0);
	assert_true(values[FRAME] == 0.0);
	assert_true(values[EXPOSING] == 0.0);
}

static void without_a_gauge_the_worst_counts(void **state)
{
	struct scope *s = *state;

	scope_open(s, "{camera: BM-Ceta}");
	assert_true(fabs(scope_read(s, COLUMN_VACUUM) - 1.0) < 1e-5);
}

static void overflow_is_no_value(void **state)
{
	struct scope *s = *state;

	s->gauges = "{\"IGPco\":\"OVERFLOW\"}";
	scope_open_usual(s);
	assert_true(isnan(scope_read(s, COLUMN_VACUUM)));
}

static void underflow_is_no_value_unless_the_site_says_one(void **state)
{
	struct scope *s = *state;

	s->gauges = "{\"IGPco\":\"UNDERFLOW\"}";
	scope_open_usual(s);
	assert_true(isnan(scope_read(s, COLUMN_VACUUM)));
}

static void underflow_is_what_the_site_says(void **state)
{
	struct scope *s = *state;

	s->gauges = "{\"IGPco\":\"UNDERFLOW\"}";
	scope_open(s, "{camera: BM-Ceta, gauge: IGPco, underflow: 1e-9 Torr}");
	assert_true(scope_read(s, COLUMN_VACUUM) == 1e-9);
}

static void a_gauge_that_is_not_there_is_no_value(void **state)
{
	struct scope *s = *state;

	s->gauges = "{}";
	scope_open_usual(s);
	assert_true(isnan(scope_read(s, COLUMN_VACUUM)));
}

/* -- the beam ------------------------------------------------------------ */

static void the_beam_is_unblanked_and_blanked(void **state)
{
	struct scope *s = *state;
	struct err err = { 0 };

	scope_open_usual(s);
	assert_int_equal(scope_set(s, BEAM, 1.0, &err), 0);
	assert_true(scope_read(s, BEAM) == 1.0);
	assert_int_equal(scope_set(s, BEAM, 0.0, &err), 0);
	assert_true(scope_read(s, BEAM) == 0.0);
}

static void a_refused_blank_is_repeated(void **state)
{
	struct scope *s = *state;
	struct err err = { 0 };

	scope_open_usual(s);
	assert_int_equal(scope_set(s, BEAM, 1.0, &err), 0);
	s->refusals = 2;
	assert_int_equal(one_safe(&s->d, &err), 0);
	assert_true(s->blanked);
}

static void a_blank_refused_for_ever_is_an_error(void **state)
{
	struct scope *s = *state;
	struct err err = { 0 };

	scope_open_usual(s);
	assert_int_equal(scope_set(s, BEAM, 1.0, &err), 0);
	s->refusals = 100;
	assert_int_equal(one_safe(&s->d, &err), -1);
	assert_int_equal(err.code, ERR_STATE);
	s->refusals = 0;
}

static void the_column_valves_are_set(void **state)
{
	struct scope *s = *state;
	struct err err = { 0 };

	scope_open_usual(s);
	assert_int_equal(scope_set(s, COLUMN_VALVES, 1.0, &err), 0);
	assert_true(scope_read(s, COLUMN_VALVES) == 1.0);
	assert_int_equal(scope_set(s, COLUMN_VALVES, 0.0, &err), 0);
	assert_true(scope_read(s, COLUMN_VALVES) == 0.0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, scope_begin, scope_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(opening_blanks_the_beam),
		T(an_unknown_camera_is_refused_with_those_there_are),
		T(a_detector_is_looked_for_among_detectors),
		T(another_microscope_is_not_touched),
		T(unknown_keys_are_refused),
		T(a_camera_has_to_be_named),
		T(reads_all_channels),
		T(without_a_gauge_the_worst_counts),
		T(overflow_is_no_value),
		T(underflow_is_no_value_unless_the_site_says_one),
		T(underflow_is_what_the_site_says),
		T(a_gauge_that_is_not_there_is_no_value),
		T(the_beam_is_unblanked_and_blanked),
		T(a_refused_blank_is_repeated),
		T(a_blank_refused_for_ever_is_an_error),
		T(the_column_valves_are_set),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	quantity_fini();
	return failed;
}
