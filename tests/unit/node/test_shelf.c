/* Recipes by name, in memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "node/shelf.h"

static struct sheet *sheet(const char *text)
{
	struct sheet *s = memory_zeroed(1, sizeof(*s));

	text_add(&s->text, text);
	return s;
}

static void expect(const struct shelf *s, const char *name, const char *text)
{
	const struct shelf_place *place = shelf_find(s, name);

	assert_non_null(place);
	assert_string_equal(text_str(&place->sheet->text), text);
}

static void test_finds_what_was_put(void **state)
{
	struct shelf s = { 0 };

	(void)state;
	assert_null(shelf_find(&s, "a"));
	shelf_put(&s, "a", NULL, sheet("one"));
	shelf_put(&s, "b", "label", sheet("two"));
	expect(&s, "a", "one");
	expect(&s, "b", "two");
	assert_string_equal(shelf_find(&s, "a")->label, "");
	assert_string_equal(shelf_find(&s, "b")->label, "label");
	shelf_fini(&s);
	shelf_fini(&s);
}

static void test_the_newest_of_a_name_is_the_one(void **state)
{
	struct shelf s = { 0 };

	(void)state;
	shelf_put(&s, "a", NULL, sheet("one"));
	shelf_put(&s, "a", NULL, sheet("two"));
	expect(&s, "a", "two");
	assert_int_equal(s.n, 1);
	shelf_fini(&s);
}

static void test_the_oldest_goes(void **state)
{
	struct shelf s = { 0 };
	char name[16];

	(void)state;
	for (int i = 0; i <= SHELF_MAX; i++) {
		snprintf(name, sizeof(name), "r%d", i);
		shelf_put(&s, name, NULL, sheet(name));
	}
	assert_int_equal(s.n, SHELF_MAX);
	assert_null(shelf_find(&s, "r0"));
	expect(&s, "r1", "r1");
	expect(&s, name, name);
	shelf_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_finds_what_was_put),
		cmocka_unit_test(test_the_newest_of_a_name_is_the_one),
		cmocka_unit_test(test_the_oldest_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
