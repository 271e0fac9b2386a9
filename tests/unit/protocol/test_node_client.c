/* Bytes in and out: pieces, garbage, slow clients, bounds. */
#include "small_node.h"

#define LONG (MESSAGE_LINE_MAX + 1)

static void takes_a_line_in_pieces(void **state)
{
	struct small *s = *state;
	const char *line = "read T:value\n";

	for (; *line; line++) {
		assert_string_equal(small_got(s), "");
		node_client_receive(s->client, T0, line, 1);
	}
	assert_string_equal(small_got(s), "reply T:value [20.5" QUALIFIER);
}

static void takes_lines_in_one_piece(void **state)
{
	small_send(*state, "ping 1\nping 2\npi");
	small_send(*state, "ng 3\n");
	assert_string_equal(small_got(*state),
			    "pong 1 [null" QUALIFIER "pong 2 [null" QUALIFIER
			    "pong 3 [null" QUALIFIER);
}

static void gives_no_more_than_asked_for(void **state)
{
	struct small *s = *state;

	small_send(s, "*IDN?\n");
	assert_int_equal(node_client_output(s->client, &s->out, 5), 5);
	assert_string_equal(text_str(&s->out), "ISSE,");
	assert_true(node_client_has_output(s->client));
	assert_string_equal(small_got(s), "SECoP,,v2.0\n");
	assert_false(node_client_has_output(s->client));
}

/* A line of n bytes that begins with `read T:x`. */
static char *long_line(size_t n)
{
	char *line = malloc(n + 1);

	memset(line, 'x', n);
	memcpy(line, "read T:", 7);
	line[n] = '\n';
	return line;
}

static void refuses_a_long_line_and_goes_on(void **state)
{
	struct small *s = *state;
	char *line = long_line(LONG);
	const char *got;

	node_client_receive(s->client, T0, line, LONG + 1);
	free(line);
	got = small_got(s);
	assert_memory_equal(got, "error_read T:xxx", 16);
	assert_non_null(strstr(got, "[\"ProtocolError\",\"a line may have"));
	asks(s, "*IDN?", "ISSE,SECoP,,v2.0\n");
}

static void refuses_a_long_line_in_pieces(void **state)
{
	struct small *s = *state;
	char *line = long_line(LONG);
	const char *got;
	size_t i, n;

	for (i = 0; i < LONG + 1; i += n) {
		n = LONG + 1 - i < 1000 ? LONG + 1 - i : 1000;
		node_client_receive(s->client, T0, line + i, n);
	}
	free(line);
	got = small_got(s);
	assert_memory_equal(got, "error_read T:xxx", 16);
	assert_non_null(strstr(got, "ProtocolError"));
	asks(s, "*IDN?", "ISSE,SECoP,,v2.0\n");
}

static void takes_the_longest_line(void **state)
{
	struct small *s = *state;
	char *line = long_line(MESSAGE_LINE_MAX);

	memcpy(line, "ping t ", 7);
	node_client_receive(s->client, T0, line, 100);
	node_client_receive(s->client, T0, line + 100,
			    MESSAGE_LINE_MAX + 1 - 100);
	free(line);
	assert_string_equal(small_got(s), "pong t [null" QUALIFIER);
}

static void half_lines_of_all_have_a_bound(void **state)
{
	struct small *s = *state;
	struct node_client *c[40];
	char *line = long_line(MESSAGE_LINE_MAX);
	size_t i, n_refused = 0;

	for (i = 0; i < ARRAY_SIZE(c); i++) {
		c[i] = small_connect(s, NODE_OPERATOR);
		node_client_receive(c[i], T0, line, MESSAGE_LINE_MAX - 1);
	}
	for (i = 0; i < ARRAY_SIZE(c); i++) {
		node_client_receive(c[i], T0, "\n", 1);
		if (strstr(small_take(s, c[i]), "a line may have"))
			n_refused++;
	}
	free(line);
	assert_int_equal(n_refused, 8);
	asks(s, "*IDN?", "ISSE,SECoP,,v2.0\n");
}

