#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "cli/paths.h"

static int forget_environment(void **state)
{
	(void)state;
	unsetenv("XDG_RUNTIME_DIR");
	unsetenv("XDG_STATE_HOME");
	setenv("HOME", "/home/a", 1);
	return 0;
}

static void a_users_daemon_comes_before_the_systems(void **state)
{
	struct paths p;

	(void)state;
	setenv("XDG_RUNTIME_DIR", "/run/user/7", 1);
	paths_sockets(&p);
	assert_int_equal(p.n, 2);
	assert_string_equal(text_str(&p.v[0]), "/run/user/7/gascell/socket");
	assert_string_equal(text_str(&p.v[1]), PATHS_SYSTEM_SOCKET);
	paths_free(&p);
}

static void without_a_runtime_directory_it_is_beside_the_log(void **state)
{
	struct paths p;

	(void)state;
	paths_sockets(&p);
	assert_string_equal(text_str(&p.v[0]),
			    "/home/a/.local/state/gascell/socket");
	paths_free(&p);
}

static void the_log_is_in_the_state_directory(void **state)
{
	struct paths p;

	(void)state;
	setenv("XDG_STATE_HOME", "/s", 1);
	paths_databases(&p);
	assert_int_equal(p.n, 2);
	assert_string_equal(text_str(&p.v[0]), "/s/gascell/gascell.db");
	assert_string_equal(text_str(&p.v[1]), PATHS_SYSTEM_DATABASE);
	paths_free(&p);
}

static void without_a_home_only_the_systems_are_left(void **state)
{
	struct paths p;

	(void)state;
	unsetenv("HOME");
	paths_sockets(&p);
	assert_int_equal(p.n, 1);
	assert_string_equal(text_str(&p.v[0]), PATHS_SYSTEM_SOCKET);
	paths_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_users_daemon_comes_before_the_systems,
				       forget_environment),
		cmocka_unit_test_setup(
			without_a_runtime_directory_it_is_beside_the_log,
			forget_environment),
		cmocka_unit_test_setup(the_log_is_in_the_state_directory,
				       forget_environment),
		cmocka_unit_test_setup(without_a_home_only_the_systems_are_left,
				       forget_environment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
