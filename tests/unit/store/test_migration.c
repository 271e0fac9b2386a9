/* A log of version 1 is brought up to date, and nothing of it is lost. */
#include "fixture.h"

static void make_old(struct fixture *f)
{
	struct text sql = { 0 };

	if (text_read_file(&sql,
			   TEST_SOURCE_DIR "/tests/unit/store/version1.sql",
			   1 << 20, &f->err))
		fail_msg("%s", f->err.msg);
	fixture_exec(f, text_str(&sql));
	text_free(&sql);
	fixture_expect(f, "PRAGMA user_version", "1\n");
}

static void test_an_old_log_is_brought_up_to_date(void **state)
{
	struct fixture *f = *state;

	make_old(f);
	fixture_open(f, T0);
	assert_string_equal(text_str(&f->notice), "");
	fixture_expect(f, "SELECT run, recipe, state FROM v_run",
		       "1|Wait|complete\n");
	fixture_expect(f, "PRAGMA integrity_check", "ok\n");
	fixture_expect(f, "SELECT count(*) > 0 FROM v_reading", "1\n");
}

static void test_old_events_are_numbered_in_their_order(void **state)
{
	struct fixture *f = *state;

	make_old(f);
	fixture_open(f, T0);
	fixture_expect(f, "SELECT number, kind FROM v_event ORDER BY number",
		       "1|start\n2|safe\n");
	assert_int_equal(store_last_event(f->store), 2);
	batch_event(f->batch, 3, T0 + S, "info", "note", "new");
	fixture_commit(f);
	fixture_close(f);
	fixture_open(f, T0 + 2 * S);
	assert_int_equal(store_last_event(f->store), 3);
}

static void test_an_old_log_gets_an_empty_queue(void **state)
{
	struct fixture *f = *state;

	make_old(f);
	fixture_open(f, T0);
	fixture_expect(f, "SELECT count(*) FROM v_queue", "0\n");
	fixture_expect(f, "SELECT state FROM queue_state", "idle\n");
}

static void test_the_stores_own_events_are_numbered_too(void **state)
{
	struct fixture *f = *state;

	make_old(f);
	fixture_open(f, T0);
	fixture_run_begin(f, 2, T0 + S);
	fixture_commit(f);
	fixture_close(f);
	fixture_open(f, T0 + 10 * S);
	fixture_expect(f, "SELECT number, text FROM v_event WHERE number > 2",
		       "3|run 2 was interrupted\n");
	assert_int_equal(store_last_event(f->store), 3);
}

/* Whatever the log began as, its tables and views have the same columns. */
static const char all_columns[] =
	"SELECT s.type, s.name, c.name, c.pk, c.\"notnull\","
	" CASE s.type WHEN 'table' THEN c.type END"
	" FROM sqlite_schema s LEFT JOIN pragma_table_info(s.name) c"
	" WHERE s.name NOT GLOB 'sample_*' ORDER BY s.name, c.name";

static void test_an_old_log_gets_the_tables_of_a_new_one(void **state)
{
	struct fixture *f = *state;
	struct text fresh = { 0 }, brought = { 0 };

	fixture_open(f, T0);
	fixture_ask(f, all_columns, &fresh);
	fixture_close(f);
	assert_int_equal(unlink(f->path), 0);
	make_old(f);
	fixture_open(f, T0);
	fixture_ask(f, all_columns, &brought);
	assert_string_equal(text_str(&brought), text_str(&fresh));
	text_free(&fresh);
	text_free(&brought);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST_CLOSED(test_an_old_log_is_brought_up_to_date),
		STORE_TEST_CLOSED(test_an_old_log_gets_the_tables_of_a_new_one),
		STORE_TEST_CLOSED(test_old_events_are_numbered_in_their_order),
		STORE_TEST_CLOSED(test_an_old_log_gets_an_empty_queue),
		STORE_TEST_CLOSED(test_the_stores_own_events_are_numbered_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
