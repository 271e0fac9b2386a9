#include "node/queue.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static const char *const after_names[] = {
	[QUEUE_STOP] = "stop",
	[QUEUE_CONTINUE] = "continue",
};
static const char *const state_names[] = {
	[QUEUE_IDLE] = "idle",
	[QUEUE_GOES] = "running",
	[QUEUE_IS_HELD] = "held",
};
static const char *const entry_state_names[] = {
	[QUEUE_WAITING] = "waiting",
	[QUEUE_RUNNING] = "running",
	[QUEUE_HELD] = "held",
};

const char *queue_after_name(enum queue_after after)
{
	return after_names[after];
}

const char *queue_state_name(enum queue_state state)
{
	return state_names[state];
}

const char *queue_entry_state_name(enum queue_entry_state state)
{
	return entry_state_names[state];
}

/* -- entries ----------------------------------------------------------- */

void queue_entry_fini(struct queue_entry *e)
{
	free(e->name);
	free(e->label);
	free(e->recipe);
	free(e->sheet);
	free(e->user);
	free(e->program);
	*e = (struct queue_entry){ 0 };
}

static void changed(struct queue *q, size_t i, nsec now)
{
	const struct queue_entry *e = &q->v[i];

	q->deeds.changed(q->deeds.context, e, (uint32_t)i + 1,
			 entry_state_names[e->state], now);
}

/* It leaves; those behind it move up. */
static void leave(struct queue *q, size_t i, const char *state, nsec now)
{
	q->deeds.changed(q->deeds.context, &q->v[i], 0, state, now);
	queue_entry_fini(&q->v[i]);
	memmove(&q->v[i], &q->v[i + 1], (q->n - i - 1) * sizeof(q->v[0]));
	q->n--;
	for (; i < q->n; i++)
		changed(q, i, now);
}

static int find(const struct queue *q, uint32_t id, size_t *place,
		struct err *err)
{
	size_t i;

	for (i = 0; i < q->n; i++) {
		if (q->v[i].id != id)
			continue;
		*place = i;
		return 0;
	}
	return err_set(err, ERR_NOT_FOUND,
		       "there is no entry %" PRIu32 " in the queue", id);
}

static bool is_running(const struct queue *q)
{
	return q->n && q->v[0].state == QUEUE_RUNNING;
}

/* -- the queue as a whole ---------------------------------------------- */

static void become(struct queue *q, enum queue_state state,
		   enum severity severity, nsec now)
{
	q->state = state;
	q->since = now;
	if (state != QUEUE_IS_HELD)
		q->reason[0] = '\0';
	q->deeds.state(q->deeds.context, state, q->reason, severity, now);
}

__attribute__((format(printf, 4, 5))) static void hold(struct queue *q,
						       enum severity severity,
						       nsec now,
						       const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(q->reason, sizeof(q->reason), fmt, ap);
	va_end(ap);
	become(q, QUEUE_IS_HELD, severity, now);
}

void queue_init(struct queue *q, const struct queue_deeds *deeds)
{
	*q = (struct queue){ .deeds = *deeds };
}

void queue_fini(struct queue *q)
{
	while (q->n)
		queue_entry_fini(&q->v[--q->n]);
}

/* -- after a restart --------------------------------------------------- */

static int put(struct queue *q, struct queue_entry *e, struct err *err)
{
	if (q->n == QUEUE_MAX) {
		queue_entry_fini(e);
		return err_set(err, ERR_FULL,
			       "the queue is full: it takes %d recipes",
			       QUEUE_MAX);
	}
	q->v[q->n++] = *e;
	*e = (struct queue_entry){ 0 };
	return 0;
}

int queue_restore(struct queue *q, struct queue_entry *e, struct err *err)
{
	return put(q, e, err);
}

/* The run that was going on when the daemon ended. */
static const struct queue_entry *hold_interrupted(struct queue *q, nsec now)
{
	const struct queue_entry *found = NULL;
	size_t i;

	for (i = 0; i < q->n; i++) {
		struct queue_entry *e = &q->v[i];

		if (e->state != QUEUE_RUNNING)
			continue;
		e->state = QUEUE_HELD;
		snprintf(e->reason, sizeof(e->reason),
			 "interrupted in run %" PRIu32, e->run);
		changed(q, i, now);
		found = e;
	}
	return found;
}

void queue_restored(struct queue *q, uint32_t last, enum queue_state state,
		    const char *reason, nsec now)
{
	const struct queue_entry *cut = hold_interrupted(q, now);

	q->last = last;
	if (!q->n)
		return;
	if (cut)
		hold(q, SEVERITY_WARNING, now,
		     "run %" PRIu32 " (%.80s) was cut off by a restart of the "
		     "daemon; going on starts it from its beginning, removing "
		     "entry %" PRIu32 " leaves it out",
		     cut->run, cut->name, cut->id);
	else if (state == QUEUE_IS_HELD)
		hold(q, SEVERITY_INFO, now, "%s", reason);
	else
		hold(q, SEVERITY_WARNING, now, "the daemon was restarted");
}

/* -- what people ask for ----------------------------------------------- */

int queue_add(struct queue *q, struct queue_entry *e, nsec now, struct err *err)
{
	if (put(q, e, err))
		return -1;
	q->v[q->n - 1].id = ++q->last;
	q->deeds.added(q->deeds.context, &q->v[q->n - 1], (uint32_t)q->n, now);
	return 0;
}

