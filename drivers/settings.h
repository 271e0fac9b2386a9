/*
 * A mapping of the configuration read into a struct by a constant table:
 * key, quantity, place in the struct, bounds. What is not in the file keeps
 * the value the struct had.
 */
#ifndef DRIVERS_SETTINGS_H
#define DRIVERS_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/problems.h"
#include "base/quantity.h"
#include "base/yaml.h"

#define SETTINGS_MAX 40

struct setting {
	const char *key; /* NULL ends a table */
	enum quantity quantity;
	size_t offset;	 /* of a double, or of the first of n */
	double min, max; /* in program units, inclusive */
	size_t n;	 /* 0: one value; else a list of n */
};

/* `map` may be NULL: nothing changes. `what` names it in messages ("chip").
 * Unknown keys, values without unit or out of bounds go to problems, each
 * with its place. Loop thread only, as quantity_parse. 0, or -1 when there
 * was a problem. */
int settings_read(const struct yaml_node *map, const char *what,
		  const struct setting *table, void *out,
		  struct problems *problems);

/* The same without the look for unknown keys, for mappings that hold more
 * than one table knows. */
void settings_take(const struct yaml_node *map, const struct setting *table,
		   void *out, struct problems *problems);

/* False, with a problem, when it is something else. */
bool settings_is_mapping(const struct yaml_node *node, const char *what,
			 struct problems *problems);

/* A bare whole number. */
int settings_integer(const struct yaml_node *node, const char *what,
		     int64_t min, int64_t max, int64_t *value,
		     struct problems *problems);

/* "1 h 10 min", "90 s": spans of time may be put together of several. */
int settings_span(const struct yaml_node *node, const char *what,
		  double *seconds, struct problems *problems);

/* For a driver's open, which has an err and no list: looks for keys of map
 * (may be NULL) that are not in known; ERR_INVALID names the place. */
int settings_check(const struct yaml_node *map, const char *what,
		   const char *const *known, struct err *err);

/* One of two words; NULL is the first. *is_second on success. */
int settings_choice(const struct yaml_node *node, const char *what,
		    const char *first, const char *second, bool *is_second,
		    struct err *err);

/* ERR_INVALID with the first of the problems and its place; frees them. 0
 * when there are none. */
int settings_fail(struct problems *problems, struct err *err);

#endif
