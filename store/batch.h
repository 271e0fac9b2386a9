/*
 * Records on their way to the log: what happened in one tick, in order. Who
 * fills it does not wait; one store_commit() writes all of it in one
 * transaction. A batch copies what it is given (strings, values).
 *
 * Times are UTC nanoseconds. Channels are numbered by store_channels().
 */
#ifndef STORE_BATCH_H
#define STORE_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/nsec.h"

struct batch;

struct batch *batch_new(void);
void batch_free(struct batch *b);
void batch_clear(struct batch *b); /* keeps the memory */
size_t batch_records(const struct batch *b);
size_t batch_bytes(const struct batch *b); /* of memory, for a bound */

/* One poll of an instrument. `table` from store_channels(); bit i of `bad`:
 * value i is not good and stored as NULL. */
void batch_sample(struct batch *b, uint32_t table, nsec t, const double *value,
		  uint32_t n, uint32_t bad);

/* Samples of this table that are missing from t_from to t_to, and why. */
void batch_gap(struct batch *b, uint32_t table, nsec from, nsec to,
	       const char *reason);

/* A setpoint is wanted (the intent), was handed to the instrument, was
 * answered. `id` is unique in the session. */
struct batch_setpoint {
	uint32_t id;
	uint32_t channel; /* from store_channels() */
	nsec t;
	double value;
	const char *cause;  /* "step", "operator", "interlock",
					 * "start" */
	const char *source; /* "12 ramp to 350 °C", "alice: set",
					 * "heater above 1000 °C" */
	bool safe;
};
void batch_setpoint(struct batch *b, const struct batch_setpoint *s);
void batch_sent(struct batch *b, uint32_t id, nsec t);
/* answer: "ok" or an error word; readback may be NAN (not known). */
void batch_answered(struct batch *b, uint32_t id, nsec t, const char *answer);
void batch_readback(struct batch *b, uint32_t id, nsec t, double value);

/* number: of the event among all of the log, see store_last_event(). */
void batch_event(struct batch *b, uint32_t number, nsec t, const char *severity,
		 const char *kind, const char *text);
void batch_state(struct batch *b, nsec t, const char *state, const char *level,
		 bool latched);

struct batch_command {
	uint32_t id;
	uint32_t run; /* that it was for, or 0 */
	nsec t;
	const char *verb;    /* "start" "pause" "set" */
	const char *args;    /* JSON, or "" */
	const char *user;    /* of the peer: "alice" "uid 1000" */
	const char *program; /* its name, or "" */
	const char *outcome; /* "ok", or the refusal */
};
void batch_command(struct batch *b, const struct batch_command *c);

struct batch_run {
	uint32_t run; /* one more than store_last_run() */
	nsec t;
	const char *recipe;	/* name */
	const char *label;	/* the operator's, or "" */
	const char *parameters; /* JSON object */
	const char *text;	/* of the recipe file */
	const char *includes;	/* JSON object name -> text */
	uint64_t seed;
};
void batch_run_begin(struct batch *b, const struct batch_run *r);
/* state: "complete" "stopped" "aborted" "interrupted" */
void batch_run_end(struct batch *b, uint32_t run, nsec t, const char *state,
		   const char *reason);

/* The plan's steps are given with the run: number from 1. */
void batch_plan_step(struct batch *b, uint32_t run, uint32_t step,
		     const char *kind, const char *label, uint32_t line);
/* What the step was asked to do, as a JSON object whose keys name their units:
 * {"target_C":350,"rate_K_per_min":20}. After its batch_plan_step. */
void batch_step_asked(struct batch *b, uint32_t run, uint32_t step,
		      const char *asked);
void batch_step_begin(struct batch *b, uint32_t run, uint32_t step, nsec t);
/* outcome: "done" "skipped" "failed" "cut"; text: e.g. how long it soaked */
void batch_step_end(struct batch *b, uint32_t run, uint32_t step, nsec t,
		    const char *outcome, const char *text);

struct batch_range {
	double begin, end, min, max, mean; /* NAN becomes NULL */
};

struct batch_image {
	uint32_t run, image, step;
	const char *label; /* of its step */
	const char *file;  /* path, or "" */
	bool ok;
	nsec t_begin, t_end;	 /* of the exposure */
	nsec t_unblank, t_blank; /* unblank commanded, blanked again as
					 * read back: beam_on_s */
	struct batch_range temperature, pressure, flow, power;
	const char *gas_inlet, *gas_sample;
	double transit_s;
};
void batch_image(struct batch *b, const struct batch_image *i);

struct batch_purge {
	uint32_t run, step, cycle, cycles; /* cycle 0: the summary */
	nsec t;
	uint32_t gauge; /* channel */
	double fill, base, residual;
	bool ok;
};
void batch_purge(struct batch *b, const struct batch_purge *p);

/* Who has control from now on; holder "": nobody. */
void batch_control(struct batch *b, nsec t, const char *holder,
		   const char *note, nsec expires);

/* An alarm is raised, or its state has changed. What was raised once keeps
 * its number, its time t and the run it was raised in. */
struct batch_alarm {
	uint32_t alarm;	      /* unique in the file: store/kept.h */
	nsec t, changed;      /* raised; the state is this since then */
	const char *severity; /* "warning" "alarm" */
	const char *source;   /* what it is about: "link heater" */
	const char *text;
	const char *state; /* "unacknowledged" "acknowledged" "returned"
				 * "shelved" "normal" */
	bool active;	   /* its cause is there */
	uint32_t times;	   /* raised so often */
	const char *user;  /* who acknowledged or shelved it, or "" */
	nsec until;	   /* shelved; 0: not */
	const char *note;
};
void batch_alarm(struct batch *b, const struct batch_alarm *a);
/* A recipe is put into the queue: place from 1. */
struct batch_queue_add {
	uint32_t id, place;
	nsec t;
	const char *name, *label; /* as the client calls it, or "" */
	const char *recipe;	  /* its title */
	uint32_t steps;
	double seconds;		    /* predicted */
	const char *after;	    /* "stop" "continue" */
	const char *sheet;	    /* JSON: text, parameters, includes */
	const char *user, *program; /* of who put it there */
};
void batch_queue_add(struct batch *b, const struct batch_queue_add *q);

/* What became of it. state: "waiting" "running" "held"; once it has left the
 * queue (place 0) "complete" "stopped" "aborted" "removed". */
struct batch_queue_change {
	uint32_t id, place;
	nsec t;
	const char *state;
	uint32_t run; /* 0: none yet */
	const char *reason;
};
void batch_queue_change(struct batch *b, const struct batch_queue_change *q);

/* The queue as a whole: "idle" "running" "held", and why it is held. */
void batch_queue_state(struct batch *b, nsec t, const char *state,
		       const char *reason);

/* What the engine was given besides samples, so that it can decide again:
 * type and three numbers as event.h has them, x bit for bit, text if any. */
void batch_seen(struct batch *b, nsec t, int type, int64_t a, int64_t c,
		int64_t d, double x, const char *text);

#endif
