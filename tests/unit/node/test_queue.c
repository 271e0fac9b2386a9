/* The queue's decisions, in virtual time; what it wants done is written down
 * by the test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "node/queue.h"

#define S NSEC_PER_S

struct bench {
	struct queue queue;
	struct text did;
	nsec now;
	uint32_t runs;
	const char *mistake; /* the next start fails with it */
	bool over_at_once;
	struct queue_sight sight;
	struct err err;
};

static int start(void *context, const struct queue_entry *e, nsec now,
		 uint32_t *run, struct err *err)
{
	struct bench *b = context;

	(void)now;
	if (b->mistake)
		return err_set(err, ERR_INVALID, "%s", b->mistake);
	*run = ++b->runs;
	text_addf(&b->did, "start %s as %u\n", e->name, *run);
	if (b->over_at_once)
		queue_run_ended(&b->queue, STATE_COMPLETE, "", b->now);
	else
		b->sight.active = true;
	return 0;
}

static void added(void *context, const struct queue_entry *e, uint32_t place,
		  nsec now)
{
	struct bench *b = context;

	(void)now;
	text_addf(&b->did, "add %s at %u\n", e->name, place);
}

static void changed(void *context, const struct queue_entry *e, uint32_t place,
		    const char *state, nsec now)
{
	struct bench *b = context;

	(void)now;
	text_addf(&b->did, "%s at %u %s%s%s\n", e->name, place, state,
		  *e->reason ? ": " : "", e->reason);
}

static void now_is(void *context, enum queue_state state, const char *reason,
		   enum severity severity, nsec now)
{
	struct bench *b = context;

	(void)now;
	text_addf(&b->did, "queue %s%s%s%s\n", queue_state_name(state),
		  *reason ? ": " : "", reason,
		  severity == SEVERITY_ALARM ? " (alarm)" : "");
}

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	const struct queue_deeds deeds = { start, added, changed, now_is, b };

	queue_init(&b->queue, &deeds);
	b->sight = (struct queue_sight){ .ready = true, .cause = "" };
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	queue_fini(&b->queue);
	text_free(&b->did);
	free(b);
	return 0;
}

/* What was done since this was last asked. */
#define expect(b, expected)                                                    \
	do {                                                                   \
		assert_string_equal(text_str(&(b)->did), expected);            \
		text_clear(&(b)->did);                                         \
	} while (0)

static struct queue_entry entry(const char *name, enum queue_after after)
{
	return (struct queue_entry){ .after = after,
				     .name = text_dup(name),
				     .label = text_dup(""),
				     .recipe = text_dup(name),
				     .sheet = text_dup("{}"),
				     .user = text_dup("alice"),
				     .program = text_dup("") };
}

static void add(struct bench *b, const char *name, enum queue_after after)
{
	struct queue_entry e = entry(name, after);

	if (queue_add(&b->queue, &e, b->now, &b->err))
		fail_msg("%s", b->err.msg);
}

/* Two that wait, and nothing of that is told. */
static void add_two(struct bench *b, enum queue_after after)
{
	add(b, "a", after);
	add(b, "b", after);
	text_clear(&b->did);
}

static void look(struct bench *b)
{
	b->now += S;
	queue_look(&b->queue, &b->sight, b->now);
}

static void go(struct bench *b)
{
	if (queue_go(&b->queue, &b->sight, b->now, &b->err))
		fail_msg("%s", b->err.msg);
	look(b);
}

static void end(struct bench *b, enum run_state end, const char *reason)
{
	b->sight.active = false;
	queue_run_ended(&b->queue, end, reason, b->now);
}

static void test_one_after_the_other(void **state)
{
	struct bench *b = *state;

	add_two(b, QUEUE_STOP);
	look(b);
	expect(b, "");
	go(b);
	expect(b, "queue running\nstart a as 1\na at 1 running\n");
	look(b);
	expect(b, "");
	end(b, STATE_COMPLETE, "");
	expect(b, "a at 0 complete\nb at 1 waiting\n");
	look(b);
	expect(b, "start b as 2\nb at 1 running\n");
	end(b, STATE_COMPLETE, "");
	expect(b, "b at 0 complete\nqueue idle\n");
	assert_int_equal(b->queue.n, 0);
}

