/*
 * The instruments of the site, opened. Poll i of the site is instrument i.
 *
 * All functions for one instrument run on the thread of its bus; those of
 * different buses may run at once. `now` is the caller's monotonic time.
 */
#ifndef RING_RIG_H
#define RING_RIG_H

#include "site/config.h"

struct rig;

/* Makes buses and instruments; opens nothing. config outlives the rig. */
struct rig *rig_new(const struct config *config, uint64_t seed,
		    struct problems *problems);
void rig_free(struct rig *rig);
size_t rig_bus_of(const struct rig *rig, size_t instrument);
struct bus *rig_bus(const struct rig *rig, size_t bus);
bool rig_is_open(const struct rig *rig, size_t instrument);

int rig_open(struct rig *rig, size_t instrument, nsec now, struct err *err);
void rig_close(struct rig *rig, size_t instrument);

/* Waits until its bus can be asked; the first question may come a while after
 * another one has failed. */
int rig_ready(struct rig *rig, size_t instrument, struct err *err);

/* Values of all channels; bit i of *bad is set and values[i] is NAN when
 * value i is not a good, finite number. */
int rig_poll(struct rig *rig, size_t instrument, nsec now, double *values,
	     uint32_t *bad, struct err *err);

/* What the instrument said was wrong with it when it was polled last; "". */
void rig_condition(struct rig *rig, size_t instrument,
		   char out[DEVICE_CONDITION_MAX]);

/* The role must be writable; the value is checked against its limits here,
 * once more, whatever the caller did. */
int rig_write(struct rig *rig, size_t role, double value, nsec now,
	      struct err *err);
int rig_safe(struct rig *rig, size_t instrument, nsec now, struct err *err);

/* The driver's own loop (driver.h): when it wants the next turn; NSEC_NEVER
 * when it has none, or is not open. err->code is 0 unless it has something
 * to tell. */
bool rig_has_turns(const struct rig *rig, size_t instrument);
nsec rig_turn(struct rig *rig, size_t instrument, nsec now, struct err *err);

/* The instrument that is the camera. */
int rig_acquire(struct rig *rig, const struct frame_request *request, nsec now,
		struct err *err);
int rig_frame(struct rig *rig, nsec now, struct frame *frame, struct err *err);

#endif
