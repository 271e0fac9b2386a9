#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "ring/recorder.h"
#include "fake_plant.h"
#include "store/history.h"
#include "folder.h"

struct lab {
	struct fake_plant fake;
	char folder[FOLDER_MAX], db[96];
	struct store *store;
	struct journal *journal;
	struct recorder *recorder;
	nsec t;
	uint64_t committed; /* newest batch */
	int n_committed, n_failed;
	bool broken, slow;
	int n_faults;
};

static void on_committed(void *context, uint64_t batch)
{
	struct lab *lab = context;

	assert_true(batch > lab->committed);
	lab->committed = batch;
	lab->n_committed++;
}

static void on_failed(void *context, const struct err *err)
{
	struct lab *lab = context;

	assert_int_not_equal(err->code, ERR_NONE);
	lab->n_failed++;
}

static void on_fault(void *context, enum fault fault, bool gone)
{
	struct lab *lab = context;

	if (fault == FAULT_LOG) {
		assert_true(lab->broken == gone);
		lab->broken = !gone;
	} else {
		lab->slow = !gone;
	}
	lab->n_faults++;
}

static void open_log(struct lab *lab)
{
	struct store_options options = {
		.durable = true,
		.now = clock_utc(),
		.version = "test",
		.config = "none",
	};
	struct recorder_setup recorder = {
		.loop = &lab->fake.loop,
		.timers = &lab->fake.timers,
		.clock = &lab->fake.clock,
		.committed = on_committed,
		.failed = on_failed,
		.fault = on_fault,
		.context = lab,
	};
	struct text notice = { 0 };
	bool interrupted;
	struct err err;

	lab->store = store_open(lab->db, &options, &interrupted, &notice, &err);
	text_free(&notice);
	assert_non_null(lab->store);
	lab->t = store_started(lab->store);
	lab->journal = journal_new(&lab->fake.config, lab->store, 0, &err);
	assert_non_null(lab->journal);
	recorder.store = lab->store;
	recorder.journal = lab->journal;
	lab->recorder = recorder_new(&recorder, &err);
	assert_non_null(lab->recorder);
	lab->committed = 0;
}

static void close_log(struct lab *lab)
{
	assert_true(recorder_close(lab->recorder, 10000));
	uv_run(&lab->fake.loop, UV_RUN_NOWAIT);
	journal_free(lab->journal);
}

static int setup(void **state)
{
	struct lab *lab = memory_zeroed(1, sizeof(*lab));

	fake_setup(&lab->fake);
	folder_make(lab->folder);
	snprintf(lab->db, sizeof(lab->db), "%s/log.db", lab->folder);
	open_log(lab);
	*state = lab;
	return 0;
}

static int teardown(void **state)
{
	struct lab *lab = *state;

	close_log(lab);
	fake_teardown(&lab->fake);
	folder_remove(lab->folder);
	free(lab);
	return 0;
}

static void note(struct lab *lab, const char *text)
{
	lab->t += NSEC_PER_MS;
	journal_note(lab->journal, lab->t, SEVERITY_INFO, "daemon", text);
}

static void turn(struct lab *lab)
{
	recorder_turn(lab->recorder);
	uv_run(&lab->fake.loop, UV_RUN_ONCE);
}

static void turn_until(struct lab *lab, int n_committed)
{
	while (lab->n_committed < n_committed)
		turn(lab);
}

static int count_row(void *context, size_t n, const char *const *names,
		     const struct history_value *values)
{
	(void)n;
	(void)names;
	(void)values;
	++*(int *)context;
	return 0;
}

static int rows(const struct lab *lab, const char *view)
{
	struct err err;
	struct history *h = history_open(lab->db, &err);
	int n = 0;

	assert_non_null(h);
	assert_int_equal(history_view(h, view, 0, 0, count_row, &n, &err), 0);
	history_close(h);
	return n;
}

/* As a full disk: nothing can grow any more. */
static void limit_files(rlim_t size)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = size;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void fill_disk(void)
{
	limit_files(1);
}

static void empty_disk(void)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit_files(limit.rlim_max);
}

static void test_who_waits_gets_a_commit_at_once(void **state)
{
	struct lab *lab = *state;
	int before = rows(lab, "v_event");
	uint64_t batch = recorder_batch(lab->recorder);

	note(lab, "one");
	note(lab, "two");
	recorder_hurry(lab->recorder);
	recorder_turn(lab->recorder);
	assert_int_equal(recorder_batch(lab->recorder), batch + 1);
	turn_until(lab, 1);
	assert_int_equal(lab->committed, batch);
	assert_int_equal(rows(lab, "v_event"), before + 2);
}

static void test_what_nobody_waits_for_is_gathered(void **state)
{
	struct lab *lab = *state;

	note(lab, "one");
	recorder_turn(lab->recorder);
	note(lab, "two");
	recorder_turn(lab->recorder);
	assert_int_equal(recorder_batch(lab->recorder), 1);
	turn_until(lab, 1);
	assert_int_equal(lab->committed, 1);
}