static void garbage_harms_nobody(void **state)
{
	struct small *s = *state;
	unsigned int seed = 1;
	char bytes[997];
	size_t i, k;

	for (k = 0; k < 200 && !node_client_is_lost(s->client); k++) {
		for (i = 0; i < sizeof(bytes); i++)
			bytes[i] = (char)(rand_r(&seed) >> 8);
		node_client_receive(s->client, T0, bytes, sizeof(bytes));
		small_got(s);
	}
	small_send(s, "\n");
	small_got(s);
	asks(s, "ping 1", "pong 1 [null" QUALIFIER);
}

static void slow_client_gets_the_newest_value(void **state)
{
	struct small *s = *state;
	int i;

	small_ask(s, "activate");
	for (i = 0; i < 1000; i++)
		node_set_double(s->node, s->value, i, T0);
	assert_string_equal(small_got(s), "update T:value [999" QUALIFIER);
}

static void what_changed_last_is_told_last(void **state)
{
	struct small *s = *state;

	small_ask(s, "activate");
	node_set_status(s->node, s->status, 300, "busy", T0);
	node_set_double(s->node, s->value, 100, T0);
	node_set_status(s->node, s->status, 100, "", T0);
	assert_string_equal(small_got(s),
			    "update T:value [100" QUALIFIER
			    "update T:status [[100,\"\"]" QUALIFIER);
}

static void what_happens_is_told_each_time(void **state)
{
	struct small *s = *state;

	small_ask(s, "activate");
	node_set_double(s->node, s->p_event, 1, T0);
	node_set_double(s->node, s->p_value, 5, T0);
	node_set_double(s->node, s->p_event, 2, T0);
	node_set_double(s->node, s->p_value, 6, T0);
	assert_string_equal(small_got(s), "update p:_event [1" QUALIFIER
					  "update p:value [5" QUALIFIER
					  "update p:_event [2" QUALIFIER
					  "update p:value [6" QUALIFIER);
}

static void what_happens_has_a_bound_too(void **state)
{
	struct small *s = *state;
	int i;

	small_ask(s, "activate");
	for (i = 1; i < 100000; i++)
		node_set_double(s->node, s->p_event, i, T0);
	assert_true(node_client_is_full(s->client));
	assert_false(node_client_is_lost(s->client));
	assert_non_null(strstr(small_got(s), "update p:_event [99999,"));
}

/* A client may go at any byte of what it says, whatever waits for it. */
static void client_may_go_at_any_byte(void **state)
{
	static const char said[] = "*IDN?\nactivate\nchange T:target 3\n"
				   "do T:_say \"x\"\ndescribe\nread T:va";
	struct small *s = *state;
	size_t i;

	for (i = 0; i < sizeof(said); i++) {
		struct node_client *c = small_connect(s, NODE_OPERATOR);

		s->later = i % 2;
		node_client_receive(c, T0, said, i);
		node_set_double(s->node, s->value, (double)i, T0);
		node_client_free(c);
	}
	asks(s, "ping 1", "pong 1 [null" QUALIFIER);
}

/* A later value must not overtake an earlier answer: the client would keep
 * the older one. */
static void answers_keep_their_place_among_updates(void **state)
{
	struct small *s = *state;

	small_ask(s, "activate");
	node_set_double(s->node, s->value, 1, T0);
	small_send(s, "read T:value\n");
	node_set_double(s->node, s->value, 2, T0);
	assert_string_equal(small_got(s), "update T:value [1" QUALIFIER
					  "reply T:value [1" QUALIFIER
					  "update T:value [2" QUALIFIER);
}

static void one_parameter_does_not_starve_another(void **state)
{
	struct small *s = *state;
	bool seen = false;
	int i;

	small_ask(s, "activate");
	for (i = 0; i < 20 && !seen; i++) {
		node_set_double(s->node, s->value, i, T0);
		node_set_double(s->node, s->p_value, i, T0);
		text_clear(&s->out);
		node_client_output(s->client, &s->out, 30);
		seen = strstr(text_str(&s->out), "p:value");
	}
	assert_true(seen);
}

static void client_that_never_reads_is_given_up(void **state)
{
	struct small *s = *state;
	int i;

	for (i = 0; i < 1000000 && !node_client_is_lost(s->client); i++)
		small_send(s, "describe\n");
	assert_true(node_client_is_lost(s->client));
	assert_in_range(i, NODE_QUEUE_HIGH / 4000, NODE_QUEUE_MAX / 8);
	assert_false(node_client_has_output(s->client));
	assert_string_equal(small_ask(s, "ping 1"), "");
}

