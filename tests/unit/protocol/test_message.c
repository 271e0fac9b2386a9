#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "protocol/error.h"
#include "protocol/message.h"

/* action|specifier|data|module|accessible */
static void reads(const char *line, const char *wanted)
{
	struct message m;
	char got[200];

	message_read(&m, line, strlen(line));
	snprintf(got, sizeof(got), "%.*s|%.*s|%.*s|%.*s|%.*s", (int)m.action.n,
		 m.action.s, (int)m.specifier.n, m.specifier.s, (int)m.data.n,
		 m.data.s, (int)m.module.n, m.module.s, (int)m.accessible.n,
		 m.accessible.s);
	assert_string_equal(got, wanted);
}

static void lines_are_taken_apart(void **state)
{
	(void)state;
	reads("*IDN?", "*IDN?||||");
	reads("read T:value", "read|T:value||T|value");
	reads("read T:value:x", "read|T:value:x||T|value");
	reads("change T:target {\"a\": 1}\r",
	      "change|T:target|{\"a\": 1}|T|target");
	reads("logging  \"debug\"", "logging||\"debug\"||");
	reads("activate T", "activate|T||T|");
	reads("", "||||");
	reads("\r", "||||");
	reads(" ", "||||");
	reads("a  ", "a||||");
	reads(":", ":||||");
}

static void name_is(const char *s, bool wanted)
{
	assert_int_equal(message_is_name((struct span){ s, strlen(s) }),
			 wanted);
}

static void names_have_a_form(void **state)
{
	char longest[MESSAGE_NAME_MAX + 2];

	(void)state;
	name_is("T", true);
	name_is("_x9", true);
	name_is("", false);
	name_is("9x", false);
	name_is("a-b", false);
	name_is("a.b", false);
	memset(longest, 'a', sizeof(longest));
	longest[MESSAGE_NAME_MAX + 1] = '\0';
	name_is(longest, false);
	longest[MESSAGE_NAME_MAX] = '\0';
	name_is(longest, true);
}

static void prints(const char *action, const char *specifier, const char *data,
		   const char *wanted)
{
	_cleanup_(text_free) struct text t = { 0 };

	message_add(&t, action, specifier, data);
	assert_string_equal(text_str(&t), wanted);
}

static void lines_are_put_together(void **state)
{
	(void)state;
	prints("ping", "", "", "ping\n");
	prints("read", "T:value", "", "read T:value\n");
	prints("change", "T:target", "1", "change T:target 1\n");
	prints("logging", "", "\"off\"", "logging  \"off\"\n");
}

static void error_classes_have_the_names_of_secop(void **state)
{
	static const char *const names[] = {
		"ProtocolError",
		"NoSuchModule",
		"NoSuchParameter",
		"NoSuchCommand",
		"ReadOnly",
		"NotCheckable",
		"WrongType",
		"RangeError",
		"BadJSON",
		"NotImplemented",
		"HardwareError",
		"CommandRunning",
		"CommunicationFailed",
		"TimeoutError",
		"IsBusy",
		"IsError",
		"Disabled",
		"Impossible",
		"ReadFailed",
		"OutOfRange",
		"InternalError",
	};
	size_t i;

	(void)state;
	assert_int_equal(ARRAY_SIZE(names), ERROR_CLASS_N - 1);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		enum error_class c =
			error_class_from_name(names[i], strlen(names[i]));

		assert_string_equal(error_class_name(c), names[i]);
		assert_int_equal(c, i + 1);
	}
}

static void subclasses_and_strangers_have_a_class(void **state)
{
	(void)state;
	assert_int_equal(error_class_from_name("WrongType:MustBeInt", 19),
			 ERROR_WRONG_TYPE);
	assert_int_equal(error_class_from_name("BadValue", 8), ERROR_INTERNAL);
	assert_int_equal(error_class_from_name("", 0), ERROR_INTERNAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_taken_apart),
		cmocka_unit_test(names_have_a_form),
		cmocka_unit_test(lines_are_put_together),
		cmocka_unit_test(error_classes_have_the_names_of_secop),
		cmocka_unit_test(subclasses_and_strangers_have_a_class),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
