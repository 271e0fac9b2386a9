/*
 * Alarms as ISA-18.2 has them: what is wrong stays in sight until it is over
 * and somebody has seen it, or until somebody puts it on the shelf for a
 * while. A list and functions on it: it knows no clock, no socket, no disk.
 *
 * Two things move an alarm: its cause (comes, goes) and the operator
 * (acknowledges, shelves, takes off the shelf).
 *
 * Times are UTC of the program.
 */
#ifndef RING_ALARM_H
#define RING_ALARM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/nsec.h"
#include "engine/event.h"

#define ALARMS_MAX 64
#define ALARM_SOURCE_MAX 96
#define ALARM_BY_MAX 64
#define ALARM_NOTE_MAX 401

enum alarm_state {
	ALARM_NORMAL,
	ALARM_UNACKNOWLEDGED,
	ALARM_ACKNOWLEDGED,
	ALARM_RETURNED, /* the cause is gone; nobody has seen it */
	ALARM_SHELVED,
	ALARM_SHELVED_RETURNED, /* ... and the cause is gone meanwhile */
	ALARM_STATE_N
};

enum alarm_input {
	ALARM_RAISE,
	ALARM_RETURN,
	ALARM_ACKNOWLEDGE,
	ALARM_SHELVE,
	ALARM_UNSHELVE, /* by hand, or its time is over */
	ALARM_INPUT_N
};

enum alarm_state alarm_next(enum alarm_state state, enum alarm_input input);

/* "unacknowledged"; both shelved ones are "shelved". */
const char *alarm_state_name(enum alarm_state state);

/* From its name and whether the cause is there; ALARM_NORMAL when it is
 * none. */
enum alarm_state alarm_state_of(const char *name, bool active);

/* Is the cause there? */
bool alarm_is_active(enum alarm_state state);

struct alarm {
	uint32_t id;
	nsec t;	      /* raised, from normal */
	nsec changed; /* the state is this since then */
	enum severity severity;
	char source[ALARM_SOURCE_MAX]; /* what it is about: one alarm each */
	char text[ACTION_TEXT_MAX];
	enum alarm_state state;
	uint32_t times;	       /* raised so often */
	char by[ALARM_BY_MAX]; /* who acknowledged or shelved it, or "" */
	nsec until;	       /* on the shelf; 0: it is not */
	char note[ALARM_NOTE_MAX];
	bool unsure; /* from the start before: is the cause still there? */
};

struct alarms {
	size_t n;
	struct alarm v[ALARMS_MAX]; /* oldest first; none is normal */
	uint32_t last_id;
	/* After each change; one that became normal is in the list no more.
	 * attention: it wants an operator now, and did not before. */
	void (*changed)(void *context, const struct alarm *a, bool attention);
	void *context;
};

struct alarm_cause {
	enum severity severity;
	const char *source, *text;
};

/* When the list is full the one that matters least gives way. */
void alarms_raise(struct alarms *a, nsec utc, const struct alarm_cause *cause);

/* All whose source begins so. */
void alarms_return(struct alarms *a, nsec utc, const char *source);

struct alarm_wish {
	uint32_t id; /* to acknowledge: 0: all */
	const char *by;
	nsec until;	  /* to shelve */
	const char *note; /* to shelve */
};

/* ERR_NOT_FOUND: there is no such alarm. ERR_STATE: on the shelf (or not). */
int alarms_acknowledge(struct alarms *a, nsec utc,
		       const struct alarm_wish *wish, struct err *err);
int alarms_shelve(struct alarms *a, nsec utc, const struct alarm_wish *wish,
		  struct err *err);
int alarms_unshelve(struct alarms *a, nsec utc, const struct alarm_wish *wish,
		    struct err *err);

/* Shelves whose time is over. */
void alarms_tick(struct alarms *a, nsec utc);

/* What was taken over is known by now: what was not raised again is gone. */
void alarms_settle(struct alarms *a, nsec utc);

#endif
