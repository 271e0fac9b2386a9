/* Every message, its forms, and every error class in its order. */
#include "small_node.h"

static void identifies(void **state)
{
	asks(*state, "*IDN?", "ISSE,SECoP,,v2.0\n");
}

static void identifying_ends_activation(void **state)
{
	struct small *s = *state;

	small_ask(s, "activate");
	small_ask(s, "*IDN?");
	node_set_double(s->node, s->value, 30, T0);
	assert_string_equal(small_got(s), "");
}

static void carriage_return_is_ignored(void **state)
{
	asks(*state, "*IDN?\r", "ISSE,SECoP,,v2.0\n");
}

static void pings(void **state)
{
	asks(*state, "ping 7", "pong 7 [null" QUALIFIER);
}

static void pings_without_token(void **state)
{
	asks(*state, "ping", "pong  [null" QUALIFIER);
}

static void surplus_data_is_ignored(void **state)
{
	asks(*state, "ping t x y", "pong t [null" QUALIFIER);
	asks(*state, "read T:value nonsense", "reply T:value [20.5" QUALIFIER);
}

static void reads(void **state)
{
	asks(*state, "read T:value", "reply T:value [20.5" QUALIFIER);
	asks(*state, "read T:status", "reply T:status [[100,\"\"]" QUALIFIER);
	asks(*state, "read T:_words", "reply T:_words [[\"a\"]" QUALIFIER);
	asks(*state, "read T:_mode", "reply T:_mode [0" QUALIFIER);
}

static void surplus_of_a_specifier_is_repeated(void **state)
{
	asks(*state, "read T:value:x", "reply T:value:x [20.5" QUALIFIER);
}

static void reads_what_was_never_set_as_an_error(void **state)
{
	asks(*state, "read p:value",
	     "error_read p:value [\"ReadFailed\",\"not read yet\"" SINCE_UP);
}

static void reads_an_error(void **state)
{
	struct small *s = *state;

	node_set_error(s->node, s->value, ERROR_COMMUNICATION_FAILED,
		       "it is silent", T0);
	asks(s, "read T:value",
	     "error_read T:value [\"CommunicationFailed\","
	     "\"it is silent\"" QUALIFIER);
}

static void nan_is_an_error(void **state)
{
	struct small *s = *state;

	node_set_double(s->node, s->p_value, 0.0 / 0.0, T0);
	asks(s, "read p:value",
	     "error_read p:value [\"HardwareError\","
	     "\"no good reading\"" QUALIFIER);
}

static void long_texts_are_cut_to_what_was_promised(void **state)
{
	struct small *s = *state;

	node_set_status(s->node, s->status, 100, "gr\xc3\xbc\xc3\x9f Gott!!!",
			T0);
	asks(s, "read T:status",
	     "reply T:status [[100,\"gr\\u00fc\\u00df Got\"]" QUALIFIER);
}

static void changes(void **state)
{
	asks(*state, "change T:target 300", "changed T:target [300" QUALIFIER);
}

static void busy_and_target_come_before_changed(void **state)
{
	small_ask(*state, "activate");
	asks(*state, "change T:target 300",
	     "update T:status [[300,\"ramping\"]" QUALIFIER
	     "update T:target [300" QUALIFIER
	     "changed T:target [300" QUALIFIER);
}

static void others_see_the_change(void **state)
{
	struct small *s = *state;
	struct node_client *other = small_connect(s, NODE_OBSERVER);

	node_client_receive(other, T0, "activate\n", 9);
	small_take(s, other);
	small_ask(s, "change T:target 300");
	assert_string_equal(small_take(s, other),
			    "update T:status [[300,\"ramping\"]" QUALIFIER
			    "update T:target [300" QUALIFIER);
}

static void argument_is_in_normal_form(void **state)
{
	struct small *s = *state;

	small_ask(s, "change T:_mode \"on\"");
	assert_string_equal(s->argument, "1");
	small_ask(s, "change T:_mode 1.0");
	assert_string_equal(s->argument, "1");
}

static void does_a_command(void **state)
{
	asks(*state, "do T:stop", "done T:stop [null" QUALIFIER);
	asks(*state, "do T:stop null", "done T:stop [null" QUALIFIER);
}

