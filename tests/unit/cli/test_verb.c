#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/verb.h"

/* What part A promises. */
static const char *const promised[] = {
	"devices", "check",   "start",	"status",  "watch",  "pause",
	"resume",  "skip",    "extend", "stop",	   "abort",  "answer",
	"set",	   "replace", "runs",	"show",	   "images", "events",
	"export",  "reset",   "help",	"version",
};

static void every_promised_verb_is_there(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(promised); i++)
		assert_non_null(verb_find(promised[i]));
}

static void every_verb_has_a_line_of_help(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(promised); i++)
		assert_true(strlen(verb_find(promised[i])->summary) > 5);
}

static void headings_are_no_verbs(void **state)
{
	(void)state;
	assert_null(verb_find("Recipes"));
	assert_null(verb_find(""));
}

static void a_mistyped_verb_has_a_nearest_one(void **state)
{
	(void)state;
	assert_string_equal(verb_nearest("statsu"), "status");
	assert_string_equal(verb_nearest("abrot"), "abort");
	assert_null(verb_nearest("xyzzyplugh"));
}

static void the_list_has_them_all(void **state)
{
	struct text list = { 0 };
	size_t i;

	(void)state;
	verb_list(&list);
	for (i = 0; i < ARRAY_SIZE(promised); i++)
		assert_non_null(strstr(text_str(&list), promised[i]));
	text_free(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_promised_verb_is_there),
		cmocka_unit_test(every_verb_has_a_line_of_help),
		cmocka_unit_test(headings_are_no_verbs),
		cmocka_unit_test(a_mistyped_verb_has_a_nearest_one),
		cmocka_unit_test(the_list_has_them_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
