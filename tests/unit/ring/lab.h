/* The instrument of a fake plant, and what the tests of it do with it. */
#ifndef TESTS_LAB_H
#define TESTS_LAB_H

#include <stdlib.h>

#include "fake_plant.h"
#include "ring/instrument.h"

struct lab {
	struct fake_plant fake;
	struct instrument instrument;
	nsec now; /* of the test; goes on as it says */
};

/* turns_every: as in fake_plant.h; 0: it has no loop of its own. */
static inline int lab_setup(void **state, nsec turns_every)
{
	struct lab *lab = memory_zeroed(1, sizeof(*lab));

	lab->fake.turns_every = turns_every;
	fake_setup(&lab->fake);
	lab->fake.reads = 20.5;
	lab->now = lab->fake.clock.now;
	*state = lab;
	return 0;
}

static inline int lab_teardown(void **state)
{
	struct lab *lab = *state;

	fake_teardown(&lab->fake);
	free(lab);
	return 0;
}

/* Until nothing is asked of the instrument. */
static inline void lab_settle(struct lab *lab)
{
	while (lab->instrument.call.out || lab->instrument.turn.call.out)
		uv_run(&lab->fake.loop, UV_RUN_ONCE);
}

static inline void lab_open(struct lab *lab)
{
	instrument_init(&lab->instrument, &lab->fake.plant, 0);
	lab_settle(lab);
}

#endif
