/*
 * The inside of the engine, shared by its own files only: readings, outputs,
 * levels, the run, the image being taken. Everything here belongs to whoever
 * calls engine_step(); `now` and `out` are those of the event in hand.
 */
#ifndef ENGINE_STATE_H
#define ENGINE_STATE_H

#include "engine/engine.h"

#define CAUSE_TEXT_MAX ACTION_TEXT_MAX
#define SLOPE_POINTS 64
#define COMPOSITIONS_MAX 64

struct reading {
	double value; /* newest, NAN when it was not good */
	nsec t;	      /* of the newest; valid if `seen` */
	bool seen;
	double good; /* newest good one */
	nsec good_t;
	bool ever_good;
};

/* The newest setpoint of a role and how far it has come. */
struct output {
	double value; /* NAN: never set */
	uint32_t id;
	bool waiting; /* not yet answered and read back */
	bool answered;
	bool refused;	/* the instrument said no */
	bool confirmed; /* was read back at least once */
	nsec t;		/* when it was set */
	nsec answered_t;
};

struct guard { /* the moving part of an interlock */
	bool active;
	uint8_t history; /* newest sample is bit 0; 1 = bad */
	bool has_ref;
	double ref; /* value, and heater power, at ref_t */
	double ref_power;
	nsec ref_t;
};

/* Equally spaced points of one quantity, for its slope. */
struct slope {
	uint32_t n; /* kept, <= SLOPE_POINTS */
	uint32_t next;
	double t[SLOPE_POINTS]; /* s since `origin` */
	double v[SLOPE_POINTS];
	nsec origin;
	nsec taken; /* time of the newest point */
};

enum equilibrium_quantity { EQ_TEMPERATURE, EQ_PRESSURE, EQ_POWER, EQ_N };

/* What went in at the inlet, and how far it is on its way to the sample. */
struct composition {
	struct mixture m;
	double progress; /* 1: has arrived */
};

enum image_phase {
	IMAGE_IDLE,
	IMAGE_UNBLANKING,
	IMAGE_EXPOSING,
	IMAGE_BLANKING
};

struct condition_sum {
	struct condition c;
	double sum;
	uint32_t n;
};

struct imaging {
	enum image_phase phase;
	struct image_record record;
	double exposure_s;
	struct condition_sum sums[4];
	nsec deadline;	/* of the phase */
	uint32_t tries; /* to blank */
	nsec acquired;	/* when the frame was asked for */
};

struct step_state {
	nsec began;
	nsec true_since;	/* WAIT: conditions hold since; -1: not */
	bool waiting_for_guard; /* nothing energised before readings are good */
	double from;		/* RAMP: degC at its beginning */
	double travelled;	/* RAMP: s of ramp done */
	nsec tick;		/* RAMP: next setpoint */
	nsec behind_since;	/* RAMP: holdback began; -1: not behind */
	uint32_t images;	/* IMAGE, time lapse: begun in this step */
	nsec next_image;	/* NSEC_NEVER: none */
};

struct run {
	const struct plan *plan;
	const struct plan *next_plan; /* waits for a boundary */
	uint32_t id;
	uint32_t step;
	nsec began;
	nsec done_shortest; /* predicted time of the finished steps */
	nsec paused_at;
	uint32_t images;
	uint32_t command; /* id of the one that started it */
	bool in_tail;
	enum run_state ends_as; /* after the tail */
	bool step_open;		/* begun, not ended */
	char reason[CAUSE_TEXT_MAX];
	/* The soak clock of the hold in force. */
	bool soaking;
	bool in_band; /* at the newest heater reading */
	double soak_target, soak_band;
	nsec soaked, soak_seen, soak_began;
	nsec extended; /* of the hold or wait in force */
	/* The purge in force. */
	double purge_fill;
	double residual;
};

struct engine {
	const struct site *site;
	nsec now;
	bool began;
	nsec start; /* time of the first event */
	struct actions *out;
	bool again; /* more can be done at once */

	struct reading readings[ROLES_MAX];
	struct output outputs[ROLES_MAX];
	int writer_of[ROLES_MAX]; /* role whose read-back this is */
	uint32_t n_sets;

	enum run_state state;
	enum level level;
	bool latched;
	bool interrupted;
	bool starting; /* until safe is confirmed once */
	bool safe_confirmed;
	bool fault_log, fault_log_slow;
	char cause[CAUSE_TEXT_MAX];
	nsec safe_retry; /* NSEC_NEVER: nothing to confirm */
	nsec safe_backoff;
	nsec hold_clear; /* cause of a hold is gone since; -1 */

	struct guard guards[INTERLOCKS_MAX];
	/* Those that judge samples, by poll; and those that judge ages. */
	uint16_t guards_of[POLLS_MAX][INTERLOCKS_MAX];
	uint16_t n_guards_of[POLLS_MAX];
	uint16_t age_guards[INTERLOCKS_MAX];
	uint16_t n_age_guards;
	nsec young_until; /* until then nothing is too old */

