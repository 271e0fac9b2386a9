/*
 * Every action as a line with its time: "[  603.0] set heater 28". Knows
 * which plan the step numbers mean, also when one is exchanged for another.
 */
#ifndef TOOLS_TRACER_H
#define TOOLS_TRACER_H

#include <stdio.h>

#include "engine/engine.h"

struct tracer {
	const struct site *site;
	const struct engine *engine; /* NULL: it is being made */
	FILE *to;
	const struct plan *plan; /* of the newest action */
};

void tracer_put(struct tracer *t, const struct event *event,
		const struct actions *actions);

#endif
