/*
 * Conditions as people write them: "cell_pressure <= 1 Torr",
 * "inlet_pressure >= 98 % of 760 Torr", "cell_pressure = 350 Torr ± 2 %",
 * "valve.inlet is open".
 */
#ifndef ENGINE_COND_H
#define ENGINE_COND_H

#include "engine/compiler.h"

/* Adds the conditions of one text (or of a list of texts) to the plan, and
 * how a person reads them to `out`. 0 or -1 after a problem. */
int cond_add(struct compiler *c, const struct yaml_node *node,
	     struct text *out);

#endif
