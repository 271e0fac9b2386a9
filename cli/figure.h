/*
 * Numbers and times as people want to read them: no digits that mean nothing.
 */
#ifndef CLI_FIGURE_H
#define CLI_FIGURE_H

#include "base/nsec.h"
#include "base/number.h"

#define FIGURE_MAX 64

/* "350.1" (0.1 °C), "50.13" Torr, "2.31e-07" Torr, "0.098" sccm: by the unit
 * as SECoP writes it. "-" for what is not finite. */
void figure_value(double v, const char *unit, char out[FIGURE_MAX]);

/* "350.1 °C". */
void figure_with_unit(double v, const char *unit, char out[FIGURE_MAX]);

/* "degC" is "°C" for people. Static, or unit itself. */
const char *figure_unit(const char *unit);

/* Local time: "07:35:12" and "2026-11-22 07:35:12"; "" for 0. */
void figure_clock(nsec utc, char out[FIGURE_MAX]);
void figure_date(nsec utc, char out[FIGURE_MAX]);

/* "0.2 s", "3 min 05 s". */
void figure_seconds(double s, char out[FIGURE_MAX]);

#endif
