#include "drivers/wire.h"

#include <assert.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"

#define LINE_MAX 1024
/* A line that still talks after so many quarantines is given up until the
 * next try. */
#define QUARANTINES_MAX 3
#define SEND_MAX (1 * NSEC_PER_S)
#define SHOWN_MAX 60

void wire_init(struct wire *w, struct link *link, nsec quarantine)
{
	*w = (struct wire){
		.link = link,
		.quarantine = quarantine ? quarantine : WIRE_QUARANTINE,
		.epoch = 1,
		/* What is in the input of a port just opened is older than
		 * any question. */
		.suspect = !link_is_fresh_when_opened(link),
		.last = link_now() - WIRE_QUARANTINE_MAX,
		.doubted = link_now() - WIRE_QUARANTINE_MAX,
	};
}

uint64_t wire_epoch(const struct wire *w)
{
	return w->epoch;
}

static void doubt(struct wire *w)
{
	w->suspect = true;
	w->told = false;
	w->doubted = link_now();
}

int wire_distrust(struct wire *w)
{
	w->epoch++;
	doubt(w);
	return -1;
}

/* Or a safe command has ended the waiting. */
bool wire_is_silence(const struct err *err)
{
	return err->code == ERR_TIMEOUT || err->code == ERR_AGAIN;
}

int wire_unanswered(struct wire *w, uint64_t *asker)
{
	if (!asker)
		return wire_distrust(w);
	*asker = 0;
	doubt(w);
	return -1;
}

