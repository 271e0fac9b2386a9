#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/text.h"

static void set_keeps_code_and_message(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(err_set(&err, ERR_TIMEOUT, "no answer in %d ms", 500),
			 -1);
	assert_int_equal(err.code, ERR_TIMEOUT);
	assert_string_equal(err.msg, "no answer in 500 ms");
}

static void set_may_quote_the_old_message(void **state)
{
	struct err err;

	(void)state;
	err_set(&err, ERR_IO, "old");
	err_set(&err, ERR_STATE, "new, was: %s", err.msg);
	assert_string_equal(err.msg, "new, was: old");
}

static void wrap_puts_words_in_front(void **state)
{
	struct err err;

	(void)state;
	err_set(&err, ERR_TIMEOUT, "no answer");
	assert_int_equal(err_wrap(&err, "%s", "heater"), -1);
	assert_string_equal(err.msg, "heater: no answer");
	assert_int_equal(err.code, ERR_TIMEOUT);
}

static void long_messages_are_cut_between_characters(void **state)
{
	char s[3 * ERR_MSG_MAX] = "x";
	struct err err;
	size_t i;

	(void)state;
	for (i = 1; i + 2 < sizeof(s); i += 2)
		memcpy(s + i, "µ", 3);
	err_set(&err, ERR_IO, "%s", s);
	assert_true(strlen(err.msg) >= ERR_MSG_MAX - 2);
	assert_true(text_is_utf8(err.msg, strlen(err.msg)));
	err_set(&err, ERR_IO, "%s", s + 1);
	assert_true(text_is_utf8(err.msg, strlen(err.msg)));
	err_wrap(&err, "%.7s", "heater");
	assert_true(text_is_utf8(err.msg, strlen(err.msg)));
	err_wrap(&err, "%s", s);
	assert_int_equal(err.msg[0], 'x');
	assert_true(strlen(err.msg) < ERR_MSG_MAX);
}

static void every_code_has_a_name(void **state)
{
	int i;

	(void)state;
	for (i = ERR_NONE; i <= ERR_AGAIN; i++)
		assert_string_not_equal(err_code_name((enum err_code)i),
					"unknown");
	assert_string_equal(err_code_name(ERR_TIMEOUT), "timeout");
	assert_string_equal(err_code_name((enum err_code)99), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(set_keeps_code_and_message),
		cmocka_unit_test(set_may_quote_the_old_message),
		cmocka_unit_test(wrap_puts_words_in_front),
		cmocka_unit_test(long_messages_are_cut_between_characters),
		cmocka_unit_test(every_code_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
