/*
 * What instruments hang on: a serial line, a TCP connection, or the
 * simulated laboratory. A bus and all that hangs on it belong to one thread.
 */
#ifndef DRIVERS_BUS_H
#define DRIVERS_BUS_H

#include "base/err.h"
#include "base/nsec.h"
#include "base/problems.h"
#include "base/yaml.h"

struct bus;

/*
 * `params` is the bus's mapping in the configuration (key `type` names the
 * kind: "sim"); it outlives the bus. `seed` makes simulated noise repeatable.
 * Mistakes go to `problems` with their places. NULL on any.
 */
struct bus *bus_new(const char *name, const struct yaml_node *params,
		    uint64_t seed, struct problems *problems);
void bus_free(struct bus *bus);
const char *bus_name(const struct bus *bus);

/* For the drivers of one kind of bus: its inside, or NULL when the bus is of
 * another kind. */
struct sim_lab;
struct sim_lab *bus_sim(struct bus *bus);

/* Kinds there are, NULL-terminated: for messages. */
const char *const *bus_types(void);

#endif
