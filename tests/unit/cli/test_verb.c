#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/verb.h"

/* What part A promises. */
static const char *const promised[] = {
	"devices", "check",   "start",	"status",  "watch",   "pause",
	"resume",  "skip",    "extend", "stop",	   "abort",   "answer",
	"set",	   "replace", "runs",	"show",	   "images",  "events",
	"export",  "reset",   "help",	"version", "queue",   "alarms",
	"lock",	   "unlock",  "trace",	"monitor", "history", "recipes",
};

static const struct verb *find(const char *name)
{
	const char *const words[] = { name };
	size_t used;

	return verb_find(1, words, &used);
}

static void every_promised_verb_is_there(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(promised); i++)
		assert_non_null(find(promised[i]));
}

static void every_verb_has_a_line_of_help(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(promised); i++)
		assert_true(strlen(find(promised[i])->summary) > 5);
}

static void a_verb_may_be_two_words(void **state)
{
	static const char *const words[] = { "queue", "add", "x" };
	const struct verb *v;
	size_t used;

	(void)state;
	v = verb_find(3, words, &used);
	assert_string_equal(v->name, "queue add");
	assert_int_equal(used, 2);
	v = verb_find(1, words, &used);
	assert_string_equal(v->name, "queue");
	assert_int_equal(used, 1);
	assert_string_equal(verb_beneath(v, 0)->name, "queue add");
	assert_null(verb_beneath(find("status"), 0));
	assert_null(verb_find(2, words + 1, &used));
}

static void a_program_is_told_all_of_them(void **state)
{
	json_t *all = verb_json(NULL), *list = json_object_get(all, "verbs");

	(void)state;
	assert_true(json_array_size(list) > ARRAY_SIZE(promised));
	assert_true(json_array_size(json_object_get(all, "everywhere")) > 4);
	json_decref(all);
	all = verb_json(find("status"));
	assert_string_equal(json_string_value(json_object_get(all, "verb")),
			    "status");
	json_decref(all);
}

static void headings_are_no_verbs(void **state)
{
	(void)state;
	assert_null(find("Recipes"));
	assert_null(find(""));
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
		cmocka_unit_test(a_verb_may_be_two_words),
		cmocka_unit_test(a_program_is_told_all_of_them),
		cmocka_unit_test(headings_are_no_verbs),
		cmocka_unit_test(a_mistyped_verb_has_a_nearest_one),
		cmocka_unit_test(the_list_has_them_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
