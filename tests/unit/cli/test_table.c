#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/array.h"
#include "cli/table.h"

static const struct table_column columns[] = {
	{ "role", 0 },
	{ "value/°C", TABLE_RIGHT },
	{ "note", 0 },
};
static const struct terminal pipe_end;

static struct table two_rows(const char *const cells[6])
{
	struct table t = { .columns = columns, .n = ARRAY_SIZE(columns) };
	size_t i;

	for (i = 0; i < 6; i++)
		table_add(&t, STYLE_GOOD, cells[i]);
	return t;
}

static void expect(struct table *t, const struct terminal *terminal,
		   const char *expected)
{
	struct text out = { 0 };

	table_print(t, terminal, &out);
	assert_string_equal(text_str(&out), expected);
	text_free(&out);
	table_free(t);
}

static void columns_are_aligned_by_what_is_seen(void **state)
{
	struct table t = two_rows((const char *const[]){
		"heater", "350.1", "ok", "温度", "-1.0", "" });

	(void)state;
	expect(&t, &pipe_end,
	       "role    value/°C  note\n"
	       "heater     350.1  ok\n"
	       "温度        -1.0\n");
}

static void empty_columns_are_left_out(void **state)
{
	struct table t = two_rows((const char *const[]){ "heater", "350.1", "",
							 "beam", "0", "" });

	(void)state;
	expect(&t, &pipe_end,
	       "role    value/°C\n"
	       "heater     350.1\n"
	       "beam           0\n");
}

static void text_from_outside_moves_no_cursor(void **state)
{
	struct table t = two_rows(
		(const char *const[]){ "a\033[2J", "1", "x\ny", "b", "2", "" });

	(void)state;
	expect(&t, &pipe_end,
	       "role      value/°C  note\n"
	       "a\\x1b[2J         1  x\\x0ay\n"
	       "b                2\n");
}

static void colours_do_not_disturb_the_columns(void **state)
{
	const struct terminal colour = { .is_one = true, .colour = true };
	struct table t = two_rows(
		(const char *const[]){ "a", "1", "x", "bc", "2", "y" });

	(void)state;
	expect(&t, &colour,
	       "\033[1mrole\033[0m  \033[1mvalue/°C\033[0m  "
	       "\033[1mnote\033[0m\n"
	       "\033[32ma\033[0m            \033[32m1\033[0m  "
	       "\033[32mx\033[0m\n"
	       "\033[32mbc\033[0m           \033[32m2\033[0m  "
	       "\033[32my\033[0m\n");
}

static void a_narrow_terminal_gets_fewer_columns(void **state)
{
	static const struct table_column some[] = {
		{ "run", TABLE_RIGHT },
		{ "range", TABLE_SPARE },
		{ "label", TABLE_SPARE },
		{ "file", 0 },
	};
	const struct terminal narrow = { .is_one = true, .width = 20 };
	struct table t = { .columns = some, .n = ARRAY_SIZE(some) };
	static const char *const cells[] = { "1", "349..351", "x", "a.tif" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cells); i++)
		table_add(&t, STYLE_PLAIN, cells[i]);
	expect(&t, &narrow,
	       "run  range     file\n"
	       "  1  349..351  a.tif\n");
}

static void a_table_may_have_many_rows(void **state)
{
	struct table t = { .columns = columns, .n = ARRAY_SIZE(columns) };
	struct text out = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < 3000; i++)
		table_add(&t, STYLE_PLAIN, "x");
	assert_int_equal(table_rows(&t), 1000);
	table_print(&t, &pipe_end, &out);
	assert_int_equal(out.n, 22 + 1000 * 18);
	text_free(&out);
	table_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_are_aligned_by_what_is_seen),
		cmocka_unit_test(empty_columns_are_left_out),
		cmocka_unit_test(text_from_outside_moves_no_cursor),
		cmocka_unit_test(colours_do_not_disturb_the_columns),
		cmocka_unit_test(a_narrow_terminal_gets_fewer_columns),
		cmocka_unit_test(a_table_may_have_many_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
