/* Ramps and holds of the heater: what ramp, hold, cool and anneal share. */
#ifndef ENGINE_HEAT_H
#define ENGINE_HEAT_H

#include "engine/equilibrium.h"
#include "engine/imaging.h"
#include "engine/value.h"
#include "engine/verbs.h"

struct heat_ramp {
	double target;	  /* degC */
	double rate;	  /* K/min */
	double band;	  /* K */
	double holdback;  /* K */
	nsec image_every; /* 0: none */
};

struct heat_hold {
	double target; /* degC; NAN: no heater, plain time */
	double band;
	nsec duration;
	struct equilibrium equilibrium;
	struct imaging images;
};

/* rate, band and holdback of a step, or the site's. 0 or -1. */
int heat_read_rates(struct compiler *c, const struct call *call,
		    struct heat_ramp *out);

/* "image" of a ramp: a time lapse or nothing. */
int heat_read_lapse(struct compiler *c, const struct yaml_node *node,
		    nsec *every);

/* A temperature that the heater may go to. */
enum value_state heat_read_temperature(struct compiler *c,
				       const struct yaml_node *node,
				       const char *what, double *out);

/* Each is a section of its own. */
void heat_add_ramp(struct compiler *c, const struct heat_ramp *ramp);
void heat_add_hold(struct compiler *c, const struct heat_hold *hold);

#endif
