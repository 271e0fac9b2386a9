/* What somebody else's control keeps waiting, and who a client is told to
 * be. */
#include "small_node.h"

struct guarded {
	struct small *small;
	bool shut;
	int n_asked;
	char user[NODE_WHO_MAX];
};

static bool may(void *context, const struct node_request *r, struct err *why)
{
	struct guarded *g = context;

	g->n_asked++;
	text_copy(g->user, sizeof(g->user), r->who->user);
	if (g->shut)
		err_set(why, ERR_STATE, "bob has it: careful");
	return !g->shut;
}

static struct guarded guard(void **state, bool shut)
{
	return (struct guarded){ .small = *state, .shut = shut };
}

static void a_shut_gate_keeps_changes_and_commands_out(void **state)
{
	struct guarded g = guard(state, true);

	node_set_gate(g.small->node, may, &g);
	asks(g.small, "change T:target 300",
	     "error_change T:target [\"IsBusy\",\"bob has it: careful\"" QUALIFIER);
	asks(g.small, "do T:stop",
	     "error_do T:stop [\"IsBusy\",\"bob has it: careful\"" QUALIFIER);
	assert_int_equal(g.small->n_requests, 0);
	assert_int_equal(g.n_asked, 2);
	assert_string_equal(g.user, "alice");
	assert_int_equal(node_n_waiting(g.small->node), 0);
}

static void an_open_gate_lets_them_through(void **state)
{
	struct guarded g = guard(state, false);

	node_set_gate(g.small->node, may, &g);
	asks(g.small, "do T:stop", "done T:stop [null" QUALIFIER);
	assert_int_equal(g.n_asked, 1);
}

static void looking_is_never_asked_about(void **state)
{
	struct guarded g = guard(state, true);

	node_set_gate(g.small->node, may, &g);
	asks(g.small, "read T:value", "reply T:value [20.5" QUALIFIER);
	asks(g.small, "do T:_look", "done T:_look [null" QUALIFIER);
	assert_int_equal(g.n_asked, 0);
}

static void mistakes_are_told_before_the_gate(void **state)
{
	struct guarded g = guard(state, true);

	node_set_gate(g.small->node, may, &g);
	asks(g.small, "change T:target 3000",
	     "error_change T:target [\"RangeError\","
	     "\"3000 is above the maximum 1000 degC\"" QUALIFIER);
	assert_int_equal(g.n_asked, 0);
}

static void a_command_left_open_passes(void **state)
{
	static const struct datainfo_member members[] = {
		{ .name = "user", .of = &small_text },
		{ .name = "program", .of = &small_text },
		{ .name = "right", .of = &small_text },
	};
	static const struct datainfo who = {
		.type = DATAINFO_STRUCT,
		.members = members,
		.n_members = ARRAY_SIZE(members),
	};
	struct guarded g = { .shut = true };
	struct small s = { 0 };
	int m;

	(void)state;
	s.node = node_new(&(struct node_identity){ .equipment_id = "test" });
	m = node_add_module(
		s.node, &(struct node_module){ .name = "T",
					       .on_request = small_on_request,
					       .context = &s });
	node_tell_who(s.node, small_parameter(&s, m, "_you", &who, false));
	node_leave_open(s.node, node_add_command(s.node, m,
						 &(struct node_command){
							 .name = "stop" }));
	node_set_gate(s.node, may, &g);
	s.client = small_connect(&s, NODE_OPERATOR);
	asks(&s, "do T:stop", "done T:stop [null" QUALIFIER);
	assert_int_equal(g.n_asked, 0);

	/* ... and each client reads itself, be it asked or told. */
	asks(&s, "read T:_you",
	     "reply T:_you [{\"user\":\"alice\",\"program\":\"test\","
	     "\"right\":\"operator\"}" SINCE_CAME);
	asks(&s, "activate T",
	     "update T:_you [{\"user\":\"alice\",\"program\":\"test\","
	     "\"right\":\"operator\"}" SINCE_CAME "active T\n");
	text_free(&s.out);
	node_free(s.node);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, small_setup, small_teardown)
	const struct CMUnitTest tests[] = {
		T(a_shut_gate_keeps_changes_and_commands_out),
		T(an_open_gate_lets_them_through),
		T(looking_is_never_asked_about),
		T(mistakes_are_told_before_the_gate),
		T(a_command_left_open_passes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
