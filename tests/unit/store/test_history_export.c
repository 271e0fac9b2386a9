#include "fixture.h"

static int take(void *context, const char *s, size_t n)
{
	assert_true(n && s[n - 1] == '\n');
	text_add_n(context, s, n);
	return 0;
}

static void expect_export(struct fixture *f, uint32_t run, const char *expected)
{
	struct history *h = history_open(f->path, &f->err);
	struct text csv = { 0 };

	assert_non_null(h);
	if (history_export(h, run, take, &csv, &f->err))
		fail_msg("%s", f->err.msg);
	assert_string_equal(text_str(&csv), expected);
	text_free(&csv);
	history_close(h);
}

/* A heater at 0, 1, 2 s and a gauge at 1 and 1.5 s. */
static void fill(struct fixture *f)
{
	const struct store_channel gauge[] = { { "cell, \"main\"", "Torr",
						 "pressure" } };
	uint32_t heater = fixture_heater(f, NULL), table, first, i;
	const double low = 0.1, high = 760;

	assert_int_equal(store_channels(f->store, "gauge", gauge, 1, &table,
					&first, &f->err),
			 0);
	fixture_run_begin(f, 1, T0);
	for (i = 0; i < 3; i++) {
		const double v[3] = { 20.5 + i, 1e-9, 1 };

		batch_sample(f->batch, heater, T0 + i * S, v, 3, i == 2);
	}
	batch_sample(f->batch, table, T0 + S, &low, 1, 0);
	batch_sample(f->batch, table, T0 + S + S / 2, &high, 1, 0);
	batch_run_end(f->batch, 1, T0 + 2 * S, "complete", "");
	batch_sample(f->batch, table, T0 + 3 * S, &high, 1, 0);
	fixture_commit(f);
}

#define HEADER                                                                 \
	"time,heater [°C],heater.power [mW],heater.output,"                   \
	"\"cell, \"\"main\"\" [Torr]\"\n"

static void test_values_are_held_until_the_next(void **state)
{
	fill(*state);
	expect_export(*state, 1,
		      HEADER "2026-11-22T07:35:32.123456Z,20.5,1e-09,1,\n"
			     "2026-11-22T07:35:33.123456Z,21.5,1e-09,1,0.1\n"
			     "2026-11-22T07:35:33.623456Z,21.5,1e-09,1,760\n"
			     "2026-11-22T07:35:34.123456Z,,1e-09,1,760\n");
}

static void test_run_without_readings_is_a_header(void **state)
{
	fixture_run_begin(*state, 1, T0);
	fixture_commit(*state);
	expect_export(*state, 1, "time\n");
}

static void test_unknown_run_is_said(void **state)
{
	struct fixture *f = *state;
	struct history *h = history_open(f->path, &f->err);

	assert_int_equal(history_export(h, 5, take, NULL, &f->err), -1);
	assert_int_equal(f->err.code, ERR_NOT_FOUND);
	history_close(h);
}

static int refuse(void *context, const char *s, size_t n)
{
	(void)s;
	(void)n;
	return ++*(int *)context;
}

static void test_writer_may_end_it(void **state)
{
	struct fixture *f = *state;
	struct history *h;
	int calls = 0;

	fill(f);
	h = history_open(f->path, &f->err);
	assert_int_equal(history_export(h, 1, refuse, &calls, &f->err), 1);
	assert_int_equal(calls, 1);
	history_close(h);
}

static void test_long_export_comes_in_pieces_of_whole_lines(void **state)
{
	struct fixture *f = *state;
	uint32_t table = fixture_heater(f, NULL), i;
	struct text csv = { 0 };
	struct history *h;
	size_t lines = 0;
	const char *s;

	fixture_run_begin(f, 1, T0);
	for (i = 0; i < 5000; i++) {
		const double v[3] = { i, 1, 2 };

		batch_sample(f->batch, table, T0 + i * S, v, 3, 0);
	}
	fixture_commit(f);
	h = history_open(f->path, &f->err);
	assert_int_equal(history_export(h, 1, take, &csv, &f->err), 0);
	for (s = text_str(&csv); *s; s++)
		lines += *s == '\n';
	assert_int_equal(lines, 5001);
	text_free(&csv);
	history_close(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(test_values_are_held_until_the_next),
		STORE_TEST(test_run_without_readings_is_a_header),
		STORE_TEST(test_unknown_run_is_said),
		STORE_TEST(test_writer_may_end_it),
		STORE_TEST(test_long_export_comes_in_pieces_of_whole_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
