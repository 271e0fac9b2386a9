/*
 * The engine decides. It runs a plan, watches the interlocks, keeps the gas
 * ledger, and says what has to be done. It has no clock, file, thread or
 * socket and allocates only in engine_new(): the same events give the same
 * actions, bit for bit. Interlocks are looked at first, at every event.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "engine/event.h"
#include "engine/ledger.h"
#include "engine/site.h"

struct engine;

/* Starts idle at level COOL, latched by "start" until everything is read
 * back safe; then RUN, unless `interrupted` (the last run was cut off: stays
 * latched until an operator resets it). What the volumes hold is unknown.
 * The site outlives the engine. */
struct engine *engine_new(const struct site *site, bool interrupted);
void engine_free(struct engine *e);

/* Never fails, blocks or allocates. Overwrites out. */
void engine_step(struct engine *e, const struct event *event,
		 struct actions *out);

/* When it wants EVENT_TIMEOUT; NSEC_NEVER: not at all. */
nsec engine_deadline(const struct engine *e);

struct engine_status {
	enum run_state state;
	enum level level;
	bool latched;
	bool safe_confirmed;	 /* all safe sets were read back */
	const char *cause;	 /* first cause of the level, or "" */
	const struct plan *plan; /* NULL: none */
	uint32_t run;
	uint32_t step; /* index into plan->steps */
	nsec run_began, step_began;
	nsec done_shortest;	 /* predicted rest from now */
	double progress;	 /* 0..1, of the predicted time */
	double setpoint;	 /* heater, degC; NAN: off */
	nsec soaked, soak_asked; /* in a hold; else 0 */
	bool asking;		 /* an operator prompt is open */
	uint32_t images;	 /* taken in this run */
	bool replace_waits;	 /* a new plan waits for a boundary */
};

void engine_status(const struct engine *e, nsec now, struct engine_status *out);

/* The newest reading of a role; false when there never was a good one. */
bool engine_reading(const struct engine *e, int role, double *value, nsec *t);

/* The ledger and temperature that a recipe would start with now. */
void engine_start_state(const struct engine *e, struct ledger *ledger,
			double *temperature);

/* What the inlet holds and what the sample sees now. */
void engine_gas(const struct engine *e, nsec now, struct mixture *inlet,
		struct mixture *sample);

#endif
