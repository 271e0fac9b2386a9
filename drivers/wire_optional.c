#include "drivers/wire_optional.h"

#include <poll.h>

#include "base/array.h"
#include "base/text.h"

/* A line that still talks after so many quarantines is given up. */
#define QUARANTINES_MAX 3
#define SHOWN_MAX 60

static int say_half(struct wire *w, const char *answer, size_t n,
		    struct err *err)
{
	_cleanup_(text_free) struct text got = { 0 };

	text_add_escaped(&got, answer, n, SHOWN_MAX);
	return err_set(err, ERR_PROTOCOL, "%s: half an answer: '%s'",
		       link_name(w->link), text_str(&got));
}

/* Silence counts from the last byte, ours or theirs. *heard: theirs. */
static int await_silence(struct wire *w, size_t *heard, struct err *err)
{
	struct link *l = w->link;
	nsec end = link_now() + QUARANTINES_MAX * w->quarantine;

	for (;;) {
		size_t n;

		if (link_discard(l, &n, err))
			return -1;
		*heard += n;
		if (n)
			w->last = link_now();
		if (link_now() >= w->last + w->quarantine)
			return 0;
		if (link_now() >= end)
			return err_set(err, ERR_PROTOCOL,
				       "%s: does not stop talking",
				       link_name(l));
		if (link_wait(l, link_fd(l), POLLIN, w->last + w->quarantine,
			      err) &&
		    err->code != ERR_TIMEOUT)
			return -1;
	}
}

/* *heard: bytes that came, whether they were an answer or not. */
static int await(struct wire *w, const struct wire_ask *ask, char *answer,
		 size_t size, size_t *heard, struct err *err)
{
	nsec asked = ask->n ? w->last : link_now();

	if (!link_receive(w->link, &ask->end, answer, size, heard,
			  asked + ask->reply, err)) {
		w->last = link_now();
		return 0;
	}
	if (err->code == ERR_TIMEOUT && *heard)
		return say_half(w, answer, *heard, err);
	return -1;
}

int wire_ask_optional(struct wire *w, const struct wire_ask *ask, char *answer,
		      size_t size, size_t *n, struct err *err)
{
	struct wire_ask question = *ask;
	size_t heard = 0;

	question.end = (struct link_end){ 0 };
	if (ask->n && wire_ask(w, &question, answer, size, &heard, err))
		return -1;
	if (!await(w, ask, answer, size, &heard, err)) {
		*n = heard;
		return 0;
	}
	if (err->code == ERR_TIMEOUT && link_is_urgent(w->link)) {
		wire_unanswered(w, ask->asker);
		*n = 0;
		return 0;
	}
	if (err->code == ERR_TIMEOUT && !await_silence(w, &heard, err)) {
		*n = 0;
		return 0;
	}
	return !heard && wire_is_silence(err) ? wire_unanswered(w, ask->asker)
					      : wire_distrust(w);
}
