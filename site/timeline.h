/*
 * The course that a plan is predicted to take, for people and for programs:
 * each section or each step with its start, its duration and its setpoints,
 * and what all of it will take.
 */
#ifndef SITE_TIMELINE_H
#define SITE_TIMELINE_H

#include "base/text.h"
#include "site/forecast.h"

/* all: every step by itself; else one line per section. */
void timeline_print(const struct config *config, const struct plan *plan,
		    bool all, struct text *out);

/* The same for programs, a JSON list of {"step" (from 1), "steps", "start",
 * "seconds", "longest" (0: no bound is known), "images", "tail" (on fault,
 * stop or abort), "label"}. A plan of more than TIMELINE_ROWS_MAX sections
 * has several of them in a row. */
#define TIMELINE_ROWS_MAX 300
void timeline_rows(const struct plan *plan, struct text *out);

/* The totals in one paragraph: "7 h 05 min to 8 h 10 min, 18 images, ...". */
void timeline_totals(const struct config *config, const struct plan *plan,
		     const struct forecast *forecast, struct text *out);

/* What step i sets, for people: "gas.H2 15 sccm, valve.H2 on", "350 °C at
 * 20 K/min". Nothing for steps that set nothing. */
void timeline_setpoints(const struct site *site, const struct plan *plan,
			uint32_t step, struct text *out);

#endif
