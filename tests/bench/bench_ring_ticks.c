/*
 * How well a tick of 10 Hz keeps its time, each way with a thread of its own:
 * the daemon's timer armed to absolute deadlines, a bare sleep of the kernel
 * to the same deadlines, one between them, and a bare repeating uv_timer,
 * which drifts because it counts from when it was served.
 *
 * A machine that is shared wakes nobody in time. The bare sleep to the same
 * deadlines, on the same core, is the witness of that: "quiet" are the ticks
 * that it was not late for, and there the daemon's timer has no excuse.
 *
 * Usage: bench_ring_ticks [SECONDS]. A line for each: name, the median and
 * the 99th of a hundred of the lateness in ms, drift in ms per hour. For
 * "quiet" the last number is how many of a hundred ticks were.
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <uv.h>

#include "base/text.h"
#include "ring/clock.h"
#include "ring/timers.h"

#define PERIOD (NSEC_PER_S / 10)
#define SECONDS_MAX 86400
#define QUIET_MS 0.5 /* of the witness */

struct ticks {
	const char *name;
	void *(*run)(void *ticks);
	nsec phase; /* so that the three do not meet */
	pthread_t thread;
	struct timers timers;
	struct timer timer;
	nsec start; /* tick k is due at start + k * PERIOD */
	size_t n, max;
	double *late_ms;
};

/* True when it was the last one. */
static bool count(struct ticks *t)
{
	nsec due = t->start + (nsec)t->n * PERIOD;

	t->late_ms[t->n++] = (double)(clock_real() - due) / NSEC_PER_MS;
	return t->n == t->max;
}

static nsec next(const struct ticks *t)
{
	return t->start + (nsec)t->n * PERIOD;
}

static void on_alarm(void *context)
{
	struct ticks *t = context;

	if (count(t))
		timers_close(&t->timers);
	else
		timer_start_at(&t->timer, next(t));
}

static void *run_ours(void *context)
{
	struct ticks *t = context;
	struct err err;
	uv_loop_t loop;

	if (uv_loop_init(&loop) || timers_init(&t->timers, &loop, &err))
		abort();
	timer_init(&t->timer, &t->timers, on_alarm, t);
	timer_start_at(&t->timer, next(t));
	uv_run(&loop, UV_RUN_DEFAULT);
	uv_loop_close(&loop);
	return NULL;
}

static void *run_sleep(void *context)
{
	struct ticks *t = context;
	struct timespec until;

	do {
		until.tv_sec = (time_t)(next(t) / NSEC_PER_S);
		until.tv_nsec = (long)(next(t) % NSEC_PER_S);
		clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &until, NULL);
	} while (!count(t));
	return NULL;
}

static void on_repeat(uv_timer_t *timer)
{
	if (count(timer->data))
		uv_close((uv_handle_t *)timer, NULL);
}

static void *run_repeat(void *context)
{
	struct ticks *t = context;
	const uint64_t ms = PERIOD / NSEC_PER_MS;
	uv_timer_t timer;
	uv_loop_t loop;

	if (uv_loop_init(&loop))
		abort();
	uv_timer_init(&loop, &timer);
	timer.data = t;
	/* It rings one period from here. */
	t->start = clock_real() + PERIOD;
	uv_timer_start(&timer, on_repeat, ms, ms);
	uv_run(&loop, UV_RUN_DEFAULT);
	uv_loop_close(&loop);
	return NULL;
}

static int ascending(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double part_of(const double *v, size_t n, double part)
{
	double *sorted = memory_zeroed(n, sizeof(*v)), found;
	size_t i;

	for (i = 0; i < n; i++)
		sorted[i] = v[i];
	qsort(sorted, n, sizeof(*sorted), ascending);
	found = sorted[(size_t)((double)(n - 1) * part)];
	free(sorted);
	return found;
}

/* Of the quickest, from the first quarter to the last one: what is later
 * tells of the machine. */
static double drift_ms_per_h(const struct ticks *t)
{
	size_t quarter = t->n / 4;
	double first = part_of(t->late_ms, quarter, 0.05);
	double last = part_of(t->late_ms + t->n - quarter, quarter, 0.05);
	double between_s = 0.1 * (double)(t->n - quarter);

	return (last - first) / between_s * 3600;
}

static void print(const struct ticks *t)
{
	printf("%-8s %10.4f %10.4f %12.3f\n", t->name,
	       part_of(t->late_ms, t->n, 0.5), part_of(t->late_ms, t->n, 0.99),
	       drift_ms_per_h(t));
}

/* Of the daemon's ticks that the witness was in time for. */
static void print_quiet(const struct ticks *ours, const struct ticks *witness)
{
	double *late_ms = memory_zeroed(ours->n, sizeof(double));
	size_t i, n = 0;

	for (i = 0; i < ours->n && i < witness->n; i++)
		if (witness->late_ms[i] <= QUIET_MS)
			late_ms[n++] = ours->late_ms[i];
	printf("%-8s %10.4f %10.4f %12.3f\n", "quiet",
	       n ? part_of(late_ms, n, 0.5) : 0.0,
	       n ? part_of(late_ms, n, 0.99) : 0.0,
	       100.0 * (double)n / (double)ours->n);
	free(late_ms);
}

/* All threads from here on, so that the witness sees what the timer sees. */
static void stay_on_this_core(void)
{
	cpu_set_t here;

	CPU_ZERO(&here);
	CPU_SET((size_t)sched_getcpu(), &here);
	sched_setaffinity(0, sizeof(here), &here);
}

enum { OURS, WITNESS, SLEEP, REPEAT, WAYS };

int main(int argc, char **argv)
{
	struct ticks v[WAYS] = {
		[OURS] = { .name = "ours", .run = run_ours },
		[WITNESS] = { .name = "witness", .run = run_sleep },
		[SLEEP] = { .name = "sleep",
			    .run = run_sleep,
			    .phase = 33 * NSEC_PER_MS },
		[REPEAT] = { .name = "repeat", .run = run_repeat },
	};
	nsec start;
	int seconds = argc > 1 ? atoi(argv[1]) : 10;
	size_t i;

	if (seconds < 1 || seconds > SECONDS_MAX) {
		fprintf(stderr, "usage: bench_ring_ticks [SECONDS]\n");
		return 2;
	}
	stay_on_this_core();
	start = clock_real() + PERIOD;
	for (i = 0; i < WAYS; i++) {
		v[i].max = (size_t)seconds * 10;
		v[i].late_ms = memory_zeroed(v[i].max, sizeof(double));
		v[i].start = start + v[i].phase;
		if (pthread_create(&v[i].thread, NULL, v[i].run, &v[i]))
			return 1;
	}
	for (i = 0; i < WAYS; i++) {
		pthread_join(v[i].thread, NULL);
		print(&v[i]);
	}
	print_quiet(&v[OURS], &v[WITNESS]);
	for (i = 0; i < WAYS; i++)
		free(v[i].late_ms);
	return 0;
}