static void test_waits_until_everything_is_safe(void **state)
{
	struct bench *b = *state;

	add_two(b, QUEUE_STOP);
	b->sight.ready = false;
	go(b);
	look(b);
	expect(b, "queue running\n");
	b->sight.ready = true;
	look(b);
	expect(b, "start a as 1\na at 1 running\n");
}

static void test_does_not_wait_for_ever(void **state)
{
	struct bench *b = *state;

	add_two(b, QUEUE_CONTINUE);
	b->sight.ready = false;
	b->sight.cause = "hold: the camera is silent";
	go(b);
	b->now += QUEUE_PATIENCE - 2 * S;
	look(b);
	expect(b, "queue running\n");
	look(b);
	expect(b, "queue held: the laboratory is not ready after 10 min:"
		  " hold: the camera is silent (alarm)\n");
}

static void test_a_failed_run_holds_it(void **state)
{
	struct bench *b = *state;

	add_two(b, QUEUE_STOP);
	go(b);
	text_clear(&b->did);
	end(b, STATE_ABORTED, "step 2, ramp: too slow");
	expect(b, "a at 0 aborted: step 2, ramp: too slow\nb at 1 waiting\n"
		  "queue held: run 1 (a) was aborted: step 2, ramp: too slow"
		  " (alarm)\n");
	look(b);
	expect(b, "");
	go(b);
	expect(b, "queue running\nstart b as 2\nb at 1 running\n");
}

static void test_a_failed_run_may_be_gone_past(void **state)
{
	struct bench *b = *state;

	add_two(b, QUEUE_CONTINUE);
	go(b);
	text_clear(&b->did);
	end(b, STATE_ABORTED, "too slow");
	look(b);
	expect(b, "a at 0 aborted: too slow\nb at 1 waiting\n"
		  "start b as 2\nb at 1 running\n");
}

static void test_a_latched_trip_is_never_gone_past(void **state)
{
	struct bench *b = *state;

	add_two(b, QUEUE_CONTINUE);
	go(b);
	end(b, STATE_ABORTED, "heater above its limit");
	text_clear(&b->did);
	b->sight.ready = false;
	b->sight.latched = true;
	b->sight.cause = "cool: heater above its limit";
	look(b);
	expect(b, "queue held: cool: heater above its limit (alarm)\n");
	assert_int_equal(queue_go(&b->queue, &b->sight, b->now, &b->err), -1);
	assert_string_equal(b->err.msg,
			    "cool: heater above its limit. Reset it first");
}

static void test_a_stopped_run_holds_it_whatever_the_entry_says(void **state)
{
	struct bench *b = *state;

	add_two(b, QUEUE_CONTINUE);
	go(b);
	text_clear(&b->did);
	end(b, STATE_STOPPED, "stopped by the operator");
	expect(b, "a at 0 stopped: stopped by the operator\nb at 1 waiting\n"
		  "queue held: run 1 (a) was stopped:"
		  " stopped by the operator\n");
}

static void test_a_recipe_that_does_not_pass_holds_it(void **state)
{
	struct bench *b = *state;

	add_two(b, QUEUE_CONTINUE);
	b->mistake = "a:3: no O2 while H2 is in the cell";
	go(b);
	expect(b, "queue running\n"
		  "a at 1 held: a:3: no O2 while H2 is in the cell\n"
		  "queue held: a does not start:"
		  " a:3: no O2 while H2 is in the cell (alarm)\n");
	b->mistake = NULL;
	go(b);
	expect(b, "queue running\nstart a as 1\na at 1 running\n");
}

