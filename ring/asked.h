/*
 * What a step of a plan asks for, as numbers with their units in the keys:
 * {"target_C":350,"rate_K_per_min":20}. The log keeps it beside the label, so
 * that a proof compares what happened with what was wanted.
 */
#ifndef RING_ASKED_H
#define RING_ASKED_H

#include "base/text.h"
#include "engine/plan.h"

/* Adds a JSON object; "{}" for steps that ask for nothing in numbers. */
void asked_print(const struct plan *plan, const struct plan_step *step,
		 const struct site *site, struct text *out);

/* Those of all steps, a line each. */
void asked_print_all(const struct plan *plan, const struct site *site,
		     struct text *out);

#endif