static void does_a_command_with_an_argument(void **state)
{
	struct small *s = *state;

	s->later = true;
	small_ask(s, "do T:_say \"a b\"");
	assert_string_equal(s->argument, "\"a b\"");
	node_answer_result(s->node, s->token, "\"c\"", T0);
	assert_string_equal(small_got(s), "done T:_say [\"c\"" QUALIFIER);
}

static void activates_all_then_says_so(void **state)
{
	asks(*state, "activate",
	     "update T:value [20.5" QUALIFIER
	     "update T:status [[100,\"\"]" QUALIFIER
	     "update T:target [20" QUALIFIER "update T:_mode [0" QUALIFIER
	     "update T:_words [[\"a\"]" QUALIFIER
	     "error_update p:value [\"ReadFailed\",\"not read yet\"" SINCE_UP
	     "update p:_event [0" QUALIFIER "active\n");
}

static void activates_one_module(void **state)
{
	struct small *s = *state;

	node_set_double(s->node, s->p_value, 1, T0);
	asks(s, "activate p",
	     "update p:value [1" QUALIFIER "update p:_event [0" QUALIFIER
	     "active p\n");
	node_set_double(s->node, s->value, 21, T0);
	node_set_double(s->node, s->p_value, 2, T0);
	assert_string_equal(small_got(s), "update p:value [2" QUALIFIER);
}

static void deactivates(void **state)
{
	struct small *s = *state;

	small_ask(s, "activate");
	asks(s, "deactivate", "inactive\n");
	node_set_double(s->node, s->value, 21, T0);
	assert_string_equal(small_got(s), "");
}

static void deactivates_one_module(void **state)
{
	struct small *s = *state;

	small_ask(s, "activate");
	asks(s, "deactivate T", "inactive T\n");
	node_set_double(s->node, s->value, 21, T0);
	node_set_double(s->node, s->p_value, 2, T0);
	assert_string_equal(small_got(s), "update p:value [2" QUALIFIER);
}

static void not_activated_gets_nothing(void **state)
{
	struct small *s = *state;

	node_set_double(s->node, s->value, 21, T0);
	assert_string_equal(small_got(s), "");
	assert_int_equal(s->n_wakes, 0);
}

