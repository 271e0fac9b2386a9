#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "ring/worker.h"

#define JOBS_MAX 64
#define QUEUE 8

/* One lab per test: a loop, a worker, and a gate that its first job waits at
 * so that what is submitted meanwhile really waits. */
struct lab {
	uv_loop_t loop;
	struct worker *worker;
	uv_sem_t gate;
	uv_sem_t reached;
	int order[JOBS_MAX]; /* in which jobs were worked on */
	int n_worked;	     /* the worker's thread's, until done */
	int done[JOBS_MAX];  /* in which they came back */
	int n_done;
};

struct numbered {
	struct job job;
	struct lab *lab;
	int number;
	uv_thread_t done_on;
	int times_done;
};

static void work(struct job *job)
{
	struct numbered *n = (struct numbered *)job;

	n->lab->order[n->lab->n_worked++] = n->number;
}

static void work_at_gate(struct job *job)
{
	struct numbered *n = (struct numbered *)job;

	uv_sem_post(&n->lab->reached);
	uv_sem_wait(&n->lab->gate);
	work(job);
}

static void done(struct job *job)
{
	struct numbered *n = (struct numbered *)job;

	n->times_done++;
	n->done_on = uv_thread_self();
	n->lab->done[n->lab->n_done++] = n->number;
}

static struct numbered *number(struct lab *lab, struct numbered *v, int i)
{
	v[i] = (struct numbered){ .job = { .work = work, .done = done },
				  .lab = lab,
				  .number = i };
	return &v[i];
}

static void setup(struct lab *lab)
{
	struct err err;

	*lab = (struct lab){ .n_worked = 0 };
	assert_int_equal(uv_loop_init(&lab->loop), 0);
	assert_int_equal(uv_sem_init(&lab->gate, 0), 0);
	assert_int_equal(uv_sem_init(&lab->reached, 0), 0);
	lab->worker = worker_new(&lab->loop, "test", QUEUE, &err);
	assert_non_null(lab->worker);
}

static void teardown(struct lab *lab)
{
	worker_free(lab->worker);
	uv_run(&lab->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&lab->loop), 0);
	uv_sem_destroy(&lab->gate);
	uv_sem_destroy(&lab->reached);
}

static void stop(struct lab *lab)
{
	assert_true(worker_stop(lab->worker, 10000));
	teardown(lab);
}

static void run_until(struct lab *lab, int n)
{
	while (lab->n_done < n)
		uv_run(&lab->loop, UV_RUN_ONCE);
}

/* Job 0 stands at the gate; it is being done when this returns. */
static void block(struct lab *lab, struct numbered *v)
{
	struct err err;

	number(lab, v, 0)->job.work = work_at_gate;
	assert_int_equal(worker_submit(lab->worker, &v[0].job, &err), 0);
	uv_sem_wait(&lab->reached);
}

static void submit(struct lab *lab, struct numbered *v, int from, int to)
{
	struct err err;

	for (int i = from; i <= to; i++)
		assert_int_equal(worker_submit(lab->worker,
					       &number(lab, v, i)->job, &err),
				 0);
}

static void test_jobs_come_back_in_order_on_the_loop(void **state)
{
	struct numbered v[4];
	uv_thread_t me = uv_thread_self();
	struct lab lab;

	(void)state;
	setup(&lab);
	submit(&lab, v, 0, 3);
	run_until(&lab, 4);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(lab.order[i], i);
		assert_int_equal(lab.done[i], i);
		assert_int_equal(v[i].times_done, 1);
		assert_true(uv_thread_equal(&v[i].done_on, &me));
	}
	stop(&lab);
}

static void test_a_full_queue_refuses(void **state)
{
	struct numbered v[QUEUE + 2];
	struct err err;
	struct lab lab;

	(void)state;
	setup(&lab);
	block(&lab, v);
	submit(&lab, v, 1, QUEUE);
	assert_int_equal(worker_submit(lab.worker,
				       &number(&lab, v, QUEUE + 1)->job, &err),
			 -1);
	assert_int_equal(err.code, ERR_FULL);
	uv_sem_post(&lab.gate);
	run_until(&lab, QUEUE + 1);
	assert_int_equal(v[QUEUE + 1].times_done, 0);
	stop(&lab);
}

static void test_first_overtakes_and_is_never_refused(void **state)
{
	struct numbered v[QUEUE + 3];
	const int expected[] = { 0, QUEUE + 1, QUEUE + 2, 1, 2 };
	struct lab lab;

	(void)state;
	setup(&lab);
	block(&lab, v);
	submit(&lab, v, 1, QUEUE);
	for (int i = QUEUE + 1; i <= QUEUE + 2; i++)
		worker_submit_first(lab.worker, &number(&lab, v, i)->job);
	uv_sem_post(&lab.gate);
	run_until(&lab, QUEUE + 3);
	for (int i = 0; i < 5; i++)
		assert_int_equal(lab.order[i], expected[i]);
	stop(&lab);
}

static void test_a_dropped_job_is_not_worked_on(void **state)
{
	struct numbered v[4];
	struct lab lab;

	(void)state;
	setup(&lab);
	block(&lab, v);
	submit(&lab, v, 1, 3);
	assert_true(worker_drop(lab.worker, &v[2].job));
	assert_int_equal(v[2].times_done, 0);
	uv_sem_post(&lab.gate);
	run_until(&lab, 4);
	assert_true(v[2].job.dropped);
	assert_int_equal(v[2].times_done, 1);
	assert_int_equal(lab.n_worked, 3);
	assert_false(v[1].job.dropped);
	stop(&lab);
}

