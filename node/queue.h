/*
 * The queue of runs: recipes that are started one after another, each when
 * the run before is over, the level is RUN and everything safe was read back.
 * It decides only; what it wants done goes out through struct queue_deeds, and
 * what it has to know comes in with the time. No clock, file or socket.
 *
 * It never goes on by itself after something that a person should look at: a
 * run that was stopped or has failed (unless its entry says "continue"), a
 * latched trip, a recipe that does not pass, a restart of the daemon. Then it
 * is held, with the reason, until it is told to go on.
 */
#ifndef NODE_QUEUE_H
#define NODE_QUEUE_H

#include "base/err.h"
#include "engine/event.h"

#define QUEUE_MAX 32
#define QUEUE_REASON_MAX 256
/* So long the laboratory may take to become ready for the next run. */
#define QUEUE_PATIENCE (600 * NSEC_PER_S)

/* What follows when a run does not end complete. */
enum queue_after { QUEUE_STOP, QUEUE_CONTINUE };

enum queue_entry_state {
	QUEUE_WAITING,
	QUEUE_RUNNING,
	QUEUE_HELD, /* cut off, or it did not pass; see its reason */
};

struct queue_entry {
	uint32_t id; /* given by queue_add() */
	enum queue_after after;
	enum queue_entry_state state;
	char reason[QUEUE_REASON_MAX]; /* of QUEUE_HELD */
	uint32_t run;		       /* of QUEUE_RUNNING; else the last */
	char *name, *label;	       /* as the client calls it, or "" */
	char *recipe;		       /* its title */
	char *sheet;		       /* ring/sheet.h, as JSON */
	uint32_t steps;
	double seconds;	      /* predicted */
	nsec added;	      /* UTC */
	char *user, *program; /* of who added it */
};

void queue_entry_fini(struct queue_entry *e); /* twice is fine */

enum queue_state { QUEUE_IDLE, QUEUE_GOES, QUEUE_IS_HELD };

/* Called from inside the functions below; must not call them. */
struct queue_deeds {
	/* Starts it: *run, or why not. It may be over at once: then
	 * queue_run_ended() is called from inside, alone of all. */
	int (*start)(void *context, const struct queue_entry *e, nsec now,
		     uint32_t *run, struct err *err);
	/* For the log. place: from 1, 0: it has left as `state` says. */
	void (*added)(void *context, const struct queue_entry *e,
		      uint32_t place, nsec now);
	void (*changed)(void *context, const struct queue_entry *e,
			uint32_t place, const char *state, nsec now);
	/* What the queue as a whole is now; for the log and for people. */
	void (*state)(void *context, enum queue_state state, const char *reason,
		      enum severity severity, nsec now);
	void *context;
};

/* What there is to know of the laboratory. */
struct queue_sight {
	bool active;	   /* a run is, whosever it is */
	bool ready;	   /* level RUN, everything read back safe */
	bool latched;	   /* a trip */
	const char *cause; /* why it is not ready, or "" */
};

struct queue {
	struct queue_deeds deeds;
	enum queue_state state;
	char reason[QUEUE_REASON_MAX]; /* of QUEUE_IS_HELD */
	size_t n;
	struct queue_entry v[QUEUE_MAX]; /* in their order; [0] may run */
	uint32_t last;			 /* highest id ever given */
	nsec since;			 /* waits for the laboratory */
	bool starting;
	/* How the run ended that is being started. */
	bool ended;
	enum run_state end;
	char end_reason[ACTION_TEXT_MAX];
};

void queue_init(struct queue *q, const struct queue_deeds *deeds);
void queue_fini(struct queue *q);

/* As it was before a restart: entries in their order, then the end of it. A
 * run that was going on is held, and so is a queue that is not empty. The
 * strings of e are the queue's from here on; ERR_FULL: they are freed. */
int queue_restore(struct queue *q, struct queue_entry *e, struct err *err);
void queue_restored(struct queue *q, uint32_t last, enum queue_state state,
		    const char *reason, nsec now);

/* All -1 with err: ERR_FULL, ERR_NOT_FOUND, ERR_RANGE, ERR_STATE. */

/* Behind all others; ids count from 1. Owns the strings of e, also of one
 * that is refused. */
int queue_add(struct queue *q, struct queue_entry *e, nsec now,
	      struct err *err);
/* place: among those that wait, from 1: the next to start. */
int queue_move(struct queue *q, uint32_t id, int64_t place, nsec now,
	       struct err *err);
int queue_remove(struct queue *q, uint32_t id, const char *user, nsec now,
		 struct err *err);
int queue_go(struct queue *q, const struct queue_sight *sight, nsec now,
	     struct err *err);
/* Nothing new is started. What holds it already stays the reason. */
void queue_hold(struct queue *q, const char *user, nsec now);

/* The entry that queue_look() would start now, or NULL. */
const struct queue_entry *queue_next(const struct queue *q,
				     const struct queue_sight *sight);

/* A few times a second: is it time for the next? */
void queue_look(struct queue *q, const struct queue_sight *sight, nsec now);

/* A run has ended, whosever it was, and how. */
void queue_run_ended(struct queue *q, enum run_state end, const char *reason,
		     nsec now);

const char *queue_after_name(enum queue_after after);
const char *queue_state_name(enum queue_state state);
const char *queue_entry_state_name(enum queue_entry_state state);

#endif
