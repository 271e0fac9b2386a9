#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "site/overlay.h"

static const char base_text[] = "buses:\n"
				"  lab: {type: sim, note: \"1: \\\"2\\\"\"}\n"
				"limits: {temperature: 800 °C}\n"
				"list: [1, {a: b}, []]\n"
				"empty: {}\n";

/* The node at a path of keys in base with `over` laid over it. */
static struct yaml *merged(const char *over)
{
	struct problems problems = { 0 };
	struct text out = { 0 };
	struct yaml *base =
		yaml_parse(base_text, strlen(base_text), "base", &problems);
	struct yaml *result;

	assert_non_null(base);
	assert_int_equal(overlay_merge(yaml_root(base), over, strlen(over),
				       "over", &out, &problems),
			 0);
	result = yaml_parse(text_str(&out), out.n, "merged", &problems);
	assert_non_null(result);
	assert_int_equal(problems.n_all, 0);
	yaml_tree_free(base);
	text_free(&out);
	problems_free(&problems);
	return result;
}

static const struct yaml_node *at(const struct yaml *y, const char *a,
				  const char *b)
{
	const struct yaml_node *n = yaml_get(yaml_root(y), a);

	return b ? yaml_get(n, b) : n;
}

static void test_what_is_not_named_stays(void **state)
{
	struct yaml *y = merged("{other: 1}");

	(void)state;
	assert_string_equal(at(y, "buses", "lab")->first->s, "sim");
	assert_string_equal(yaml_get(at(y, "buses", "lab"), "note")->s,
			    "1: \"2\"");
	assert_string_equal(at(y, "limits", "temperature")->s, "800 °C");
	assert_int_equal(at(y, "list", NULL)->n, 3);
	assert_string_equal(yaml_get(at(y, "list", NULL)->first->next, "a")->s,
			    "b");
	assert_int_equal(at(y, "empty", NULL)->kind, YAML_MAPPING);
	assert_string_equal(at(y, "other", NULL)->s, "1");
	yaml_tree_free(y);
}

static void test_mappings_are_merged(void **state)
{
	struct yaml *y = merged("buses: {lab: {faults: [{kind: leak}]}}\n"
				"empty: {a: 1}\n");

	(void)state;
	assert_string_equal(yaml_get(at(y, "buses", "lab"), "type")->s, "sim");
	assert_int_equal(yaml_get(at(y, "buses", "lab"), "faults")->n, 1);
	assert_string_equal(at(y, "empty", "a")->s, "1");
	yaml_tree_free(y);
}

static void test_values_and_lists_are_replaced(void **state)
{
	struct yaml *y = merged("list: [x]\nlimits: {temperature: 1 K}\n"
				"empty: text\n");

	(void)state;
	assert_int_equal(at(y, "list", NULL)->n, 1);
	assert_string_equal(at(y, "limits", "temperature")->s, "1 K");
	assert_string_equal(at(y, "empty", NULL)->s, "text");
	yaml_tree_free(y);
}

static void test_an_overlay_is_a_mapping(void **state)
{
	struct problems problems = { 0 };
	struct text out = { 0 };

	(void)state;
	assert_int_equal(overlay_merge(NULL, "[1]", 3, "over", &out, &problems),
			 -1);
	assert_int_equal(problems.n, 1);
	assert_string_equal(problems.v[0].file, "over");
	problems_free(&problems);
	text_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_not_named_stays),
		cmocka_unit_test(test_mappings_are_merged),
		cmocka_unit_test(test_values_and_lists_are_replaced),
		cmocka_unit_test(test_an_overlay_is_a_mapping),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
