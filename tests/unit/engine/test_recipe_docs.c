/* Every example of docs/recipes.md compiles, and every verb has one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "laboratory.h"

#define PAGE TEST_SOURCE_DIR "/docs/recipes.md"
#define FENCE "```yaml\n"

static void read_page(struct text *page)
{
	struct err err;

	if (text_read_file(page, PAGE, 1 << 20, &err))
		fail_msg("%s", err.msg);
}

/* The next example from *s on, or NULL. */
static char *next_example(const char **s)
{
	const char *begin = strstr(*s, FENCE), *end;

	if (!begin)
		return NULL;
	begin += strlen(FENCE);
	end = strstr(begin, "```\n");
	assert_non_null(end);
	*s = end + 4;
	return strndup(begin, (size_t)(end - begin));
}

static void compile_example(const char *example)
{
	struct laboratory l;

	laboratory_init(&l);
	laboratory_vouch(&l);
	if (!laboratory_compile(&l, example))
		fail_msg("%s\n%s", example, text_str(&l.said));
	laboratory_fini(&l);
}

static void every_example_compiles(void **state)
{
	_cleanup_(text_free) struct text page = { 0 };
	const char *s;
	char *example;
	int n = 0;

	(void)state;
	read_page(&page);
	for (s = text_str(&page); (example = next_example(&s)); n++) {
		compile_example(example);
		free(example);
	}
	assert_true(n > 15);
}

static bool is_for_phases(const struct recipe_verb_help *verb)
{
	return strstr(verb->summary, "(phases only)");
}

/* "- ramp: ..." or "- isolate\n" in some example. */
static bool has_example(const char *page, const char *verb)
{
	const char *s = page;
	char *example, call[64], bare[64];
	bool found = false;

	snprintf(call, sizeof(call), "- %s:", verb);
	snprintf(bare, sizeof(bare), "- %s\n", verb);
	while (!found && (example = next_example(&s))) {
		found = strstr(example, call) || strstr(example, bare);
		free(example);
	}
	return found;
}

static void every_verb_has_an_example(void **state)
{
	_cleanup_(text_free) struct text page = { 0 };
	size_t n;
	const struct recipe_verb_help *verbs = recipe_verbs(&n);

	(void)state;
	read_page(&page);
	for (size_t i = 0; i < n; i++)
		if (!is_for_phases(&verbs[i]) &&
		    !has_example(text_str(&page), verbs[i].verb))
			fail_msg("no example of %s", verbs[i].verb);
}

static void every_verb_has_a_heading(void **state)
{
	_cleanup_(text_free) struct text page = { 0 };
	char heading[64];
	size_t n;
	const struct recipe_verb_help *verbs = recipe_verbs(&n);

	(void)state;
	read_page(&page);
	for (size_t i = 0; i < n; i++) {
		snprintf(heading, sizeof(heading), "\n### %s\n", verbs[i].verb);
		if (!is_for_phases(&verbs[i]) &&
		    !strstr(text_str(&page), heading))
			fail_msg("no heading for %s", verbs[i].verb);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_example_compiles),
		cmocka_unit_test(every_verb_has_an_example),
		cmocka_unit_test(every_verb_has_a_heading),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
