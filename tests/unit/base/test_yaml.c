#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/yaml.h"

static struct yaml *parse(const char *s)
{
	_cleanup_(problems_free) struct problems p = { 0 };
	_cleanup_(text_free) struct text t = { 0 };
	struct yaml *y = yaml_parse(s, strlen(s), "f", &p);

	problems_print(&p, &t);
	if (!y)
		fail_msg("%s", text_str(&t));
	assert_int_equal(p.n_all, 0);
	return y;
}

static void expect_problems_n(const char *s, size_t n, const char *expected)
{
	_cleanup_(problems_free) struct problems p = { 0 };
	_cleanup_(text_free) struct text t = { 0 };

	yaml_tree_free(yaml_parse(s, n, "f", &p));
	problems_sort(&p);
	problems_print(&p, &t);
	assert_string_equal(text_str(&t), expected);
}

static void expect_problems(const char *s, const char *expected)
{
	expect_problems_n(s, strlen(s), expected);
}

static void the_tree_knows_its_places(void **state)
{
	struct yaml *y = parse("recipe: AuRu\n"
			       "steps:\n"
			       "  - ramp: {to: 350 °C, rate: '20 K/min'}\n"
			       "  - image\n");
	const struct yaml_node *steps = yaml_get(yaml_root(y), "steps");
	const struct yaml_node *ramp = yaml_get(steps->first, "ramp");
	const struct yaml_node *rate = yaml_get(ramp, "rate");

	(void)state;
	assert_int_equal(yaml_root(y)->n, 2);
	assert_int_equal(steps->kind, YAML_SEQUENCE);
	assert_int_equal(steps->n, 2);
	assert_string_equal(steps->key, "steps");
	assert_int_equal(steps->key_at.line, 2);
	assert_int_equal(ramp->at.line, 3);
	assert_int_equal(ramp->at.column, 11);
	assert_string_equal(rate->s, "20 K/min");
	assert_true(rate->quoted);
	assert_int_equal(rate->key_at.column, 24);
	assert_int_equal(rate->at.column, 30);
	assert_string_equal(rate->at.file, "f");
	assert_false(yaml_get(ramp, "to")->quoted);
	assert_string_equal(steps->first->next->s, "image");
	assert_null(steps->first->next->key);
	assert_null(yaml_get(ramp, "too"));
	assert_null(yaml_get(NULL, "to"));
	assert_null(yaml_get(rate, "to"));
	yaml_tree_free(y);
}

static void an_empty_value_is_an_empty_text(void **state)
{
	struct yaml *y = parse("a:\nb: ''\n");

	(void)state;
	assert_string_equal(yaml_get(yaml_root(y), "a")->s, "");
	assert_false(yaml_get(yaml_root(y), "a")->quoted);
	assert_true(yaml_get(yaml_root(y), "b")->quoted);
	yaml_tree_free(y);
}

static void line_ends_and_a_bom_are_no_matter(void **state)
{
	struct yaml *y = parse("\xef\xbb\xbf"
			       "a: 1\r\nb: 2\r\n");

	(void)state;
	assert_int_equal(yaml_get(yaml_root(y), "a")->at.column, 4);
	assert_string_equal(yaml_get(yaml_root(y), "b")->s, "2");
	assert_int_equal(yaml_get(yaml_root(y), "b")->at.line, 2);
	yaml_tree_free(y);
}

static void brackets_in_text_do_not_nest(void **state)
{
	struct yaml *y = parse("a: '[[[[[[[[[[[[[[[[[[[['\n"
			       "b: x [[[[[[[[[[[[[[[[[[[[  # {{{{{{{{{{{{{{{{\n"
			       "c: |\n  [[[[[[[[[[[[[[[[[[[[\n");

	(void)state;
	assert_int_equal(yaml_root(y)->n, 3);
	yaml_tree_free(y);
}

