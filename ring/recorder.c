#include "ring/recorder.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "ring/log.h"
#include "ring/worker.h"

#define QUEUE_MAX 64
/* So many quick commits in a row until the log counts as quick again. */
#define QUICK_AGAIN 5
/* A batch that is refused for what it holds is given up after these tries. */
#define REFUSALS_MAX 3

enum timer_kind { TIMER_GATHER, TIMER_RETRY, TIMER_SLOW, TIMER_ROOM, TIMER_N };

enum fault_bit { BROKEN = 1, CROWDED = 2 };

struct recorder {
	struct recorder_setup setup;
	struct worker *worker;
	struct timer timers[TIMER_N];

	struct job commit_job;
	struct clock_hold hold;
	struct batch *batch; /* being committed; empty when not out */
	uint64_t number;     /* of the one being filled */
	bool out, kept;	     /* at the worker; failed, to be retried */
	bool hurry;
	bool gather_due, retry_due; /* their timers have fired */
	int status;
	struct err err;
	nsec retry; /* after so long */
	unsigned refusals;

	struct job room_job;
	bool room_out;
	int64_t room;

	unsigned faults; /* enum fault_bit */
	bool slow;
	unsigned quick; /* commits in a row, while slow */
	uint32_t run;
	char state[ERR_MSG_MAX + 16];
};

#define RECORDER_OF(j, member)                                                 \
	((struct recorder *)((char *)(j)-offsetof(struct recorder, member)))

static void say(struct recorder *r, enum severity severity, const char *of,
		const char *text)
{
	const struct journal_condition c = { severity, "store", of, text };

	if (severity == SEVERITY_INFO)
		log_info("%s", text);
	else
		log_error("%s", text);
	journal_condition(r->setup.journal, r->setup.clock->now, &c);
}

static void describe(struct recorder *r, const char *failure)
{
	if (failure)
		snprintf(r->state, sizeof(r->state), "failed: %s", failure);
	else if (!r->faults)
		snprintf(r->state, sizeof(r->state), r->slow ? "slow" : "ok");
}

static const char *fault_of(enum fault_bit bit)
{
	return bit == BROKEN ? "writing" : "room";
}

static void raise_fault(struct recorder *r, enum fault_bit bit,
			const char *text)
{
	unsigned before = r->faults;

	r->faults |= bit;
	describe(r, text);
	if (before & bit)
		return;
	say(r, SEVERITY_ALARM, fault_of(bit), text);
	if (!before)
		r->setup.fault(r->setup.context, FAULT_LOG, false);
}

static void clear_fault(struct recorder *r, enum fault_bit bit,
			const char *text)
{
	if (!(r->faults & bit))
		return;
	r->faults &= ~(unsigned)bit;
	describe(r, NULL);
	say(r, SEVERITY_INFO, fault_of(bit), text);
	if (!r->faults)
		r->setup.fault(r->setup.context, FAULT_LOG, true);
}

static void on_slow(void *context)
{
	struct recorder *r = context;

	r->quick = 0;
	if (r->slow)
		return;
	r->slow = true;
	describe(r, NULL);
	say(r, SEVERITY_WARNING, "speed",
	    "the log takes more than 1 s to be written");
	r->setup.fault(r->setup.context, FAULT_LOG_SLOW, false);
}

static void was_quick(struct recorder *r)
{
	if (!r->slow || ++r->quick < QUICK_AGAIN)
		return;
	r->slow = false;
	describe(r, NULL);
	say(r, SEVERITY_INFO, "speed", "the log is written quickly again");
	r->setup.fault(r->setup.context, FAULT_LOG_SLOW, true);
}

static void work_commit(struct job *job)
{
	struct recorder *r = RECORDER_OF(job, commit_job);

	r->status = store_commit(r->setup.store, r->batch, &r->err);
}

static void on_gathered(void *context)
{
	struct recorder *r = context;

	r->gather_due = true;
}

static void on_retry(void *context)
{
	struct recorder *r = context;

	r->retry_due = true;
}

static void finish_batch(struct recorder *r)
{
	r->kept = false;
	r->retry = RECORDER_RETRY;
	r->refusals = 0;
	batch_clear(r->batch);
	journal_drop_samples(r->setup.journal, false);
	r->setup.committed(r->setup.context, r->number - 1);
}

static void keep_batch(struct recorder *r)
{
	r->kept = true;
	r->retry_due = false;
	timer_start_in(&r->timers[TIMER_RETRY], r->retry);
	r->retry = nsec_min(2 * r->retry, RECORDER_RETRY_MAX);
	r->setup.failed(r->setup.context, &r->err);
}

/* A record that the store refuses is a mistake of the program. It must not
 * keep all later ones from the disk for ever. */
static bool is_hopeless(struct recorder *r)
{
	if (r->err.code != ERR_INVALID || ++r->refusals < REFUSALS_MAX)
		return false;
	log_error("%zu records are given up: %s", batch_records(r->batch),
		  r->err.msg);
	return true;
}

static void on_committed(struct job *job)
{
	struct recorder *r = RECORDER_OF(job, commit_job);

	clock_at(r->setup.clock, clock_real());
	clock_release(r->setup.clock, &r->hold);
	r->out = false;
	if (timer_runs(&r->timers[TIMER_SLOW]))
		was_quick(r);
	timer_stop(&r->timers[TIMER_SLOW]);
	if (job->dropped) {
		r->kept = true;
	} else if (!r->status || is_hopeless(r)) {
		clear_fault(r, BROKEN, "the log is written again");
		finish_batch(r);
	} else {
		raise_fault(r, BROKEN, r->err.msg);
		keep_batch(r);
	}
}

