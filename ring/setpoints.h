/*
 * Setpoints on their way: decided, on disk, sent, answered.
 *
 * One that takes energy or gas away (`safe`) goes to the head of its bus's
 * queue at once. All others wait until the batch with their intent is on
 * disk. What still waits is overtaken, and answered with an error, when a
 * safe one for the same role or a safe level comes: nothing may energise an
 * instrument after it was made safe.
 *
 * Each one is answered exactly once, with EVENT_ANSWER.
 */
#ifndef RING_SETPOINTS_H
#define RING_SETPOINTS_H

#include "ring/plant.h"

#define SETPOINTS_MAX 512
/* So many are kept for the safe ones: roles times a few tries. */
#define SETPOINTS_SAFE (2 * ROLES_MAX)

struct setpoints;

struct setpoints *setpoints_new(struct plant *p);
/* After the plant's threads have ended. */
void setpoints_free(struct setpoints *s);

/* An ACTION_SET of this time, which may be ahead of the clock: events have
 * different times even when the clock stands still. `batch` is the one that
 * holds its intent. */
void setpoints_set(struct setpoints *s, const struct action *action, nsec now,
		   uint64_t batch);

/* Everything up to this batch is on disk. */
void setpoints_committed(struct setpoints *s, uint64_t batch);

/* What waits for the disk is answered with `err`. */
void setpoints_refuse(struct setpoints *s, const struct err *err);

/* A safe level: nothing that was decided before is sent any more. */
void setpoints_overtake(struct setpoints *s);

/* How many wait for the disk / are not answered yet. */
size_t setpoints_waiting(const struct setpoints *s);
size_t setpoints_open(const struct setpoints *s);

#endif
