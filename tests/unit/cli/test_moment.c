#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdlib.h>
#include <time.h>

#include "base/array.h"
#include "cli/moment.h"

/* 2026-11-22 07:35:32 UTC */
#define NOW (INT64_C(1795332932) * NSEC_PER_S)

static int setup(void **state)
{
	(void)state;
	setenv("TZ", "UTC", 1);
	tzset();
	return 0;
}

static void moments_are_read(void **state)
{
	static const struct {
		const char *s;
		int64_t seconds; /* from NOW */
	} cases[] = {
		{ "now", 0 },
		{ "2 h", -7200 },
		{ "0.5 min", -30 },
		{ "07:35:00", -32 },
		{ "07:35", -32 },
		{ "22:00", -9 * 3600 - 35 * 60 - 32 },
		{ "2026-11-22 07:35:32", 0 },
		{ "2026-11-22 07:35", -32 },
		{ "2026-11-22T07:35:32", 0 },
		{ "2026-11-22T07:35:32Z", 0 },
		{ "2026-11-21", -86400 - 7 * 3600 - 35 * 60 - 32 },
	};
	struct err err;
	size_t i;
	nsec t;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(moment_parse(cases[i].s, NOW, &t, &err), 0);
		assert_int_equal((t - NOW) / NSEC_PER_S, cases[i].seconds);
	}
}

static void what_is_no_moment_is_refused(void **state)
{
	static const char *const wrong[] = { "",  "soon",   "25:00", "-2 h",
					     "2", "07:35x", "2 Torr" };
	struct err err;
	size_t i;
	nsec t;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_int_equal(moment_parse(wrong[i], NOW, &t, &err), -1);
		assert_non_null(strstr(err.msg, "14:30"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moments_are_read),
		cmocka_unit_test(what_is_no_moment_is_refused),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
