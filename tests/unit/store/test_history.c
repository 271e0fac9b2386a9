#include <sys/stat.h>

#include "fixture.h"

static struct history *open_history(struct fixture *f)
{
	struct history *h = history_open(f->path, &f->err);

	if (!h)
		fail_msg("%s", f->err.msg);
	return h;
}

/* Rows as "a|b\n", the columns up to `columns`. */
struct collected {
	struct text text;
	size_t columns;
	int end_after;
};

static int collect(void *context, size_t n, const char *const *names,
		   const struct history_value *v)
{
	struct collected *c = context;
	size_t i;

	(void)names;
	for (i = 0; i < n && i < c->columns; i++) {
		text_add(&c->text, i ? "|" : "");
		if (v[i].type == HISTORY_TEXT)
			text_add(&c->text, v[i].s);
		else if (v[i].type == HISTORY_INTEGER)
			text_addf(&c->text, "%lld", (long long)v[i].i);
		else if (v[i].type == HISTORY_REAL)
			text_addf(&c->text, "%.3f", v[i].x);
		else
			text_add(&c->text, "-");
	}
	text_add_char(&c->text, '\n');
	return c->end_after && !--c->end_after ? 42 : 0;
}

static void expect_view(struct fixture *f, const char *view, uint32_t run,
			size_t limit, const char *expected)
{
	struct collected c = { .columns = 1 };
	struct history *h = open_history(f);

	if (history_view(h, view, run, limit, collect, &c, &f->err))
		fail_msg("%s", f->err.msg);
	assert_string_equal(text_str(&c.text), expected);
	text_free(&c.text);
	history_close(h);
}

static void add_runs(struct fixture *f)
{
	uint32_t run;

	for (run = 1; run <= 3; run++) {
		fixture_run_begin(f, run, T0 + run * S);
		batch_event(f->batch, 1, T0 + run * S, "info", "note", "x");
		batch_run_end(f->batch, run, T0 + run * S, "complete", "");
	}
	fixture_commit(f);
}

static void test_view_gives_the_oldest_first(void **state)
{
	add_runs(*state);
	expect_view(*state, "v_run", 0, 0, "1\n2\n3\n");
}

static void test_limit_keeps_the_newest(void **state)
{
	add_runs(*state);
	expect_view(*state, "v_event", 0, 2, "2\n3\n");
}

static void test_run_filters(void **state)
{
	add_runs(*state);
	expect_view(*state, "v_event", 2, 0, "2\n");
	expect_view(*state, "v_run", 9, 0, "");
}

static void test_every_view_can_be_asked(void **state)
{
	static const char *const views[] = {
		"v_step",    "v_event", "v_image", "v_setpoint", "v_purge",
		"v_command", "v_gap",	"v_state", "v_queue"
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(views); i++)
		expect_view(*state, views[i], 1, 5, "");
}

static void test_other_names_are_refused(void **state)
{
	struct fixture *f = *state;
	struct history *h = open_history(f);

	assert_int_equal(history_view(h, "run; DROP TABLE run", 0, 0, collect,
				      NULL, &f->err),
			 -1);
	assert_int_equal(f->err.code, ERR_INVALID);
	assert_int_equal(history_view(h, "v_rum", 0, 0, collect, NULL, &f->err),
			 -1);
	assert_non_null(strstr(f->err.msg, "v_run"));
	history_close(h);
}

static void test_reader_may_end_the_query(void **state)
{
	struct fixture *f = *state;
	struct collected c = { .columns = 1, .end_after = 2 };
	struct history *h;

	add_runs(f);
	h = open_history(f);
	assert_int_equal(history_view(h, "v_run", 0, 0, collect, &c, &f->err),
			 42);
	assert_string_equal(text_str(&c.text), "1\n2\n");
	text_free(&c.text);
	history_close(h);
}

static void test_columns_have_names_and_types(void **state)
{
	struct fixture *f = *state;
	struct collected c = { .columns = 8 };
	struct history *h;

	add_runs(f);
	h = open_history(f);
	assert_int_equal(history_view(h, "v_run", 1, 0, collect, &c, &f->err),
			 0);
	assert_string_equal(text_str(&c.text),
			    "1|anneal|{}|2026-11-22T07:35:33.123456Z|"
			    "2026-11-22T07:35:33.123456Z|complete||\n");
	text_free(&c.text);
	history_close(h);
}

