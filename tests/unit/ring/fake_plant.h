/*
 * A laboratory of one instrument that does as the test says, behind the
 * thread of its bus. Roles: 0 "heater" (0..1000), 1 "output" (0..1).
 */
#ifndef TESTS_FAKE_PLANT_H
#define TESTS_FAKE_PLANT_H

#include <stdatomic.h>
#include <uv.h>

#include "ring/plant.h"
#include "ring/timers.h"

#define FAKE_EVENTS_MAX 4096
#define FAKE_WRITES_MAX 4096
#define FAKE_PERIOD (100 * NSEC_PER_MS)

struct fake_write {
	size_t channel;
	double value;
};

struct fake_plant {
	/* First: the driver finds the fake through its params. */
	struct yaml_node params;
	struct config config;
	struct yaml *bus_yaml;
	struct clock clock;
	struct plant plant;
	uv_loop_t loop;
	struct timers timers;
	/* Of the instrument; set while its thread has nothing to do. */
	_Atomic(enum err_code) open_fails, poll_fails;
	atomic_bool gated; /* the next poll stops at the gate */
	uv_sem_t gate, reached;
	double reads;
	const char *condition; /* NULL: nothing is wrong with it */
	/* Set before fake_setup(): it has a loop of its own, and wants a turn
	 * so long after each. */
	nsec turns_every;
	_Atomic(enum err_code) turn_tells; /* the next one, once */
	atomic_int opens, polls, safes, writes, turns;
	struct fake_write write[FAKE_WRITES_MAX];
	/* What came back. */
	size_t n_events;
	struct event events[FAKE_EVENTS_MAX];
	double value; /* of the newest poll's heater */
};

void fake_setup(struct fake_plant *f);
void fake_teardown(struct fake_plant *f);

/* Turns the loop until so many events have come. */
void fake_run(struct fake_plant *f, size_t n_events);

/* Events of a type so far. */
size_t fake_count(const struct fake_plant *f, enum event_type type);

#endif