int queue_move(struct queue *q, uint32_t id, int64_t place, nsec now,
	       struct err *err)
{
	size_t first = is_running(q) ? 1 : 0, from, to, i;
	struct queue_entry e;

	if (find(q, id, &from, err))
		return -1;
	if (q->v[from].state == QUEUE_RUNNING)
		return err_set(err, ERR_STATE,
			       "entry %" PRIu32 " is running: it cannot move",
			       id);
	if (place < 1 || place > (int64_t)(q->n - first))
		return err_set(err, ERR_RANGE,
			       "to: %" PRId64 " is no place for it; there are "
			       "1 to %zu",
			       place, q->n - first);
	to = first + (size_t)place - 1;
	e = q->v[from];
	if (from < to)
		memmove(&q->v[from], &q->v[from + 1], (to - from) * sizeof(e));
	else
		memmove(&q->v[to + 1], &q->v[to], (from - to) * sizeof(e));
	q->v[to] = e;
	for (i = first; i < q->n; i++)
		changed(q, i, now);
	return 0;
}

int queue_remove(struct queue *q, uint32_t id, const char *user, nsec now,
		 struct err *err)
{
	size_t i;

	if (find(q, id, &i, err))
		return -1;
	if (q->v[i].state == QUEUE_RUNNING)
		return err_set(err, ERR_STATE,
			       "entry %" PRIu32 " is running: stop the run "
			       "instead",
			       id);
	snprintf(q->v[i].reason, sizeof(q->v[i].reason), "removed by %.64s",
		 user);
	leave(q, i, "removed", now);
	if (!q->n && q->state == QUEUE_GOES)
		become(q, QUEUE_IDLE, SEVERITY_INFO, now);
	return 0;
}

int queue_go(struct queue *q, const struct queue_sight *sight, nsec now,
	     struct err *err)
{
	if (sight->latched)
		return err_set(err, ERR_STATE, "%.200s. Reset it first",
			       sight->cause);
	if (!q->n && q->state != QUEUE_IS_HELD)
		return err_set(err, ERR_STATE, "the queue is empty");
	if (q->state != QUEUE_GOES)
		become(q, q->n ? QUEUE_GOES : QUEUE_IDLE, SEVERITY_INFO, now);
	return 0;
}

void queue_hold(struct queue *q, const char *user, nsec now)
{
	if (q->state != QUEUE_IS_HELD)
		hold(q, SEVERITY_INFO, now, "held by %.64s", user);
}

/* -- what happens ------------------------------------------------------ */

static void on_end(struct queue *q, enum run_state end, const char *reason,
		   nsec now)
{
	struct queue_entry *e = &q->v[0];
	const uint32_t run = e->run;
	/* To stop a run is a decision of somebody who is there. */
	const bool stays = end == STATE_COMPLETE ||
			   (end == STATE_ABORTED && e->after == QUEUE_CONTINUE);
	char name[96];

	text_copy(name, sizeof(name), e->name);
	text_copy(e->reason, sizeof(e->reason), reason);
	leave(q, 0, run_state_name(end), now);
	q->since = now;
	if (!stays)
		hold(q, end == STATE_STOPPED ? SEVERITY_INFO : SEVERITY_ALARM,
		     now, "run %" PRIu32 " (%s) was %s: %.140s", run, name,
		     run_state_name(end), reason);
	else if (!q->n && q->state == QUEUE_GOES)
		become(q, QUEUE_IDLE, SEVERITY_INFO, now);
}

void queue_run_ended(struct queue *q, enum run_state end, const char *reason,
		     nsec now)
{
	if (q->starting) {
		q->ended = true;
		q->end = end;
		text_copy(q->end_reason, sizeof(q->end_reason), reason);
	} else if (is_running(q)) {
		on_end(q, end, reason, now);
	}
}

static int try_start(struct queue *q, nsec now, uint32_t *run, struct err *err)
{
	int status;

	q->starting = true;
	q->ended = false;
	status = q->deeds.start(q->deeds.context, &q->v[0], now, run, err);
	q->starting = false;
	return status;
}

static void start(struct queue *q, nsec now)
{
	struct queue_entry *e = &q->v[0];
	struct err err;
	uint32_t run;

	if (try_start(q, now, &run, &err)) {
		e->state = QUEUE_HELD;
		snprintf(e->reason, sizeof(e->reason), "%.250s", err.msg);
		changed(q, 0, now);
		hold(q, SEVERITY_ALARM, now, "%.80s does not start: %.160s",
		     e->name, err.msg);
		return;
	}
	e->state = QUEUE_RUNNING;
	e->run = run;
	e->reason[0] = '\0';
	changed(q, 0, now);
	if (q->ended)
		on_end(q, q->end, q->end_reason, now);
}

const struct queue_entry *queue_next(const struct queue *q,
				     const struct queue_sight *sight)
{
	bool now = q->state == QUEUE_GOES && !is_running(q) &&
		   !sight->latched && !sight->active && sight->ready;

	return now ? &q->v[0] : NULL;
}

void queue_look(struct queue *q, const struct queue_sight *sight, nsec now)
{
	if (q->state != QUEUE_GOES || is_running(q))
		return;
	if (sight->latched)
		hold(q, SEVERITY_ALARM, now, "%.250s", sight->cause);
	else if (sight->active)
		q->since = now;
	else if (sight->ready)
		start(q, now);
	else if (now - q->since > QUEUE_PATIENCE)
		hold(q, SEVERITY_ALARM, now,
		     "the laboratory is not ready after 10 min: %.200s",
		     sight->cause);
}
