#include "daemon/notifier.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "daemon/child.h"
#include "ring/log.h"
#include "ring/worker.h"

#define WHAT_MAX 16
#define CLOSE_MS 3000
#define SAID_MAX 300 /* of it that is told */

struct notifier {
	struct notifier_setup setup;
	struct worker *worker;
	char *word[CONFIG_WORDS_MAX + 1];
	unsigned dropped; /* since the last one that was told */
	unsigned lost;	  /* at the end */
	atomic_bool hurry;
};

struct notice {
	struct job job;
	struct notifier *of;
	char what[WHAT_MAX];
	char *facts;
	int status;
	struct err err;
	struct child_end end;
};

static void work(struct job *job)
{
	struct notice *it = (struct notice *)job;
	const struct child child = {
		.word = it->of->word,
		.input = it->facts,
		.n_input = strlen(it->facts),
		.timeout_ms =
			(uint64_t)(it->of->setup.config->timeout / NSEC_PER_MS),
		.hurry = &it->of->hurry,
	};

	it->status = child_run(&child, &it->end, &it->err);
}

static bool describe(const struct notice *it, struct text *out)
{
	const char *program = it->of->word[0];

	text_addf(out, "notification of %s: ", it->what);
	if (it->status)
		text_add(out, it->err.msg);
	else if (it->end.late)
		text_addf(out, "%s took too long and was killed", program);
	else if (it->end.signal)
		text_addf(out, "%s was ended by signal %d", program,
			  it->end.signal);
	else if (it->end.status)
		text_addf(out, "%s ended with %d", program, it->end.status);
	else
		text_addf(out, "told by %s", program);
	return !it->status && !it->end.late && !it->end.signal &&
	       !it->end.status;
}

/* What it complains of is more telling than what it says. */
static void add_said(const struct notice *it, struct text *out)
{
	const char *s = it->end.err[0] ? it->end.err : it->end.out;

	text_add_escaped(out, s, strcspn(s, "\n"), SAID_MAX);
}

static void free_notice(struct notice *it)
{
	free(it->facts);
	free(it);
}

static void on_done(struct job *job)
{
	struct notice *it = (struct notice *)job;
	struct notifier *n = it->of;
	_cleanup_(text_free) struct text text = { 0 };
	_cleanup_(text_free) struct text said = { 0 };
	bool ok;

	n->lost += job->dropped;
	if (!job->dropped) {
		ok = describe(it, &text) && !n->dropped;
		add_said(it, &said);
		if (n->dropped)
			text_addf(&text,
				  "; %u that came meanwhile were dropped",
				  n->dropped);
		n->dropped = 0;
		n->setup.told(n->setup.context, ok, text_str(&text),
			      text_str(&said));
	}
	free_notice(it);
}

void notifier_send(struct notifier *n, const char *what, const char *facts)
{
	struct notice *it = memory_zeroed(1, sizeof(*it));
	struct err err;

	it->job.work = work;
	it->job.done = on_done;
	it->of = n;
	text_copy(it->what, sizeof(it->what), what);
	it->facts = text_dup(facts);
	if (!worker_submit(n->worker, &it->job, &err))
		return;
	n->dropped++;
	free_notice(it);
}

struct notifier *notifier_new(const struct notifier_setup *setup,
			      struct err *err)
{
	struct notifier *n = memory_zeroed(1, sizeof(*n));

	n->setup = *setup;
	atomic_init(&n->hurry, false);
	for (size_t i = 0; i < setup->config->n; i++)
		n->word[i] = text_dup(setup->config->word[i]);
	n->worker = worker_new(setup->loop, "notify", NOTIFIER_QUEUE_MAX, err);
	if (n->worker)
		return n;
	for (size_t i = 0; n->word[i]; i++)
		free(n->word[i]);
	free(n);
	return NULL;
}

bool notifier_close(struct notifier *n)
{
	if (!n)
		return true;
	atomic_store(&n->hurry, true);
	if (!worker_stop(n->worker, CLOSE_MS))
		return false;
	if (n->lost)
		log_warning("%u notifications are not told any more", n->lost);
	worker_free(n->worker);
	for (size_t i = 0; n->word[i]; i++)
		free(n->word[i]);
	free(n);
	return true;
}
