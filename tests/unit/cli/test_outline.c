#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "cli/outline.h"

static const struct terminal pipe_end;

/* Ten sections of four steps and a minute each; the last follows a fault. */
static void make(struct outline *o)
{
	_cleanup_(text_free) struct text json = { 0 };
	int i;

	for (i = 0; i < 10; i++)
		text_addf(&json,
			  "%s{\"step\":%d,\"steps\":4,\"start\":%d,"
			  "\"seconds\":60,\"longest\":0,\"images\":%d,"
			  "\"tail\":%s,\"label\":\"section %d\"}",
			  i ? "," : "[", 1 + 4 * i, 60 * i, i == 2,
			  i == 9 ? "true" : "false", i);
	text_add_char(&json, ']');
	outline_read(o, text_str(&json));
}

static void draws(const struct outline *o, int64_t step, size_t lines,
		  const char *wanted)
{
	_cleanup_(text_free) struct text out = { 0 };

	outline_draw(o, step, lines, &pipe_end, &out);
	assert_string_equal(text_str(&out), wanted);
}

static void a_step_lies_in_its_section(void **state)
{
	_cleanup_(outline_free) struct outline o = { 0 };

	(void)state;
	make(&o);
	assert_int_equal(outline_count(&o), 10);
	assert_int_equal(outline_find(&o, 1), 0);
	assert_int_equal(outline_find(&o, 4), 0);
	assert_int_equal(outline_find(&o, 5), 1);
	assert_int_equal(outline_find(&o, 40), 9);
	assert_int_equal(outline_find(&o, 0), 10);
	assert_int_equal(outline_find(&o, 41), 10);
}

static void the_present_section_is_marked(void **state)
{
	_cleanup_(outline_free) struct outline o = { 0 };

	(void)state;
	make(&o);
	draws(&o, 9, 3,
	      "   0:01  1 min       section 1\n"
	      "▶  0:02  1 min       section 2 (1 image)\n"
	      "   0:03  1 min       section 3\n");
	draws(&o, 33, 2,
	      "   0:07  1 min       section 7\n"
	      "▶  0:08  1 min       section 8\n");
	draws(&o, 0, 1, "   0:00  1 min       section 0\n");
	draws(&o, 5, 0, "");
}

static void what_follows_a_fault_is_shown_while_it_runs(void **state)
{
	_cleanup_(outline_free) struct outline o = { 0 };
	_cleanup_(text_free) struct text out = { 0 };

	(void)state;
	make(&o);
	outline_draw(&o, 1, 100, &pipe_end, &out);
	assert_null(strstr(text_str(&out), "section 9"));
	draws(&o, 37, 100, "▶  0:09  1 min       section 9\n");
}

static void what_is_no_plan_is_an_empty_one(void **state)
{
	static const char *const wrong[] = { "",  "{}", "[",
					     "5", "[]", "[5, null]" };
	_cleanup_(outline_free) struct outline o = { 0 };
	_cleanup_(text_free) struct text out = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		outline_read(&o, wrong[i]);
		assert_int_equal(outline_find(&o, 1), outline_count(&o));
		outline_draw(&o, 1, 5, &pipe_end, &out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_step_lies_in_its_section),
		cmocka_unit_test(the_present_section_is_marked),
		cmocka_unit_test(what_follows_a_fault_is_shown_while_it_runs),
		cmocka_unit_test(what_is_no_plan_is_an_empty_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