static void test_the_next_batch_fills_while_one_is_written(void **state)
{
	struct lab *lab = *state;
	int before = rows(lab, "v_event");

	note(lab, "one");
	recorder_hurry(lab->recorder);
	recorder_turn(lab->recorder);
	note(lab, "two");
	recorder_hurry(lab->recorder);
	recorder_turn(lab->recorder);
	turn_until(lab, 2);
	assert_int_equal(lab->committed, 2);
	assert_int_equal(rows(lab, "v_event"), before + 2);
}

static void break_it(struct lab *lab)
{
	fill_disk();
	note(lab, "lost?");
	recorder_hurry(lab->recorder);
	while (!lab->n_failed)
		turn(lab);
}

static void test_a_full_disk_is_a_fault_and_nothing_is_lost(void **state)
{
	struct lab *lab = *state;
	int before = rows(lab, "v_event");

	break_it(lab);
	assert_true(lab->broken);
	assert_int_equal(lab->n_committed, 0);
	note(lab, "meanwhile");
	while (lab->n_failed < 3)
		turn(lab);
	assert_int_equal(lab->n_faults, 1);
	empty_disk();
	recorder_hurry(lab->recorder);
	turn_until(lab, 2);
	assert_false(lab->broken);
	/* Both notes, and that the log failed and was well again. */
	assert_int_equal(rows(lab, "v_event"), before + 4);
}

static void test_says_what_is_wrong(void **state)
{
	struct lab *lab = *state;

	assert_string_equal(recorder_state(lab->recorder), "ok");
	break_it(lab);
	assert_memory_equal(recorder_state(lab->recorder), "failed: ", 8);
	empty_disk();
	turn_until(lab, 1);
	assert_string_equal(recorder_state(lab->recorder), "ok");
}

static void poll(struct lab *lab)
{
	const double value[2] = { 20.0, 0.0 };
	struct event event = { .now = lab->t += FAKE_PERIOD,
			       .type = EVENT_POLL };

	event.poll.value = value;
	journal_event(lab->journal, &event);
}

static void test_memory_is_bounded_and_the_gap_is_told(void **state)
{
	struct lab *lab = *state;
	size_t bytes;

	break_it(lab);
	for (int i = 0; i < 600000; i++) {
		poll(lab);
		recorder_turn(lab->recorder);
	}
	bytes = batch_bytes(journal_batch(lab->journal));
	assert_in_range(bytes, RECORDER_BYTES_MAX / 2,
			2 * RECORDER_BYTES_MAX + 1024 * 1024);
	empty_disk();
	turn_until(lab, 2);
	poll(lab);
	recorder_hurry(lab->recorder);
	turn_until(lab, 3);
	assert_int_equal(rows(lab, "v_gap"), 1);
}

static void test_the_rest_is_written_at_the_end(void **state)
{
	struct lab *lab = *state;
	int before = rows(lab, "v_event");

	note(lab, "last");
	close_log(lab);
	open_log(lab);
	assert_true(rows(lab, "v_event") > before);
}

static void begin_run(struct lab *lab)
{
	const struct batch_run run = { .run = recorder_next_run(lab->recorder),
				       .t = lab->t += NSEC_PER_MS,
				       .recipe = "anneal",
				       .label = "",
				       .parameters = "{}",
				       .text = "steps: []",
				       .includes = "{}" };

	batch_run_begin(journal_batch(lab->journal), &run);
	recorder_take_run(lab->recorder);
	recorder_hurry(lab->recorder);
}

static void test_run_numbers_go_on_after_a_restart(void **state)
{
	struct lab *lab = *state;

	assert_int_equal(recorder_next_run(lab->recorder), 1);
	begin_run(lab);
	assert_int_equal(recorder_next_run(lab->recorder), 2);
	turn_until(lab, 1);
	close_log(lab);
	open_log(lab);
	assert_int_equal(recorder_next_run(lab->recorder), 2);
	lab->n_committed = 0;
	note(lab, "turn");
	recorder_hurry(lab->recorder);
	turn_until(lab, 1);
}

static uint64_t jobs(struct lab *lab)
{
	bool busy;

	return recorder_count(lab->recorder, &busy);
}

/* Somebody waits for it. */
static void test_a_run_begins_with_one_job_of_the_log(void **state)
{
	struct lab *lab = *state;
	uint64_t before;
	int i;

	/* Behind the first look at the disk's room. */
	for (i = 1; i <= 2; i++) {
		note(lab, "turn");
		recorder_hurry(lab->recorder);
		turn_until(lab, i);
	}
	before = jobs(lab);
	begin_run(lab);
	turn_until(lab, 3);
	assert_int_equal(jobs(lab) - before, 1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_who_waits_gets_a_commit_at_once),
		T(test_what_nobody_waits_for_is_gathered),
		T(test_the_next_batch_fills_while_one_is_written),
		T(test_a_full_disk_is_a_fault_and_nothing_is_lost),
		T(test_says_what_is_wrong),
		T(test_memory_is_bounded_and_the_gap_is_told),
		T(test_the_rest_is_written_at_the_end),
		T(test_run_numbers_go_on_after_a_restart),
		T(test_a_run_begins_with_one_job_of_the_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
