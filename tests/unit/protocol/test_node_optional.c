/* check, logging, the versions of SECoP, discovery. */
#include "small_node.h"

static void checks_a_change(void **state)
{
	struct small *s = *state;

	asks(s, "check T:target 300", "checked T:target [300,{}]\n");
	assert_true(s->check);
	asks(s, "read T:target", "reply T:target [20" QUALIFIER);
}

static void checks_a_command(void **state)
{
	asks(*state, "check T:_say \"hi\"", "checked T:_say [\"hi\",{}]\n");
}

static void a_check_is_told_to_nobody_else(void **state)
{
	struct small *s = *state;
	struct node_client *other = small_connect(s, NODE_OBSERVER);

	node_client_receive(other, T0, "activate\n", 9);
	small_take(s, other);
	small_ask(s, "check T:target 300");
	assert_string_equal(small_take(s, other), "");
}

static void a_check_fails_as_the_change_would(void **state)
{
	struct small *s = *state;

	asks(s, "check T:target 1001",
	     "error_check T:target [\"RangeError\","
	     "\"1001 is above the maximum 1000 degC\"" QUALIFIER);
	asks(s, "check T:target \"warm\"",
	     "error_check T:target [\"WrongType\","
	     "\"\\\"warm\\\" is not a number\"" QUALIFIER);
	asks(s, "check T:value 3",
	     "error_check T:value [\"ReadOnly\",\"it is readonly\"" QUALIFIER);
	assert_int_equal(s->n_requests, 0);
}

static void a_module_refuses_a_check(void **state)
{
	struct small *s = *state;

	s->later = true;
	small_ask(s, "check T:target 300");
	node_answer_error(s->node, s->token, ERROR_IMPOSSIBLE, "no");
	assert_string_equal(
		small_got(s),
		"error_check T:target [\"Impossible\",\"no\",{}]\n");
}

static void what_cannot_be_checked_says_so(void **state)
{
	static const char why[] =
		"[\"NotCheckable\",\"it cannot be tried without doing "
		"it\"" QUALIFIER;
	struct small *s = *state;
	char wanted[160];

	snprintf(wanted, sizeof(wanted), "error_check T:_mode %s", why);
	asks(s, "check T:_mode 1", wanted);
	snprintf(wanted, sizeof(wanted), "error_check T:stop %s", why);
	asks(s, "check T:stop", wanted);
	asks(s, "check T:nothing 1",
	     "error_check T:nothing [\"NoSuchParameter\","
	     "\"no parameter 'nothing'\"" QUALIFIER);
}

static void says_what_is_checkable(void **state)
{
	struct small *s = *state;
	const struct text *d = node_describe(s->node, NODE_OPERATOR);

	assert_non_null(strstr(d->s, "\"readonly\":false,\"checkable\":true"));
	d = node_describe(s->node, NODE_OBSERVER);
	assert_null(strstr(d->s, "checkable"));
}

static void logs_to_who_asked(void **state)
{
	struct small *s = *state;

	asks(s, "logging T \"info\"", "logging T \"info\"\n");
	node_log(s->node, s->module_T, NODE_LOG_INFO, "it is \"warm\"");
	node_log(s->node, s->module_T, NODE_LOG_ERROR, "hot");
	node_log(s->node, s->module_T, NODE_LOG_DEBUG, "20.5");
	assert_string_equal(small_got(s), "log T:info \"it is \\\"warm\\\"\"\n"
					  "log T:error \"hot\"\n");
}

static void logs_nothing_unless_asked(void **state)
{
	struct small *s = *state;

	assert_false(node_log_wanted(s->node, s->module_T, NODE_LOG_ERROR));
	node_log(s->node, s->module_T, NODE_LOG_ERROR, "hot");
	assert_string_equal(small_got(s), "");
}

static void logs_of_all_modules(void **state)
{
	struct small *s = *state;

	asks(s, "logging  \"debug\"", "logging  \"debug\"\n");
	assert_true(node_log_wanted(s->node, s->module_T, NODE_LOG_DEBUG));
}

static void logging_can_be_switched_off(void **state)
{
	struct small *s = *state;

	small_ask(s, "logging T \"debug\"");
	asks(s, "logging T false", "logging T false\n");
	assert_false(node_log_wanted(s->node, s->module_T, NODE_LOG_ERROR));
	small_ask(s, "logging T \"debug\"");
	asks(s, "logging T \"off\"", "logging T \"off\"\n");
	assert_false(node_log_wanted(s->node, s->module_T, NODE_LOG_ERROR));
	small_ask(s, "logging T \"debug\"");
	small_ask(s, "*IDN?");
	assert_false(node_log_wanted(s->node, s->module_T, NODE_LOG_ERROR));
}

static void logging_names_the_least_that_is_logged(void **state)
{
	asks(*state, "logging T:value \"error\"", "logging T \"error\"\n");
}

static void logging_refuses_what_is_no_level(void **state)
{
	struct small *s = *state;

	asks(s, "logging T \"loud\"",
	     "error_logging T [\"RangeError\",\"a level is one of "
	     "\\\"debug\\\", \\\"info\\\", \\\"error\\\", "
	     "\\\"off\\\"\"" QUALIFIER);
	asks(s, "logging T",
	     "error_logging T [\"WrongType\",\"a level is one of "
	     "\\\"debug\\\", \\\"info\\\", \\\"error\\\", "
	     "\\\"off\\\"\"" QUALIFIER);
	asks(s, "logging X \"info\"",
	     "error_logging X [\"NoSuchModule\",\"no module 'X'\"" QUALIFIER);
}

