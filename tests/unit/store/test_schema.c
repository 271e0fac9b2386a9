#include "fixture.h"

/* Two runs with idle time before, between and after, one sample a second. */
static void fill(struct fixture *f)
{
	const struct store_channel other[] = { { "cell_pressure", "Torr",
						 "pressure" } };
	uint32_t heater, gauge, first, i;

	heater = fixture_heater(f, NULL);
	assert_int_equal(store_channels(f->store, "gauge", other, 1, &gauge,
					&first, &f->err),
			 0);
	for (i = 0; i < 10; i++) {
		const double v[3] = { 20 + i, 0.5, i % 2 };
		const double p = 760;

		if (i == 2)
			fixture_run_begin(f, 1, T0 + i * S);
		if (i == 6)
			fixture_run_begin(f, 2, T0 + i * S);
		batch_sample(f->batch, heater, T0 + i * S, v, 3, i == 7);
		batch_sample(f->batch, gauge, T0 + i * S + 1000, &p, 1, 0);
		if (i == 4)
			batch_run_end(f->batch, 1, T0 + i * S, "complete", "");
		if (i == 8)
			batch_run_end(f->batch, 2, T0 + i * S, "complete", "");
	}
	fixture_commit(f);
}

static void test_reading_finds_its_run_by_time(void **state)
{
	fill(*state);
	fixture_expect(*state,
		       "SELECT run, value FROM v_reading_ns"
		       " WHERE channel = 'heater' ORDER BY t",
		       "-|20.0\n-|21.0\n1|22.0\n1|23.0\n1|24.0\n-|25.0\n"
		       "2|26.0\n2|-\n2|28.0\n-|29.0\n");
}

static void test_reading_has_the_columns_it_promises(void **state)
{
	fill(*state);
	fixture_expect(*state,
		       "SELECT run, t, channel, value, unit, quality"
		       " FROM v_reading WHERE run = 2 AND channel = 'heater'",
		       "2|2026-11-22T07:35:38.123456Z|heater|26.0|°C|good\n"
		       "2|2026-11-22T07:35:39.123456Z|heater|-|°C|bad\n"
		       "2|2026-11-22T07:35:40.123456Z|heater|28.0|°C|good\n");
}

static void test_readings_of_an_open_run_are_its_own(void **state)
{
	struct fixture *f = *state;
	const double v[3] = { 1, 2, 3 };

	fixture_run_begin(f, 1, T0);
	batch_sample(f->batch, fixture_heater(f, NULL), T0 + S, v, 3, 0);
	fixture_commit(f);
	fixture_expect(f, "SELECT run, count(*) FROM v_reading GROUP BY 1",
		       "1|3\n");
}

static void test_reading_without_any_run_has_none(void **state)
{
	struct fixture *f = *state;
	const double v[3] = { 1, 2, 3 };

	batch_sample(f->batch, fixture_heater(f, NULL), T0 + S, v, 3, 0);
	fixture_commit(f);
	fixture_expect(f, "SELECT run, value FROM v_reading ORDER BY value",
		       "-|1.0\n-|2.0\n-|3.0\n");
}

static void test_views_are_there_before_the_first_channel(void **state)
{
	fixture_expect(*state, "SELECT count(*) FROM v_reading", "0\n");
	fixture_expect(*state,
		       "SELECT name FROM sqlite_schema WHERE"
		       " type = 'view' ORDER BY name",
		       "v_alarm\nv_channel\nv_command\nv_event\nv_gap\n"
		       "v_image\nv_purge\nv_queue\n"
		       "v_reading\nv_reading_ns\nv_run\nv_setpoint\nv_span\n"
		       "v_state\nv_step\n");
}

/* What SQLite has done for a query: VM steps, which a scan would multiply. */
static int steps_of(struct fixture *f, const char *sql)
{
	sqlite3 *db;
	sqlite3_stmt *q;
	int steps;

	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK);
	while (sqlite3_step(q) == SQLITE_ROW)
		;
	steps = sqlite3_stmt_status(q, SQLITE_STMTSTATUS_VM_STEP, 0);
	sqlite3_finalize(q);
	sqlite3_close(db);
	return steps;
}

static void test_one_channel_of_one_run_reads_one_range(void **state)
{
	struct fixture *f = *state;
	struct store_channel other = { "other", "1", "ratio" };
	const char *question = "SELECT count(value), max(t_ns) FROM v_reading"
			       " WHERE run = 1 AND channel = 'heater'";
	uint32_t heater, table, first;
	int i, before;

	fill(f);
	before = steps_of(f, question);
	heater = fixture_heater(f, NULL);
	assert_int_equal(store_channels(f->store, "other", &other, 1, &table,
					&first, &f->err),
			 0);
	for (i = 0; i < 20000; i++) {
		const double v[3] = { 0 };

		batch_sample(f->batch, heater, T0 + (20 + i) * S, v, 3, 0);
		batch_sample(f->batch, table, T0 + i, v, 1, 0);
	}
	fixture_commit(f);
	/* The new table costs an arm, its 20 000 rows nothing. */
	assert_in_range(steps_of(f, question), before, before + 200);
}

