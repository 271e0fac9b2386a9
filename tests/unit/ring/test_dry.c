/* Virtual time on the built-in laboratory, with faults laid over it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ring/dry.h"
#include "laboratory.h"

#define S NSEC_PER_S
#define MS NSEC_PER_MS

enum { HEATER, GASBOX, MICROSCOPE };

/* What was seen: times of the polls of each instrument, counts of others. */
struct bench {
	struct config *config;
	struct dry *dry;
	nsec polls[3][2000];
	size_t n_polls[3];
	size_t n_lost, n_answers;
	nsec last;
	uint64_t hash;
	struct err err;
};

static void mix(struct bench *b, const void *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		b->hash = (b->hash ^ ((const unsigned char *)bytes)[i]) *
			  UINT64_C(0x100000001b3);
}

static void on_poll(struct bench *b, const struct event *event)
{
	size_t i = event->poll.poll;

	assert_true(b->n_polls[i] < 2000);
	b->polls[i][b->n_polls[i]++] = event->now;
	mix(b, event->poll.value, b->config->site.polls[i].n * sizeof(double));
}

static void seen(void *context, const struct event *event,
		 const struct actions *actions)
{
	struct bench *b = context;

	(void)actions;
	assert_true(event->now > b->last);
	b->last = event->now;
	mix(b, &event->now, sizeof(event->now));
	if (event->type == EVENT_POLL)
		on_poll(b, event);
	b->n_lost += event->type == EVENT_LOST;
	b->n_answers += event->type == EVENT_ANSWER;
}

static struct bench *bench_new(const char *over, uint64_t seed)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct dry_options options = { .seed = seed,
				       .seen = seen,
				       .context = b };
	struct problems problems = { 0 };

	b->last = -1;
	b->config = laboratory_with(over);
	options.config = b->config;
	b->dry = dry_new(&options, &problems, &b->err);
	assert_non_null(b->dry);
	return b;
}

static void bench_free(struct bench *b)
{
	dry_free(b->dry);
	config_free(b->config);
	free(b);
}

static void test_polls_keep_to_their_grid(void **state)
{
	struct bench *b = bench_new("{}", 1);

	(void)state;
	assert_int_equal(dry_until(b->dry, 60 * S, &b->err), 0);
	assert_int_equal(b->n_polls[HEATER], 601);
	assert_int_equal(b->n_polls[GASBOX], 121);
	assert_int_equal(b->n_polls[MICROSCOPE], 121);
	for (size_t i = 0; i < 601; i++)
		assert_in_range(b->polls[HEATER][i], i * 100 * MS,
				i * 100 * MS + 1000);
	bench_free(b);
}

static void test_every_setpoint_is_answered(void **state)
{
	struct bench *b = bench_new("{}", 1);

	(void)state;
	assert_int_equal(dry_until(b->dry, 5 * S, &b->err), 0);
	assert_true(b->n_answers > 0);
	assert_int_equal(b->n_answers, dry_counts(b->dry).sets);
	bench_free(b);
}

static void test_a_lost_instrument_is_tried_again(void **state)
{
	struct bench *b = bench_new(
		"buses: {lab: {faults: [{kind: no_reply, at: 10 s, for: 5 s,"
		" instrument: gasbox}]}}",
		1);
	size_t i;

	(void)state;
	assert_int_equal(dry_until(b->dry, 40 * S, &b->err), 0);
	assert_true(b->n_lost >= 1);
	assert_int_equal(b->n_polls[HEATER], 401);
	for (i = 0; b->polls[GASBOX][i] < 10 * S - MS; i++)
		;
	assert_in_range(b->polls[GASBOX][i], 15 * S, 25 * S);
	assert_int_equal(b->polls[GASBOX][i] / MS % 500, 0);
	bench_free(b);
}

