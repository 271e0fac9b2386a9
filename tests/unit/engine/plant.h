/*
 * A laboratory that obeys at once, for the engine's tests: one site built in
 * C, instruments that answer and read back on their next poll, and virtual
 * time. Plans are put together by hand. What the engine does is kept as trace
 * lines, which tests look for.
 */
#ifndef TESTS_PLANT_H
#define TESTS_PLANT_H

#include "base/text.h"
#include "engine/engine.h"

enum plant_role {
	HEATER,
	SETPOINT,
	OUTPUT,
	POWER, /* poll 0, 100 ms */
	CELL,
	OUTLET,
	FLOW,
	H2,
	O2,
	AR,
	H2_VALVE,
	O2_VALVE,
	PUMP, /* 1, 500 */
	BEAM,
	FRAME,
	COLUMN, /* poll 2, 500 ms */
	PLANT_ROLES
};

struct plant {
	struct site site;
	struct engine *engine;
	struct plan plan;
	struct plan_step steps[64];
	struct role_value sets[64];
	struct cond conds[16];
	char labels[4096];
	size_t n_labels;
	nsec now;
	nsec next_poll[3];
	double value[PLANT_ROLES]; /* what the instruments read */
	bool silent[3];		   /* polls that get no answer */
	bool deaf;		   /* sets are not obeyed */
	double lag;		   /* K that the heater stays behind */
	bool follows;		   /* heater reads its setpoint - lag */
	uint32_t exposing;	   /* image, 0: none */
	nsec exposed_at;
	bool camera_hangs;
	uint32_t released; /* plans given back */
	struct actions actions;
	struct text trace; /* "[  12.0] set heater 28 (step 3)" */
};

void plant_init(struct plant *p);
void plant_fini(struct plant *p);

/* Starts the engine and runs until everything was read back safe. */
void plant_boot(struct plant *p, bool interrupted);

/* For each test: the state is one plant, whose engine is still to be started. */
int plant_setup(void **state);
int plant_setup_booted(void **state);
int plant_teardown(void **state);

/* Adds a step to the plan; its label is its kind. */
struct plan_step *plant_step(struct plant *p, enum step_kind kind);
struct plan_step *plant_ramp(struct plant *p, double target, double rate);
void plant_hold(struct plant *p, double target, double seconds);
void plant_set(struct plant *p, int role, double value);
struct plan_step *plant_wait(struct plant *p, double seconds);
void plant_tail(struct plant *p); /* what follows is on_fault */

void plant_start(struct plant *p); /* COMMAND_START; must be accepted */

/* Sends a command; true when it was accepted. */
bool plant_command(struct plant *p, struct command command);
bool plant_say(struct plant *p, enum command_kind kind);

void plant_run(struct plant *p, double seconds);

/* Until the trace holds `line`; fails the test after `seconds`. */
void plant_until(struct plant *p, const char *line, double seconds);

bool plant_saw(const struct plant *p, const char *line);
void plant_forget(struct plant *p);
struct engine_status plant_status(const struct plant *p);

/* The known-inert state in which a recipe may let reactive gas in. */
void plant_purged(struct plant *p);

#endif