static void test_a_run_that_is_over_at_once(void **state)
{
	struct bench *b = *state;

	add_two(b, QUEUE_STOP);
	b->over_at_once = true;
	go(b);
	expect(b, "queue running\nstart a as 1\na at 1 running\n"
		  "a at 0 complete\nb at 1 waiting\n");
	look(b);
	expect(b, "start b as 2\nb at 1 running\nb at 0 complete\n"
		  "queue idle\n");
}

static void test_waits_for_a_run_that_was_started_by_hand(void **state)
{
	struct bench *b = *state;

	add_two(b, QUEUE_STOP);
	b->sight.active = true;
	b->sight.ready = false;
	go(b);
	b->now += 10 * QUEUE_PATIENCE;
	look(b);
	expect(b, "queue running\n");
	end(b, STATE_ABORTED, "by hand");
	b->sight.ready = true;
	look(b);
	expect(b, "start a as 1\na at 1 running\n");
}

static void test_held_while_a_run_goes_on(void **state)
{
	struct bench *b = *state;

	add_two(b, QUEUE_STOP);
	go(b);
	queue_hold(&b->queue, "bob", b->now);
	queue_hold(&b->queue, "carol", b->now);
	text_clear(&b->did);
	end(b, STATE_COMPLETE, "");
	look(b);
	expect(b, "a at 0 complete\nb at 1 waiting\n");
	assert_string_equal(b->queue.reason, "held by bob");
}

static void test_entries_move(void **state)
{
	struct bench *b = *state;

	add_two(b, QUEUE_STOP);
	add(b, "c", QUEUE_STOP);
	text_clear(&b->did);
	assert_int_equal(queue_move(&b->queue, 3, 1, 0, &b->err), 0);
	expect(b, "c at 1 waiting\na at 2 waiting\nb at 3 waiting\n");
	assert_int_equal(queue_move(&b->queue, 3, 2, 0, &b->err), 0);
	expect(b, "a at 1 waiting\nc at 2 waiting\nb at 3 waiting\n");
	assert_int_equal(queue_move(&b->queue, 3, 4, 0, &b->err), -1);
	assert_int_equal(b->err.code, ERR_RANGE);
	assert_int_equal(queue_move(&b->queue, 9, 1, 0, &b->err), -1);
	assert_int_equal(b->err.code, ERR_NOT_FOUND);
}

static void test_nothing_moves_before_what_runs(void **state)
{
	struct bench *b = *state;

	add_two(b, QUEUE_STOP);
	add(b, "c", QUEUE_STOP);
	go(b);
	text_clear(&b->did);
	assert_int_equal(queue_move(&b->queue, 3, 1, 0, &b->err), 0);
	expect(b, "c at 2 waiting\nb at 3 waiting\n");
	assert_int_equal(queue_move(&b->queue, 3, 3, 0, &b->err), -1);
	assert_string_equal(b->err.msg,
			    "to: 3 is no place for it; there are 1 to 2");
	assert_int_equal(queue_move(&b->queue, 1, 2, 0, &b->err), -1);
	assert_int_equal(b->err.code, ERR_STATE);
	assert_int_equal(queue_remove(&b->queue, 1, "bob", 0, &b->err), -1);
	assert_string_equal(b->err.msg,
			    "entry 1 is running: stop the run instead");
}

static void test_entries_are_removed(void **state)
{
	struct bench *b = *state;

	add_two(b, QUEUE_STOP);
	assert_int_equal(queue_remove(&b->queue, 1, "bob", 0, &b->err), 0);
	expect(b, "a at 0 removed: removed by bob\nb at 1 waiting\n");
	b->sight.ready = false;
	go(b);
	assert_int_equal(queue_remove(&b->queue, 2, "bob", 0, &b->err), 0);
	assert_int_equal(b->queue.state, QUEUE_IDLE);
}

static void test_an_empty_queue_does_not_go(void **state)
{
	struct bench *b = *state;

	assert_int_equal(queue_go(&b->queue, &b->sight, 0, &b->err), -1);
	assert_string_equal(b->err.msg, "the queue is empty");
	queue_hold(&b->queue, "bob", 0);
	go(b);
	assert_int_equal(b->queue.state, QUEUE_IDLE);
}