static void describes(void **state)
{
	struct small *s = *state;
	const char *got = small_ask(s, "describe x y");
	const char *prefix = "describing . ";
	json_t *d;

	assert_memory_equal(got, prefix, strlen(prefix));
	d = json_loads(got + strlen(prefix), JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(d);
	assert_string_equal(
		"Drivable",
		json_string_value(json_array_get(
			json_object_get(
				json_object_get(json_object_get(d, "modules"),
						"T"),
				"interface_classes"),
			0)));
	json_decref(d);
}

static void describes_what_may_be_written(void **state)
{
	assert_non_null(
		strstr(small_ask(*state, "describe"),
		       "\"target\":{\"description\":\"target\",\"datainfo\":"
		       "{\"type\":\"double\",\"min\":0,\"max\":1000,\"unit\":"
		       "\"degC\"},\"readonly\":false,"
		       "\"checkable\":true}"));
}

static void describes_to_an_observer_what_it_may(void **state)
{
	struct small *s = *state;
	struct node_client *other = small_connect(s, NODE_OBSERVER);
	const char *got;

	node_client_receive(other, T0, "describe\n", 9);
	got = small_take(s, other);
	assert_null(strstr(got, "\"readonly\":false"));
	assert_null(strstr(got, "Drivable"));
	assert_null(strstr(got, "stop"));
	assert_non_null(strstr(got, "_look"));
}

/* -- errors, in the order of their checks ------------------------------ */

static const char *class_of(struct small *s, const char *line)
{
	static char class[32];
	const char *got = small_ask(s, line), *start = strstr(got, "[\"");

	assert_memory_equal(got, "error_", 6);
	assert_non_null(start);
	snprintf(class, sizeof(class), "%.*s", (int)strcspn(start + 2, "\""),
		 start + 2);
	return class;
}

static void refuses(void **state)
{
	static const struct {
		const char *line, *class;
	} cases[] = {
		{ "", "ProtocolError" },
		{ "foo", "ProtocolError" },
		{ "*idn?", "ProtocolError" },
		{ "READ T:value", "ProtocolError" },
		{ "check T:_mode 1", "NotCheckable" },
		{ "logging T info", "BadJSON" },
		{ "read", "ProtocolError" },
		{ "read T", "ProtocolError" },
		{ "read T:", "ProtocolError" },
		{ "read :value", "ProtocolError" },
		{ "change T 1", "ProtocolError" },
		{ "do T", "ProtocolError" },
		{ "activate :x", "ProtocolError" },
		{ "read \x01:value", "ProtocolError" },
		{ "read \xc3\xbc:value", "ProtocolError" },
		{ "read  T:value", "ProtocolError" },
		{ "read x:value", "NoSuchModule" },
		{ "read t:value", "NoSuchModule" },
		{ "change x:y {", "NoSuchModule" },
		{ "do x:y {", "NoSuchModule" },
		{ "activate x", "NoSuchModule" },
		{ "deactivate x", "NoSuchModule" },
		{ "read T:x", "NoSuchParameter" },
		{ "read T:stop", "NoSuchParameter" },
		{ "change T:x {", "NoSuchParameter" },
		{ "change T:stop {", "NoSuchParameter" },
		{ "do T:x {", "NoSuchCommand" },
		{ "do T:value {", "NoSuchCommand" },
		{ "change T:value {", "ReadOnly" },
		{ "change p:value 1", "ReadOnly" },
		{ "change T:target {", "BadJSON" },
		{ "change T:target 1 2", "BadJSON" },
		{ "change T:target nan", "BadJSON" },
		{ "change T:target Infinity", "BadJSON" },
		{ "change T:target 01", "BadJSON" },
		{ "change T:target \"\xff\"", "BadJSON" },
		{ "change T:target \"\\ud800\"", "BadJSON" },
		{ "change T:target {\"a\":1,\"a\":2}", "BadJSON" },
		{ "change T:target 1e999", "RangeError" },
		{ "change T:target -1e999", "RangeError" },
		{ "change T:target 1000000000000000000000", "RangeError" },
		{ "change T:target", "WrongType" },
		{ "change T:target null", "WrongType" },
		{ "change T:target true", "WrongType" },
		{ "change T:target \"300\"", "WrongType" },
		{ "change T:target [300]", "WrongType" },
		{ "change T:_mode 0.5", "RangeError" },
		{ "change T:_mode 2", "RangeError" },
		{ "change T:_mode \"half\"", "RangeError" },
		{ "change T:_mode [1]", "WrongType" },
		{ "change T:_words \"a\"", "WrongType" },
		{ "change T:_words [1]", "WrongType" },
		{ "change T:_words [\"a\",\"b\",\"c\",\"d\"]", "RangeError" },
		{ "change T:_words [\"123456789\"]", "RangeError" },
		{ "change T:target 1000.1", "RangeError" },
		{ "change T:target -1e-300", "RangeError" },
		{ "do T:stop 1", "WrongType" },
		{ "do T:_say", "WrongType" },
		{ "do T:_say \"123456789\"", "RangeError" },
	};
	struct small *s = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		if (strcmp(class_of(s, cases[i].line), cases[i].class))
			fail_msg("'%s' is a %s, wanted %s", cases[i].line,
				 class_of(s, cases[i].line), cases[i].class);
		assert_int_equal(s->n_requests, 0);
	}
}

static void error_repeats_action_and_specifier(void **state)
{
	assert_memory_equal(small_ask(*state, "foo x y"), "error_foo x [", 13);
	assert_memory_equal(small_ask(*state, "foo"), "error_foo  [", 12);
	assert_memory_equal(small_ask(*state, "read x:y"), "error_read x:y [",
			    16);
}

static void error_says_what_may_have_been_meant(void **state)
{
	assert_non_null(strstr(small_ask(*state, "read T:valeu"),
			       "did you mean 'value'?"));
}

static void errors_carry_no_control_characters(void **state)
{
	assert_memory_equal(small_ask(*state, "\x1b[2J \x1b]0;x"),
			    "error_?[2J ?]0;x [", 18);
}

