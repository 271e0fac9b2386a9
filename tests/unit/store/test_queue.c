/* The queue in the log: put down with batches, read back at a start. */
#include "fixture.h"
#include "store/queue.h"

static void add(struct fixture *f, uint32_t id, const char *name)
{
	const struct batch_queue_add q = {
		.id = id,
		.place = id,
		.t = T0 + id * S,
		.name = name,
		.label = "first",
		.recipe = "Anneal",
		.steps = 12,
		.seconds = 90.5,
		.after = "continue",
		.sheet = "{\"text\":\"recipe: Anneal\"}",
		.user = "alice",
		.program = "gascellctl",
	};

	batch_queue_add(f->batch, &q);
}

static void change(struct fixture *f, uint32_t id, uint32_t place,
		   const char *state, uint32_t run, const char *reason)
{
	const struct batch_queue_change q = { .id = id,
					      .place = place,
					      .t = T0 + 100 * S,
					      .state = state,
					      .run = run,
					      .reason = reason };

	batch_queue_change(f->batch, &q);
}

static void print(void *context, const struct store_queued *q)
{
	text_addf(context, "%u@%u %s/%s/%s %u steps %.1f s %s %s:%s run %u",
		  q->add.id, q->add.place, q->add.name, q->add.label,
		  q->add.recipe, q->add.steps, q->add.seconds, q->add.after,
		  q->add.user, q->state, q->run);
	text_addf(context, " [%s] %s\n", q->reason, q->add.sheet);
}

static struct store_queue expect_queue(struct fixture *f, const char *expected)
{
	struct text out = { 0 };
	struct store_queue queue;

	if (store_queue_read(f->store, &queue, print, &out, &f->err))
		fail_msg("%s", f->err.msg);
	assert_string_equal(text_str(&out), expected);
	text_free(&out);
	return queue;
}

static void test_a_new_log_has_an_empty_queue(void **state)
{
	struct store_queue queue = expect_queue(*state, "");

	assert_int_equal(queue.last, 0);
	assert_string_equal(queue.state, "idle");
	assert_string_equal(queue.reason, "");
}

static void test_entries_come_back_after_a_start(void **state)
{
	struct fixture *f = *state;

	add(f, 1, "a.yaml");
	change(f, 1, 1, "running", 7, "");
	batch_queue_state(f->batch, T0, "held", "held by alice");
	fixture_commit(f);
	fixture_close(f);
	fixture_open(f, T0 + 1000 * S);
	struct store_queue queue = expect_queue(
		f, "1@1 a.yaml/first/Anneal 12 steps 90.5 s continue"
		   " alice:running run 7 [] {\"text\":\"recipe: Anneal\"}\n");

	assert_int_equal(queue.last, 1);
	assert_string_equal(queue.state, "held");
	assert_string_equal(queue.reason, "held by alice");
}

static void test_places_give_the_order(void **state)
{
	struct fixture *f = *state;
	struct text out = { 0 };
	struct store_queue queue;

	add(f, 1, "a");
	add(f, 2, "b");
	change(f, 1, 2, "waiting", 0, "");
	change(f, 2, 1, "waiting", 0, "");
	fixture_commit(f);
	assert_int_equal(
		store_queue_read(f->store, &queue, print, &out, &f->err), 0);
	assert_memory_equal(text_str(&out), "2@1 b/", 6);
	text_free(&out);
}

static void test_what_has_left_stays_in_the_log(void **state)
{
	struct fixture *f = *state;

	add(f, 1, "a");
	add(f, 2, "b");
	change(f, 1, 0, "complete", 3, "");
	change(f, 2, 0, "removed", 0, "removed by bob");
	fixture_commit(f);
	assert_int_equal(expect_queue(f, "").last, 2);
	fixture_expect(f,
		       "SELECT entry, place, state, run, reason, added, user"
		       " FROM v_queue",
		       "1|-|complete|3||2026-11-22T07:35:33.123456Z|alice\n"
		       "2|-|removed|-|removed by bob"
		       "|2026-11-22T07:35:34.123456Z|alice\n");
}

static void test_a_change_needs_its_entry(void **state)
{
	struct fixture *f = *state;

	change(f, 9, 1, "waiting", 0, "");
	assert_int_equal(store_commit(f->store, f->batch, &f->err), -1);
	assert_int_equal(f->err.code, ERR_INVALID);
}

static void test_recipes_are_kept_once(void **state)
{
	struct fixture *f = *state;

	add(f, 1, "a");
	add(f, 2, "b");
	fixture_commit(f);
	fixture_expect(f, "SELECT count(DISTINCT sheet) FROM queue", "1\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(test_a_new_log_has_an_empty_queue),
		STORE_TEST(test_entries_come_back_after_a_start),
		STORE_TEST(test_places_give_the_order),
		STORE_TEST(test_what_has_left_stays_in_the_log),
		STORE_TEST(test_a_change_needs_its_entry),
		STORE_TEST(test_recipes_are_kept_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
