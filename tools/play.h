/*
 * Recipes played to their ends in virtual time, the first with the commands of
 * a script. Says on standard error what goes wrong, as `gascelld simulate`.
 */
#ifndef TOOLS_PLAY_H
#define TOOLS_PLAY_H

#include "ring/dry.h"
#include "tools/options.h"
#include "tools/recipe_file.h"
#include "tools/script.h"
#include "tools/tracer.h"

struct play {
	const struct config *config;
	struct dry *dry;       /* made with play_seen and this */
	struct script *script; /* or NULL */
	struct tracer tracer;  /* `to` NULL: no trace */
	bool interrupted;      /* the log's last run was cut off */
	nsec wait;	       /* so long is everything safe before a start */
	/* Where it is. */
	size_t next_line;
	bool acted;  /* the newest events had actions */
	bool waits;  /* it waits for a person */
	bool unsafe; /* not everything was read back */
	/* What came of the newest run. */
	uint32_t run;
	nsec began, ended;    /* of the run; -1: not yet */
	enum run_state state; /* at its end */
	char reason[ACTION_TEXT_MAX];
	uint32_t steps, images, trips, refused;
};

/* For struct dry_options; context: the play. */
void play_seen(void *context, const struct event *event,
	       const struct actions *actions);

/* -1 when it could not be started or the log failed; how the run itself
 * ended is in `state`. */
/* Again for the next recipe, when the run before is over. */
int play_run(struct play *p, struct recipe_file *recipe,
	     const struct options_params *params);

int play_fail(const struct err *err); /* returns -1 */

#endif