static void test_the_last_in_the_queue_can_be_dropped(void **state)
{
	struct numbered v[4];
	struct lab lab;

	(void)state;
	setup(&lab);
	block(&lab, v);
	submit(&lab, v, 1, 2);
	assert_true(worker_drop(lab.worker, &v[2].job));
	submit(&lab, v, 3, 3);
	uv_sem_post(&lab.gate);
	run_until(&lab, 4);
	assert_int_equal(lab.order[2], 3);
	stop(&lab);
}

static void test_what_is_being_done_cannot_be_dropped(void **state)
{
	struct numbered v[1];
	struct lab lab;

	(void)state;
	setup(&lab);
	block(&lab, v);
	assert_false(worker_drop(lab.worker, &v[0].job));
	uv_sem_post(&lab.gate);
	run_until(&lab, 1);
	assert_false(v[0].job.dropped);
	stop(&lab);
}

static void test_stop_drops_what_waits_and_calls_every_done(void **state)
{
	struct numbered v[5];
	struct lab lab;

	(void)state;
	setup(&lab);
	block(&lab, v);
	submit(&lab, v, 1, 3);
	worker_submit_first(lab.worker, &number(&lab, v, 4)->job);
	uv_sem_post(&lab.gate);
	stop(&lab);
	for (int i = 0; i < 5; i++)
		assert_int_equal(v[i].times_done, 1);
	/* The gate may have opened in time for some of them. */
	assert_int_equal(lab.order[0], 0);
}

static void test_stop_does_not_wait_for_ever(void **state)
{
	struct numbered v[1];
	struct lab lab;

	(void)state;
	setup(&lab);
	block(&lab, v);
	assert_false(worker_stop(lab.worker, 20));
	assert_int_equal(v[0].times_done, 0);
	uv_sem_post(&lab.gate);
	stop(&lab);
	assert_int_equal(v[0].times_done, 1);
}

struct chain {
	struct numbered n;
	int left;
};

static void done_and_again(struct job *job)
{
	struct chain *c = (struct chain *)job;
	struct err err;

	done(job);
	if (c->left-- > 0)
		assert_int_equal(worker_submit(c->n.lab->worker, job, &err), 0);
}

static void test_done_may_submit_again(void **state)
{
	struct chain c = { .left = 20 };
	struct err err;
	struct lab lab;

	(void)state;
	setup(&lab);
	number(&lab, &c.n, 0)->job.done = done_and_again;
	assert_int_equal(worker_submit(lab.worker, &c.n.job, &err), 0);
	run_until(&lab, 21);
	assert_int_equal(c.n.times_done, 21);
	stop(&lab);
}

static void test_a_stuck_worker_is_seen(void **state)
{
	struct numbered v[1];
	uint64_t count;
	struct lab lab;
	bool busy;

	(void)state;
	setup(&lab);
	count = worker_count(lab.worker, &busy);
	assert_false(busy);
	block(&lab, v);
	assert_int_equal(worker_count(lab.worker, &busy), count);
	assert_true(busy);
	uv_sem_post(&lab.gate);
	run_until(&lab, 1);
	assert_int_equal(worker_count(lab.worker, &busy), count + 1);
	stop(&lab);
}

/* Submits and drops at random while the worker runs: whatever happens, each
 * job comes back once. Mostly for the thread sanitizer. */
static void test_every_job_comes_back_once_whatever_happens(void **state)
{
	struct numbered v[JOBS_MAX];
	struct err err;
	struct lab lab;
	int submitted = 0;

	(void)state;
	setup(&lab);
	srand(1);
	for (int i = 0; i < JOBS_MAX; i++) {
		number(&lab, v, i);
		if (rand() % 4 == 0) {
			worker_submit_first(lab.worker, &v[i].job);
		} else if (worker_submit(lab.worker, &v[i].job, &err)) {
			uv_run(&lab.loop, UV_RUN_NOWAIT);
			continue;
		}
		submitted++;
		if (rand() % 3 == 0)
			worker_drop(lab.worker, &v[i].job);
	}
	run_until(&lab, submitted);
	stop(&lab);
	for (int i = 0; i < JOBS_MAX; i++)
		assert_in_range(v[i].times_done, 0, 1);
	assert_int_equal(lab.n_done, submitted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_jobs_come_back_in_order_on_the_loop),
		cmocka_unit_test(test_a_full_queue_refuses),
		cmocka_unit_test(test_first_overtakes_and_is_never_refused),
		cmocka_unit_test(test_a_dropped_job_is_not_worked_on),
		cmocka_unit_test(test_the_last_in_the_queue_can_be_dropped),
		cmocka_unit_test(test_what_is_being_done_cannot_be_dropped),
		cmocka_unit_test(
			test_stop_drops_what_waits_and_calls_every_done),
		cmocka_unit_test(test_stop_does_not_wait_for_ever),
		cmocka_unit_test(test_done_may_submit_again),
		cmocka_unit_test(test_a_stuck_worker_is_seen),
		cmocka_unit_test(
			test_every_job_comes_back_once_whatever_happens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
