/*
 * Tells people through a program of the site's: one at a time, on a thread
 * of its own, with a queue that has a bound. Nothing waits for it; what came
 * of it is told on the loop.
 */
#ifndef DAEMON_NOTIFIER_H
#define DAEMON_NOTIFIER_H

#include <uv.h>

#include "site/config.h"

#define NOTIFIER_QUEUE_MAX 16 /* that wait, besides the one under way */

struct notifier;

struct notifier_setup {
	uv_loop_t *loop;
	const struct config_notify *config;
	/* text: a sentence. said: what the program wrote first, or "". */
	void (*told)(void *context, bool ok, const char *text,
		     const char *said);
	void *context;
};

struct notifier *notifier_new(const struct notifier_setup *setup,
			      struct err *err);

/* what: "end", for the sentence. facts: what it reads; copied. */
void notifier_send(struct notifier *n, const char *what, const char *facts);

/* What waits is dropped, what runs is killed. The loop must run once more.
 * False: the thread hangs; nothing may be freed. NULL is fine. */
bool notifier_close(struct notifier *n);

#endif
