/*
 * From events and actions of the engine to records of the log. Knows how
 * roles, steps and images are called there; the batch is who holds them
 * until they are committed.
 */
#ifndef DAEMON_JOURNAL_H
#define DAEMON_JOURNAL_H

#include "daemon/config.h"
#include "engine/event.h"
#include "store/batch.h"
#include "store/store.h"

struct journal;

/* Declares all channels in the store. utc_offset: UTC = now + utc_offset.
 * store NULL: nothing is kept (runs without a log). */
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
	uint64_t seed;
	const struct plan *plan;
};
void journal_run(struct journal *j, nsec now, const struct journal_run *run);

/* Who gave a command; outcome is known after the engine replied. */
void journal_command(struct journal *j, nsec now, uint32_t id,
		     const char *verb, const char *args, const char *user,
		     const char *program, const char *outcome);

void journal_event(struct journal *j, const struct event *event);
void journal_actions(struct journal *j, nsec now, const struct actions *a);

/* The instrument's side of a setpoint, and of a frame's file. */
void journal_sent(struct journal *j, nsec now, uint32_t set);
void journal_answered(struct journal *j, nsec now, uint32_t set,
		      const struct err *err);	/* NULL: ok */
void journal_frame_file(struct journal *j, uint32_t image, const char *path);

/* The daemon's own remarks: "link", "store", "clock". */
void journal_note(struct journal *j, nsec now, enum severity severity,
		  const char *kind, const char *text);

#endif