static void test_last_run_is_the_newest(void **state)
{
	struct fixture *f = *state;
	struct history *h = open_history(f);

	assert_int_equal(history_last_run(h), 0);
	add_runs(f);
	assert_int_equal(history_last_run(h), 3);
	history_close(h);
}

static void test_a_run_has_ended_when_its_end_is_there(void **state)
{
	struct fixture *f = *state;
	struct history *h = open_history(f);

	add_runs(f);
	fixture_run_begin(f, 4, T0 + 4 * S);
	fixture_commit(f);
	assert_true(history_has_ended(h, 3));
	assert_false(history_has_ended(h, 4));
	assert_false(history_has_ended(h, 5));
	history_close(h);
}

static void test_session_of_a_run_has_its_configuration(void **state)
{
	struct fixture *f = *state;
	struct history_session session;
	struct history *h;

	fixture_close(f);
	fixture_open(f, T0 + S);
	fixture_run_begin(f, 1, T0 + S);
	fixture_commit(f);
	h = open_history(f);
	assert_int_equal(history_session(h, 1, &session, &f->err), 0);
	assert_int_equal(session.session, 2);
	assert_true(session.started == T0 + S);
	assert_string_equal(session.config, "site: test\n");
	assert_false(session.interrupted);
	free(session.config);
	assert_int_equal(history_session(h, 2, &session, &f->err), -1);
	assert_int_equal(f->err.code, ERR_NOT_FOUND);
	history_close(h);
}

static void test_missing_log_is_not_made(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	assert_null(history_open(f->path, &f->err));
	assert_int_equal(f->err.code, ERR_NOT_FOUND);
	assert_int_equal(stat(f->path, &st), -1);
}

static void test_foreign_database_is_refused(void **state)
{
	struct fixture *f = *state;

	fixture_exec(f, "CREATE TABLE recipes(cake)");
	assert_null(history_open(f->path, &f->err));
	assert_int_equal(f->err.code, ERR_IDENTITY);
}

static void test_reader_sees_what_is_committed_meanwhile(void **state)
{
	struct fixture *f = *state;
	struct history *h = open_history(f);
	struct collected c = { .columns = 1 };

	add_runs(f);
	assert_int_equal(history_view(h, "v_run", 0, 0, collect, &c, &f->err),
			 0);
	assert_string_equal(text_str(&c.text), "1\n2\n3\n");
	text_free(&c.text);
	history_close(h);
}

static void test_reader_without_a_writer_leaves_the_log_as_it_was(void **state)
{
	struct fixture *f = *state;
	struct stat before, after;

	add_runs(f);
	fixture_close(f);
	assert_int_equal(stat(f->path, &before), 0);
	expect_view(f, "v_run", 0, 0, "1\n2\n3\n");
	assert_int_equal(stat(f->path, &after), 0);
	assert_true(before.st_mtim.tv_nsec == after.st_mtim.tv_nsec &&
		    before.st_size == after.st_size);
	fixture_open(f, T0 + 100 * S);
}

static void test_log_in_a_folder_without_write_permission(void **state)
{
	struct fixture *f = *state;

	add_runs(f);
	fixture_close(f);
	assert_int_equal(chmod(f->path, 0444), 0);
	assert_int_equal(chmod(f->folder, 0555), 0);
	expect_view(f, "v_run", 0, 0, "1\n2\n3\n");
	assert_int_equal(chmod(f->folder, 0755), 0);
}

static void fill_channel(struct fixture *f, int n)
{
	uint32_t table = fixture_heater(f, NULL);
	int i;

	fixture_run_begin(f, 1, T0);
	for (i = 0; i < n; i++) {
		const double v[3] = { i == n / 2 ? 900 : i % 10, 0, 0 };

		batch_sample(f->batch, table, T0 + i * S, v, 3, i == 3);
	}
	batch_run_end(f->batch, 1, T0 + (n - 1) * S, "complete", "");
	fixture_commit(f);
}

static void test_readings_are_integers_values_and_a_quality(void **state)
{
	struct fixture *f = *state;
	struct collected c = { .columns = 3 };
	struct history *h;

	fill_channel(f, 5);
	h = open_history(f);
	assert_int_equal(
		history_readings(h, 1, "heater", 0, collect, &c, &f->err), 0);
	assert_string_equal(text_str(&c.text),
			    "1795332932123456789|0.000|good\n"
			    "1795332933123456789|1.000|good\n"
			    "1795332934123456789|900.000|good\n"
			    "1795332935123456789|-|bad\n"
			    "1795332936123456789|4.000|good\n");
	text_free(&c.text);
	history_close(h);
}

