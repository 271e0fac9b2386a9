#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/problems.h"

static void expect_printed(const struct problems *p, const char *expected)
{
	_cleanup_(text_free) struct text t = { 0 };

	problems_print(p, &t);
	assert_string_equal(text_str(&t), expected);
}

static void each_form_of_place_is_printed(void **state)
{
	_cleanup_(problems_free) struct problems p = { 0 };

	(void)state;
	assert_int_equal(problems_add(&p, (struct place){ "a.yaml", 3, 5 },
				      "%d is too hot", 900),
			 -1);
	problems_add(&p, (struct place){ "a.yaml", 0, 0 }, "is empty");
	problems_add(&p, (struct place){ NULL, 0, 0 }, "no heater");
	problems_add(&p, (struct place){ "a.yaml", 7, 0 }, "odd");
	expect_printed(&p, "a.yaml:3:5: 900 is too hot\n"
			   "a.yaml: is empty\n"
			   "no heater\n"
			   "a.yaml:7: odd\n");
}

static void the_same_problem_counts_once(void **state)
{
	_cleanup_(problems_free) struct problems p = { 0 };
	struct place at = { "a.yaml", 3, 5 };

	(void)state;
	problems_add(&p, at, "x");
	problems_add(&p, at, "x");
	problems_add(&p, at, "y");
	at.column = 6;
	problems_add(&p, at, "x");
	assert_int_equal(p.n, 3);
	assert_int_equal(p.n_all, 3);
}

static void sorting_keeps_files_in_order_of_mention(void **state)
{
	_cleanup_(problems_free) struct problems p = { 0 };

	(void)state;
	problems_add(&p, (struct place){ "z", 9, 1 }, "one");
	problems_add(&p, (struct place){ "a", 2, 4 }, "two");
	problems_add(&p, (struct place){ "z", 2, 8 }, "three");
	problems_add(&p, (struct place){ "a", 2, 3 }, "four");
	problems_add(&p, (struct place){ "z", 2, 8 }, "five");
	problems_sort(&p);
	expect_printed(&p, "z:2:8: three\nz:2:8: five\nz:9:1: one\n"
			   "a:2:3: four\na:2:4: two\n");
}

static void a_full_list_counts_on(void **state)
{
	_cleanup_(problems_free) struct problems p = { 0 };
	_cleanup_(text_free) struct text t = { 0 };
	int i;

	(void)state;
	for (i = 0; i < PROBLEMS_MAX + 7; i++)
		problems_add(&p, (struct place){ "a", 1000 - i, 1 }, "x");
	assert_int_equal(p.n, PROBLEMS_MAX);
	assert_int_equal(p.n_all, PROBLEMS_MAX + 7);
	problems_sort(&p);
	problems_print(&p, &t);
	assert_non_null(strstr(text_str(&t), "\nand 7 more problems\n"));
}

static void text_from_outside_is_escaped(void **state)
{
	_cleanup_(problems_free) struct problems p = { 0 };
	char longer[2 * ERR_MSG_MAX];

	(void)state;
	problems_add(&p, (struct place){ "a\n", 1, 1 }, "'%s'", "\x1b[2J");
	expect_printed(&p, "a\\x0a:1:1: '\\x1b[2J'\n");
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	problems_add(&p, (struct place){ longer, 1, 1 }, "%s", longer);
	assert_int_equal(strlen(p.v[1].msg), ERR_MSG_MAX - 1);
}

static void freeing_twice_is_fine(void **state)
{
	struct problems p = { 0 };

	(void)state;
	problems_sort(&p);
	problems_add(&p, (struct place){ 0 }, "x");
	problems_free(&p);
	problems_free(&p);
	assert_int_equal(p.n_all, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_form_of_place_is_printed),
		cmocka_unit_test(the_same_problem_counts_once),
		cmocka_unit_test(sorting_keeps_files_in_order_of_mention),
		cmocka_unit_test(a_full_list_counts_on),
		cmocka_unit_test(text_from_outside_is_escaped),
		cmocka_unit_test(freeing_twice_is_fine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
