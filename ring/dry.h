/*
 * Virtual time: turns the ring as fast as the machine can. Polls come at
 * t0 + k * period, time-outs when they are due, frames when the camera says
 * so, setpoints are written at once; nothing waits, nothing reads a clock.
 * The same configuration, seed and commands give the same night.
 */
#ifndef RING_DRY_H
#define RING_DRY_H

#include "ring/desk.h"
#include "ring/rig.h"

struct dry;

struct dry_options {
	const struct config *config; /* outlives it */
	struct store *store;	     /* or NULL: no log. Outlives it */
	nsec utc;		     /* of the start */
	bool interrupted;	     /* as store_open() said */
	uint64_t seed;
	const char *images; /* directory; NULL: no files */
	/* Optional: every event with its actions. */
	void (*seen)(void *context, const struct event *event,
		     const struct actions *actions);
	void *context;
};

/* Time begins at 0; instruments are opened then. NULL with problems (of the
 * configuration) or err (of the store). */
struct dry *dry_new(const struct dry_options *options,
		    struct problems *problems, struct err *err);
void dry_free(struct dry *d);

/* Everything that is due before or at `until`. */
int dry_until(struct dry *d, nsec until, struct err *err);

/* One thing that is due; its time is dry_now() afterwards. */
int dry_turn(struct dry *d, struct err *err);
nsec dry_now(const struct dry *d);

/* When the next thing is due. */
nsec dry_next(struct dry *d);

/* Commits what was put down so far. */
int dry_commit(struct dry *d, struct err *err);

struct desk *dry_desk(struct dry *d);
struct ring *dry_ring(struct dry *d);
const struct engine *dry_engine(const struct dry *d);
const struct rig *dry_rig(const struct dry *d);

/* Writes the answers to the setpoints of commands just given by the desk;
 * call after each of them. */
void dry_settle(struct dry *d);

struct dry_counts {
	uint64_t events, values, sets, frames;
};
struct dry_counts dry_counts(const struct dry *d);

#endif