struct counted {
	size_t n, bad;
	double min, max;
	int64_t last;
};

static int count(void *context, size_t n, const char *const *names,
		 const struct history_value *v)
{
	struct counted *c = context;

	(void)n;
	(void)names;
	assert_true(v[0].i > c->last);
	c->last = v[0].i;
	c->n++;
	c->bad += v[1].type == HISTORY_NULL;
	if (v[1].type == HISTORY_REAL && v[1].x > c->max)
		c->max = v[1].x;
	return 0;
}

static void test_thinned_readings_keep_the_extremes(void **state)
{
	struct fixture *f = *state;
	struct counted c = { 0 };
	struct history *h;

	fill_channel(f, 10000);
	h = open_history(f);
	assert_int_equal(
		history_readings(h, 1, "heater", 100, count, &c, &f->err), 0);
	assert_in_range(c.n, 50, 102);
	assert_true(c.max == 900);
	assert_int_equal(c.bad, 1);
	history_close(h);
}

static void test_reader_may_end_the_readings(void **state)
{
	struct fixture *f = *state;
	struct collected c = { .columns = 1, .end_after = 1 };
	struct history *h;

	fill_channel(f, 10);
	h = open_history(f);
	assert_int_equal(
		history_readings(h, 0, "heater", 0, collect, &c, &f->err), 42);
	assert_string_equal(text_str(&c.text), "1795332932123456789\n");
	text_free(&c.text);
	history_close(h);
}

static void test_unknown_channel_and_run_are_said(void **state)
{
	struct fixture *f = *state;
	struct history *h;

	fill_channel(f, 3);
	h = open_history(f);
	assert_int_equal(
		history_readings(h, 1, "x' OR 1", 0, collect, NULL, &f->err),
		-1);
	assert_int_equal(f->err.code, ERR_NOT_FOUND);
	assert_int_equal(
		history_readings(h, 8, "heater", 0, collect, NULL, &f->err),
		-1);
	assert_int_equal(f->err.code, ERR_NOT_FOUND);
	history_close(h);
}

static void test_readings_of_two_declarations_follow_each_other(void **state)
{
	struct fixture *f = *state;
	struct store_channel one = { "heater", "°C", "temperature" };
	struct collected c = { .columns = 2 };
	const double v = 7;
	uint32_t table, first;
	struct history *h;

	assert_int_equal(store_channels(f->store, "early", &one, 1, &table,
					&first, &f->err),
			 0);
	batch_sample(f->batch, table, T0 - S, &v, 1, 0);
	fill_channel(f, 1);
	h = open_history(f);
	assert_int_equal(
		history_readings(h, 0, "heater", 0, collect, &c, &f->err), 0);
	assert_string_equal(text_str(&c.text), "1795332931123456789|7.000\n"
					       "1795332932123456789|900.000\n");
	text_free(&c.text);
	history_close(h);
}

static void test_events_after_a_number(void **state)
{
	struct fixture *f = *state;
	struct collected c = { .columns = 5 };
	struct history *h;
	uint32_t i;

	for (i = 1; i <= 9; i++)
		batch_event(f->batch, i, T0 + i, "info", "note", "x");
	fixture_commit(f);
	h = history_open_beside(f->path, &f->err);
	assert_non_null(h);
	assert_int_equal(history_events(h, 4, 2, collect, &c, &f->err), 0);
	assert_string_equal(text_str(&c.text),
			    "5|1795332932123456794|info|note|x\n"
			    "6|1795332932123456795|info|note|x\n");
	text_clear(&c.text);
	assert_int_equal(history_events(h, 9, 2, collect, &c, &f->err), 0);
	assert_string_equal(text_str(&c.text), "");
	text_free(&c.text);
	history_close(h);
}

static int collect_bucket(void *context, const struct history_bucket *b)
{
	text_addf(context, "%lld %.1f %.1f\n", (long long)((b->t - T0) / S),
		  b->min, b->max);
	return 0;
}

static void expect_plot(struct fixture *f, nsec from, nsec to, size_t max,
			const char *expected)
{
	struct text out = { 0 }, unit = { 0 };
	const struct history_plot plot = { from, to, max, collect_bucket,
					   &out };
	struct history *h = history_open_beside(f->path, &f->err);

	assert_non_null(h);
	if (history_plot(h, "heater", &plot, &unit, &f->err))
		fail_msg("%s", f->err.msg);
	assert_string_equal(text_str(&unit), "°C");
	assert_string_equal(text_str(&out), expected);
	text_free(&out);
	text_free(&unit);
	history_close(h);
}

