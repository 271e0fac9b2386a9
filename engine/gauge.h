/* Pumping to a base, judged on the gauge that resolves it. */
#ifndef ENGINE_GAUGE_H
#define ENGINE_GAUGE_H

#include "engine/compiler.h"

/* The role, or ROLE_NONE with a problem that says what can be judged. */
int gauge_need(struct compiler *c, struct place at, double base);

/* The steps of the evacuate phase. */
void gauge_add_evacuate(struct compiler *c, int gauge, double base,
			const char *label);

#endif