static void nesting_is_bounded(void **state)
{
	struct text line = { 0 };
	int i;

	text_add(&line, "change T:_words ");
	for (i = 0; i < JSON_DEPTH_LIMIT; i++)
		text_add_char(&line, '[');
	for (i = 0; i < JSON_DEPTH_LIMIT; i++)
		text_add_char(&line, ']');
	assert_string_equal(class_of(*state, text_str(&line)), "WrongType");
	text_clear(&line);
	text_add(&line, "change T:_words ");
	for (i = 0; i < JSON_DEPTH_LIMIT + 1; i++)
		text_add_char(&line, '[');
	for (i = 0; i < JSON_DEPTH_LIMIT + 1; i++)
		text_add_char(&line, ']');
	assert_string_equal(class_of(*state, text_str(&line)), "BadJSON");
	text_free(&line);
}

static void brackets_in_strings_are_no_nesting(void **state)
{
	struct text line = { 0 };
	int i;

	text_add(&line, "do T:_say \"\\\"");
	for (i = 0; i < 100; i++)
		text_add_char(&line, '[');
	text_add_char(&line, '"');
	assert_string_equal(class_of(*state, text_str(&line)), "RangeError");
	text_free(&line);
}

static void many_values_are_refused_unread(void **state)
{
	struct text line = { 0 };
	int i;

	text_add(&line, "change T:_words [1");
	for (i = 0; i < 300; i++)
		text_add(&line, ",1");
	text_add_char(&line, ']');
	assert_string_equal(class_of(*state, text_str(&line)), "BadJSON");
	text_free(&line);
}

static void what_no_value_needs_is_refused_unread(void **state)
{
	struct text line = { 0 };
	int i;

	text_add(&line, "change T:target ");
	for (i = 0; i < 100000; i++)
		text_add_char(&line, '[');
	assert_string_equal(class_of(*state, text_str(&line)), "RangeError");
	text_free(&line);
}

static void observer_may_not_write(void **state)
{
	struct small *s = *state;

	node_client_free(s->client);
	s->client = small_connect(s, NODE_OBSERVER);
	assert_string_equal(class_of(s, "change T:target 300"), "ReadOnly");
	assert_string_equal(class_of(s, "do T:stop"), "Disabled");
	assert_string_equal(class_of(s, "do T:stop 1"), "WrongType");
	assert_int_equal(s->n_requests, 0);
	asks(s, "do T:_look", "done T:_look [null" QUALIFIER);
}

static void specifier_has_a_bound(void **state)
{
	char line[300] = "ping ";

	memset(line + 5, 'x', MESSAGE_SPECIFIER_MAX + 1);
	assert_string_equal(class_of(*state, line), "ProtocolError");
	line[5 + MESSAGE_SPECIFIER_MAX] = '\0';
	assert_memory_equal(small_ask(*state, line), "pong ", 5);
}

#define T(f) cmocka_unit_test_setup_teardown(f, small_setup, small_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(identifies),
		T(identifying_ends_activation),
		T(carriage_return_is_ignored),
		T(pings),
		T(pings_without_token),
		T(surplus_data_is_ignored),
		T(reads),
		T(surplus_of_a_specifier_is_repeated),
		T(reads_what_was_never_set_as_an_error),
		T(reads_an_error),
		T(nan_is_an_error),
		T(long_texts_are_cut_to_what_was_promised),
		T(changes),
		T(busy_and_target_come_before_changed),
		T(others_see_the_change),
		T(argument_is_in_normal_form),
		T(does_a_command),
		T(does_a_command_with_an_argument),
		T(activates_all_then_says_so),
		T(activates_one_module),
		T(deactivates),
		T(deactivates_one_module),
		T(not_activated_gets_nothing),
		T(describes),
		T(describes_what_may_be_written),
		T(describes_to_an_observer_what_it_may),
		T(refuses),
		T(error_repeats_action_and_specifier),
		T(error_says_what_may_have_been_meant),
		T(errors_carry_no_control_characters),
		T(nesting_is_bounded),
		T(brackets_in_strings_are_no_nesting),
		T(many_values_are_refused_unread),
		T(what_no_value_needs_is_refused_unread),
		T(observer_may_not_write),
		T(specifier_has_a_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
