#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "cli/options.h"

/* Words are copied, because options_read() takes parameters apart. */
#define READ(o, err, ...)                                                      \
	read_words(o, err, (const char *[]){ __VA_ARGS__, NULL })

static char words[16][64];

static int read_words(struct options *o, struct err *err,
		      const char *const *given)
{
	char *argv[17] = { words[0] };
	int n;

	for (n = 0; given[n]; n++) {
		text_copy(words[n], sizeof(words[n]), given[n]);
		argv[n + 1] = words[n];
	}
	return options_read(o, n + 1, argv, err);
}

static void expect_refused(const char *word, const char *value, const char *why)
{
	struct options o;
	struct err err;

	assert_int_equal(READ(&o, &err, word, value), -1);
	assert_non_null(strstr(err.msg, why));
}

static void options_stand_before_and_behind_the_verb(void **state)
{
	struct options o;
	struct err err;

	(void)state;
	assert_int_equal(READ(&o, &err, "--json", "start", "-s", "/x", "anneal",
			      "--label=chip 7", "-w"),
			 0);
	assert_true(o.json);
	assert_true(o.watch);
	assert_string_equal(o.socket, "/x");
	assert_string_equal(o.label, "chip 7");
	assert_int_equal(o.n_words, 2);
	assert_string_equal(o.words[0], "start");
	assert_string_equal(o.words[1], "anneal");
}

static void parameters_are_taken_apart_at_the_first_equals(void **state)
{
	struct options o;
	struct err err;

	(void)state;
	assert_int_equal(READ(&o, &err, "start", "-p", "a=b=c", "-pflow=1 sccm",
			      "--param=x="),
			 0);
	assert_int_equal(o.n_params, 3);
	assert_string_equal(o.params[0].name, "a");
	assert_string_equal(o.params[0].value, "b=c");
	assert_string_equal(o.params[1].value, "1 sccm");
	assert_string_equal(o.params[2].value, "");
}

static void the_same_parameter_again_replaces(void **state)
{
	struct options o;
	struct err err;

	(void)state;
	assert_int_equal(READ(&o, &err, "-p", "a=1", "-p", "b=2", "-p", "a=3"),
			 0);
	assert_int_equal(o.n_params, 2);
	assert_string_equal(o.params[0].value, "3");
}

static void negative_numbers_are_words(void **state)
{
	struct options o;
	struct text joined = { 0 };
	struct err err;

	(void)state;
	assert_int_equal(READ(&o, &err, "extend", "-5", "min"), 0);
	options_join(&o, 1, &joined);
	assert_string_equal(text_str(&joined), "-5 min");
	text_free(&joined);
}

static void behind_two_dashes_all_are_words(void **state)
{
	struct options o;
	struct err err;

	(void)state;
	assert_int_equal(READ(&o, &err, "answer", "--", "--json"), 0);
	assert_false(o.json);
	assert_string_equal(o.words[1], "--json");
}

static void mistakes_say_what_was_meant(void **state)
{
	(void)state;
	expect_refused("--labl", "x", "did you mean --label?");
	expect_refused("--json=yes", "x", "--json takes no value");
	expect_refused("-p", "pressure", "NAME=VALUE");
	expect_refused("-p", "=5", "NAME=VALUE");
	expect_refused("--last", "many", "--last: ");
	expect_refused("--last", "0", "--last: ");
	expect_refused("-q", "x", "there is no option -q");
	expect_refused("--socket=", "x", "--socket is empty");
	expect_refused("status", "--socket", "--socket needs a value: PATH");
}

static void a_verb_takes_its_own_options_only(void **state)
{
	struct options o;
	struct err err;

	(void)state;
	assert_int_equal(READ(&o, &err, "status", "--json", "-n", "3"), 0);
	assert_int_equal(options_check(&o, "runs", OPTION_LAST, &err), 0);
	assert_int_equal(options_check(&o, "status", 0, &err), -1);
	assert_string_equal(err.msg, "status does not take --last");
}

static void too_many_parameters_are_refused(void **state)
{
	static char pairs[OPTIONS_PARAMS_MAX + 1][16];
	char *argv[OPTIONS_PARAMS_MAX + 2], name[] = "gascellctl";
	struct options o;
	struct err err;
	int i;

	(void)state;
	argv[0] = name;
	for (i = 0; i <= OPTIONS_PARAMS_MAX; i++) {
		snprintf(pairs[i], sizeof(pairs[i]), "-pa%d=1", i);
		argv[i + 1] = pairs[i];
	}
	assert_int_equal(options_read(&o, OPTIONS_PARAMS_MAX + 1, argv, &err),
			 0);
	for (i = 0; i <= OPTIONS_PARAMS_MAX; i++)
		snprintf(pairs[i], sizeof(pairs[i]), "-pa%d=1", i);
	assert_int_equal(options_read(&o, OPTIONS_PARAMS_MAX + 2, argv, &err),
			 -1);
	assert_int_equal(err.code, ERR_FULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_stand_before_and_behind_the_verb),
		cmocka_unit_test(
			parameters_are_taken_apart_at_the_first_equals),
		cmocka_unit_test(the_same_parameter_again_replaces),
		cmocka_unit_test(negative_numbers_are_words),
		cmocka_unit_test(behind_two_dashes_all_are_words),
		cmocka_unit_test(mistakes_say_what_was_meant),
		cmocka_unit_test(a_verb_takes_its_own_options_only),
		cmocka_unit_test(too_many_parameters_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
