#include "engine/event.h"

#include <assert.h>

#include "base/array.h"

const char *run_state_name(enum run_state state)
{
	static const char *const names[STATE_N] = {
		[STATE_IDLE] = "idle",	       [STATE_RUNNING] = "running",
		[STATE_PAUSING] = "pausing",   [STATE_PAUSED] = "paused",
		[STATE_HOLDING] = "holding",   [STATE_HELD] = "held",
		[STATE_STOPPING] = "stopping", [STATE_ABORTING] = "aborting",
		[STATE_COMPLETE] = "complete", [STATE_STOPPED] = "stopped",
		[STATE_ABORTED] = "aborted",
	};

	assert((unsigned)state < STATE_N);
	return names[state];
}

const char *command_name(enum command_kind kind)
{
	static const char *const names[COMMAND_N] = {
		[COMMAND_START] = "start",     [COMMAND_PAUSE] = "pause",
		[COMMAND_RESUME] = "resume",   [COMMAND_SKIP] = "skip",
		[COMMAND_EXTEND] = "extend",   [COMMAND_STOP] = "stop",
		[COMMAND_ABORT] = "abort",     [COMMAND_ANSWER] = "answer",
		[COMMAND_RESET] = "reset",     [COMMAND_SET] = "set",
		[COMMAND_REPLACE] = "replace",
	};

	assert((unsigned)kind < COMMAND_N);
	return names[kind];
}

const char *cause_name(enum cause cause)
{
	static const char *const names[] = {
		[CAUSE_STEP] = "step",
		[CAUSE_OPERATOR] = "operator",
		[CAUSE_INTERLOCK] = "interlock",
		[CAUSE_START] = "start",
	};

	assert((unsigned)cause < ARRAY_SIZE(names));
	return names[cause];
}

const char *severity_name(enum severity severity)
{
	static const char *const names[] = {
		[SEVERITY_INFO] = "info",
		[SEVERITY_WARNING] = "warning",
		[SEVERITY_ALARM] = "alarm",
	};

	assert((unsigned)severity < ARRAY_SIZE(names));
	return names[severity];
}

const char *step_outcome_name(enum step_outcome outcome)
{
	static const char *const names[] = {
		[STEP_DONE] = "done",
		[STEP_SKIPPED] = "skipped",
		[STEP_FAILED] = "failed",
		[STEP_CUT] = "cut",
	};

	assert((unsigned)outcome < ARRAY_SIZE(names));
	return names[outcome];
}
