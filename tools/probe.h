/*
 * Talking to one instrument without the daemon: identified, then polled until
 * enough was seen. It is only looked at (look in drivers/driver.h) unless the
 * plan says otherwise.
 */
#ifndef TOOLS_PROBE_H
#define TOOLS_PROBE_H

#include "drivers/bus.h"
#include "drivers/driver.h"

/* All of it outlives the probe. */
struct probe_plan {
	const char *name; /* as messages call the instrument */
	const struct driver *driver;
	/* The driver's, or what the site knows better of them; min and max
	 * may be infinite. */
	const struct channel *channels;
	struct bus *bus;
	const struct yaml_node *params; /* NULL: none */
	nsec every;
	int64_t count; /* polls, failed ones too; 0: until it is stopped */
	bool safe;     /* made safe first: needed where there is no look, and
			* to set what has a loop of its own */
	int channel;   /* that is set; -1: none */
	double value;
	bool json;
};

/* Runs until the plan is done or a signal comes. An exit code. */
int probe_run(const struct probe_plan *plan);

#endif
