#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/gas.h"

static void first_is_unknown_and_both(void **state)
{
	struct gases g;

	(void)state;
	gases_init(&g);
	assert_int_equal(g.n, 1);
	assert_true(gas_burns(g.v[GAS_UNKNOWN].kind));
	assert_true(gas_oxidises(g.v[GAS_UNKNOWN].kind));
	assert_int_equal(gases_find(&g, g.v[GAS_UNKNOWN].name), -1);
}

static void known_gases_have_kinds(void **state)
{
	struct gases g;
	struct err err;

	(void)state;
	gases_init(&g);
	assert_int_equal(gases_add_known(&g, "NH3", &err), 0);
	assert_int_equal(gases_add_known(&g, "air", &err), 0);
	assert_int_equal(gases_add_known(&g, "He", &err), 0);
	assert_int_equal(g.v[gases_find(&g, "NH3")].kind, GAS_FUEL);
	assert_int_equal(g.v[gases_find(&g, "air")].kind, GAS_OXIDISER);
	assert_int_equal(g.v[gases_find(&g, "He")].kind, GAS_INERT);
}

static void foreign_gas_needs_a_kind(void **state)
{
	struct gases g;
	struct err err;

	(void)state;
	gases_init(&g);
	assert_int_equal(gases_add_known(&g, "SF6", &err), -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
	assert_int_equal(gases_add(&g, "SF6", GAS_INERT, &err), 0);
	assert_int_equal(gases_find(&g, "SF6"), 1);
}

static void names_are_letters_and_digits(void **state)
{
	static const char *const bad[] = { "",	  "2H", "H-2",
					   "H 2", "H₂", "Abcdefghijkl" };
	struct gases g;
	struct err err;

	(void)state;
	gases_init(&g);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(gases_add(&g, bad[i], GAS_INERT, &err), -1);
	assert_int_equal(gases_add(&g, "Abcdefghijk", GAS_INERT, &err), 0);
}

static void twice_is_refused(void **state)
{
	struct gases g;
	struct err err;

	(void)state;
	gases_init(&g);
	assert_int_equal(gases_add_known(&g, "H2", &err), 0);
	assert_int_equal(gases_add(&g, "H2", GAS_INERT, &err), -1);
	assert_int_equal(g.v[1].kind, GAS_FUEL);
}

static void there_is_a_most(void **state)
{
	struct gases g;
	struct err err;
	char name[32];

	(void)state;
	gases_init(&g);
	for (int i = 1; i < GAS_MAX; i++) {
		snprintf(name, sizeof(name), "g%d", i);
		assert_int_equal(gases_add(&g, name, GAS_INERT, &err), 0);
	}
	assert_int_equal(gases_add(&g, "more", GAS_INERT, &err), -1);
	assert_int_equal(err.code, ERR_FULL);
}

static void mixtures_are_named(void **state)
{
	struct gases g;
	struct err err;
	struct mixture m = { 0 };
	char text[GAS_TEXT_MAX];

	(void)state;
	gases_init(&g);
	gases_add_known(&g, "H2", &err);
	gases_add_known(&g, "N2", &err);
	mixture_print(&g, &m, text);
	assert_string_equal(text, "vacuum");
	assert_true(mixture_is_none(&m));
	m.x[1] = 0.75;
	m.x[2] = 0.25;
	mixture_print(&g, &m, text);
	assert_string_equal(text, "H2 75.0 %, N2 25.0 %");
	m.x[1] = 0.9996;
	m.x[2] = 0.0004;
	mixture_print(&g, &m, text);
	assert_string_equal(text, "H2 100.0 %");
}

static void long_mixtures_are_cut(void **state)
{
	struct gases g;
	struct err err;
	struct mixture m = { 0 };
	char name[32], text[GAS_TEXT_MAX];

	(void)state;
	gases_init(&g);
	for (int i = 1; i < GAS_MAX; i++) {
		snprintf(name, sizeof(name), "abcdefgh%d", i);
		gases_add(&g, name, GAS_INERT, &err);
		m.x[i] = 1.0 / (GAS_MAX - 1);
	}
	mixture_print(&g, &m, text);
	assert_int_equal(strlen(text), GAS_TEXT_MAX - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_is_unknown_and_both),
		cmocka_unit_test(known_gases_have_kinds),
		cmocka_unit_test(foreign_gas_needs_a_kind),
		cmocka_unit_test(names_are_letters_and_digits),
		cmocka_unit_test(twice_is_refused),
		cmocka_unit_test(there_is_a_most),
		cmocka_unit_test(mixtures_are_named),
		cmocka_unit_test(long_mixtures_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
