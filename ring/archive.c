#include "ring/archive.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/json.h"
#include "ring/worker.h"
#include "store/history.h"

#define LOOK_EVERY (500 * NSEC_PER_MS)
#define LOOKS_MAX (ARCHIVE_WITHIN_S * NSEC_PER_S / LOOK_EVERY)

struct archive {
	char *path;
	struct worker *worker;
	struct timer timer;
	size_t n_waiting;
	uint64_t count; /* of the worker, when it was last looked at */
	unsigned looks; /* at one and the same question */
	uv_mutex_t lock;
	struct history *open; /* what the thread reads just now */
};

struct question {
	struct job job;
	struct archive *archive;
	struct archive_asker asker;
	int (*ask)(struct question *q, struct history *h);
	uint32_t since;
	size_t max;
	nsec from, to;
	char channel[ARCHIVE_CHANNEL_MAX];

	int status;
	struct err err;
	struct text json;
	size_t n;
	uint32_t last;
	struct text min, max_json, unit;
};

/* -- on the thread ----------------------------------------------------- */

void archive_print_event(const struct archive_event *e, struct text *out)
{
	text_addf(out, "{\"seq\":%u,\"t\":", e->number & INT32_MAX);
	json_add_time(out, e->t);
	text_add(out, ",\"severity\":");
	json_add_string(out, e->severity);
	text_add(out, ",\"kind\":");
	json_add_string_cut(out, e->kind, strlen(e->kind), 32);
	text_add(out, ",\"text\":");
	json_add_string_cut(out, e->text, strlen(e->text), 200);
	text_add_char(out, '}');
}

/* Columns as history_events() gives them. */
static int on_event(void *context, size_t n, const char *const *names,
		    const struct history_value *v)
{
	struct question *q = context;
	const struct archive_event e = { .number = (uint32_t)v[0].i,
					 .t = v[1].i,
					 .severity = v[2].s,
					 .kind = v[3].s,
					 .text = v[4].s };

	(void)n;
	(void)names;
	if (q->json.n > ARCHIVE_EVENTS_BYTES)
		return 1;
	if (q->n++)
		text_add_char(&q->json, ',');
	archive_print_event(&e, &q->json);
	q->last = e.number;
	return 0;
}

static int ask_events(struct question *q, struct history *h)
{
	q->last = q->since;
	return history_events(h, q->since, q->max, on_event, q, &q->err) < 0
		       ? -1
		       : 0;
}

static void add_value(struct text *out, double v)
{
	if (isnan(v))
		text_add(out, "null");
	else
		json_add_double(out, v);
}

static int on_bucket(void *context, const struct history_bucket *b)
{
	struct question *q = context;
	const char *comma = q->n++ ? "," : "";

	text_add(&q->json, comma);
	text_add(&q->min, comma);
	text_add(&q->max_json, comma);
	json_add_time(&q->json, b->t);
	add_value(&q->min, b->min);
	add_value(&q->max_json, b->max);
	return 0;
}

static int ask_plot(struct question *q, struct history *h)
{
	const struct history_plot plot = { .from = q->from,
					   .to = q->to,
					   .max = q->max,
					   .bucket = on_bucket,
					   .context = q };
	_cleanup_(text_free) struct text times = { 0 };

	if (history_plot(h, q->channel, &plot, &q->unit, &q->err))
		return -1;
	times = q->json;
	q->json = (struct text){ 0 };
	text_add(&q->json, "{\"unit\":");
	json_add_string(&q->json, text_str(&q->unit));
	text_addf(&q->json, ",\"t\":[%s],\"min\":[%s],\"max\":[%s]}",
		  text_str(&times), text_str(&q->min), text_str(&q->max_json));
	return 0;
}

static void set_open(struct archive *a, struct history *h)
{
	uv_mutex_lock(&a->lock);
	a->open = h;
	uv_mutex_unlock(&a->lock);
}

static void work(struct job *job)
{
	struct question *q = (struct question *)job;
	struct history *h = history_open_beside(q->archive->path, &q->err);

	q->status = -1;
	if (!h)
		return;
	set_open(q->archive, h);
	q->status = q->ask(q, h);
	set_open(q->archive, NULL);
	history_close(h);
}

