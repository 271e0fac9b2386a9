/*
 * How long each step takes at least and at most, and what the plan uses: gas
 * and images. Bounds that need all parts of a hold are set here, too.
 */
#ifndef ENGINE_PREDICT_H
#define ENGINE_PREDICT_H

#include "engine/builder.h"

/* `temperature`: of the holder at the start (degC). */
void predict_plan(struct builder *b, const struct site *site,
		  double temperature);

#endif
