/* access and notify in the configuration: what is read, what is refused and
 * where, and that what is printed reads back as the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reading.h"

static void nothing_said_is_nothing_given(void **state)
{
	struct config *c = parse(HEAD);

	(void)state;
	assert_false(c->access.given);
	assert_int_equal(c->notify.n, 0);
	config_free(c);
}

static void check_access(const struct config *c)
{
	const struct config_groups *rights = c->access.rights;

	assert_true(c->access.given);
	assert_int_equal(rights[CONFIG_OBSERVER].n, 0);
	assert_int_equal(rights[CONFIG_OPERATOR].n, 2);
	assert_string_equal(rights[CONFIG_OPERATOR].name[1], "tem-users");
	assert_int_equal(rights[CONFIG_ADMIN].n, 1);
	assert_string_equal(rights[CONFIG_ADMIN].name[0], "wheel");
}

static void check_notify(const struct config *c)
{
	const struct config_notify *n = &c->notify;

	assert_int_equal(n->n, 3);
	assert_string_equal(n->word[0], "/usr/bin/tell");
	assert_string_equal(n->word[2], "a b\"$(c)");
	assert_true(n->on[CONFIG_ON_TRIP] && n->on[CONFIG_ON_END]);
	assert_false(n->on[CONFIG_ON_START]);
	assert_true(n->timeout == 3 * NSEC_PER_S);
}

static const char both[] =
	HEAD "access: {operator: [lab, tem-users], admin: [wheel]}\n"
	     "notify:\n"
	     "  command: [/usr/bin/tell, --to, 'a b\"$(c)']\n"
	     "  on: [trip, end]\n"
	     "  timeout: 3 s\n";

static void groups_and_words_are_read(void **state)
{
	struct config *c = parse(both);

	(void)state;
	check_access(c);
	check_notify(c);
	config_free(c);
}

static void what_is_printed_reads_back_as_the_same(void **state)
{
	struct config *c = parse(both);
	struct text printed = { 0 };

	(void)state;
	config_print(c, &printed);
	config_free(c);
	c = parse(text_str(&printed));
	check_access(c);
	check_notify(c);
	config_free(c);
	text_free(&printed);
}

static void all_is_told_unless_said_otherwise(void **state)
{
	struct config *c = parse(HEAD "notify: {command: [/bin/true]}\n");

	(void)state;
	for (int i = 0; i < CONFIG_NOTICES; i++)
		assert_true(c->notify.on[i]);
	assert_true(c->notify.timeout == 10 * NSEC_PER_S);
	config_free(c);
}

static const struct mistake mistakes[] = {
	{ HEAD "access: [lab]\n", NEXT, 9, "access is a mapping, not a list" },
	{ HEAD "access: {operators: [lab]}\n", NEXT, 10,
	  "did you mean 'operator'?" },
	{ HEAD "access: {operator: lab}\n", NEXT, 20,
	  "operator is a list, not a value" },
	{ HEAD "access: {operator: [[lab]]}\n", NEXT, 21,
	  "operator is a value, not a list" },
	{ HEAD "access: {operator: ['']}\n", NEXT, 21, "no name of a group" },
	{ HEAD "access: {operator: [lab], admin: [lab]}\n", NEXT, 35,
	  "named twice (also as operator)" },
	{ HEAD "notify: {on: [end]}\n", NEXT, 9, "notify needs a command" },
	{ HEAD "notify: {command: /bin/true}\n", NEXT, 19,
	  "command is a list, not a value" },
	{ HEAD "notify: {command: [mail, me]}\n", NEXT, 19, "whole path" },
	{ HEAD "notify: {command: []}\n", NEXT, 19, "whole path" },
	{ HEAD "notify: {command: [/bin/true], on: [finish]}\n", NEXT, 37,
	  "there are: start, end, trip, prompt, alarm" },
	{ HEAD "notify: {command: [/bin/true], timeout: 10}\n", NEXT, 41,
	  "has no unit" },
	{ HEAD "notify: {command: [/bin/true], timeout: 1 h}\n", NEXT, 41,
	  "is outside" },
	{ HEAD "notify: {comand: [/bin/true]}\n", NEXT, 10,
	  "did you mean 'command'?" },
};

static void mistakes_are_told_with_their_place(void **state)
{
	(void)state;
	expect_mistakes(mistakes, ARRAY_SIZE(mistakes));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_said_is_nothing_given),
		cmocka_unit_test(groups_and_words_are_read),
		cmocka_unit_test(what_is_printed_reads_back_as_the_same),
		cmocka_unit_test(all_is_told_unless_said_otherwise),
		cmocka_unit_test(mistakes_are_told_with_their_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
