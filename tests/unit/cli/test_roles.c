#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/roles.h"

static const char description[] =
	"{\"modules\":{"
	"\"run\":{\"accessibles\":{}},"
	"\"gas_Ar\":{\"_role\":\"gas.Ar\",\"accessibles\":{"
	"\"value\":{\"datainfo\":{\"type\":\"double\",\"unit\":\"sccm\"}},"
	"\"target\":{\"datainfo\":{\"type\":\"double\",\"unit\":\"sccm\"}}}},"
	"\"heater\":{\"_role\":\"heater\",\"accessibles\":{"
	"\"value\":{\"datainfo\":{\"type\":\"double\",\"unit\":\"degC\"}},"
	"\"target\":{\"datainfo\":{\"type\":\"double\",\"unit\":\"degC\"}}}},"
	"\"odd\":{\"_role\":\"odd\",\"accessibles\":{"
	"\"value\":{\"datainfo\":{\"type\":\"double\",\"unit\":\"barn\"}},"
	"\"target\":{\"datainfo\":{\"type\":\"double\",\"unit\":\"barn\"}}}},"
	"\"beam\":{\"_role\":\"beam\",\"accessibles\":{"
	"\"value\":{\"datainfo\":{\"type\":\"enum\",\"members\":"
	"{\"blanked\":0,\"unblanked\":1}}},"
	"\"target\":{\"datainfo\":{\"type\":\"enum\",\"members\":"
	"{\"blanked\":0,\"unblanked\":1}}}}},"
	"\"cell_flow\":{\"_role\":\"cell_flow\",\"accessibles\":{"
	"\"value\":{\"datainfo\":{\"type\":\"double\",\"unit\":\"sccm\"}}}}}}";

struct laboratory {
	json_t *description;
	struct roles roles;
};

static int set_up(void **state)
{
	static struct laboratory l;

	l.description = json_loads(description, 0, NULL);
	roles_read(&l.roles, l.description);
	*state = &l;
	return l.description ? 0 : -1;
}

static int tear_down(void **state)
{
	struct laboratory *l = *state;

	json_decref(l->description);
	return 0;
}

static const struct role *find(void **state, const char *name)
{
	struct laboratory *l = *state;
	struct err err;
	const struct role *role = roles_find(&l->roles, name, &err);

	assert_non_null(role);
	return role;
}

static void expect_json(void **state, const char *role, const char *s,
			const char *expected)
{
	struct text json = { 0 };
	struct err err;

	assert_int_equal(roles_parse(find(state, role), s, &json, &err), 0);
	assert_string_equal(text_str(&json), expected);
	text_free(&json);
}

static void expect_refused(void **state, const char *role, const char *s,
			   const char *why)
{
	struct text json = { 0 };
	struct err err;

	assert_int_equal(roles_parse(find(state, role), s, &json, &err), -1);
	assert_non_null(strstr(err.msg, why));
	text_free(&json);
}

static void only_roles_are_roles(void **state)
{
	struct laboratory *l = *state;

	assert_int_equal(l->roles.n, 5);
}

static void a_role_is_found_by_either_name(void **state)
{
	assert_ptr_equal(find(state, "gas.Ar"), find(state, "gas_Ar"));
}

static void a_mistyped_role_says_what_was_meant(void **state)
{
	struct laboratory *l = *state;
	struct err err;

	assert_null(roles_find(&l->roles, "heatr", &err));
	assert_non_null(strstr(err.msg, "did you mean 'heater'?"));
}

static void any_unit_of_the_quantity_is_taken(void **state)
{
	expect_json(state, "gas.Ar", "5 sccm", "5");
	expect_json(state, "gas.Ar", "0.005 slm", "5");
	expect_json(state, "heater", "350 °C", "350");
	expect_json(state, "heater", "623.15 K", "350");
}

static void bare_numbers_and_wrong_units_are_refused(void **state)
{
	expect_refused(state, "heater", "350", "no unit");
	expect_refused(state, "heater", "5 sccm", "temperature is wanted");
	expect_refused(state, "gas.Ar", "much", "sccm");
}

static void an_unknown_unit_takes_bare_numbers(void **state)
{
	expect_json(state, "odd", "3.5", "3.5");
	expect_refused(state, "odd", "3.5 barn", "in barn");
}

static void words_are_the_roles_own_or_on_and_off(void **state)
{
	expect_json(state, "beam", "unblanked", "1");
	expect_json(state, "beam", "off", "0");
	expect_refused(state, "beam", "ajar", "blanked or unblanked");
}

static void what_can_only_be_read_is_not_set(void **state)
{
	expect_refused(state, "cell_flow", "1 sccm", "only be read");
}

static void expect_printed(void **state, const char *role, const char *json,
			   const char *expected)
{
	json_t *value = json_loads(json, JSON_DECODE_ANY, NULL);
	struct text out = { 0 };

	roles_print(find(state, role)->value, value, &out);
	assert_string_equal(text_str(&out), expected);
	text_free(&out);
	json_decref(value);
}

static void values_are_printed_for_people(void **state)
{
	expect_printed(state, "heater", "350.0612", "350.1");
	expect_printed(state, "beam", "1", "unblanked");
	expect_printed(state, "beam", "7", "7");
	expect_printed(state, "heater", "null", "-");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_roles_are_roles),
		cmocka_unit_test(a_role_is_found_by_either_name),
		cmocka_unit_test(a_mistyped_role_says_what_was_meant),
		cmocka_unit_test(any_unit_of_the_quantity_is_taken),
		cmocka_unit_test(bare_numbers_and_wrong_units_are_refused),
		cmocka_unit_test(an_unknown_unit_takes_bare_numbers),
		cmocka_unit_test(words_are_the_roles_own_or_on_and_off),
		cmocka_unit_test(what_can_only_be_read_is_not_set),
		cmocka_unit_test(values_are_printed_for_people),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
