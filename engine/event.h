/*
 * What the engine sees (events) and what it wants done (actions).
 *
 * Everything the engine decides is a function of the events it was given;
 * whoever feeds it logs each one, so that the run can be decided again. Times
 * of events are strictly increasing; a time-out that is due comes before any
 * later event, with `now` equal to the deadline.
 */
#ifndef ENGINE_EVENT_H
#define ENGINE_EVENT_H

#include "base/err.h"
#include "engine/plan.h"

enum event_type {
	EVENT_POLL,    /* an instrument answered with all its values */
	EVENT_LOST,    /* an instrument did not answer a poll */
	EVENT_ANSWER,  /* an instrument answered a set, or did not */
	EVENT_FRAME,   /* the camera has finished a frame, or failed */
	EVENT_COMMAND, /* an operator wants something */
	EVENT_FAULT,   /* the daemon itself is in trouble */
	EVENT_TIMEOUT, /* engine_deadline() has come */
};

enum command_kind {
	COMMAND_START, /* plan, run */
	COMMAND_PAUSE,
	COMMAND_RESUME,
	COMMAND_SKIP,	 /* the present step, when it may be skipped */
	COMMAND_EXTEND,	 /* duration (may be negative), present hold */
	COMMAND_STOP,	 /* orderly: the recipe's on_fault tail, then
				 * stopped */
	COMMAND_ABORT,	 /* at once: level COOL, latched */
	COMMAND_ANSWER,	 /* choice */
	COMMAND_RESET,	 /* a latched level, when its cause is gone */
	COMMAND_SET,	 /* role, value; only when idle */
	COMMAND_REPLACE, /* plan: takes over at the next boundary */
	COMMAND_N
};

struct command {
	enum command_kind kind;
	uint32_t id;		 /* of the log; named as a cause */
	const struct plan *plan; /* stays valid until ACTION_RELEASE */
	uint32_t run;
	nsec duration;
	uint32_t choice;
	uint16_t role;
	double value;
};

enum fault {
	FAULT_LOG, /* the log cannot be written */
	FAULT_LOG_SLOW,
	FAULT_LATE, /* the machine slept or starved */
};

struct event {
	nsec now;
	enum event_type type;
	union {
		struct {
			uint16_t poll;
			const double *value; /* polls[poll].n of them */
			uint32_t bad;	     /* bit i: value i is not good
						 * (its number is NAN then) */
		} poll;
		struct {
			uint16_t poll;
			enum err_code code;
		} lost;
		struct {
			uint32_t set;
			bool ok;
			enum err_code code;
		} answer;
		struct {
			uint32_t image;
			bool ok;
			nsec began, ended;
		} frame;
		struct command command;
		struct {
			enum fault fault;
			bool gone;
		} fault;
	};
};

enum cause { CAUSE_STEP, CAUSE_OPERATOR, CAUSE_INTERLOCK, CAUSE_START };

/* ISA-88, without the states nobody needs here. */
enum run_state {
	STATE_IDLE,
	STATE_RUNNING,
	STATE_PAUSING,
	STATE_PAUSED,
	STATE_HOLDING,
	STATE_HELD,
	STATE_STOPPING,
	STATE_ABORTING,
	STATE_COMPLETE,
	STATE_STOPPED,
	STATE_ABORTED,
	STATE_N
};

enum severity { SEVERITY_INFO, SEVERITY_WARNING, SEVERITY_ALARM };

enum action_type {
	ACTION_SET,	/* write a setpoint to an instrument */
	ACTION_ACQUIRE, /* take a frame */
	ACTION_STATE,	/* state or level has changed */
	ACTION_STEP_BEGIN,
	ACTION_STEP_END,
	ACTION_IMAGE,	/* an image is complete, with conditions */
	ACTION_PURGE,	/* a purge cycle was recorded */
	ACTION_EVENT,	/* a line for the journal */
	ACTION_REPLY,	/* to the command just given */
	ACTION_RUN_END, /* the run is over */
	ACTION_RELEASE, /* this plan is not needed any more */
};

enum step_outcome { STEP_DONE, STEP_SKIPPED, STEP_FAILED, STEP_CUT };

#define ACTION_TEXT_MAX 200

/* Of one quantity while a frame was exposed; NAN: no good reading. */
struct condition {
	double begin, end, min, max, mean;
};

struct image_record {
	uint32_t image; /* number in the run, from 1 */
	uint32_t step;
	bool ok;
	nsec began, ended;
	nsec unblanked, blanked; /* as commanded .. as read back */
	struct condition temperature, pressure, flow, power;
	struct mixture inlet;  /* at the beginning */
	struct mixture sample; /* corrected for the transit time */
	double transit_s;
};

struct purge_record {
	uint32_t cycle, cycles; /* cycle 0: the summary at the end */
	uint16_t gauge;		/* role */
	double fill, base;	/* Torr, measured */
	double residual;	/* product so far */
	bool ok;
};

struct action {
	enum action_type type;
	union {
		struct {
			uint32_t id; /* for EVENT_ANSWER */
			uint16_t role;
			double value;
			enum cause cause;
			uint32_t source; /* step, command or interlock */
			bool safe;	 /* takes energy or gas away:
						 * waits for nothing */
		} set;
		struct {
			uint32_t image, step;
			double exposure_s;
		} acquire;
		struct {
			enum run_state state;
			enum level level;
			bool latched;
		} state;
		struct {
			uint32_t step;
			enum step_outcome outcome;
		} step;
		struct image_record image;
		struct purge_record purge;
		struct {
			enum severity severity;
			const char *kind;
		} event;
		struct {
			bool ok;
			enum err_code code;
		} reply;
		struct {
			enum run_state state;
		} run_end;
		struct {
			const struct plan *plan;
		} release;
	};
	char text[ACTION_TEXT_MAX]; /* EVENT, REPLY, RUN_END, STEP_END:
					 * a sentence; else "" */
};

/* The most at one event: every interlock trips (64 lines), both safe levels
 * set all they have (2 * 32), and the run ends. */
#define ENGINE_ACTIONS_MAX 192

struct actions {
	size_t n;
	struct action v[ENGINE_ACTIONS_MAX];
};

const char *run_state_name(enum run_state state);	  /* "running" */
const char *command_name(enum command_kind kind);	  /* "pause" */
const char *cause_name(enum cause cause);		  /* "step" */
const char *severity_name(enum severity severity);	  /* "warning" */
const char *step_outcome_name(enum step_outcome outcome); /* "done" */

#endif
