/* What counts as equilibrium: slopes under bounds, and for how long. */
#ifndef ENGINE_EQUILIBRIUM_H
#define ENGINE_EQUILIBRIUM_H

#include "engine/compiler.h"

struct equilibrium {
	bool wanted;
	double temperature; /* K/min */
	double pressure;    /* Torr/min */
	double power;	    /* mW/min */
	nsec window, at_least, at_most;
};

/* "yes", "no", a time (at_least) or a mapping; absent: not wanted. Site's
 * defaults for what is not said. 0 or -1 after a problem. */
int equilibrium_read(struct compiler *c, const struct yaml_node *node,
		     struct equilibrium *out);

void equilibrium_add(struct compiler *c, const struct equilibrium *e);

#endif
