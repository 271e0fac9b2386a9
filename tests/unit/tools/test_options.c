#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "tools/options.h"

#define WORDS_MAX 16

struct given {
	const char *config;
	int64_t seed;
	double speed;
	bool json;
	struct options_params params;
	struct options_words words;
	struct err err;
	char copies[WORDS_MAX][64];
};

/* argv's strings are written to, so they are copied. Ends with NULL. */
static int read_words(struct given *g, const char *const *words)
{
	const struct option_row rows[] = {
		{ "config", 'c', "FILE", "the laboratory", .text = &g->config },
		{ "seed", 0, "N", "of the noise", .integer = &g->seed },
		{ "speed", 's', "X", "of the clock", .number = &g->speed },
		{ "json", 0, NULL, "for programs", .flag = &g->json },
		OPTION_PARAMS(&g->params),
	};
	const struct options options = {
		.name = "test",
		.words = "RECIPE",
		.min = 1,
		.max = 2,
		.summary = "A test.",
		.rows = rows,
		.n_rows = ARRAY_SIZE(rows),
	};
	char *argv[WORDS_MAX + 1] = { 0 };
	int argc;

	for (argc = 0; words[argc]; argc++) {
		assert_in_range(argc, 0, WORDS_MAX - 1);
		text_copy(g->copies[argc], sizeof(g->copies[argc]),
			  words[argc]);
		argv[argc] = g->copies[argc];
	}
	return options_read(&options, argc, argv, &g->words, &g->err);
}

#define READ(g, ...)                                                           \
	read_words(g, (const char *const[]){ "test", __VA_ARGS__, NULL })

static void values_follow_or_stand_in_the_same_word(void **state)
{
	struct given g = { 0 };

	(void)state;
	assert_int_equal(READ(&g, "--config", "a.yaml", "--seed=7", "-s2.5",
			      "--json", "night"),
			 0);
	assert_string_equal(g.config, "a.yaml");
	assert_int_equal(g.seed, 7);
	assert_true(g.speed == 2.5);
	assert_true(g.json);
	assert_int_equal(g.words.n, 1);
	assert_string_equal(g.words.v[0], "night");
}

static void what_is_not_named_stays(void **state)
{
	struct given g = { .config = "usual", .seed = 3 };

	(void)state;
	assert_int_equal(READ(&g, "night"), 0);
	assert_string_equal(g.config, "usual");
	assert_int_equal(g.seed, 3);
}

static void parameters_are_split_at_the_first_equals(void **state)
{
	struct given g = { 0 };

	(void)state;
	assert_int_equal(READ(&g, "night", "-p", "gas=N2=1", "--param=p=50"),
			 0);
	assert_int_equal(g.params.n, 2);
	assert_string_equal(g.params.v[0].name, "gas");
	assert_string_equal(g.params.v[0].value, "N2=1");
	assert_string_equal(g.params.v[1].value, "50");
}

static void the_same_parameter_again_replaces_it(void **state)
{
	struct given g = { 0 };

	(void)state;
	assert_int_equal(READ(&g, "night", "-pa=1", "-pa=2"), 0);
	assert_int_equal(g.params.n, 1);
	assert_string_equal(g.params.v[0].value, "2");
}

static void a_parameter_without_equals_is_refused(void **state)
{
	struct given g = { 0 };

	(void)state;
	assert_int_equal(READ(&g, "night", "-p", "pressure"), -1);
	assert_non_null(strstr(g.err.msg, "NAME=VALUE"));
}

static void an_unknown_option_names_the_nearest(void **state)
{
	struct given g = { 0 };

	(void)state;
	assert_int_equal(READ(&g, "--confg", "a", "night"), -1);
	assert_non_null(strstr(g.err.msg, "did you mean --config?"));
}

static void a_missing_value_is_refused(void **state)
{
	struct given g = { 0 };

	(void)state;
	assert_int_equal(READ(&g, "night", "--seed"), -1);
	assert_non_null(strstr(g.err.msg, "--seed needs a value"));
}