int wire_suspect(struct wire *w, struct err *err, const char *fmt, ...)
{
	char msg[ERR_MSG_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	wire_distrust(w);
	return err_set(err, ERR_PROTOCOL, "%s", msg);
}

static int give_way(const struct wire *w, struct err *err)
{
	return err_set(err, ERR_AGAIN, "%s: gave way to a safe command",
		       link_name(w->link));
}

/* Somebody talks on a suspect line: whoever it is, nobody is believed. */
static void hear(struct wire *w)
{
	w->epoch++;
	w->last = link_now();
}

/* Of the silence some may have passed already, since the error or the last
 * byte. */
static int wait_for_silence(struct wire *w, struct err *err)
{
	struct link *l = w->link;
	nsec until;
	size_t n;

	if (link_discard(l, &n, err))
		return -1;
	if (n)
		hear(w);
	until = nsec_max(w->last, w->doubted) + w->quarantine;
	if (link_now() >= until)
		return 0;
	if (link_wait(l, link_fd(l), POLLIN, until, err))
		return err->code == ERR_TIMEOUT ? 0 : -1;
	hear(w);
	return link_drain(l, w->quarantine,
			  until + QUARANTINES_MAX * w->quarantine, err);
}

/* A line just opened is another one: nobody on it has identified. */
static int open_anew(struct wire *w, struct err *err)
{
	if (link_open(w->link, err))
		return -1;
	w->epoch++;
	w->told = false;
	w->suspect = !link_is_fresh_when_opened(w->link);
	w->last = link_now();
	return 0;
}

static int clean(struct wire *w, struct err *err)
{
	if (link_gives_way(w->link))
		return give_way(w, err);
	if (w->suspect && link_is_fresh_when_opened(w->link))
		link_close(w->link);
	if (!link_is_open(w->link) && open_anew(w, err))
		return -1;
	if (w->suspect && wait_for_silence(w, err))
		return -1;
	w->suspect = false;
	return 0;
}

int wire_ready(struct wire *w, uint64_t *epoch, struct err *err)
{
	if (clean(w, err))
		return -1;
	*epoch = w->epoch;
	return 0;
}

static void show(struct text *out, const char *bytes, size_t n)
{
	text_add_escaped(out, bytes, n, SHOWN_MAX);
}

static int refuse_stale(struct wire *w, size_t n, struct err *err)
{
	return err_set(err, ERR_PROTOCOL,
		       "%s: %zu byte%s came before the "
		       "question",
		       link_name(w->link), n, n == 1 ? "" : "s");
}

static int say_unanswered(struct wire *w, const struct wire_ask *ask,
			  const char *answer, size_t n, struct err *err)
{
	_cleanup_(text_free) struct text sent = { 0 }, got = { 0 };

	show(&sent, ask->send, ask->n);
	show(&got, answer, n);
	if (n)
		return err_set(err, ERR_PROTOCOL,
			       "%s: half an answer to "
			       "'%s': '%s'",
			       link_name(w->link), text_str(&sent),
			       text_str(&got));
	return err_set(err, ERR_TIMEOUT, "%s: no answer to '%s' in %d ms",
		       link_name(w->link), text_str(&sent),
		       (int)(ask->reply / NSEC_PER_MS));
}

static bool has_answer(const struct link_end *end)
{
	return end->n_terminator || end->n || end->silence;
}

int wire_check_input(struct wire *w, struct err *err)
{
	size_t n;

	if (link_discard(w->link, &n, err))
		return -1;
	return n ? refuse_stale(w, n, err) : 0;
}

static int send_question(struct wire *w, const struct wire_ask *ask,
			 struct err *err)
{
	if (wire_check_input(w, err) ||
	    link_send(w->link, ask->send, ask->n, link_now() + SEND_MAX, err))
		return -1;
	w->last = link_now();
	return 0;
}

/* *n, the bytes that have come: also of an answer that is not whole. */
static int transact(struct wire *w, const struct wire_ask *ask, char *answer,
		    size_t size, size_t *n, struct err *err)
{
	nsec asked;
	int status;

	if (ask->n && send_question(w, ask, err))
		return -1;
	if (!has_answer(&ask->end))
		return 0;
	asked = ask->n ? w->last : link_now();
	status = link_receive(w->link, &ask->end, answer, size, n,
			      asked + ask->reply, err);
	if (*n)
		w->last = link_now();
	if (status && err->code == ERR_TIMEOUT)
		return say_unanswered(w, ask, answer, *n, err);
	return status;
}

/* What fails here has sent nothing, and costs no trust. */
int wire_check_ready(struct wire *w, nsec gap, struct err *err)
{
	if (w->suspect || !link_is_open(w->link))
		return err_set(err, ERR_STATE, "%s: the line is not ready",
			       link_name(w->link));
	if (gap && link_pause(w->link, w->last + gap, err))
		return -1;
	/* Also to what came in the gap: nothing has been sent yet. */
	return link_gives_way(w->link) ? give_way(w, err) : 0;
}

int wire_ask(struct wire *w, const struct wire_ask *ask, char *answer,
	     size_t size, size_t *n, struct err *err)
{
	size_t got = 0;

	assert(ask->n || has_answer(&ask->end));
	if (ask->n && wire_check_ready(w, ask->gap, err))
		return -1;
	if (!transact(w, ask, answer, size, &got, err)) {
		if (has_answer(&ask->end))
			*n = got;
		return 0;
	}
	return !got && wire_is_silence(err) ? wire_unanswered(w, ask->asker)
					    : wire_distrust(w);
}

int wire_line(struct wire *w, const char *send, const char *terminator,
	      nsec reply, char *answer, size_t size, struct err *err)
{
	char out[LINE_MAX], in[LINE_MAX];
	size_t n_send = strlen(send), n_end = strlen(terminator), n = 0;
	struct wire_ask ask = { .send = out,
				.n = n_send + n_end,
				.reply = reply };

	assert(n_end && n_send + n_end <= sizeof(out));
	memcpy(out, send, n_send);
	memcpy(out + n_send, terminator, n_end);
	if (answer)
		ask.end = (struct link_end){ .terminator = terminator,
					     .n_terminator = n_end };
	if (wire_ask(w, &ask, in, sizeof(in), &n, err))
		return -1;
	if (!answer)
		return 0;
	n -= n_end;
	if (n >= size || memchr(in, '\0', n))
		return wire_suspect(w, err, "%s: an answer to '%s' that is %s",
				    link_name(w->link), send,
				    n >= size ? "too long" : "no text");
	memcpy(answer, in, n);
	answer[n] = '\0';
	return 0;
}

int wire_reach(struct wire *w, nsec gap, struct err *err)
{
	struct link *l = w->link;
	size_t waste;

	if (w->suspect && !w->told && link_is_fresh_when_opened(l))
		link_close(l);
	if (!link_is_open(l) && open_anew(w, err))
		return -1;
	if (link_pause(l, w->last + gap, err) || link_discard(l, &waste, err))
		return wire_distrust(w);
	if (waste)
		wire_distrust(w);
	return 0;
}

void wire_told(struct wire *w, bool answers)
{
	bool told = !w->suspect || w->told;

	w->last = link_now();
	if (!answers)
		return;
	/* Who answers is heard in the quarantine. */
	doubt(w);
	w->told = told;
}

int wire_tell(struct wire *w, const void *bytes, size_t n, nsec gap,
	      bool answers, struct err *err)
{
	if (wire_reach(w, gap, err))
		return -1;
	if (link_send(w->link, bytes, n, link_now() + SEND_MAX, err))
		return wire_distrust(w);
	wire_told(w, answers);
	return 0;
}