/* Every interlock on an age trips at one event. */
static void test_all_instruments_may_be_lost_at_once(void **state)
{
	struct bench *b = bench_new(
		"buses: {lab: {faults: ["
		"{kind: no_reply, at: 10 s, for: 30 s, instrument: heater},"
		"{kind: no_reply, at: 10 s, for: 30 s, instrument: gasbox},"
		"{kind: no_reply, at: 10 s, for: 30 s, instrument: microscope}"
		"]}}",
		1);
	struct engine_status status;

	(void)state;
	assert_int_equal(dry_until(b->dry, 20 * S, &b->err), 0);
	engine_status(dry_engine(b->dry), dry_now(b->dry), &status);
	assert_int_equal(status.level, LEVEL_ISOLATE);
	assert_false(status.safe_confirmed);
	assert_int_equal(dry_until(b->dry, 70 * S, &b->err), 0);
	engine_status(dry_engine(b->dry), dry_now(b->dry), &status);
	assert_true(status.safe_confirmed);
	assert_true(status.latched);
	bench_free(b);
}

static void test_one_that_is_lost_at_first_is_found(void **state)
{
	struct bench *b = bench_new(
		"buses: {lab: {faults: [{kind: no_reply, at: 0 s, for: 5 s,"
		" instrument: heater}]}}",
		1);

	(void)state;
	assert_int_equal(dry_until(b->dry, 30 * S, &b->err), 0);
	assert_true(b->n_lost >= 1);
	assert_true(b->n_polls[HEATER] > 50);
	bench_free(b);
}

static uint64_t hash_of(uint64_t seed)
{
	struct bench *b = bench_new("{}", seed);
	uint64_t hash;

	assert_int_equal(dry_until(b->dry, 30 * S, &b->err), 0);
	hash = b->hash;
	bench_free(b);
	return hash;
}

static void test_the_same_seed_gives_the_same_events(void **state)
{
	(void)state;
	assert_true(hash_of(3) == hash_of(3));
	assert_true(hash_of(3) != hash_of(4));
}

/* A loop of the driver's own: 40 ms after each turn it wants the next. */
static nsec turned[2000];
static size_t n_turned;

static nsec turn(struct device *dev, struct err *err)
{
	assert_true(n_turned < 2000);
	turned[n_turned++] = dev->now;
	if (n_turned == 100)
		err_set(err, ERR_STATE, "off");
	return dev->now + 40 * MS;
}

static void test_a_driver_with_a_loop_has_its_turns(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct dry_options options = { .seed = 1, .seen = seen, .context = b };
	struct problems problems = { 0 };
	struct driver turning;

	(void)state;
	n_turned = 0;
	b->last = -1;
	options.config = b->config = laboratory_with("{}");
	turning = *b->config->instruments[HEATER].driver;
	turning.turn = turn;
	b->config->instruments[HEATER].driver = &turning;
	b->dry = dry_new(&options, &problems, &b->err);
	assert_non_null(b->dry);
	assert_int_equal(dry_until(b->dry, 10 * S, &b->err), 0);
	assert_in_range(n_turned, 249, 251);
	for (size_t i = 1; i < n_turned; i++)
		assert_in_range(turned[i] - turned[i - 1], 40 * MS,
				40 * MS + 1000);
	/* One poll besides the grid, when it had something to tell. */
	assert_int_equal(b->n_polls[HEATER], 102);
	bench_free(b);
}

static void test_time_goes_no_further_than_asked(void **state)
{
	struct bench *b = bench_new("{}", 1);

	(void)state;
	assert_int_equal(dry_until(b->dry, 7 * S, &b->err), 0);
	assert_true(dry_now(b->dry) <= 7 * S + 1000);
	assert_true(dry_next(b->dry) > 7 * S);
	bench_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_polls_keep_to_their_grid),
		cmocka_unit_test(test_every_setpoint_is_answered),
		cmocka_unit_test(test_a_lost_instrument_is_tried_again),
		cmocka_unit_test(test_all_instruments_may_be_lost_at_once),
		cmocka_unit_test(test_one_that_is_lost_at_first_is_found),
		cmocka_unit_test(test_the_same_seed_gives_the_same_events),
		cmocka_unit_test(test_a_driver_with_a_loop_has_its_turns),
		cmocka_unit_test(test_time_goes_no_further_than_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
