/* The disk fails at the n-th write, for every n. */
#include "faulty.h"
#include "fixture.h"

#define WRITES_MAX 2000 /* more writes than any of these needs */

static const struct {
	const char *name;
	int status, times;
	bool tear, durable;
	enum err_code code;
} faults[] = {
	{ "full once", SQLITE_FULL, 1, false, true, ERR_FULL },
	{ "full for a while", SQLITE_FULL, 5, false, true, ERR_FULL },
	{ "torn write", SQLITE_IOERR_WRITE, 1, true, true, ERR_IO },
	{ "broken for a while", SQLITE_IOERR_WRITE, 5, true, false, ERR_IO },
};

static void add_tick(struct fixture *f, uint32_t table, int i)
{
	const double v[3] = { i, 1, 0 };

	batch_sample(f->batch, table, T0 + i * S, v, 3, 0);
	fixture_setpoint(f, (uint32_t)i + 1, T0 + i * S, 1, i);
	batch_event(f->batch, 1, T0 + i * S, "info", "note", "tick");
}

static void expect_ticks(struct fixture *f, int n)
{
	char expected[40];

	snprintf(expected, sizeof(expected), "%d|%d|%d|%d\n", n, n, n, n);
	fixture_expect(f,
		       "SELECT (SELECT count(*) FROM sample_1),"
		       " (SELECT count(*) FROM setpoint),"
		       " (SELECT count(*) FROM event),"
		       " (SELECT coalesce(max(seq) / 2, 0) FROM event)",
		       expected);
	fixture_expect(f, "PRAGMA integrity_check", "ok\n");
}

static void arm(size_t fault, int n)
{
	faulty.calls = 0;
	faulty.countdown = n;
	faulty.times = faults[fault].times;
	faulty.status = faults[fault].status;
	faulty.tear = faults[fault].tear;
}

static void disarm(void)
{
	faulty.countdown = 0;
	faulty.times = 0;
}

/* Commits one tick, the n-th write of which fails; true when it had fewer
 * writes than n. */
static bool commit_with_fault(struct fixture *f, uint32_t table, size_t fault,
			      int n, int *ticks)
{
	int status;

	add_tick(f, table, *ticks);
	arm(fault, n);
	status = store_commit(f->store, f->batch, &f->err);
	if (!status) {
		bool unused = faulty.calls < n;

		/* A fault in a checkpoint costs no row. */
		disarm();
		batch_clear(f->batch);
		expect_ticks(f, ++*ticks);
		return unused;
	}
	disarm();
	assert_true(f->err.code == faults[fault].code || f->err.code == ERR_IO);
	assert_true(strlen(f->err.msg) > 20);
	expect_ticks(f, *ticks);
	fixture_commit(f);
	expect_ticks(f, ++*ticks);
	return false;
}

static void test_commit_survives_a_fault_in_every_write(void **state)
{
	struct fixture *f = *state;
	size_t fault;
	int n, ticks;

	for (fault = 0; fault < ARRAY_SIZE(faults); fault++) {
		uint32_t table;

		unlink(f->path);
		assert_true(fixture_try(f, T0, faults[fault].durable));
		table = fixture_heater(f, NULL);
		ticks = 0;
		for (n = 1; n < WRITES_MAX; n++)
			if (commit_with_fault(f, table, fault, n, &ticks))
				break;
		assert_in_range(n, 2, WRITES_MAX - 1);
		fixture_close(f);
		expect_ticks(f, ticks);
	}
}

/* Large enough that pages leave the cache before the commit. */
static void test_large_commit_survives_a_fault_in_the_middle(void **state)
{
	struct fixture *f = *state;
	int i, n, done = 0;
	uint32_t table;

	fixture_open(f, T0);
	table = fixture_heater(f, NULL);
	for (i = 0; i < 60000; i++) {
		const double v[3] = { i * 1.1, 1, 0 };

		batch_sample(f->batch, table, T0 + i * S, v, 3, 0);
	}
	for (n = 1; !done; n *= 4) {
		arm(0, n);
		done = !store_commit(f->store, f->batch, &f->err);
		disarm();
		fixture_expect(f, "SELECT count(*) FROM sample_1",
			       done ? "60000\n" : "0\n");
	}
	assert_true(n > 16);
	fixture_expect(f, "PRAGMA integrity_check", "ok\n");
}