/* -- on the loop ------------------------------------------------------- */

static void give_up(struct archive *a)
{
	uv_mutex_lock(&a->lock);
	if (a->open)
		history_interrupt(a->open);
	uv_mutex_unlock(&a->lock);
}

static void on_timer(void *context)
{
	struct archive *a = context;
	bool busy;
	uint64_t count = worker_count(a->worker, &busy);

	a->looks = busy && count == a->count ? a->looks + 1 : 0;
	a->count = count;
	if (a->looks >= LOOKS_MAX)
		give_up(a);
	timer_start_in(&a->timer, LOOK_EVERY);
}

static void question_free(struct question *q)
{
	text_free(&q->json);
	text_free(&q->min);
	text_free(&q->max_json);
	text_free(&q->unit);
	free(q);
}

static void done(struct job *job)
{
	struct question *q = (struct question *)job;
	struct archive_answer answer = { .token = q->asker.token,
					 .json = &q->json,
					 .n = q->n,
					 .max = q->max,
					 .last = q->last };

	if (job->dropped)
		q->status = err_set(&q->err, ERR_STATE, "the daemon is ending");
	else if (q->status && q->err.code == ERR_TIMEOUT)
		err_set(&q->err, ERR_TIMEOUT,
			"this is more than can be read in %d s: ask for a "
			"shorter time",
			ARCHIVE_WITHIN_S);
	if (q->status)
		answer.err = &q->err;
	if (!--q->archive->n_waiting)
		timer_stop(&q->archive->timer);
	q->asker.done(q->asker.context, &answer);
	question_free(q);
}

static int submit(struct archive *a, struct question *q, struct err *err)
{
	q->job = (struct job){ .work = work, .done = done };
	q->archive = a;
	if (worker_submit(a->worker, &q->job, err)) {
		question_free(q);
		return err_set(err, ERR_FULL,
			       "the log is being read for others: ask again");
	}
	if (!a->n_waiting++) {
		a->looks = 0;
		timer_start_in(&a->timer, LOOK_EVERY);
	}
	return 0;
}

int archive_events(struct archive *a, const struct archive_asker *asker,
		   uint32_t since, size_t max, struct err *err)
{
	struct question *q = memory_zeroed(1, sizeof(*q));

	q->asker = *asker;
	q->ask = ask_events;
	q->since = since;
	q->max = max;
	return submit(a, q, err);
}

int archive_plot(struct archive *a, const struct archive_asker *asker,
		 const struct archive_stretch *stretch, struct err *err)
{
	struct question *q = memory_zeroed(1, sizeof(*q));

	q->asker = *asker;
	q->ask = ask_plot;
	q->from = stretch->from;
	q->to = stretch->to;
	q->max = stretch->max;
	text_copy(q->channel, sizeof(q->channel), stretch->channel);
	return submit(a, q, err);
}

struct archive *archive_new(uv_loop_t *loop, struct timers *timers,
			    const char *path, struct err *err)
{
	struct archive *a = memory_zeroed(1, sizeof(*a));

	if (uv_mutex_init(&a->lock)) {
		err_set(err, ERR_IO, "archive: there is no mutex");
		goto free_archive;
	}
	a->worker = worker_new(loop, "archive", ARCHIVE_WAITING_MAX, err);
	if (!a->worker)
		goto destroy_lock;
	a->path = text_dup(path);
	timer_init(&a->timer, timers, on_timer, a);
	return a;

destroy_lock:
	uv_mutex_destroy(&a->lock);
free_archive:
	free(a);
	return NULL;
}

bool archive_close(struct archive *a, uint64_t timeout_ms)
{
	if (!a)
		return true;
	give_up(a);
	if (!worker_stop(a->worker, timeout_ms))
		return false;
	worker_free(a->worker);
	timer_stop(&a->timer);
	uv_mutex_destroy(&a->lock);
	free(a->path);
	free(a);
	return true;
}