/* One a second: 0, 1, ... 9, a spike at 4, no good one at 7. */
static void add_spike(struct fixture *f)
{
	uint32_t i, table = fixture_heater(f, NULL);

	for (i = 0; i < 10; i++) {
		const double v[3] = { i == 4 ? 500 : i, 0, 0 };

		batch_sample(f->batch, table, T0 + i * S, v, 3, i == 7);
	}
	fixture_commit(f);
}

static void test_a_plot_keeps_smallest_and_largest(void **state)
{
	add_spike(*state);
	expect_plot(*state, T0, T0 + 9 * S, 2, "0 0.0 500.0\n5 5.0 9.0\n");
	expect_plot(*state, T0 + S, T0 + 3 * S, 100,
		    "1 1.0 1.0\n2 2.0 2.0\n3 3.0 3.0\n");
	expect_plot(*state, INT64_MIN, INT64_MAX, 1, "0 0.0 500.0\n");
	expect_plot(*state, T0 + 100 * S, T0 + 200 * S, 10, "");
}

static void test_a_plot_shows_where_nothing_is_good(void **state)
{
	add_spike(*state);
	expect_plot(*state, T0 + 6 * S, T0 + 8 * S, 100,
		    "6 6.0 6.0\n7 nan nan\n8 8.0 8.0\n");
}

static void test_a_plot_has_one_unit(void **state)
{
	struct fixture *f = *state;
	struct store_channel kelvin = { "heater", "K", "temperature" };
	const double v = 300;
	uint32_t table, first;

	assert_int_equal(store_channels(f->store, "old", &kelvin, 1, &table,
					&first, &f->err),
			 0);
	batch_sample(f->batch, table, T0, &v, 1, 0);
	add_spike(f);
	expect_plot(f, T0, T0 + S, 10, "0 0.0 0.0\n1 1.0 1.0\n");
}

static void test_a_long_question_can_be_ended(void **state)
{
	struct fixture *f = *state;
	struct text out = { 0 }, unit = { 0 };
	const struct history_plot plot = { 0, INT64_MAX, 10, collect_bucket,
					   &out };
	uint32_t i, table = fixture_heater(f, NULL);
	struct history *h;

	for (i = 0; i < 100000; i++) {
		const double v[3] = { i, 0, 0 };

		batch_sample(f->batch, table, T0 + i, v, 3, 0);
	}
	fixture_commit(f);
	h = history_open_beside(f->path, &f->err);
	assert_non_null(h);
	history_interrupt(h);
	assert_int_equal(history_plot(h, "heater", &plot, &unit, &f->err), -1);
	assert_int_equal(f->err.code, ERR_TIMEOUT);
	text_free(&out);
	text_free(&unit);
	history_close(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(test_view_gives_the_oldest_first),
		STORE_TEST(test_limit_keeps_the_newest),
		STORE_TEST(test_run_filters),
		STORE_TEST(test_every_view_can_be_asked),
		STORE_TEST(test_other_names_are_refused),
		STORE_TEST(test_reader_may_end_the_query),
		STORE_TEST(test_columns_have_names_and_types),
		STORE_TEST(test_last_run_is_the_newest),
		STORE_TEST(test_a_run_has_ended_when_its_end_is_there),
		STORE_TEST(test_session_of_a_run_has_its_configuration),
		STORE_TEST_CLOSED(test_missing_log_is_not_made),
		STORE_TEST_CLOSED(test_foreign_database_is_refused),
		STORE_TEST(test_reader_sees_what_is_committed_meanwhile),
		STORE_TEST(
			test_reader_without_a_writer_leaves_the_log_as_it_was),
		STORE_TEST(test_log_in_a_folder_without_write_permission),
		STORE_TEST(test_readings_are_integers_values_and_a_quality),
		STORE_TEST(test_thinned_readings_keep_the_extremes),
		STORE_TEST(test_reader_may_end_the_readings),
		STORE_TEST(test_unknown_channel_and_run_are_said),
		STORE_TEST(test_readings_of_two_declarations_follow_each_other),
		STORE_TEST(test_events_after_a_number),
		STORE_TEST(test_a_plot_keeps_smallest_and_largest),
		STORE_TEST(test_a_plot_shows_where_nothing_is_good),
		STORE_TEST(test_a_plot_has_one_unit),
		STORE_TEST(test_a_long_question_can_be_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