	struct ledger ledger;
	uint8_t flow_count[GAS_MAX]; /* samples in a row with flow */
	nsec flow_seen_at;	     /* -1: never */
	struct composition compositions[COMPOSITIONS_MAX];
	uint32_t n_compositions; /* all time; newest at (n - 1) % MAX */
	nsec transport_t;
	double transport_pressure;

	struct slope slopes[EQ_N];
	nsec slope_spacing;

	struct run run;
	struct step_state step;
	struct imaging imaging;
};

/* engine.c */
struct action *emit(struct engine *e, enum action_type type);
__attribute__((format(printf, 4, 5))) void say(struct engine *e,
					       enum severity severity,
					       const char *kind,
					       const char *fmt, ...);
int known(const struct engine *e, enum known_role role);
double value_of(const struct engine *e, enum known_role role);
bool fresh(const struct engine *e, int role);

/* drift.c: may a run not start, because the chip is not what it was? */
bool drift_refuses(struct engine *e, char *why, size_t size);

/* output.c: setpoints on their way */
void output_set(struct engine *e, int role, double value, enum cause cause,
		uint32_t source, bool safe);
void output_answer(struct engine *e, const struct event *event);
void output_confirm(struct engine *e, int readback);
bool output_on(const struct engine *e, enum known_role role);
bool output_energises(const struct engine *e, int role, double value);

/* level.c: safe levels */
void level_start(struct engine *e);
void level_enter(struct engine *e, enum level level, enum cause cause,
		 uint32_t source, const char *text);
/* Nothing is heard of a role, says this interlock. Where that finds everything
 * safe already, or on its way, nothing is sent at once: on a line that is
 * shared each repetition keeps the others from being asked. But what was read
 * back of that instrument is doubted, and sent again unless the next readings
 * confirm it: it may have been switched off and on. */
void level_silent(struct engine *e, uint32_t interlock);
void level_progress(struct engine *e);
nsec level_deadline(const struct engine *e);
void level_reset(struct engine *e);
/* Is this role set safe by the level, to something else than the value? */
bool level_keeps(const struct engine *e, int role, double value);
/* Blanks, heater off, reactive gas closed, without latching: a run's end. */
void level_quiet(struct engine *e, enum cause cause, uint32_t source);

/* interlock.c */
void interlock_poll(struct engine *e, uint16_t poll);
void interlock_time(struct engine *e);
nsec interlock_deadline(const struct engine *e);
/* The first that is active at this level or over it, or NULL. */
const struct interlock *interlock_active(const struct engine *e,
					 enum level level);
/* A guard of level COOL or more without a fresh good reading, or NULL. */
const struct role *interlock_blind(const struct engine *e);

/* atmosphere.c: ledger and composition from measured values */
void atmosphere_init(struct engine *e);
void atmosphere_poll(struct engine *e, uint16_t poll);
bool atmosphere_arrived(const struct engine *e);
bool atmosphere_reactive(const struct engine *e);
bool atmosphere_may(struct engine *e, int role, double value, struct err *err);

/* steady.c: slopes for equilibrium */
void steady_begin(struct engine *e, nsec window);
void steady_sample(struct engine *e);
/* Per minute; NAN until the window is full. */
double steady_slope(const struct engine *e, enum equilibrium_quantity quantity);

/* image.c */
bool image_begin(struct engine *e, double exposure_s);
void image_sample(struct engine *e);
void image_frame(struct engine *e, const struct event *event);
void image_progress(struct engine *e);
/* Blanks and gives the image up; abandon: and does not wait for it. */
void image_cut(struct engine *e, const char *why);
void image_abandon(struct engine *e, const char *why);
nsec image_deadline(const struct engine *e);

/* step.c: what each kind of step does */
void step_start(struct engine *e);
bool step_finished(struct engine *e);
nsec step_deadline(const struct engine *e);
void step_shift(struct engine *e, nsec pause);

/* run.c: the order of steps, states, tails */
void run_progress(struct engine *e);
void run_fail(struct engine *e, const char *why);
void run_end(struct engine *e, enum run_state state, const char *reason);
void run_soak(struct engine *e);
bool run_active(const struct engine *e);
void run_start(struct engine *e, const struct command *c);
void run_pause(struct engine *e);
void run_resume(struct engine *e);
void run_skip(struct engine *e);
void run_stop(struct engine *e, const char *reason);
bool run_clock_runs(const struct engine *e);
const struct plan_step *run_step(const struct engine *e);
void run_step_end(struct engine *e, enum step_outcome outcome,
		  const char *text);
void run_next(struct engine *e);

/* command.c */
void command_do(struct engine *e, const struct command *c);

#endif