static void a_flag_takes_no_value(void **state)
{
	struct given g = { 0 };

	(void)state;
	assert_int_equal(READ(&g, "night", "--json=yes"), -1);
}

static void a_number_is_read_whole(void **state)
{
	struct given g = { 0 };

	(void)state;
	assert_int_equal(READ(&g, "night", "--seed", "7x"), -1);
	assert_int_equal(READ(&g, "night", "--seed", "-1"), -1);
	assert_int_equal(READ(&g, "night", "--speed", "nan"), -1);
}

static void words_have_a_least_and_a_most(void **state)
{
	struct given g = { 0 };

	(void)state;
	assert_int_equal(READ(&g, "--json"), -1);
	assert_non_null(strstr(g.err.msg, "RECIPE is missing"));
	assert_int_equal(READ(&g, "a", "b", "c"), -1);
}

static void two_dashes_end_the_options(void **state)
{
	struct given g = { 0 };

	(void)state;
	assert_int_equal(READ(&g, "--", "--json"), 0);
	assert_false(g.json);
	assert_string_equal(g.words.v[0], "--json");
}

static void help_needs_no_words(void **state)
{
	struct given g = { 0 };

	(void)state;
	assert_int_equal(READ(&g, "--help"), 1);
	assert_int_equal(READ(&g, "-h"), 1);
}

static void too_many_parameters_are_refused(void **state)
{
	struct options_params params = { 0 };
	const struct option_row rows[] = { OPTION_PARAMS(&params) };
	const struct options options = {
		.name = "test", .rows = rows, .n_rows = 1, .summary = ""
	};
	char pairs[RECIPE_PARAMS_MAX + 1][32];
	char *argv[RECIPE_PARAMS_MAX + 2] = { pairs[0] };
	struct options_words words;
	struct err err = { 0 };
	int i;

	(void)state;
	for (i = 0; i <= RECIPE_PARAMS_MAX; i++) {
		snprintf(pairs[i], sizeof(pairs[i]), "-pn%d=1", i);
		argv[i + 1] = pairs[i];
	}
	assert_int_equal(options_read(&options, RECIPE_PARAMS_MAX + 1, argv,
				      &words, &err),
			 0);
	for (i = 0; i <= RECIPE_PARAMS_MAX; i++)
		snprintf(pairs[i], sizeof(pairs[i]), "-pn%d=1", i);
	params.n = 0;
	assert_int_equal(options_read(&options, RECIPE_PARAMS_MAX + 2, argv,
				      &words, &err),
			 -1);
	assert_int_equal(err.code, ERR_FULL);
}

static void help_lists_every_option(void **state)
{
	_cleanup_(text_free) struct text out = { 0 };
	bool json;
	const struct option_row rows[] = {
		{ "json", 'j', NULL, "for programs", .flag = &json },
	};
	const struct options options = {
		.name = "test",
		.words = "RECIPE",
		.summary = "A test.",
		.rows = rows,
		.n_rows = 1,
	};

	(void)state;
	options_help(&options, &out);
	assert_non_null(strstr(out.s, "usage: gascelld test"));
	assert_non_null(strstr(out.s, "-j, --json"));
	assert_non_null(strstr(out.s, "for programs"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_follow_or_stand_in_the_same_word),
		cmocka_unit_test(what_is_not_named_stays),
		cmocka_unit_test(parameters_are_split_at_the_first_equals),
		cmocka_unit_test(the_same_parameter_again_replaces_it),
		cmocka_unit_test(a_parameter_without_equals_is_refused),
		cmocka_unit_test(an_unknown_option_names_the_nearest),
		cmocka_unit_test(a_missing_value_is_refused),
		cmocka_unit_test(a_flag_takes_no_value),
		cmocka_unit_test(a_number_is_read_whole),
		cmocka_unit_test(words_have_a_least_and_a_most),
		cmocka_unit_test(two_dashes_end_the_options),
		cmocka_unit_test(help_needs_no_words),
		cmocka_unit_test(too_many_parameters_are_refused),
		cmocka_unit_test(help_lists_every_option),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
