/*
 * Units: how much of the program's unit one of a person's unit is.
 *
 * The common ones stand in a table; the others are asked of UDUNITS-2, which
 * is loaded at the first of them. Any thread, but for unit_fini().
 */
#ifndef BASE_UNIT_H
#define BASE_UNIT_H

#include <stdbool.h>

#include "base/quantity.h"

#define UNIT_MAX 48 /* bytes of a unit's name, with the NUL */

/* Program units = value * mul / div + add: two factors, because 5 / 100 is
 * the double nearest to 0.05, and 5 * 0.01 is not. */
struct scale {
	double mul, div, add;
};

/* The scale of that unit for that kind of quantity; false: it has none. */
bool unit_find(enum quantity q, const char *unit, struct scale *scale);

/* The kind of quantity a unit belongs to: the first but q. False: none. */
bool unit_find_other(enum quantity q, const char *unit, enum quantity *other);

/* The common unit of that kind most like it, or NULL: for "did you mean". */
const char *unit_nearest(enum quantity q, const char *unit);

/* Frees what UDUNITS holds. */
void unit_fini(void);

#endif
