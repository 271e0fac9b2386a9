#include "ring/instrument.h"

#include <stdio.h>
#include <string.h>

#include "ring/log.h"
#include "ring/lost.h"

static const char *name_of(const struct instrument *ins)
{
	return ins->call.plant->config->instruments[ins->call.instrument].name;
}

static void say(enum severity severity, const char *text)
{
	if (severity == SEVERITY_INFO)
		log_info("%s", text);
	else
		log_warning("%s", text);
}

static void tell_as(struct instrument *ins, nsec now, const char *kind,
		    enum severity severity, const char *text)
{
	const struct journal_condition c = { severity, kind, name_of(ins),
					     text };

	say(severity, text);
	journal_condition(ins->call.plant->journal, now, &c);
}

/* It is lost, or is back. */
static void tell(struct instrument *ins, nsec now, enum severity severity,
		 const char *text)
{
	tell_as(ins, now, "link", severity, text);
}

static bool is_over(struct instrument *ins, nsec now)
{
	if (*ins->condition)
		ins->well_since = NSEC_NEVER;
	else if (ins->well_since == NSEC_NEVER)
		ins->well_since = now;
	return !*ins->condition &&
	       now - ins->well_since >= INSTRUMENT_WELL_AFTER;
}

/* Only when it says something else than before; what comes and goes with each
 * poll is told once. */
static void tell_condition(struct instrument *ins, nsec now)
{
	char text[DEVICE_CONDITION_MAX + 64];
	bool over = is_over(ins, now);

	if (!strcmp(ins->condition, ins->told) || (!*ins->condition && !over))
		return;
	memcpy(ins->told, ins->condition, sizeof(ins->told));
	snprintf(text, sizeof(text), "%s: %s", name_of(ins),
		 *ins->told ? ins->told : "all is well with it again");
	tell_as(ins, now, "status",
		*ins->told ? SEVERITY_WARNING : SEVERITY_INFO, text);
}

static void lose(struct instrument *ins, nsec now, const char *why)
{
	char text[ERR_MSG_MAX + 64];

	if (ins->lost_since != NSEC_NEVER)
		return;
	ins->lost_since = now;
	snprintf(text, sizeof(text), "%s is lost: %s", name_of(ins), why);
	tell(ins, now, SEVERITY_WARNING, text);
}

static void find_again(struct instrument *ins, nsec now)
{
	char text[ERR_MSG_MAX], span[NSEC_ISO_MAX];

	if (ins->lost_since == NSEC_NEVER)
		return;
	nsec_span(now - ins->lost_since, span);
	snprintf(text, sizeof(text), "%s is back after %s", name_of(ins), span);
	tell(ins, now, SEVERITY_INFO, text);
	ins->lost_since = NSEC_NEVER;
}

static void feed_lost(struct instrument *ins, nsec now, enum err_code code)
{
	struct event event = {
		.now = now,
		.type = EVENT_LOST,
		.lost = { (uint16_t)ins->call.instrument, code },
	};
	struct plant *p = ins->call.plant;

	p->feed(p->context, &event);
}

static void go_down(struct instrument *ins, nsec now)
{
	ins->up = false;
	ins->turn.next = NSEC_NEVER;
	ins->failures = 0;
	ins->next = now + ins->backoff;
	ins->backoff = nsec_min(2 * ins->backoff, INSTRUMENT_BACKOFF_MAX);
}

static void poll_failed(struct instrument *ins, nsec now)
{
	const struct err *err = &ins->call.err;

	ins->failures++;
	feed_lost(ins, now, err->code);
	if (!lost_after(ins->failures, err->code))
		return;
	lose(ins, now, err->msg);
	go_down(ins, now);
}

/* Waiting behind a dead neighbour does not make an answer old: what counts
 * is when it was asked for on the wire. */
static bool is_too_old(const struct instrument *ins, nsec now)
{
	return now - ins->call.at >= INSTRUMENT_OVERDUE * ins->period;
}

static void on_polled(struct call *call)
{
	struct instrument *ins = (struct instrument *)call;
	struct plant *p = call->plant;
	nsec now = p->clock->now;
	struct event event = { .now = now, .type = EVENT_POLL };
	bool overdue = ins->overdue;

	ins->overdue = false;
	if (call->job.dropped)
		return;
	if (call->status && call->err.code == ERR_AGAIN) {
		ins->next = now + INSTRUMENT_AGAIN;
		return;
	}
	if (call->status) {
		poll_failed(ins, now);
		return;
	}
	if (overdue && is_too_old(ins, now))
		return;
	ins->failures = 0;
	find_again(ins, now);
	tell_condition(ins, now);
	event.poll.poll = (uint16_t)call->instrument;
	event.poll.value = ins->value;
	event.poll.bad = ins->bad;
	p->feed(p->context, &event);
}

static int work_poll(struct call *call)
{
	struct instrument *ins = (struct instrument *)call;
	struct rig *rig = call->plant->rig;

	/* What a neighbour's failure costs does not make the answer old. */
	if (rig_ready(rig, call->instrument, &call->err))
		return -1;
	call->at = clock_published(call->plant->clock);
	if (rig_poll(rig, call->instrument, call->at, ins->value, &ins->bad,
		     &call->err))
		return -1;
	rig_condition(rig, call->instrument, ins->condition);
	return 0;
}