static void test_it_takes_so_many(void **state)
{
	struct queue_entry more = entry("more", QUEUE_STOP);
	struct bench *b = *state;

	for (int i = 0; i < QUEUE_MAX; i++)
		add(b, "a", QUEUE_STOP);
	assert_int_equal(queue_add(&b->queue, &more, 0, &b->err), -1);
	assert_int_equal(b->err.code, ERR_FULL);
	assert_string_equal(b->err.msg,
			    "the queue is full: it takes 32 recipes");
}

static void restore(struct bench *b, uint32_t id, const char *name,
		    enum queue_entry_state s)
{
	struct queue_entry e = entry(name, QUEUE_CONTINUE);

	e.id = id;
	e.state = s;
	e.run = s == QUEUE_RUNNING ? 7 : 0;
	assert_int_equal(queue_restore(&b->queue, &e, &b->err), 0);
}

static void test_a_run_that_was_cut_off_is_not_started_by_itself(void **state)
{
	struct bench *b = *state;

	restore(b, 4, "a", QUEUE_RUNNING);
	restore(b, 5, "b", QUEUE_WAITING);
	queue_restored(&b->queue, 5, QUEUE_GOES, "", 0);
	expect(b, "a at 1 held: interrupted in run 7\n"
		  "queue held: run 7 (a) was cut off by a restart of the"
		  " daemon; going on starts it from its beginning, removing"
		  " entry 4 leaves it out\n");
	look(b);
	expect(b, "");
	assert_int_equal(queue_remove(&b->queue, 4, "bob", 0, &b->err), 0);
	text_clear(&b->did);
	go(b);
	expect(b, "queue running\nstart b as 1\nb at 1 running\n");
}

static void test_a_restart_holds_what_waits(void **state)
{
	struct bench *b = *state;

	restore(b, 1, "a", QUEUE_WAITING);
	queue_restored(&b->queue, 9, QUEUE_IDLE, "", 0);
	expect(b, "queue held: the daemon was restarted\n");
	add(b, "b", QUEUE_STOP);
	assert_int_equal(b->queue.v[1].id, 10);
}

static void test_the_reason_outlives_a_restart(void **state)
{
	struct bench *b = *state;

	restore(b, 1, "a", QUEUE_WAITING);
	queue_restored(&b->queue, 1, QUEUE_IS_HELD, "held by bob", 0);
	expect(b, "queue held: held by bob\n");
}

static void test_an_empty_queue_is_idle_after_a_restart(void **state)
{
	struct bench *b = *state;

	queue_restored(&b->queue, 3, QUEUE_IS_HELD, "held by bob", 0);
	expect(b, "");
	assert_int_equal(b->queue.state, QUEUE_IDLE);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_one_after_the_other),
		TEST(test_waits_until_everything_is_safe),
		TEST(test_does_not_wait_for_ever),
		TEST(test_a_failed_run_holds_it),
		TEST(test_a_failed_run_may_be_gone_past),
		TEST(test_a_latched_trip_is_never_gone_past),
		TEST(test_a_stopped_run_holds_it_whatever_the_entry_says),
		TEST(test_a_recipe_that_does_not_pass_holds_it),
		TEST(test_a_run_that_is_over_at_once),
		TEST(test_waits_for_a_run_that_was_started_by_hand),
		TEST(test_held_while_a_run_goes_on),
		TEST(test_entries_move),
		TEST(test_nothing_moves_before_what_runs),
		TEST(test_entries_are_removed),
		TEST(test_an_empty_queue_does_not_go),
		TEST(test_it_takes_so_many),
		TEST(test_a_run_that_was_cut_off_is_not_started_by_itself),
		TEST(test_a_restart_holds_what_waits),
		TEST(test_the_reason_outlives_a_restart),
		TEST(test_an_empty_queue_is_idle_after_a_restart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