static void test_one_channel_is_searched_by_time(void **state)
{
	struct fixture *f = *state;
	struct text plan = { 0 };

	fill(f);
	fixture_ask(f,
		    "EXPLAIN QUERY PLAN SELECT * FROM v_reading"
		    " WHERE run = 1 AND channel = 'heater'",
		    &plan);
	assert_non_null(strstr(text_str(&plan),
			       "SEARCH s USING INTEGER"
			       " PRIMARY KEY (rowid>? AND rowid<?)"));
	assert_null(strstr(text_str(&plan), "SCAN s\n"));
	text_free(&plan);
}

static void test_rows_of_a_run_are_found_by_an_index(void **state)
{
	static const char *const questions[] = {
		"EXPLAIN QUERY PLAN SELECT * FROM v_setpoint WHERE run = 1",
		"EXPLAIN QUERY PLAN SELECT * FROM v_event WHERE run = 1",
		"EXPLAIN QUERY PLAN SELECT * FROM v_image WHERE run = 1",
		"EXPLAIN QUERY PLAN SELECT * FROM v_purge WHERE run = 1",
		"EXPLAIN QUERY PLAN SELECT * FROM v_step WHERE run = 1",
	};
	struct text plan = { 0 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(questions); i++) {
		fixture_ask(*state, questions[i], &plan);
		assert_non_null(strstr(text_str(&plan), "(run=?)"));
	}
	text_free(&plan);
}

static void test_times_are_exact_in_every_microsecond(void **state)
{
	struct fixture *f = *state;
	static const nsec times[] = { 0,
				      999,
				      1000,
				      999999999,
				      INT64_C(951782399999999999),
				      INT64_C(1795332932123456789),
				      INT64_C(4102444799999999000) };
	char iso[NSEC_ISO_MAX];
	struct text expected = { 0 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(times); i++) {
		batch_event(f->batch, 1, times[i], "info", "note", "");
		nsec_iso(times[i], iso);
		text_addf(&expected, "%s\n", iso);
	}
	fixture_commit(f);
	fixture_expect(f, "SELECT t FROM v_event", text_str(&expected));
	text_free(&expected);
}

static void test_channel_of_two_declarations_is_one_channel(void **state)
{
	struct fixture *f = *state;
	struct store_channel one = { "heater", "K", "temperature" };
	const double v[3] = { 20, 0, 0 }, kelvin = 300;
	uint32_t table, first;

	batch_sample(f->batch, fixture_heater(f, NULL), T0, v, 3, 0);
	assert_int_equal(store_channels(f->store, "chip", &one, 1, &table,
					&first, &f->err),
			 0);
	batch_sample(f->batch, table, T0 + S, &kelvin, 1, 0);
	fixture_commit(f);
	fixture_expect(f,
		       "SELECT value, unit FROM v_reading"
		       " WHERE channel = 'heater' ORDER BY t",
		       "20.0|°C\n300.0|K\n");
}

static void test_forty_instruments_make_one_view(void **state)
{
	struct fixture *f = *state;
	char names[32][8];
	struct store_channel c[32];
	double v[32] = { 0 };
	uint32_t i, k, table, first;

	for (i = 0; i < 40; i++) {
		char instrument[16];

		for (k = 0; k < 32; k++) {
			snprintf(names[k], sizeof(names[k]), "%u.%u", i % 50,
				 k);
			c[k] = (struct store_channel){ names[k], "", "" };
		}
		snprintf(instrument, sizeof(instrument), "i%u", i);
		assert_int_equal(store_channels(f->store, instrument, c, 32,
						&table, &first, &f->err),
				 0);
		v[31] = i;
		batch_sample(f->batch, table, T0 + i, v, 32, 0);
	}
	fixture_commit(f);
	fixture_expect(f, "SELECT count(*) FROM v_reading", "1280\n");
	fixture_expect(f,
		       "SELECT value FROM v_reading WHERE channel ="
		       " '39.31'",
		       "39.0\n");
}

static void test_a_session_says_how_often_it_reads(void **state)
{
	const struct store_channel c = { "flow", "sccm", "flow" };
	struct fixture *f = *state;
	uint32_t table, first;

	for (int i = 1; i <= 2; i++) {
		assert_int_equal(store_channels(f->store, "mfc", &c, 1, &table,
						&first, &f->err),
				 0);
		/* Said twice, the last counts. */
		assert_int_equal(store_period(f->store, table, 9 * S, &f->err),
				 0);
		assert_int_equal(store_period(f->store, table, i * S, &f->err),
				 0);
		fixture_close(f);
		fixture_open(f, T0 + i * 100 * S);
	}
	fixture_expect(f,
		       "SELECT session, channel, unit, quantity, instrument,"
		       " period_s, period_ns FROM v_channel",
		       "1|flow|sccm|flow|mfc|1.0|1000000000\n"
		       "2|flow|sccm|flow|mfc|2.0|2000000000\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(test_reading_finds_its_run_by_time),
		STORE_TEST(test_reading_has_the_columns_it_promises),
		STORE_TEST(test_readings_of_an_open_run_are_its_own),
		STORE_TEST(test_reading_without_any_run_has_none),
		STORE_TEST(test_views_are_there_before_the_first_channel),
		STORE_TEST(test_one_channel_of_one_run_reads_one_range),
		STORE_TEST(test_one_channel_is_searched_by_time),
		STORE_TEST(test_rows_of_a_run_are_found_by_an_index),
		STORE_TEST(test_times_are_exact_in_every_microsecond),
		STORE_TEST(test_channel_of_two_declarations_is_one_channel),
		STORE_TEST(test_forty_instruments_make_one_view),
		STORE_TEST(test_a_session_says_how_often_it_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
