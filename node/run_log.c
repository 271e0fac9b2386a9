/* The course of a run as log lines for who reads along; events of the journal
 * are run_past.c's. */
#include <stdio.h>

#include "node/run_parts.h"

static void log_line(const struct run_module *r, enum node_log_level level,
		     const char *what, const char *more)
{
	char line[2 * ACTION_TEXT_MAX];

	snprintf(line, sizeof(line), "%s%s%s", what, *more ? ": " : "", more);
	node_log(r->node, r->module, level, line);
}

static void log_step(const struct run_module *r, const struct action *a,
		     nsec now)
{
	struct engine_status s;

	engine_status(r->setup->ring->engine, now, &s);
	if (s.plan && a->step.step < s.plan->n_steps)
		log_line(r, NODE_LOG_DEBUG, "step",
			 plan_label(s.plan, a->step.step));
}

void run_log(const struct run_module *r, const struct action *a, nsec now)
{
	if (!node_log_wanted(r->node, r->module, NODE_LOG_ERROR))
		return;
	switch (a->type) {
	case ACTION_STATE:
		log_line(r, NODE_LOG_INFO, run_state_name(a->state.state),
			 a->state.latched ? "latched" : "");
		break;
	case ACTION_RUN_END:
		log_line(r,
			 a->run_end.state == STATE_ABORTED ? NODE_LOG_ERROR
							   : NODE_LOG_INFO,
			 run_state_name(a->run_end.state), a->text);
		break;
	case ACTION_STEP_BEGIN: log_step(r, a, now); break;
	default: break;
	}
}