static void test_open_survives_a_fault_in_every_write(void **state)
{
	struct fixture *f = *state;
	size_t fault;
	int n;

	for (fault = 0; fault < ARRAY_SIZE(faults); fault += 2) {
		bool opened = false;

		unlink(f->path);
		for (n = 1; n < WRITES_MAX; n++) {
			arm(fault, n);
			opened = fixture_try(f, T0, faults[fault].durable);
			disarm();
			fixture_close(f);
			if (opened && faulty.calls < n)
				break;
		}
		assert_in_range(n, 2, WRITES_MAX - 1);
		assert_true(fixture_try(f, T0 + S, true));
		fixture_heater(f, NULL);
		fixture_expect(f, "PRAGMA integrity_check", "ok\n");
		fixture_close(f);
	}
}

static void test_declaring_survives_a_fault_in_every_write(void **state)
{
	struct fixture *f = *state;
	struct store_channel c = { "x", "1", "ratio" };
	uint32_t table, first;
	char name[32];
	int n;

	assert_true(fixture_try(f, T0, true));
	for (n = 1; n < WRITES_MAX; n++) {
		snprintf(name, sizeof(name), "instrument %d", n);
		arm(0, n);
		if (store_channels(f->store, name, &c, 1, &table, &first,
				   &f->err)) {
			disarm();
			assert_int_equal(store_channels(f->store, name, &c, 1,
							&table, &first,
							&f->err),
					 0);
		}
		disarm();
		assert_int_equal(table, n);
		if (faulty.calls < n)
			break;
	}
	assert_in_range(n, 2, WRITES_MAX - 1);
	fixture_expect(f, "PRAGMA integrity_check", "ok\n");
}

static int declare_two(struct fixture *f, const char *name, uint32_t *table)
{
	const struct store_channel c[2] = { { "x", "1", "ratio" },
					    { "y", "1", "ratio" } };
	uint32_t first;

	if (store_channels_begin(f->store, &f->err) ||
	    store_channels(f->store, name, c, 1, table, &first, &f->err) ||
	    store_period(f->store, *table, S, &f->err) ||
	    store_channels(f->store, name, c, 2, table, &first, &f->err))
		return -1;
	return store_channels_end(f->store, &f->err);
}

static void test_declaring_together_is_all_or_nothing(void **state)
{
	struct fixture *f = *state;
	char name[32], sql[96];
	uint32_t table;
	int n, failed;

	assert_true(fixture_try(f, T0, true));
	for (n = 1; n < WRITES_MAX; n++) {
		snprintf(name, sizeof(name), "instrument %d", n);
		snprintf(sql, sizeof(sql),
			 "SELECT count(*) FROM layout"
			 " WHERE instrument = '%s'",
			 name);
		arm(0, n);
		failed = declare_two(f, name, &table);
		disarm();
		fixture_expect(f, sql, failed ? "0\n" : "2\n");
		if (failed)
			assert_int_equal(declare_two(f, name, &table), 0);
		assert_int_equal(table, 2 * n);
		if (faulty.calls < n)
			break;
	}
	assert_in_range(n, 2, WRITES_MAX - 1);
	fixture_expect(f, "PRAGMA integrity_check", "ok\n");
}

/* The WAL keeps what the checkpoint could not move. */
static void test_close_survives_a_fault_in_every_write(void **state)
{
	struct fixture *f = *state;
	bool unused = false;
	int n;

	for (n = 1; !unused && n < WRITES_MAX; n++) {
		uint32_t table;

		unlink(f->path);
		assert_true(fixture_try(f, T0, true));
		table = fixture_heater(f, NULL);
		add_tick(f, table, 0);
		fixture_commit(f);
		arm(0, n);
		fixture_close(f);
		unused = faulty.calls < n;
		disarm();
		assert_true(fixture_try(f, T0 + S, true));
		expect_ticks(f, 1);
		fixture_close(f);
	}
	assert_in_range(n, 3, WRITES_MAX - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST_CLOSED(test_commit_survives_a_fault_in_every_write),
		STORE_TEST_CLOSED(
			test_large_commit_survives_a_fault_in_the_middle),
		STORE_TEST_CLOSED(test_open_survives_a_fault_in_every_write),
		STORE_TEST_CLOSED(
			test_declaring_survives_a_fault_in_every_write),
		STORE_TEST_CLOSED(test_declaring_together_is_all_or_nothing),
		STORE_TEST_CLOSED(test_close_survives_a_fault_in_every_write),
	};

	faulty_install();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
