/*
 * The other way to take the beam away, for when a microscope's server is busy
 * or does not do it: an instrument of its own on a bus of its own, which
 * nobody else uses and which therefore is never busy.
 *
 *	emergency:
 *	  driver: lines
 *	  bus: {type: serial, usb: FT5P1ABC}
 *	  params: {beam: rts}
 *
 * It is engaged when it is opened and let go with the next unblanking. What
 * the microscope's `beam` reads is the server's word alone: a cable that is
 * not plugged in would read back as well.
 */
#ifndef DRIVERS_EMERGENCY_H
#define DRIVERS_EMERGENCY_H

#include <stdbool.h>

#include "drivers/driver.h"

/* {0}: there is none, or it is not open. */
struct emergency {
	struct device device;
	struct bus *bus;
	bool is_engaged; /* it blanks */
};

/* `map` is the key `emergency` of the microscope; NULL: there is none. On an
 * error what was opened stays so, and blanks. */
int emergency_open(struct emergency *e, const struct yaml_node *map, nsec now,
		   struct err *err);
void emergency_close(struct emergency *e);

/* Blanks, reads it back, tries again. False, with an err where there is such
 * a path, when it is not known to blank. */
bool emergency_engage(struct emergency *e, nsec now, struct err *err);
int emergency_release(struct emergency *e, nsec now, struct err *err);

#endif
