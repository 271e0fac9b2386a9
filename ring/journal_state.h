/*
 * The inside of the journal, shared by journal.c (what was seen),
 * journal_actions.c (what was decided) and caption.c (what an image says).
 */
#ifndef RING_JOURNAL_STATE_H
#define RING_JOURNAL_STATE_H

#include "ring/journal.h"

#define SOURCE_MAX 160
#define FILES_MAX 8 /* frames whose image is not complete yet */

/* A setpoint that waits for the poll that reads it back. */
struct awaited {
	uint16_t role;	/* that is set */
	uint16_t value; /* where the poll has it */
	uint32_t id;	/* 0: nothing is awaited */
	bool answered;
};

struct polled {
	uint32_t table, first_channel;
	nsec last;	    /* time of the newest sample; -1: none */
	bool dropped;	    /* samples were left out since then */
	enum err_code lost; /* since then */
	uint16_t n_awaited;
	struct awaited awaited[POLL_CHANNELS_MAX];
};

struct frame_file {
	uint32_t image;
	char path[FRAME_PATH_MAX];
};

/* The run that is about to start: copies, until the engine has agreed. */
struct offer {
	uint32_t run;
	uint64_t seed;
	char *label, *parameters, *text, *includes, *asked;
	const struct plan *plan; /* NULL: no offer */
	bool replaces;
};

struct journal {
	const struct config *config;
	const struct site *site;
	struct store *store;
	struct batch *batch;
	nsec utc_offset;
	struct polled polls[POLLS_MAX];
	uint32_t run;		     /* the newest that began */
	char label[ACTION_TEXT_MAX]; /* its */
	const struct plan *plan, *next_plan;
	char *next_asked; /* of its steps */
	uint32_t base;	  /* steps of plans replaced before */
	uint32_t step;	  /* in the log's count, from 1 */
	struct offer offer;
	char *sheet;	/* of the command about to be fed */
	uint32_t asked; /* id of that command */
	char who[SOURCE_MAX];
	char trip[ACTION_TEXT_MAX]; /* the newest one's cause */
	struct frame_file files[FILES_MAX];
	size_t next_file;
	bool drop_samples;
	uint32_t number; /* of the newest event */
	size_t n_listeners;
	struct {
		void (*line)(void *context, const struct journal_line *l);
		void *context;
	} listeners[JOURNAL_LISTENERS_MAX];
};

static inline nsec utc(const struct journal *j, nsec now)
{
	return now + j->utc_offset;
}

/* 1.. through all plans of the run. */
static inline uint32_t step_number(const struct journal *j, uint32_t step)
{
	return j->base + step + 1;
}

static inline const char *step_label(const struct journal *j, uint32_t step)
{
	return j->plan && step < j->plan->n_steps ? plan_label(j->plan, step)
						  : "";
}

/* An event; kinds of the daemon's own are checked by journal_note(). */
void journal_put_line(struct journal *j, nsec now, enum severity severity,
		      const char *kind, const char *text);

void journal_offer_fini(struct offer *o);

#endif