static void lines_that_are_not_read_are_counted(void **state)
{
	struct small *s = *state;
	int i;

	small_ask(s, "logging T \"info\"");
	for (i = 0; !node_client_is_full(s->client); i++)
		node_log(s->node, s->module_T, NODE_LOG_INFO, "again");
	node_log(s->node, s->module_T, NODE_LOG_INFO, "lost");
	node_log(s->node, s->module_T, NODE_LOG_INFO, "lost");
	small_got(s);
	node_log(s->node, s->module_T, NODE_LOG_INFO, "back");
	assert_string_equal(small_got(s),
			    "log T:error \"2 lines are left out here: they "
			    "were not read\"\n"
			    "log T:info \"back\"\n");
}

static int setup_1_0(void **state)
{
	return small_setup_version(state, NODE_VERSION_1_0);
}

static int setup_1_1(void **state)
{
	return small_setup_version(state, NODE_VERSION_1_1);
}

static void older_versions_identify_as_such(void **state)
{
	asks(*state, "*IDN?", "ISSE&SINE2020,SECoP,V2019-09-16,v1.0\n");
}

static void version_1_1_identifies_as_such(void **state)
{
	asks(*state, "*IDN?", "ISSE&SINE2020,SECoP,V2025-10-16,v1.1\n");
}

static void older_versions_have_no_check(void **state)
{
	struct small *s = *state;

	assert_non_null(strstr(small_ask(s, "check T:target 300"),
			       "error_check T:target [\"ProtocolError\""));
	assert_null(
		strstr(node_describe(s->node, NODE_OPERATOR)->s, "checkable"));
}

static void older_versions_have_another_meaning(void **state)
{
	struct small *s = *state;

	assert_non_null(strstr(node_describe(s->node, NODE_OPERATOR)->s,
			       "\"meaning\":[\"temperature\",30]"));
}

static void meaning_is_an_object(void **state)
{
	struct small *s = *state;

	assert_non_null(strstr(node_describe(s->node, NODE_OPERATOR)->s,
			       "\"meaning\":{\"function\":\"temperature\","
			       "\"importance\":30,"
			       "\"belongs_to\":\"sample\"}"));
}

static void newer_names_are_custom_in_older_versions(void **state)
{
	struct small *s = *state;

	assert_true(node_find_parameter(s->node, "T", "control_active") < 0);
	assert_true(node_find_parameter(s->node, "T", "_control_active") >= 0);
}

static void versions_have_names(void **state)
{
	(void)state;
	assert_int_equal(node_version_from_name("1.1"), NODE_VERSION_1_1);
	assert_int_equal(node_version_from_name("3"), NODE_VERSION_DEFAULT);
}

static void announces_itself(void **state)
{
	struct small *s = *state;

	node_announce(s->node, 10767, &s->out);
	assert_string_equal(text_str(&s->out),
			    "{\"SECoP\":\"node\",\"port\":10767,"
			    "\"equipment_id\":\"test\",\"firmware\":\"\","
			    "\"description\":\"a test\"}");
}

static void announcement_fits_a_packet(void **state)
{
	struct text about = { 0 }, out = { 0 };
	struct node *n;
	int i;

	(void)state;
	for (i = 0; i < 1000; i++)
		text_add(&about, "\xc2\xb0");
	n = node_new(
		&(struct node_identity){ .equipment_id = text_str(&about),
					 .description = text_str(&about) });
	node_announce(n, 65535, &out);
	assert_true(out.n <= NODE_PACKET_MAX);
	node_free(n);
	text_free(&about);
	text_free(&out);
}

static void knows_who_asks_for_nodes(void **state)
{
	static const char yes[] = "{\"SECoP\": \"discover\"}";
	static const char no[] = "{\"SECoP\": \"node\"}";

	(void)state;
	assert_true(node_is_discovery(yes, strlen(yes)));
	assert_false(node_is_discovery(no, strlen(no)));
	assert_false(node_is_discovery("[1]", 3));
	assert_false(node_is_discovery("{", 1));
	assert_false(node_is_discovery("", 0));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, small_setup, small_teardown)
#define TEST_OF(f, setup)                                                      \
	cmocka_unit_test_setup_teardown(f, setup, small_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(checks_a_change),
		TEST(checks_a_command),
		TEST(a_check_is_told_to_nobody_else),
		TEST(a_check_fails_as_the_change_would),
		TEST(a_module_refuses_a_check),
		TEST(what_cannot_be_checked_says_so),
		TEST(says_what_is_checkable),
		TEST(logs_to_who_asked),
		TEST(logs_nothing_unless_asked),
		TEST(logs_of_all_modules),
		TEST(logging_can_be_switched_off),
		TEST(logging_names_the_least_that_is_logged),
		TEST(logging_refuses_what_is_no_level),
		TEST(lines_that_are_not_read_are_counted),
		TEST_OF(older_versions_identify_as_such, setup_1_0),
		TEST_OF(version_1_1_identifies_as_such, setup_1_1),
		TEST_OF(older_versions_have_no_check, setup_1_1),
		TEST_OF(older_versions_have_another_meaning, setup_1_0),
		TEST(meaning_is_an_object),
		TEST_OF(newer_names_are_custom_in_older_versions, setup_1_0),
		TEST(versions_have_names),
		TEST(announces_itself),
		TEST(announcement_fits_a_packet),
		TEST(knows_who_asks_for_nodes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
