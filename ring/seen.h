/*
 * What the engine was given, as a row of the log: three integers, a number,
 * a text. Polls are samples and time-outs follow from the rest; everything
 * else is encoded here, and nowhere else, so that replay can feed it again.
 *
 *	type		a		c		d	x	text
 *	LOST		poll		error code
 *	ANSWER		set		error code	ok
 *	FRAME		image		began		ended	ok
 *	COMMAND		kind, id << 8	run, duration,		value	sheet of
 *					choice or role			a recipe
 *	FAULT		fault		gone
 *	SEEN_CLOCK	utc_offset
 *
 * Times (began, ended) are the program's own; the clock record, first of a
 * session, tells what to add for UTC.
 */
#ifndef RING_SEEN_H
#define RING_SEEN_H

#include "engine/event.h"

#define SEEN_CLOCK 100

struct seen {
	int type;
	int64_t a, c, d;
	double x;
};

/* false: this event leaves no row (polls, time-outs). */
bool seen_encode(const struct event *event, struct seen *out);

/* Fills all but event->now and command.plan. ERR_INVALID for what
 * seen_encode() cannot have written, SEEN_CLOCK included. */
int seen_decode(const struct seen *s, struct event *event, struct err *err);

#endif
