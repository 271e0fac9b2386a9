/* Answers that come later, in another order, or to nobody. */
#include "small_node.h"

static void answers_later(void **state)
{
	struct small *s = *state;

	s->later = true;
	asks(s, "change T:target 300", "");
	assert_int_equal(node_n_waiting(s->node), 1);
	asks(s, "ping 1", "pong 1 [null" QUALIFIER);
	node_set_double(s->node, s->target, 299.5, T0);
	node_answer(s->node, s->token, T0);
	assert_string_equal(small_got(s), "changed T:target [299.5" QUALIFIER);
	assert_int_equal(node_n_waiting(s->node), 0);
}

static void answers_in_another_order(void **state)
{
	struct small *s = *state;
	uint64_t first;

	s->later = true;
	small_ask(s, "change T:target 300");
	first = s->token;
	small_ask(s, "do T:stop");
	node_answer(s->node, s->token, T0);
	assert_string_equal(small_got(s), "done T:stop [null" QUALIFIER);
	node_answer(s->node, first, T0);
	assert_string_equal(small_got(s), "changed T:target [20" QUALIFIER);
}

static void answers_with_an_error(void **state)
{
	struct small *s = *state;

	s->later = true;
	small_ask(s, "change T:target 300");
	node_answer_error(s->node, s->token, ERROR_IS_BUSY, "a run is active");
	assert_string_equal(small_got(s), "error_change T:target [\"IsBusy\","
					  "\"a run is active\",{}]\n");
	small_ask(s, "do T:stop");
	node_answer_details(s->node, s->token, ERROR_HARDWARE, "no",
			    "\"_a\":1");
	assert_string_equal(small_got(s), "error_do T:stop [\"HardwareError\","
					  "\"no\",{\"_a\":1}]\n");
}

static void error_of_the_parameter_is_the_answer(void **state)
{
	struct small *s = *state;

	s->later = true;
	small_ask(s, "change T:target 300");
	node_set_error(s->node, s->target, ERROR_COMMUNICATION_FAILED, "silent",
		       T0);
	node_answer(s->node, s->token, T0);
	assert_string_equal(small_got(s),
			    "error_change T:target "
			    "[\"CommunicationFailed\",\"silent\"" QUALIFIER);
}

static void answer_to_a_client_that_is_gone(void **state)
{
	struct small *s = *state;

	s->later = true;
	small_ask(s, "change T:target 300");
	node_client_free(s->client);
	s->client = small_connect(s, NODE_OPERATOR);
	node_answer(s->node, s->token, T0);
	assert_string_equal(small_got(s), "");
	assert_int_equal(node_n_waiting(s->node), 0);
}

static void updates_come_before_a_late_answer(void **state)
{
	struct small *s = *state;

	s->later = true;
	small_ask(s, "activate");
	small_ask(s, "change T:target 300");
	node_set_double(s->node, s->target, 300, T0);
	node_answer(s->node, s->token, T0);
	node_set_status(s->node, s->status, 100, "done", T0);
	assert_string_equal(small_got(s),
			    "update T:target [300" QUALIFIER
			    "changed T:target [300" QUALIFIER
			    "update T:status [[100,\"done\"]" QUALIFIER);
}

#define ALL_BUT_KEPT (NODE_WAITING_MAX - NODE_WAITING_KEPT)

static void one_client_has_a_bound(void **state)
{
	struct small *s = *state;
	int i;

	s->later = true;
	for (i = 0; i < NODE_CLIENT_WAITING_MAX; i++)
		asks(s, "do T:stop", "");
	assert_non_null(strstr(small_ask(s, "do T:stop"), "IsBusy"));
	node_answer(s->node, s->token, T0);
	small_got(s);
	asks(s, "do T:stop", "");
	assert_non_null(strstr(small_ask(s, "do T:stop"), "IsBusy"));

	/* What is left open has places of its own. */
	for (i = 0; i < NODE_WAITING_KEPT; i++)
		asks(s, "do T:_look", "");
	assert_non_null(strstr(small_ask(s, "do T:_look"), "IsBusy"));
}

static void all_clients_have_a_bound(void **state)
{
	struct small *s = *state;
	struct node_client *c = NULL;
	int i;

	s->later = true;
	for (i = 0; i < ALL_BUT_KEPT; i++) {
		if (i % NODE_CLIENT_WAITING_MAX == 0)
			c = small_connect(s, NODE_OPERATOR);
		node_client_receive(c, T0, "do T:stop\n", 10);
	}
	assert_int_equal(s->n_requests, ALL_BUT_KEPT);
	assert_non_null(strstr(small_ask(s, "do T:stop"), "IsBusy"));
	assert_int_equal(s->n_requests, ALL_BUT_KEPT);

	for (i = 0; i < NODE_WAITING_KEPT; i++)
		asks(s, "do T:_look", "");
	assert_non_null(strstr(small_ask(s, "do T:_look"), "IsBusy"));
	assert_int_equal(s->n_requests, NODE_WAITING_MAX);
}

static void places_of_gone_clients_are_kept_until_answered(void **state)
{
	struct small *s = *state;
	uint64_t token;

	s->later = true;
	small_ask(s, "do T:stop");
	token = s->token;
	node_client_free(s->client);
	s->client = small_connect(s, NODE_OPERATOR);
	small_ask(s, "do T:stop");
	assert_true(token != s->token);
	node_answer(s->node, token, T0);
	assert_string_equal(small_got(s), "");
	node_answer(s->node, s->token, T0);
	assert_string_equal(small_got(s), "done T:stop [null" QUALIFIER);
}

static void node_may_go_while_requests_wait(void **state)
{
	struct small *s = *state;

	s->later = true;
	small_ask(s, "do T:stop");
}

#define T(f) cmocka_unit_test_setup_teardown(f, small_setup, small_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(answers_later),
		T(answers_in_another_order),
		T(answers_with_an_error),
		T(error_of_the_parameter_is_the_answer),
		T(answer_to_a_client_that_is_gone),
		T(updates_come_before_a_late_answer),
		T(one_client_has_a_bound),
		T(all_clients_have_a_bound),
		T(places_of_gone_clients_are_kept_until_answered),
		T(node_may_go_while_requests_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
