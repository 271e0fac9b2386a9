#include <math.h>

#include "fixture.h"

static int say(void *context, const struct history_record *r)
{
	struct text *out = context;

	text_addf(out, "%lld ", (long long)(r->t - T0));
	switch (r->type) {
	case RECORD_SAMPLE:
		text_addf(out, "sample %s %u %.1f\n", r->sample.instrument,
			  r->sample.bad, r->sample.value[0]);
		break;
	case RECORD_SEEN:
		text_addf(out, "seen %d %lld %s\n", r->seen.type,
			  (long long)r->seen.a, r->seen.text);
		break;
	case RECORD_SETPOINT:
		text_addf(out, "setpoint %u %s %.1f %s %s %d\n", r->setpoint.id,
			  r->setpoint.channel, r->setpoint.value,
			  r->setpoint.cause, r->setpoint.source,
			  r->setpoint.safe);
		break;
	case RECORD_EVENT:
		text_addf(out, "event %s %s %s\n", r->event.severity,
			  r->event.kind, r->event.text);
		break;
	case RECORD_STATE:
		text_addf(out, "state %s %s %d\n", r->state.state,
			  r->state.level, r->state.latched);
		break;
	case RECORD_RUN_BEGIN:
		text_addf(out, "run %u %s %s %s\n", r->run.run, r->run.recipe,
			  r->run.text, r->run.includes);
		break;
	}
	return 0;
}

static void expect_records(struct fixture *f, uint32_t session,
			   const char *expected)
{
	struct history *h = history_open(f->path, &f->err);
	struct text out = { 0 };

	assert_non_null(h);
	if (history_records(h, session, say, &out, &f->err))
		fail_msg("%s", f->err.msg);
	assert_string_equal(text_str(&out), expected);
	text_free(&out);
	history_close(h);
}

static void test_records_are_merged_by_time(void **state)
{
	struct fixture *f = *state;
	const struct store_channel gauge = { "gauge", "Torr", "pressure" };
	const double v[3] = { 20, 0, 0 }, p = 760;
	uint32_t heater, table, first;

	heater = fixture_heater(f, NULL);
	assert_int_equal(store_channels(f->store, "manifold", &gauge, 1, &table,
					&first, &f->err),
			 0);
	batch_seen(f->batch, T0 + 10, 4, 7, 0, 0, 0, "start");
	fixture_run_begin(f, 1, T0 + 10);
	fixture_setpoint(f, 1, T0 + 10, 1, 350);
	batch_sample(f->batch, heater, T0 + 30, v, 3, 2);
	batch_sample(f->batch, table, T0 + 20, &p, 1, 0);
	batch_event(f->batch, 1, T0 + 30, "info", "note", "hot");
	batch_state(f->batch, T0 + 30, "held", "hold", true);
	batch_event(f->batch, 1, T0 + 5, "info", "note", "late to the log");
	fixture_commit(f);
	expect_records(f, 1,
		       "5 event info note late to the log\n"
		       "10 seen 4 7 start\n"
		       "10 run 1 anneal steps: [] {}\n"
		       "10 setpoint 1 heater 350.0 step 2 ramp 0\n"
		       "20 sample manifold 0 760.0\n"
		       "30 sample chip 2 20.0\n"
		       "30 event info note hot\n"
		       "30 state held hold 1\n");
}

static void test_sessions_are_apart(void **state)
{
	struct fixture *f = *state;
	const double v[3] = { 1, 0, 0 }, w[3] = { 2, 0, 0 };

	batch_sample(f->batch, fixture_heater(f, NULL), T0 + 1, v, 3, 0);
	batch_event(f->batch, 1, T0 + 2, "info", "note", "one");
	fixture_commit(f);
	fixture_close(f);
	fixture_open(f, T0 + 10);
	batch_sample(f->batch, fixture_heater(f, NULL), T0 + 11, w, 3, 0);
	batch_event(f->batch, 1, T0 + 12, "info", "note", "two");
	fixture_commit(f);
	expect_records(f, 1, "1 sample chip 0 1.0\n2 event info note one\n");
	expect_records(f, 2, "11 sample chip 0 2.0\n12 event info note two\n");
}

static int keep_bits(void *context, const struct history_record *r)
{
	uint64_t **out = context;

	memcpy((*out)++, &r->seen.x, sizeof(uint64_t));
	return 0;
}

static void test_seen_numbers_come_back_bit_for_bit(void **state)
{
	struct fixture *f = *state;
	const double x[] = { -0.0, NAN, -NAN, INFINITY, 5e-324, 0.1 };
	uint64_t bits[ARRAY_SIZE(x)], *at = bits;
	struct history *h;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(x); i++)
		batch_seen(f->batch, T0 + (nsec)i, 1, 0, 0, 0, x[i], "");
	fixture_commit(f);
	h = history_open(f->path, &f->err);
	assert_int_equal(history_records(h, 1, keep_bits, &at, &f->err), 0);
	assert_memory_equal(bits, x, sizeof(x));
	history_close(h);
}

static int check_value(void *context, const struct history_record *r)
{
	const double *v = context;
	uint32_t i;

	for (i = 0; i < r->sample.n; i++)
		assert_true(r->sample.value[i] == v[i] ||
			    (isnan(r->sample.value[i]) && isnan(v[i])));
	return 0;
}

static void test_sample_values_come_back_exactly(void **state)
{
	struct fixture *f = *state;
	double v[3] = { 0.1 + 0.2, NAN, 9007199254740993.0 };
	struct history *h;

	batch_sample(f->batch, fixture_heater(f, NULL), T0, v, 3, 2);
	fixture_commit(f);
	h = history_open(f->path, &f->err);
	assert_int_equal(history_records(h, 1, check_value, v, &f->err), 0);
	history_close(h);
}

static int stop(void *context, const struct history_record *r)
{
	(void)r;
	return ++*(int *)context == 2 ? 42 : 0;
}

static void test_reader_may_end_it(void **state)
{
	struct fixture *f = *state;
	struct history *h;
	int n = 0;

	for (; n < 5; n++)
		batch_event(f->batch, 1, T0 + n, "info", "note", "");
	fixture_commit(f);
	h = history_open(f->path, &f->err);
	n = 0;
	assert_int_equal(history_records(h, 1, stop, &n, &f->err), 42);
	assert_int_equal(n, 2);
	history_close(h);
}

static void test_unknown_session_is_said(void **state)
{
	struct fixture *f = *state;
	struct history *h = history_open(f->path, &f->err);

	assert_int_equal(history_records(h, 9, say, NULL, &f->err), -1);
	assert_int_equal(f->err.code, ERR_NOT_FOUND);
	history_close(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(test_records_are_merged_by_time),
		STORE_TEST(test_sessions_are_apart),
		STORE_TEST(test_seen_numbers_come_back_bit_for_bit),
		STORE_TEST(test_sample_values_come_back_exactly),
		STORE_TEST(test_reader_may_end_it),
		STORE_TEST(test_unknown_session_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
