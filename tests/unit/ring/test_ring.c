/* The real engine on a site of one gauge with an interlock on its age: the
 * only time-out it asks for is the age running out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ring/ring.h"

#define S NSEC_PER_S

struct bench {
	struct config config;
	struct ring ring;
	nsec times[64]; /* of the events seen */
	enum event_type types[64];
	size_t n_seen;
	size_t n_acted, n_acted_before_seen;
};

static void act(void *context, const struct action *action, nsec now)
{
	struct bench *b = context;

	(void)action;
	assert_int_equal(now, b->ring.last);
	b->n_acted++;
}

static void seen(void *context, const struct event *event,
		 const struct actions *actions)
{
	struct bench *b = context;

	assert_true(b->n_seen < 64);
	assert_int_equal(b->n_acted - b->n_acted_before_seen, actions->n);
	b->n_acted_before_seen = b->n_acted;
	b->times[b->n_seen] = event->now;
	b->types[b->n_seen++] = event->type;
}

static void make_site(struct site *s)
{
	s->n_roles = s->n_polls = s->n_interlocks = 1;
	s->roles[0] = (struct role){ .name = "gauge",
				     .access = ROLE_READ,
				     .quantity = QUANTITY_PRESSURE,
				     .readback = ROLE_NONE };
	s->polls[0] = (struct poll){ .name = "gauge", .period = S, .n = 1 };
	for (size_t i = 0; i < KNOWN_N; i++)
		s->known[i] = ROLE_NONE;
	for (size_t i = 0; i < GAS_MAX; i++)
		s->gas_flow[i] = s->gas_valve[i] = ROLE_NONE;
	for (size_t i = 0; i < SITE_GAUGES_MAX; i++)
		s->gauges[i] = ROLE_NONE;
	s->interlocks[0] = (struct interlock){ .name = "gauge is silent",
					       .kind = INTERLOCK_STALE,
					       .level = LEVEL_COOL,
					       .window = 3 * S,
					       .need = 1,
					       .of = 1 };
	s->gas_rule.confirm = S;
	s->defaults.settle = S;
	gases_init(&s->gases);
}

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct err err;

	make_site(&b->config.site);
	b->ring = (struct ring){
		.engine = engine_new(&b->config.site, false),
		.journal = journal_new(&b->config, NULL, 0, &err),
		.last = -1,
		.act = act,
		.seen = seen,
		.context = b,
	};
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	engine_free(b->ring.engine);
	journal_free(b->ring.journal);
	free(b);
	return 0;
}

static void poll_at(struct bench *b, nsec now)
{
	static const double value = 1;
	struct event event = { .now = now, .type = EVENT_POLL };

	event.poll.value = &value;
	ring_feed(&b->ring, &event);
}

static void test_times_are_strictly_increasing(void **state)
{
	struct bench *b = *state;

	poll_at(b, S);
	poll_at(b, S);
	poll_at(b, S - 5);
	assert_int_equal(b->n_seen, 3);
	assert_int_equal(b->times[0], S);
	assert_int_equal(b->times[1], S + 1);
	assert_int_equal(b->times[2], S + 2);
}

static void test_a_due_timeout_has_its_turn_first(void **state)
{
	struct bench *b = *state;

	poll_at(b, 0);
	poll_at(b, 100 * S);
	assert_true(b->n_seen >= 3);
	assert_int_equal(b->types[1], EVENT_TIMEOUT);
	assert_in_range(b->times[1], 3 * S, 3 * S + NSEC_PER_S / 100);
	assert_int_equal(b->types[b->n_seen - 1], EVENT_POLL);
	assert_int_equal(b->times[b->n_seen - 1], 100 * S);
}

static void test_advance_gives_what_is_due_and_no_more(void **state)
{
	struct bench *b = *state;
	nsec deadline;
	size_t n;

	poll_at(b, 0);
	deadline = engine_deadline(b->ring.engine);
	assert_true(deadline < NSEC_NEVER);
	ring_advance(&b->ring, deadline - 1);
	assert_int_equal(b->n_seen, 1);
	ring_advance(&b->ring, deadline);
	n = b->n_seen;
	assert_int_equal(b->times[1], deadline);
	ring_advance(&b->ring, deadline);
	assert_int_equal(b->n_seen, n);
}

static void test_feeding_the_times_again_gives_the_same_times(void **state)
{
	struct bench *b = *state;
	struct bench *again;
	void *fresh;

	for (int i = 0; i < 10; i++)
		poll_at(b, i * 5 * S / 2);
	setup(&fresh);
	again = fresh;
	for (size_t i = 0; i < b->n_seen; i++)
		if (b->types[i] == EVENT_POLL)
			poll_at(again, b->times[i]);
	assert_int_equal(again->n_seen, b->n_seen);
	for (size_t i = 0; i < b->n_seen; i++)
		assert_int_equal(again->times[i], b->times[i]);
	teardown(&fresh);
}

static void test_actions_are_those_of_the_newest_event(void **state)
{
	struct bench *b = *state;
	struct event event = { .now = 5,
			       .type = EVENT_COMMAND,
			       .command = { .kind = COMMAND_PAUSE } };
	bool replied = false;

	ring_feed(&b->ring, &event);
	for (size_t i = 0; i < b->ring.actions.n; i++)
		replied |= b->ring.actions.v[i].type == ACTION_REPLY;
	assert_true(replied);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_times_are_strictly_increasing),
		TEST(test_a_due_timeout_has_its_turn_first),
		TEST(test_advance_gives_what_is_due_and_no_more),
		TEST(test_feeding_the_times_again_gives_the_same_times),
		TEST(test_actions_are_those_of_the_newest_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
