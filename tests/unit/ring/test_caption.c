/* What the file of an image says. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ring/caption.h"

#define UTC INT64_C(1767225600000000000)

struct bench {
	struct config *config;
	struct journal *journal;
	struct text text;
};

static int begin(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct problems problems = { 0 };
	struct err err = { 0 };

	b->config = config_load(NULL, &problems);
	assert_non_null(b->config);
	b->journal = journal_new(b->config, NULL, UTC, &err);
	assert_non_null(b->journal);
	*state = b;
	return 0;
}

static int end(void **state)
{
	struct bench *b = *state;

	text_free(&b->text);
	journal_free(b->journal);
	config_free(b->config);
	free(b);
	return 0;
}

static void print(struct bench *b, const struct image_record *r,
		  const char *detector)
{
	caption_print(b->journal, r, detector, &b->text);
}

static void says(const struct bench *b, const char *line)
{
	if (!strstr(b->text.s, line))
		fail_msg("no '%s' in:\n%s", line, b->text.s);
}

static void one_that_is_asked_for_says_when(void **state)
{
	struct bench *b = *state;

	caption_ask(b->journal, 7, 2, 1500 * NSEC_PER_MS, &b->text);
	says(b, "image: 7\nstep: 3\n");
	says(b, "asked: 2026-01-01T00:00:01.500000Z\n");
}

static void times_are_utc(void **state)
{
	const struct image_record r = { .image = 1,
					.began = NSEC_PER_S,
					.ended = 3 * NSEC_PER_S,
					.unblanked = NSEC_PER_S / 2,
					.blanked = 4 * NSEC_PER_S };

	print(*state, &r, "");
	says(*state, "began: 2026-01-01T00:00:01.000000Z\n");
	says(*state, "ended: 2026-01-01T00:00:03.000000Z\n");
	says(*state, "beam_on_s: 3.5\n");
}

static void conditions_are_numbers_or_null(void **state)
{
	const struct image_record r = {
		.temperature = { 350.125, 350, 349.5, 351, NAN },
		.transit_s = NAN,
	};

	print(*state, &r, "");
	says(*state, "\ntemperature_C: {begin: 350.125, end: 350, "
		     "min: 349.5, max: 351, mean: null}\n");
	says(*state, "\ntransit_s: null\n");
}

static void a_text_stays_in_its_quotes(void **state)
{
	const struct image_record r = { .image = 1 };

	print(*state, &r, "a\"b\\c\nrun: 9");
	says(*state, "detector: \"a\\\"b\\\\c\\\\x0arun: 9\"\n");
}

static void what_is_not_known_is_left_out(void **state)
{
	const struct image_record r = { .image = 1 };
	const struct bench *b = *state;

	print(*state, &r, "");
	assert_null(strstr(b->text.s, "detector"));
	assert_null(strstr(b->text.s, "label"));
	assert_null(strstr(b->text.s, "run:"));
	assert_null(strstr(b->text.s, "beam_on_s"));
}

#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(one_that_is_asked_for_says_when),
		T(times_are_utc),
		T(conditions_are_numbers_or_null),
		T(a_text_stays_in_its_quotes),
		T(what_is_not_known_is_left_out),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	quantity_fini();
	return failed;
}
