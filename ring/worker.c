#include "ring/worker.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "base/text.h"

#define STACK_BYTES (1024 * 1024)

/* First in, first out. */
struct queue {
	struct job *first;
	struct job **end;
	size_t n;
};

struct worker {
	uv_thread_t thread;
	uv_async_t finished_some;
	uv_mutex_t lock;
	uv_cond_t changed;
	size_t max;
	char name[16];
	/* Guarded by lock. */
	struct queue urgent;
	struct queue waiting;
	struct queue finished;
	uint64_t count;
	bool busy;
	bool stop;
	bool ended;
};

static void queue_init(struct queue *q)
{
	*q = (struct queue){ .end = &q->first };
}

static void queue_push(struct queue *q, struct job *job)
{
	job->next = NULL;
	*q->end = job;
	q->end = &job->next;
	q->n++;
}

static struct job *queue_pop(struct queue *q)
{
	struct job *job = q->first;

	if (!job)
		return NULL;
	q->first = job->next;
	if (!q->first)
		q->end = &q->first;
	q->n--;
	job->next = NULL;
	return job;
}

static bool queue_remove(struct queue *q, const struct job *job)
{
	for (struct job **at = &q->first; *at; at = &(*at)->next) {
		if (*at != job)
			continue;
		*at = job->next;
		if (!*at)
			q->end = at;
		q->n--;
		return true;
	}
	return false;
}

/* Whoever is woken wants the lock first: it is given back before. */
static void do_one(struct worker *w)
{
	struct job *job = queue_pop(&w->urgent);

	if (!job)
		job = queue_pop(&w->waiting);
	assert(job);
	w->busy = true;
	uv_mutex_unlock(&w->lock);
	job->work(job);
	uv_mutex_lock(&w->lock);
	w->busy = false;
	w->count++;
	queue_push(&w->finished, job);
	uv_mutex_unlock(&w->lock);
	uv_async_send(&w->finished_some);
	uv_mutex_lock(&w->lock);
}

static void worker_main(void *context)
{
	struct worker *w = context;

	pthread_setname_np(pthread_self(), w->name);
	uv_mutex_lock(&w->lock);
	while (!w->stop) {
		if (w->urgent.n + w->waiting.n)
			do_one(w);
		else
			uv_cond_wait(&w->changed, &w->lock);
	}
	w->ended = true;
	uv_cond_broadcast(&w->changed);
	uv_mutex_unlock(&w->lock);
}

/* A `done` may submit and drop, so that each is called without the lock. */
static void call_finished(struct worker *w)
{
	struct job *job;

	for (;;) {
		uv_mutex_lock(&w->lock);
		job = queue_pop(&w->finished);
		uv_mutex_unlock(&w->lock);
		if (!job)
			return;
		job->done(job);
	}
}

static void on_finished(uv_async_t *async)
{
	call_finished(async->data);
}

/* Signals are the loop's: no worker may be the thread that gets one. */
static int start_thread(struct worker *w)
{
	const uv_thread_options_t options = {
		.flags = UV_THREAD_HAS_STACK_SIZE,
		.stack_size = STACK_BYTES,
	};
	sigset_t all, before;
	int status;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	status = uv_thread_create_ex(&w->thread, &options, worker_main, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return status;
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

struct worker *worker_new(uv_loop_t *loop, const char *name, size_t max,
			  struct err *err)
{
	struct worker *w = memory_zeroed(1, sizeof(*w));
	int status;

	w->max = max;
	text_copy(w->name, sizeof(w->name), name);
	queue_init(&w->urgent);
	queue_init(&w->waiting);
	queue_init(&w->finished);
	status = uv_async_init(loop, &w->finished_some, on_finished);
	if (status)
		goto free_worker;
	w->finished_some.data = w;
	status = uv_mutex_init(&w->lock);
	if (status)
		goto close_async;
	status = uv_cond_init(&w->changed);
	if (status)
		goto destroy_lock;
	status = start_thread(w);
	if (status)
		goto destroy_cond;
	return w;

destroy_cond:
	uv_cond_destroy(&w->changed);
destroy_lock:
	uv_mutex_destroy(&w->lock);
close_async:
	uv_close((uv_handle_t *)&w->finished_some, on_closed);
	err_set(err, ERR_IO, "thread %s: %s", name, uv_strerror(status));
	return NULL;
free_worker:
	err_set(err, ERR_IO, "thread %s: %s", name, uv_strerror(status));
	free(w);
	return NULL;
}

int worker_submit(struct worker *w, struct job *job, struct err *err)
{
	bool full;

	assert(job->work && job->done);
	uv_mutex_lock(&w->lock);
	assert(!w->stop);
	full = w->waiting.n >= w->max;
	if (!full) {
		job->dropped = false;
		queue_push(&w->waiting, job);
	}
	uv_mutex_unlock(&w->lock);
	if (full)
		return err_set(err, ERR_FULL, "%s: %zu jobs wait already",
			       w->name, w->max);
	uv_cond_signal(&w->changed);
	return 0;
}

void worker_submit_first(struct worker *w, struct job *job)
{
	assert(job->work && job->done);
	uv_mutex_lock(&w->lock);
	assert(!w->stop);
	job->dropped = false;
	queue_push(&w->urgent, job);
	uv_mutex_unlock(&w->lock);
	uv_cond_signal(&w->changed);
}

bool worker_drop(struct worker *w, struct job *job)
{
	bool found;

	uv_mutex_lock(&w->lock);
	found = queue_remove(&w->urgent, job) || queue_remove(&w->waiting, job);
	if (found) {
		job->dropped = true;
		queue_push(&w->finished, job);
		uv_async_send(&w->finished_some);
	}
	uv_mutex_unlock(&w->lock);
	return found;
}

uint64_t worker_count(struct worker *w, bool *busy)
{
	uint64_t count;

	uv_mutex_lock(&w->lock);
	count = w->count;
	*busy = w->busy;
	uv_mutex_unlock(&w->lock);
	return count;
}

static void drop_all(struct worker *w, struct queue *q)
{
	struct job *job;

	while ((job = queue_pop(q))) {
		job->dropped = true;
		queue_push(&w->finished, job);
	}
}

bool worker_stop(struct worker *w, uint64_t timeout_ms)
{
	uint64_t end = uv_hrtime() + timeout_ms * 1000000;
	bool ended;

	uv_mutex_lock(&w->lock);
	w->stop = true;
	drop_all(w, &w->urgent);
	drop_all(w, &w->waiting);
	uv_cond_broadcast(&w->changed);
	for (;;) {
		uint64_t now = uv_hrtime();

		if (w->ended || now >= end)
			break;
		uv_cond_timedwait(&w->changed, &w->lock, end - now);
	}
	ended = w->ended;
	uv_mutex_unlock(&w->lock);
	if (ended)
		uv_thread_join(&w->thread);
	call_finished(w);
	return ended;
}

void worker_free(struct worker *w)
{
	if (!w)
		return;
	assert(w->ended);
	uv_cond_destroy(&w->changed);
	uv_mutex_destroy(&w->lock);
	uv_close((uv_handle_t *)&w->finished_some, on_closed);
}
