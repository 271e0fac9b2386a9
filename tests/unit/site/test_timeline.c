#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "engine/recipe.h"
#include "site/timeline.h"

struct bench {
	struct config *config;
	struct plan *plan;
	struct text out;
};

static int make_bench(void **state)
{
	struct bench *b = memory_zeroed(1, sizeof(*b));
	struct problems problems = { 0 };

	b->config = config_load(NULL, &problems);
	problems_free(&problems);
	*state = b;
	return b->config ? 0 : -1;
}

static int free_bench(void **state)
{
	struct bench *b = *state;

	plan_free(b->plan);
	config_free(b->config);
	text_free(&b->out);
	free(b);
	return 0;
}

static void compile(struct bench *b, const char *text)
{
	struct recipe_source source = { .text = text,
					.n = strlen(text),
					.file = "test.yaml" };
	struct recipe_start start = { .temperature = (double)NAN };
	struct problems problems = { 0 };

	ledger_init(&start.ledger, 760.0);
	b->plan = recipe_compile(&source, &b->config->site, &start, &problems);
	if (!b->plan) {
		problems_print(&problems, &b->out);
		print_error("%s", text_str(&b->out));
	}
	problems_free(&problems);
	assert_non_null(b->plan);
}

static bool prints(const struct bench *b, const char *words)
{
	bool found = strstr(text_str(&b->out), words);

	if (!found)
		print_error("no '%s' in:\n%s", words, text_str(&b->out));
	return found;
}

#define RAMPS                                                                  \
	"recipe: two ramps\n"                                                  \
	"steps:\n"                                                             \
	"  - evacuate\n"                                                       \
	"  - ramp: {to: 321 °C, rate: 10 °C/min}\n"                          \
	"  - ramp: {to: 621 °C, rate: 10 °C/min}\n"

static void a_step_starts_when_those_before_it_are_done(void **state)
{
	struct bench *b = *state;

	compile(b, RAMPS);
	timeline_print(b->config, b->plan, false, &b->out);
	assert_true(prints(b, "two ramps\n"));
	assert_true(prints(b, "ramp to 321 °C"));
	/* 76 s of pumping, then 300 K at 10 K/min. */
	assert_true(prints(b, "   0:01:16  30 min"));
	assert_true(prints(b, "   0:31:16  30 min"));
}

static void a_section_is_one_line_unless_all_is_asked_for(void **state)
{
	struct bench *b = *state;

	compile(b, RAMPS);
	timeline_print(b->config, b->plan, false, &b->out);
	assert_true(prints(b, "steps)"));
	text_clear(&b->out);
	timeline_print(b->config, b->plan, true, &b->out);
	assert_null(strstr(b->out.s, "steps)"));
	assert_true(prints(b, "valve.pump on"));
}

static void rows_tell_where_each_section_begins(void **state)
{
	struct bench *b = *state;

	compile(b, RAMPS);
	timeline_rows(b->plan, &b->out);
	assert_true(prints(b, "[{\"step\":1,"));
	assert_true(prints(b, "\"seconds\":76,"));
	assert_true(prints(b, "\"start\":76,\"seconds\":1800,"));
	assert_true(prints(b, "\"tail\":false,\"label\":\"ramp to 621 "));
}

static void rows_of_a_long_plan_are_few(void **state)
{
	struct bench *b = *state;
	size_t n = 0;
	char *s;

	compile(b, "recipe: many\n"
		   "steps:\n"
		   "  - repeat:\n"
		   "      times: 500\n"
		   "      steps:\n"
		   "        - wait: 1 s\n"
		   "        - wait: 2 s\n");
	timeline_rows(b->plan, &b->out);
	for (s = b->out.s; (s = strstr(s, "\"step\":")); s++)
		n++;
	assert_in_range(n, TIMELINE_ROWS_MAX / 2, TIMELINE_ROWS_MAX);
	assert_true(prints(b, " more)\"}]"));
}

static void totals_say_images_and_disk(void **state)
{
	struct bench *b = *state;
	struct forecast forecast;

	compile(b, "recipe: three\nsteps:\n  - image: {count: 3}\n");
	forecast_make(b->config, b->plan, &forecast);
	timeline_totals(b->config, b->plan, &forecast, &b->out);
	assert_true(prints(b, "3 images"));
	assert_true(prints(b, "1.6 MB of images"));
	assert_true(prints(b, "of log"));
}

static void totals_say_the_gas(void **state)
{
	struct bench *b = *state;
	struct forecast forecast;

	compile(b, "recipe: argon\nsteps:\n"
		   "  - atmosphere: {gas: {Ar: 1}, pressure: 300 Torr}\n");
	forecast_make(b->config, b->plan, &forecast);
	timeline_totals(b->config, b->plan, &forecast, &b->out);
	assert_true(prints(b, "Ar "));
	assert_true(prints(b, " mL"));
}

static void a_disk_too_small_is_a_warning(void **state)
{
	struct bench *b = *state;
	struct forecast forecast;

	compile(b, RAMPS);
	forecast_make(b->config, b->plan, &forecast);
	forecast.room = 1000;
	timeline_totals(b->config, b->plan, &forecast, &b->out);
	assert_true(prints(b, "warning: only 1.0 kB are free"));
}

static void a_wait_without_a_bound_has_no_longest_time(void **state)
{
	struct bench *b = *state;
	struct forecast forecast;

	compile(b, RAMPS);
	b->plan->longest = NSEC_NEVER;
	forecast_make(b->config, b->plan, &forecast);
	assert_true(forecast.log_longest < 0);
	timeline_totals(b->config, b->plan, &forecast, &b->out);
	assert_true(prints(b, " or more"));
}

static void sizes_are_short(void **state)
{
	static const struct {
		int64_t bytes;
		const char *shown;
	} cases[] = {
		{ 0, "0.0 kB" },	  { 9400000, "9.4 MB" },
		{ 11960000, "12 MB" },	  { 999900, "1.0 MB" },
		{ 85000000000, "85 GB" },
	};
	char shown[FORECAST_SIZE_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		forecast_size(cases[i].bytes, shown);
		assert_string_equal(shown, cases[i].shown);
	}
}

#define with_bench(test)                                                       \
	cmocka_unit_test_setup_teardown(test, make_bench, free_bench)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_bench(a_step_starts_when_those_before_it_are_done),
		with_bench(a_section_is_one_line_unless_all_is_asked_for),
		with_bench(rows_tell_where_each_section_begins),
		with_bench(rows_of_a_long_plan_are_few),
		with_bench(totals_say_images_and_disk),
		with_bench(totals_say_the_gas),
		with_bench(a_disk_too_small_is_a_warning),
		with_bench(a_wait_without_a_bound_has_no_longest_time),
		cmocka_unit_test(sizes_are_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