static void full_queue_is_said_long_before(void **state)
{
	struct small *s = *state;

	while (!node_client_is_full(s->client))
		small_send(s, "describe\n");
	assert_false(node_client_is_lost(s->client));
	small_got(s);
	assert_false(node_client_is_full(s->client));
}

static void updates_alone_never_pile_up(void **state)
{
	struct small *s = *state;
	int i;

	small_ask(s, "activate");
	for (i = 0; i < 1000000; i++)
		node_set_double(s->node, s->value, i, T0);
	assert_false(node_client_is_full(s->client));
}

static void wakes_once_until_all_is_taken(void **state)
{
	struct small *s = *state;

	small_ask(s, "activate");
	s->n_wakes = 0;
	node_set_double(s->node, s->value, 1, T0);
	node_set_double(s->node, s->value, 2, T0);
	assert_int_equal(s->n_wakes, 1);
	text_clear(&s->out);
	node_client_output(s->client, &s->out, 5);
	node_set_double(s->node, s->value, 3, T0);
	assert_int_equal(s->n_wakes, 1);
	small_got(s);
	node_set_double(s->node, s->value, 4, T0);
	assert_int_equal(s->n_wakes, 2);
}

static void unchanged_reading_is_repeated_once_a_second(void **state)
{
	struct small *s = *state;

	small_ask(s, "activate");
	node_set_double(s->node, s->value, 20.5, T0 + NSEC_PER_S / 2);
	assert_string_equal(small_got(s), "");
	node_set_double(s->node, s->value, 20.5, T0 + NSEC_PER_S);
	assert_string_equal(small_got(s), "update T:value [20.5,"
					  "{\"t\":1500000001.000000}]\n");
}

static void unchanged_value_has_its_new_time_when_read(void **state)
{
	struct small *s = *state;

	node_set_double(s->node, s->value, 20.5, T0 + 1500);
	asks(s, "read T:value",
	     "reply T:value [20.5,{\"t\":1500000000.000001}]\n");
}

static void clients_have_a_bound(void **state)
{
	struct small *s = *state;
	struct node_client *c, *last = NULL;
	size_t n = node_n_clients(s->node);

	while ((c = small_connect(s, NODE_OBSERVER))) {
		last = c;
		n++;
	}
	assert_int_equal(n, NODE_CLIENTS_MAX);
	node_client_free(last);
	assert_non_null(small_connect(s, NODE_OBSERVER));
}

static void freed_clients_leave_the_others_alone(void **state)
{
	struct small *s = *state;
	struct node_client *a = small_connect(s, NODE_OPERATOR);
	struct node_client *b = small_connect(s, NODE_OPERATOR);

	node_client_receive(a, T0, "activate\nhalf", 13);
	node_client_receive(b, T0, "activate\n", 9);
	small_take(s, b);
	node_client_free(a);
	node_set_double(s->node, s->value, 1, T0);
	assert_string_equal(small_take(s, b), "update T:value [1" QUALIFIER);
	node_client_free(b);
	node_set_double(s->node, s->value, 2, T0);
	asks(s, "ping 1", "pong 1 [null" QUALIFIER);
}

#define T(f) cmocka_unit_test_setup_teardown(f, small_setup, small_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(takes_a_line_in_pieces),
		T(takes_lines_in_one_piece),
		T(gives_no_more_than_asked_for),
		T(refuses_a_long_line_and_goes_on),
		T(refuses_a_long_line_in_pieces),
		T(takes_the_longest_line),
		T(half_lines_of_all_have_a_bound),
		T(garbage_harms_nobody),
		T(slow_client_gets_the_newest_value),
		T(what_changed_last_is_told_last),
		T(what_happens_is_told_each_time),
		T(what_happens_has_a_bound_too),
		T(client_may_go_at_any_byte),
		T(answers_keep_their_place_among_updates),
		T(one_parameter_does_not_starve_another),
		T(client_that_never_reads_is_given_up),
		T(full_queue_is_said_long_before),
		T(updates_alone_never_pile_up),
		T(wakes_once_until_all_is_taken),
		T(unchanged_reading_is_repeated_once_a_second),
		T(unchanged_value_has_its_new_time_when_read),
		T(clients_have_a_bound),
		T(freed_clients_leave_the_others_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