static void duplicates_and_references_are_found_together(void **state)
{
	(void)state;
	expect_problems("a: &x 1\n"
			"b: *x\n"
			"a: 2\n"
			"<<: 3\n"
			"c: !!str d\n"
			"? [1]\n"
			": 3\n"
			"d: {e: 1, f: 2, e: 3, e: 4}\n",
			"f:1:4: anchors (&x) are not used here\n"
			"f:2:4: aliases (*x) are not used here\n"
			"f:3:1: 'a' is written twice, the first time in "
			"line 1\n"
			"f:4:1: merge keys (<<) are not used here\n"
			"f:5:4: tags (words with '!') are not used here\n"
			"f:6:3: a list cannot be a key\n"
			"f:8:17: 'e' is written twice, the first time in "
			"line 8\n"
			"f:8:23: 'e' is written twice, the first time in "
			"line 8\n");
}

static void of_two_equal_keys_the_first_counts(void **state)
{
	_cleanup_(problems_free) struct problems p = { 0 };
	const char *s = "a: 1\na: 2\n";
	struct yaml *y = yaml_parse(s, strlen(s), "f", &p);

	(void)state;
	assert_int_equal(p.n, 1);
	assert_string_equal(yaml_get(yaml_root(y), "a")->s, "1");
	yaml_tree_free(y);
}

static void keys_are_plain_words(void **state)
{
	struct yaml *y = parse("gas.H2: 1\ncell_pressure: 2\nin-let: 3\n"
			       "\"q\": 4\n2: 5\n");

	(void)state;
	yaml_tree_free(y);
	expect_problems("a b: 1\n\"\": 2\n-x: 3\n$p: 4\n*a : 5\n",
			"f:1:1: 'a b' cannot be a key: only letters, digits, "
			"'_', '-' and '.'\n"
			"f:2:1: a word is missing before the ':'\n"
			"f:3:1: '-x' cannot be a key: only letters, digits, "
			"'_', '-' and '.'\n"
			"f:4:1: '$p' cannot be a key: only letters, digits, "
			"'_', '-' and '.'\n"
			"f:5:1: aliases (*a) are not used here\n");
}

static void syntax_is_explained(void **state)
{
	(void)state;
	expect_problems("a:\n\t- b\n",
			"f:2:1: a tab cannot indent: use blanks\n");
	expect_problems("a: [1, 2\nb: 3\n",
			"f:1:4: the list opened here with '[' is not closed, "
			"or a ',' is missing\n");
	expect_problems("a: 1\nb: \"abc\n",
			"f:2:4: the quote opened here is never closed\n");
	expect_problems("a: 1\nb:2\nc: 3\n",
			"f:2:1: expected ': ' after this word\n");
	expect_problems("a: b: c\n",
			"f:1:5: a ':' is not expected here: check the "
			"indentation and the blank behind each ':', or put "
			"the text in quotes\n");
	expect_problems("a: @b\n",
			"f:1:4: a value cannot start with this character: "
			"put it in quotes\n");
}

static void columns_count_characters(void **state)
{
	(void)state;
	expect_problems("a: {b: °°°, b: 1}\n",
			"f:1:13: 'b' is written twice, the first time in "
			"line 1\n");
	expect_problems("a: °°\x01\n",
			"f:1:6: a control character (byte 0x01)\n");
	expect_problems("a: 1\nb: °\xff\n",
			"f:2:5: not UTF-8, or a mark that reorders text "
			"(byte 0xff)\n");
}

static void nothing_is_an_error(void **state)
{
	(void)state;
	expect_problems("", "f: is empty\n");
	expect_problems("# only a comment\n", "f: is empty\n");
	expect_problems("---\n", "f: is empty\n");
}

static void one_document_without_directives(void **state)
{
	struct yaml *y = parse("---\na: 50%\n...\n");

	(void)state;
	yaml_tree_free(y);
	expect_problems("a: 1\n---\nb: 2\n",
			"f:2:1: a second document; only one is read\n");
	expect_problems("%TAG !a! b\n---\na: 1\n",
			"f:1:1: a line cannot begin with '%'\n");
}