/* A queue that is full is as bad as a silent instrument: what waits in it is
 * older than the next poll. */
static void ask(struct instrument *ins, nsec now,
		int (*work)(struct call *call), void (*done)(struct call *call))
{
	struct err err;

	ins->call.work = work;
	ins->call.done = done;
	ins->asked = now;
	if (call_submit(&ins->call, &err))
		feed_lost(ins, now, err.code);
}

void instrument_hurry(struct instrument *ins, nsec now)
{
	if (ins->up && ins->polled && !ins->call.out)
		ask(ins, now, work_poll, on_polled);
}

static void resume_polls(struct instrument *ins, nsec now)
{
	const struct call *call = &ins->call;

	ins->next = ins->polled ? now : NSEC_NEVER;
	if (ins->polled && rig_has_turns(call->plant->rig, call->instrument))
		ins->turn.next = now;
}

static int work_turn(struct call *call)
{
	struct instrument_turn *turn = (struct instrument_turn *)call;

	turn->wanted = rig_turn(call->plant->rig, call->instrument, call->at,
				&call->err);
	return 0;
}

static void on_turned(struct call *call)
{
	struct instrument_turn *turn = (struct instrument_turn *)call;
	struct instrument *ins = turn->of;
	nsec now = call->plant->clock->now;

	if (call->job.dropped || !ins->up || !ins->polled)
		return;
	turn->next = turn->wanted;
	if (!call->err.code)
		return;
	say(SEVERITY_WARNING, call->err.msg);
	journal_note(call->plant->journal, now, SEVERITY_WARNING, "link",
		     call->err.msg);
	instrument_hurry(ins, now);
}

/* Where the queue is full the turn comes with the next poll's time. */
static void take_turn(struct instrument *ins, nsec now)
{
	struct instrument_turn *turn = &ins->turn;
	struct err err;

	turn->next = NSEC_NEVER;
	if (turn->call.out)
		return;
	turn->call.work = work_turn;
	turn->call.done = on_turned;
	if (call_submit(&turn->call, &err))
		turn->next = now + ins->period;
}

static void on_opened(struct call *call)
{
	struct instrument *ins = (struct instrument *)call;
	const struct config *config = call->plant->config;
	nsec now = call->plant->clock->now;

	if (call->job.dropped)
		return;
	if (call->status && call->err.code == ERR_AGAIN) {
		ins->next = now + INSTRUMENT_AGAIN;
		return;
	}
	ins->tried = true;
	ins->up = !call->status;
	if (!ins->up) {
		lose(ins, now, call->err.msg);
		go_down(ins, now);
		return;
	}
	ins->backoff =
		config->instruments[call->instrument].retry_ms * NSEC_PER_MS;
	resume_polls(ins, now);
}

/* The driver has made it safe in open; asked again, it must say so again. */
static int work_open(struct call *call)
{
	struct rig *rig = call->plant->rig;

	rig_close(rig, call->instrument);
	if (rig_open(rig, call->instrument, call->at, &call->err))
		return -1;
	return rig_safe(rig, call->instrument, call->at, &call->err);
}

void instrument_init(struct instrument *ins, struct plant *p, size_t index)
{
	*ins = (struct instrument){
		.call = { .plant = p, .instrument = index },
		.period = p->config->site.polls[index].period,
		.next = NSEC_NEVER,
		.backoff = p->config->instruments[index].retry_ms *
			NSEC_PER_MS,
		.lost_since = NSEC_NEVER,
		.well_since = NSEC_NEVER,
		.turn = {
			.call = { .plant = p, .instrument = index },
			.of = ins, .next = NSEC_NEVER,
		},
	};
	ask(ins, p->clock->now, work_open, on_opened);
}

void instrument_begin(struct instrument *ins, nsec now)
{
	ins->polled = true;
	if (ins->up)
		resume_polls(ins, now);
}

nsec instrument_deadline(const struct instrument *ins)
{
	return nsec_min(ins->next, ins->turn.next);
}

void instrument_rest(struct instrument *ins)
{
	ins->turn.next = NSEC_NEVER;
	if (!rig_has_turns(ins->call.plant->rig, ins->call.instrument))
		return;
	ins->polled = false;
	ins->next = NSEC_NEVER;
	if (ins->turn.call.out)
		call_drop(&ins->turn.call);
	if (ins->call.out)
		call_drop(&ins->call);
}

static void check_overdue(struct instrument *ins, nsec now)
{
	if (!ins->up || ins->overdue ||
	    now - ins->asked < INSTRUMENT_OVERDUE * ins->period)
		return;
	ins->overdue = true;
	feed_lost(ins, now, ERR_TIMEOUT);
	lose(ins, now, "no answer to a poll in time");
}

void instrument_due(struct instrument *ins, nsec now)
{
	nsec missed;

	/* The turn is first: the poll tells what came of it. */
	if (ins->turn.next <= now)
		take_turn(ins, now);
	if (ins->next > now)
		return;
	missed = (now - ins->next) / ins->period;
	/* Absolute times: lateness of one poll does not move the next. */
	ins->next += (missed + 1) * ins->period;
	if (ins->call.out)
		check_overdue(ins, now);
	else if (ins->up)
		ask(ins, now, work_poll, on_polled);
	else
		ask(ins, now, work_open, on_opened);
}
