/*
 * From events and actions of the engine to records of the log. Knows how
 * roles, steps and images are called there; the batch is who holds them
 * until they are committed.
 */
#ifndef RING_JOURNAL_H
#define RING_JOURNAL_H

#include "engine/event.h"
#include "ring/alarm.h"
#include "site/config.h"
#include "store/batch.h"
#include "store/store.h"

struct journal;

/* Declares all channels in the store. utc_offset: UTC = now + utc_offset; it
 * is the first record of the session. store NULL: nothing is kept (runs
 * without a log). config outlives the journal. */
struct journal *journal_new(const struct config *config, struct store *store,
			    nsec utc_offset, struct err *err);
void journal_free(struct journal *j);

/* What was put down since the last journal_take; never NULL. The caller
 * commits it and gives it back empty. */
struct batch *journal_batch(struct journal *j);
void journal_set_batch(struct journal *j, struct batch *b);

/* A run is about to start (before COMMAND_START is fed). */
struct journal_run {
	uint32_t run;
	const char *label, *parameters, *text, *includes;
	const char *sheet; /* see ring/sheet.h; for replay */
	const char *asked; /* of asked_print_all() */
	uint64_t seed;
	const struct plan *plan;
};
void journal_run(struct journal *j, nsec now, const struct journal_run *run);

/* What the operator called the newest run that began, or "". */
const char *journal_label(const struct journal *j);

/* A new plan is about to be offered (before COMMAND_REPLACE is fed). Its
 * steps are numbered on from those of the plan it replaces. */
void journal_replace(struct journal *j, const struct plan *plan,
		     const char *sheet, const char *asked);

/* Who is about to give a command (before it is fed): setpoints that follow
 * from it are logged as "user: verb". */
void journal_asked(struct journal *j, uint32_t id, const char *user,
		   const char *verb);

/* Who gave a command; outcome is known after the engine replied. */
void journal_command(struct journal *j, nsec now,
		     const struct batch_command *command);

void journal_event(struct journal *j, const struct event *event);
void journal_actions(struct journal *j, nsec now, const struct actions *a);

/* The log cannot keep up: samples are left out, and a gap says so with the
 * first one that is kept again. */
void journal_drop_samples(struct journal *j, bool drop);

/* The instrument's side of a setpoint, and of a frame's file. */
void journal_sent(struct journal *j, nsec now, uint32_t set);
void journal_answered(struct journal *j, nsec now, uint32_t set,
		      const struct err *err); /* NULL: ok */
void journal_frame_file(struct journal *j, uint32_t image, const char *path);

/* The queue of runs, see store/batch.h; t is set here. */
void journal_queue_add(struct journal *j, nsec now, struct batch_queue_add *q);
void journal_queue_change(struct journal *j, nsec now,
			  struct batch_queue_change *q);
void journal_queue_state(struct journal *j, nsec now, const char *state,
			 const char *reason);

/* Each event as it is put down: the engine's lines and the daemon's remarks.
 * Their numbers count on through all sessions of a log. Who listens must not
 * put down lines itself. */
struct journal_line {
	uint32_t number;
	nsec t; /* UTC */
	const char *severity, *kind, *text;
	enum severity rank; /* the severity */
	const char *of;	    /* of a condition: see journal_condition() */
};
#define JOURNAL_LISTENERS_MAX 4
void journal_listen(struct journal *j,
		    void (*line)(void *context, const struct journal_line *l),
		    void *context);
/* Whoever listened with this context does so no more. */
void journal_unlisten(struct journal *j, const void *context);

/* Of the newest; 0: there was none. */
uint32_t journal_last_number(const struct journal *j);

/* Who has control from now on; "": nobody. expires: UTC. */
void journal_control(struct journal *j, nsec now, const char *holder,
		     const char *note, nsec expires);

/* An alarm has changed. */
void journal_alarm(struct journal *j, const struct alarm *a);

/* The daemon's own remarks. Kinds are those below; another one is logged as
 * "daemon". Replay knows by its kind that a remark is not the engine's. */
extern const char *const journal_note_kinds[]; /* NULL-terminated */
void journal_note(struct journal *j, nsec now, enum severity severity,
		  const char *kind, const char *text);

/* A remark on something that lasts: with a warning or an alarm it is there,
 * until an info of the same kind and `of` ("heater") says that it is gone. */
struct journal_condition {
	enum severity severity;
	const char *kind, *of, *text;
};
void journal_condition(struct journal *j, nsec now,
		       const struct journal_condition *c);

#endif