static void no_control_characters_by_the_back_door(void **state)
{
	(void)state;
	expect_problems("a: \"\\0\"\nb: \"\\x1b[2J\"\n",
			"f:1:4: a control character in the text\n"
			"f:2:4: a control character in the text\n");
	expect_problems_n("a: \0", 4,
			  "f:1:4: a control character (byte 0x00)\n");
}

static void depth_is_bounded(void **state)
{
	static char s[80000];
	struct yaml *y = parse("[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]");
	size_t i;

	(void)state;
	yaml_tree_free(y);
	memset(s, '[', sizeof(s));
	expect_problems_n(s, 17, "f:1:17: nested deeper than 16\n");
	expect_problems_n(s, sizeof(s), "f:1:17: nested deeper than 16\n");
	for (i = 0; i + 4 <= sizeof(s); i += 4)
		memcpy(s + i, "{a: ", 4);
	expect_problems_n(s, sizeof(s), "f:1:65: nested deeper than 16\n");
	expect_problems("- - - - - - - - - - - - - - - - - a\n",
			"f:1:33: nested deeper than 16\n");
}

static void sizes_are_bounded(void **state)
{
	static char s[YAML_BYTES_MAX + 1];
	struct yaml *y;
	size_t i;

	(void)state;
	memset(s, 'x', sizeof(s));
	expect_problems_n(s, sizeof(s),
			  "f: 262145 bytes are more than 262144\n");
	expect_problems_n(s, YAML_SCALAR_MAX + 1,
			  "f:1:1: a text of 16385 bytes, at most 16384 are "
			  "taken\n");
	s[YAML_SCALAR_MAX] = '\0';
	y = parse(s);
	yaml_tree_free(y);
	s[0] = '[';
	for (i = 1; i + 1 < YAML_BYTES_MAX; i += 2)
		memcpy(s + i, "x,", 2);
	expect_problems_n(s, YAML_BYTES_MAX,
			  "f:1:200000: more than 100000 values\n");
}

static void unknown_keys_are_named(void **state)
{
	static const char *const known[] = { "to", "rate", "image", NULL };
	_cleanup_(problems_free) struct problems p = { 0 };
	_cleanup_(text_free) struct text t = { 0 };
	struct yaml *y = parse("to: 1\nraet: 2\nzzzz: 3\n");

	(void)state;
	yaml_check_keys(yaml_root(y), "a ramp", known, &p);
	yaml_check_keys(NULL, "a ramp", known, &p);
	problems_print(&p, &t);
	assert_string_equal(text_str(&t),
			    "f:2:1: a ramp has no 'raet'; did you mean "
			    "'rate'?\n"
			    "f:3:1: a ramp has no 'zzzz'; it has: to, rate, "
			    "image\n");
	yaml_tree_free(y);
	yaml_tree_free(NULL);
}

static void kinds_have_names(void **state)
{
	(void)state;
	assert_string_equal(yaml_kind_name(YAML_SCALAR), "a value");
	assert_string_equal(yaml_kind_name(YAML_SEQUENCE), "a list");
	assert_string_equal(yaml_kind_name(YAML_MAPPING), "a mapping");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_tree_knows_its_places),
		cmocka_unit_test(an_empty_value_is_an_empty_text),
		cmocka_unit_test(line_ends_and_a_bom_are_no_matter),
		cmocka_unit_test(brackets_in_text_do_not_nest),
		cmocka_unit_test(duplicates_and_references_are_found_together),
		cmocka_unit_test(of_two_equal_keys_the_first_counts),
		cmocka_unit_test(keys_are_plain_words),
		cmocka_unit_test(syntax_is_explained),
		cmocka_unit_test(columns_count_characters),
		cmocka_unit_test(nothing_is_an_error),
		cmocka_unit_test(one_document_without_directives),
		cmocka_unit_test(no_control_characters_by_the_back_door),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(sizes_are_bounded),
		cmocka_unit_test(unknown_keys_are_named),
		cmocka_unit_test(kinds_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
