/*
 * A plan: a recipe compiled. Flat, checked, in program units; read-only once
 * compiled. The engine needs nothing else to run it.
 *
 * Steps of one section belong together for the operator ("purge with Ar",
 * "hold at 350 °C"): pausing and plan changes happen where a section allows.
 */
#ifndef ENGINE_PLAN_H
#define ENGINE_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/nsec.h"
#include "engine/gas.h"
#include "engine/site.h"

#define PLAN_STEPS_MAX 32768
#define PLAN_CHOICES_MAX 6
#define PLAN_LABEL_MAX 64
#define PLAN_RAMP_SETPOINT NAN

enum step_kind {
	STEP_SET,	   /* sets; done when answered and read back */
	STEP_RAMP,	   /* heater to target at rate, with holdback */
	STEP_HOLD_BEGIN,   /* soak clock to zero, band around target */
	STEP_HOLD_END,	   /* done when the soak clock has the duration */
	STEP_COOL,	   /* heater off; done below target */
	STEP_EQUILIBRATE,  /* slopes under bounds, gas has arrived */
	STEP_WAIT,	   /* all conditions true for `lasting` */
	STEP_IMAGE,	   /* `count` images, `every` between starts */
	STEP_ASK,	   /* the operator chooses */
	STEP_NOTE,	   /* text into the log */
	STEP_PURGE_BEGIN,  /* a verified purge starts (residual = 1) */
	STEP_PURGE_FILLED, /* records the fill of this cycle */
	STEP_PURGE_PUMPED, /* records and verifies its base */
	STEP_PURGE_END,	   /* verifies the residual of all cycles */
	STEP_KIND_N
};

enum step_flag {
	STEP_SKIPPABLE = 1, /* the operator may skip it */
	STEP_PAUSABLE = 2,  /* the clock may stop inside it */
	STEP_BOUNDARY = 4,  /* first of a section: a new plan may take
				 * over before it */
};

enum cond_op { COND_BELOW, COND_ABOVE }; /* <= and >=; NAN is false */

struct cond {
	uint16_t role;
	enum cond_op op;
	double value;
};

struct plan_step {
	enum step_kind kind;
	unsigned flags;
	uint32_t section;
	uint32_t line; /* in the recipe (0: from a phase) */
	uint32_t text; /* offset into plan->text: label, e.g.
					 * "ramp to 350 °C"; see plan_text */
	nsec shortest; /* predicted */
	nsec longest;  /* NSEC_NEVER: no bound known */
	union {
		struct {
			uint32_t first;
			uint32_t n;
		} set; /* plan->sets */
		struct {
			double target;	  /* degC */
			double rate;	  /* K/min, > 0 */
			double band;	  /* K */
			double holdback;  /* K */
			nsec image_every; /* 0: none (time lapse) */
		} ramp;
		struct {
			double target; /* degC; NAN: no heater hold,
						 * plain time */
			double band;   /* K */
			nsec duration;
			nsec image_every;
			nsec within; /* bound on the whole hold */
		} hold;		     /* BEGIN and END alike */
		struct {
			double below;
			nsec within;
		} cool;
		struct {
			double temperature, pressure, power; /* per minute */
			nsec window, at_least, at_most;
			bool gas_arrived;
		} equilibrate;
		struct {
			uint32_t first;
			uint32_t n; /* plan->conds */
			nsec lasting;
			nsec within; /* then: fault */
		} wait;
		struct {
			uint32_t count;
			nsec every;
			double exposure_s;
		} image;
		struct {
			uint32_t n_choices;
			uint32_t choice[PLAN_CHOICES_MAX]; /* text offsets */
			uint32_t abort; /* bit i: choice i aborts */
			nsec within;	/* 0: waits for ever */
			int otherwise;	/* choice at time-out, -1:
						 * fault */
		} ask;
		struct {
			uint32_t cycle, cycles;
			uint16_t gauge;	     /* role that resolves it */
			double fill, base;   /* Torr, asked for */
			double residual_max; /* of all cycles */
		} purge;
	};
};

struct plan {
	char name[128]; /* recipe: ... */
	char about[256];
	uint32_t n_steps;
	struct plan_step *steps;
	uint32_t tail; /* first step of on_fault; n_steps when
					 * none. The main part is [0, tail) */
	uint32_t n_sets;
	struct role_value *sets;
	uint32_t n_conds;
	struct cond *conds;
	char *text;		/* all labels, NUL-separated */
	double temperature_max; /* recipe limits; INFINITY: none */
	double pressure_max;
	uint32_t n_images;	      /* planned; time lapse estimated */
	double gas_sccm_min[GAS_MAX]; /* predicted use, cm3 at 0 degC 1 atm */
	nsec shortest, longest;	      /* of the main part */
	bool resume_after_crash;      /* opt-in of the recipe */
};

void plan_free(struct plan *p); /* NULL is fine */
const char *plan_text(const struct plan *p, uint32_t offset);
const char *plan_label(const struct plan *p, uint32_t step);
const char *step_kind_name(enum step_kind kind); /* "ramp" */

#endif
