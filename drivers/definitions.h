/*
 * The definitions at hand: those embedded in the program and those of the
 * site's directory, which go before. Each is read when it is first asked for
 * and lives as long as the set.
 */
#ifndef DRIVERS_DEFINITIONS_H
#define DRIVERS_DEFINITIONS_H

#include <stdbool.h>

#include "base/problems.h"
#include "drivers/driver.h"

struct definition;
struct plugins;

#define DEFINITIONS_MAX 128
#define DEFINITIONS_PATH_MAX 512

struct definitions {
	char folder[DEFINITIONS_PATH_MAX]; /* "": none */
	const struct plugins *plugins;	   /* NULL: none; outlives the set */
	size_t n;
	struct definition *v[DEFINITIONS_MAX];
};

void definitions_free(struct definitions *set); /* twice is fine */

/*
 * The driver of that name: one in C (driver_find), one of a plugin, else a
 * definition. NULL with the mistakes in it, or one at `at` that says the
 * nearest name. Where the number of its channels is a matter of params, it is
 * a driver for the instrument with these alone. Loop's thread.
 */
const struct driver *definitions_find(struct definitions *set, const char *name,
				      const struct yaml_node *params,
				      struct place at,
				      struct problems *problems);

/* An embedded one, or one in the site's directory. */
bool definitions_has(const struct definitions *set, const char *name);

/* Names of the embedded ones; NULL after the last. Static. */
const char *definitions_name(size_t i);

#endif
