/*
 * The module `run` from inside: its parameters and commands by number. For
 * run_module.c (what it shows) and run_request.c (what it is asked).
 */
#ifndef DAEMON_RUN_PARTS_H
#define DAEMON_RUN_PARTS_H

#include "daemon/run_module.h"

enum run_parameter {
	RUN_VALUE,
	RUN_STATUS,
	RUN_TARGET,
	RUN_TIME_TO_TARGET,
	RUN_CONTROL_ACTIVE,
	RUN_STATE,
	RUN_LEVEL,
	RUN_LATCHED,
	RUN_SAFE_CONFIRMED,
	RUN_CAUSE,
	RUN_RUN,
	RUN_RECIPE,
	RUN_LABEL,
	RUN_STEP,
	RUN_STEP_COUNT,
	RUN_STEP_LABEL,
	RUN_PLAN,
	RUN_PROGRESS,
	RUN_SETPOINT,
	RUN_SOAKED,
	RUN_SOAK_ASKED,
	RUN_PROMPT,
	RUN_CHOICES,
	RUN_REPLACE_WAITS,
	RUN_IMAGES,
	RUN_IMAGES_PLANNED,
	RUN_LAST_IMAGE,
	RUN_GAS_INLET,
	RUN_GAS_SAMPLE,
	RUN_EVENT,
	RUN_PARAMETER_N
};

enum run_command {
	RUN_STOP,
	RUN_HOLD,
	RUN_CLEAR_ERRORS,
	RUN_START,
	RUN_VALIDATE,
	RUN_RECIPES,
	RUN_REPLACE,
	RUN_RESUME,
	RUN_SKIP,
	RUN_ABORT,
	RUN_RESET,
	RUN_EXTEND,
	RUN_ANSWER,
	RUN_COMMAND_N
};

#define RUN_NAME_MAX 128

struct run_module {
	const struct daemon_node_setup *setup;
	struct node *node;
	int module;
	int parameter[RUN_PARAMETER_N];
	int command[RUN_COMMAND_N];
	bool active;
	/* Of the present or the last run. */
	char target[RUN_NAME_MAX]; /* as its client calls it */
	uint32_t run;
	bool remarks;		   /* a warning or an alarm was raised */
	char end[ACTION_TEXT_MAX]; /* why it is over */
	const struct plan *plan;   /* that _plan shows; NULL: none, or one
				    * that is gone */
	uint32_t events;	   /* seq of the newest */
	struct text scratch;
};

/* run_module.c */
nsec run_utc(const struct run_module *r, nsec now);
void run_show(struct run_module *r, nsec now);

/* run_request.c */
extern const struct node_command run_commands[RUN_COMMAND_N];
void run_on_request(void *context, const struct node_request *request);

#endif
