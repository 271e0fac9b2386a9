/* kill -9 at random moments: what was acknowledged is there. */
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "fixture.h"

#define ROUNDS 50
#define TICKS_MAX 100000

/* Commits ticks and says of each through the pipe that it is on disk. */
static void commit_until_killed(struct fixture *f, nsec now, int told)
{
	uint32_t table, run, i;

	if (!fixture_try(f, now, true))
		_exit(1);
	table = fixture_heater(f, NULL);
	run = store_last_run(f->store) + 1;
	fixture_run_begin(f, run, store_started(f->store));
	for (i = 1; i < TICKS_MAX; i++) {
		const double v[3] = { i, run, 0 };
		nsec t = store_started(f->store) + i * NSEC_PER_MS;

		batch_sample(f->batch, table, t, v, 3, 0);
		fixture_setpoint(f, i, t, 1, i);
		if (store_commit(f->store, f->batch, &f->err))
			_exit(2);
		batch_clear(f->batch);
		if (write(told, &i, sizeof(i)) != sizeof(i))
			_exit(3);
		batch_sent(f->batch, i, t);
	}
	_exit(4);
}

/* A random number for everybody: the moments differ, the test does not. */
static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

/* The last tick that was told before the child was killed. */
static uint32_t run_and_kill(struct fixture *f, nsec now, useconds_t after)
{
	uint32_t tick, last = 0;
	int told[2], status;
	pid_t child;

	assert_int_equal(pipe(told), 0);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		close(told[0]);
		commit_until_killed(f, now, told[1]);
	}
	close(told[1]);
	/* Every other one has begun to commit, however slow the machine. */
	if (after % 2 && read(told[0], &tick, sizeof(tick)) == sizeof(tick))
		last = tick;
	usleep(after);
	kill(child, SIGKILL);
	while (read(told[0], &tick, sizeof(tick)) == sizeof(tick))
		last = tick;
	close(told[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	return last;
}

static void expect_ticks(struct fixture *f, uint32_t last)
{
	_cleanup_(text_free) struct text out = { 0 };
	uint32_t samples, setpoints, highest;

	fixture_ask(f,
		    "SELECT count(*), (SELECT count(*) FROM setpoint"
		    " WHERE session = (SELECT max(session) FROM session)"
		    " AND run IS NOT NULL), coalesce(max(CAST(v0 AS INT)), 0)"
		    " FROM sample_1 WHERE v1 = (SELECT max(run) FROM run)",
		    &out);
	assert_int_equal(sscanf(text_str(&out), "%u|%u|%u", &samples,
				&setpoints, &highest),
			 3);
	assert_true(highest >= last);	    /* one more may be there, untold */
	assert_int_equal(samples, highest); /* no hole */
	assert_int_equal(setpoints, highest);
}

static void test_acknowledged_rows_survive_kill(void **state)
{
	struct fixture *f = *state;
	uint32_t random = 1, total = 0;
	int i;

	fixture_open(f, T0 - S);
	fixture_heater(f, NULL);
	fixture_close(f);
	for (i = 0; i < ROUNDS; i++) {
		uint32_t last = run_and_kill(f, T0 + i * 1000 * S,
					     next_random(&random) % 20000);

		if (last)
			expect_ticks(f, last);
		total += last;
		fixture_expect(f, "PRAGMA integrity_check", "ok\n");
	}
	assert_true(total > 0);
	fixture_open(f, T0 + ROUNDS * 1000 * S);
	fixture_expect(f, "SELECT count(*) FROM run WHERE ended IS NULL",
		       "0\n");
	fixture_expect(f,
		       "SELECT count(*) FROM v_setpoint WHERE answer IS"
		       " NOT 'unknown'",
		       "0\n");
	fixture_expect(f,
		       "SELECT count(*) FROM run WHERE state <>"
		       " 'interrupted'",
		       "0\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST_CLOSED(test_acknowledged_rows_survive_kill),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