static void submit(struct recorder *r)
{
	struct err err;

	r->commit_job =
		(struct job){ .work = work_commit, .done = on_committed };
	/* The queue has room for the one commit there is at a time. */
	if (worker_submit(r->worker, &r->commit_job, &err))
		return;
	r->out = true;
	clock_hold(r->setup.clock, &r->hold);
	timer_start_in(&r->timers[TIMER_SLOW], RECORDER_SLOW);
}

static void take_batch(struct recorder *r)
{
	struct batch *full = journal_batch(r->setup.journal);

	journal_set_batch(r->setup.journal, r->batch);
	r->batch = full;
	r->number++;
	r->hurry = r->gather_due = false;
	timer_stop(&r->timers[TIMER_GATHER]);
}

static void watch_memory(struct recorder *r)
{
	if (batch_bytes(journal_batch(r->setup.journal)) > RECORDER_BYTES_MAX)
		journal_drop_samples(r->setup.journal, true);
}

void recorder_turn(struct recorder *r)
{
	if (!batch_records(journal_batch(r->setup.journal)) && !r->kept)
		return;
	if (r->out || (r->kept && !r->retry_due)) {
		watch_memory(r);
		return;
	}
	if (r->kept) {
		r->retry_due = false;
		submit(r);
	} else if (r->hurry || r->gather_due) {
		take_batch(r);
		submit(r);
	} else if (!timer_runs(&r->timers[TIMER_GATHER])) {
		timer_start_in(&r->timers[TIMER_GATHER], RECORDER_GATHER);
	}
}

static void work_room(struct job *job)
{
	struct recorder *r = RECORDER_OF(job, room_job);

	r->room = store_room(r->setup.store);
}

static void on_room(struct job *job)
{
	struct recorder *r = RECORDER_OF(job, room_job);
	char text[96];

	r->room_out = false;
	if (job->dropped)
		return;
	snprintf(text, sizeof(text), "%lld MB are left on the log's disk",
		 (long long)(r->room / 1000000));
	if (r->room < RECORDER_ROOM_MIN)
		raise_fault(r, CROWDED, text);
	else if (r->room > 2 * RECORDER_ROOM_MIN)
		clear_fault(r, CROWDED, text);
}

static void ask_room(void *context)
{
	struct recorder *r = context;
	struct err err;

	timer_start_in(&r->timers[TIMER_ROOM], RECORDER_ROOM_EVERY);
	if (r->room_out)
		return;
	r->room_job = (struct job){ .work = work_room, .done = on_room };
	r->room_out = !worker_submit(r->worker, &r->room_job, &err);
}

uint32_t recorder_next_run(const struct recorder *r)
{
	return r->run + 1;
}

void recorder_take_run(struct recorder *r)
{
	r->run++;
}

struct recorder *recorder_new(const struct recorder_setup *setup,
			      struct err *err)
{
	static void (*const fired[TIMER_N])(void *) = {
		[TIMER_GATHER] = on_gathered,
		[TIMER_RETRY] = on_retry,
		[TIMER_SLOW] = on_slow,
		[TIMER_ROOM] = ask_room,
	};
	struct recorder *r = memory_zeroed(1, sizeof(*r));

	r->setup = *setup;
	r->worker = worker_new(setup->loop, "log", QUEUE_MAX, err);
	if (!r->worker) {
		free(r);
		return NULL;
	}
	r->batch = batch_new();
	r->number = 1;
	r->retry = RECORDER_RETRY;
	r->run = store_last_run(setup->store);
	describe(r, NULL);
	for (int i = 0; i < TIMER_N; i++)
		timer_init(&r->timers[i], setup->timers, fired[i], r);
	timer_start_in(&r->timers[TIMER_ROOM], 0);
	return r;
}

uint64_t recorder_batch(const struct recorder *r)
{
	return r->number;
}

void recorder_hurry(struct recorder *r)
{
	r->hurry = true;
}

const char *recorder_state(const struct recorder *r)
{
	return r->state;
}

uint64_t recorder_count(struct recorder *r, bool *busy)
{
	return worker_count(r->worker, busy);
}

static int commit_rest(struct recorder *r, struct err *err)
{
	if (r->kept && store_commit(r->setup.store, r->batch, err))
		return -1;
	if (!batch_records(journal_batch(r->setup.journal)))
		return 0;
	return store_commit(r->setup.store, journal_batch(r->setup.journal),
			    err);
}

bool recorder_close(struct recorder *r, uint64_t timeout_ms)
{
	struct err err;

	for (int i = 0; i < TIMER_N; i++)
		timer_stop(&r->timers[i]);
	if (!worker_stop(r->worker, timeout_ms))
		return false;
	worker_free(r->worker);
	if (commit_rest(r, &err))
		log_error("%zu records are lost: %s",
			  batch_records(r->batch) + batch_records(journal_batch(
							    r->setup.journal)),
			  err.msg);
	store_close(r->setup.store);
	batch_free(r->batch);
	free(r);
	return true;
}
