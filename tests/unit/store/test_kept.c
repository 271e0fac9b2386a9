/* What the next start takes over, and a log of an older gascelld that learns
 * to keep it. */
#include "fixture.h"

#include "store/kept.h"

static struct kept kept_of(struct fixture *f)
{
	struct kept kept;

	if (store_kept(f->store, &kept, &f->err))
		fail_msg("%s", f->err.msg);
	return kept;
}

static void put_alarm(struct fixture *f, uint32_t id, nsec t, const char *state)
{
	const struct batch_alarm a = { .alarm = id,
				       .t = t,
				       .changed = t,
				       .severity = "alarm",
				       .source = "link heater",
				       .text = "heater is lost: no answer",
				       .state = state,
				       .active = true,
				       .times = 2,
				       .user = "alice",
				       .until = t + S,
				       .note = "cable" };

	batch_alarm(f->batch, &a);
}

static void reopen(struct fixture *f)
{
	fixture_commit(f);
	fixture_close(f);
	fixture_open(f, T0 + 100 * S);
}

static void test_a_new_log_has_kept_nothing(void **state)
{
	const struct kept kept = kept_of(*state);

	assert_string_equal(kept.holder, "");
	assert_int_equal(kept.last_alarm, 0);
	assert_int_equal(kept.n, 0);
}

static void test_control_is_kept_as_it_was_given_last(void **state)
{
	struct fixture *f = *state;
	struct kept kept;

	batch_control(f->batch, T0 + S, "alice", "overnight", T0 + 9 * S);
	batch_control(f->batch, T0 + 2 * S, "bob", "repair", T0 + 8 * S);
	reopen(f);
	kept = kept_of(f);
	assert_string_equal(kept.holder, "bob");
	assert_string_equal(kept.note, "repair");
	assert_true(kept.expires == T0 + 8 * S);
}

static void test_alarms_that_are_over_are_not_kept(void **state)
{
	struct fixture *f = *state;
	struct kept kept;

	put_alarm(f, 1, T0 + S, "unacknowledged");
	put_alarm(f, 2, T0 + 2 * S, "unacknowledged");
	put_alarm(f, 2, T0 + 3 * S, "normal");
	put_alarm(f, 3, T0 + 4 * S, "shelved");
	reopen(f);
	kept = kept_of(f);
	assert_int_equal(kept.last_alarm, 3);
	assert_int_equal(kept.n, 2);
	assert_int_equal(kept.alarms[0].alarm, 1);
	assert_string_equal(kept.alarms[0].source, "link heater");
	assert_string_equal(kept.alarms[1].state, "shelved");
	assert_string_equal(kept.alarms[1].note, "cable");
	assert_true(kept.alarms[1].until == T0 + 5 * S);
}

static void test_an_alarm_keeps_when_and_in_which_run_it_was_raised(
	void **state)
{
	struct fixture *f = *state;

	fixture_run_begin(f, 1, T0 + S);
	put_alarm(f, 1, T0 + 2 * S, "unacknowledged");
	batch_run_end(f->batch, 1, T0 + 3 * S, "complete", "");
	put_alarm(f, 1, T0 + 4 * S, "acknowledged");
	fixture_commit(f);
	fixture_expect(
		f, "SELECT run, t, state, times, user, changed FROM v_alarm",
		"1|2026-11-22T07:35:34.123456Z|acknowledged|2|alice|"
		"2026-11-22T07:35:36.123456Z\n");
}

static void test_a_log_of_version_1_is_brought_up_to_date(void **state)
{
	struct fixture *f = *state;
	struct text sql = { 0 };
	struct kept kept;

	if (text_read_file(&sql,
			   TEST_SOURCE_DIR "/tests/unit/store/version1.sql",
			   1000000, &f->err))
		fail_msg("%s", f->err.msg);
	fixture_exec(f, text_str(&sql));
	text_free(&sql);
	fixture_expect(f, "PRAGMA user_version", "1\n");
	fixture_open(f, T0);
	assert_false(f->interrupted);
	kept = kept_of(f);
	assert_int_equal(kept.n, 0);
	put_alarm(f, 1, T0 + S, "unacknowledged");
	batch_control(f->batch, T0 + S, "alice", "", T0 + 2 * S);
	fixture_commit(f);
	fixture_expect(f, "SELECT run, recipe, state FROM v_run",
		       "1|Wait|complete\n");
	fixture_expect(f, "SELECT count(*) FROM v_setpoint", "8\n");
	fixture_expect(f, "SELECT count(*) > 0 FROM v_reading_ns", "1\n");
	fixture_expect(f, "SELECT state FROM v_alarm", "unacknowledged\n");
	fixture_expect(f, "PRAGMA integrity_check", "ok\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(test_a_new_log_has_kept_nothing),
		STORE_TEST(test_control_is_kept_as_it_was_given_last),
		STORE_TEST(test_alarms_that_are_over_are_not_kept),
		STORE_TEST(
			test_an_alarm_keeps_when_and_in_which_run_it_was_raised),
		STORE_TEST_CLOSED(
			test_a_log_of_version_1_is_brought_up_to_date),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
