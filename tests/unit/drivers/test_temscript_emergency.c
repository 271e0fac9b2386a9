/* The driver of temscript's server: its emergency path. */
#include "scope.h"

/* -- the emergency path -------------------------------------------------- */

#define COIL 2

static void start_emergency(struct scope *s, char params[256])
{
	small_coils_start(&s->coils);
	snprintf(params, 256,
		 "{camera: BM-Ceta, reply: 200 ms, "
		 "emergency: {driver: modbus-coil, bus: {type: modbus-tcp, "
		 "host: 127.0.0.1, port: %u}, params: {coil: %d}}}",
		 s->coils.port, COIL);
	s->coils.coil[COIL] = true;
}

static void open_with_emergency(struct scope *s)
{
	struct err err = { 0 };
	char params[256];

	start_emergency(s, params);
	scope_open(s, params);
	assert_false(s->coils.coil[COIL]);
	assert_int_equal(scope_set(s, BEAM, 1.0, &err), 0);
	assert_true(s->coils.coil[COIL]);
}

static void close_with_emergency(struct scope *s)
{
	device_fini(&s->d.dev);
	small_coils_stop(&s->coils);
}

static void the_emergency_path_blanks_during_an_exposure(void **state)
{
	struct scope *s = *state;
	struct err err = { 0 };
	struct frame frame;

	open_with_emergency(s);
	pthread_mutex_lock(&s->shutter);
	one_start_frame(&s->d, 1.0, "");
	assert_int_equal(one_safe(&s->d, &err), 0);
	assert_false(s->coils.coil[COIL]);
	assert_false(s->blanked);
	scope_end_exposure(s, &frame);
	assert_true(scope_read(s, BEAM) == 0.0);
	assert_true(s->blanked);
	close_with_emergency(s);
}

static void the_emergency_path_blanks_when_the_server_refuses(void **state)
{
	struct scope *s = *state;
	struct err err = { 0 };

	open_with_emergency(s);
	s->refusals = 100;
	assert_int_equal(one_safe(&s->d, &err), -1);
	assert_non_null(strstr(err.msg, "emergency path"));
	assert_false(s->coils.coil[COIL]);
	s->refusals = 0;
	close_with_emergency(s);
}

static void the_emergency_path_blanks_when_the_server_is_gone(void **state)
{
	struct scope *s = *state;
	struct err err = { 0 };
	char params[256];

	start_emergency(s, params);
	s->cameras = "{}";
	assert_int_equal(one_try_open(&s->d, "temscript", params, &err), -1);
	assert_non_null(strstr(err.msg, "no camera BM-Ceta"));
	assert_false(s->coils.coil[COIL]);
	close_with_emergency(s);
}

/* Its word that it obeys is not enough. */
static void an_emergency_path_that_does_nothing_is_told_of(void **state)
{
	struct scope *s = *state;
	struct err err = { 0 };

	open_with_emergency(s);
	s->coils.is_stuck = true;
	s->refusals = 100;
	assert_int_equal(one_safe(&s->d, &err), -1);
	assert_non_null(strstr(err.msg, "emergency: it does not blank"));
	assert_true(s->coils.coil[COIL]);
	s->refusals = 0;
	s->coils.is_stuck = false;
	close_with_emergency(s);
}

static void an_ordinary_blank_leaves_the_emergency_path_alone(void **state)
{
	struct scope *s = *state;
	struct err err = { 0 };

	open_with_emergency(s);
	assert_int_equal(scope_set(s, BEAM, 0.0, &err), 0);
	assert_true(s->coils.coil[COIL]);
	close_with_emergency(s);
}

static void unblanking_lets_the_emergency_path_go(void **state)
{
	struct scope *s = *state;
	struct err err = { 0 };

	open_with_emergency(s);
	s->refusals = 3;
	assert_int_equal(one_safe(&s->d, &err), -1);
	assert_int_equal(scope_set(s, BEAM, 1.0, &err), 0);
	assert_true(s->coils.coil[COIL]);
	close_with_emergency(s);
}

static void an_emergency_path_has_to_be_a_blanker(void **state)
{
	struct scope *s = *state;

	scope_refused(s,
		      "{camera: BM-Ceta, emergency: {driver: sim-heater, "
		      "bus: {type: sim}}}",
		      ERR_INVALID, "is no blanker");
	/* The server was asked to, first of all. */
	assert_true(s->blanked);
}

#define T(f) cmocka_unit_test_setup_teardown(f, scope_begin, scope_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_emergency_path_blanks_during_an_exposure),
		T(the_emergency_path_blanks_when_the_server_refuses),
		T(the_emergency_path_blanks_when_the_server_is_gone),
		T(an_emergency_path_that_does_nothing_is_told_of),
		T(an_ordinary_blank_leaves_the_emergency_path_alone),
		T(unblanking_lets_the_emergency_path_go),
		T(an_emergency_path_has_to_be_a_blanker),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	quantity_fini();
	return failed;
}
