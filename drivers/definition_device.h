/* What the files that drive an instrument by definition share. */
#ifndef DRIVERS_DEFINITION_DEVICE_H
#define DRIVERS_DEFINITION_DEVICE_H

#include "drivers/definition.h"

/* Makes the line ready and identifies; the epoch is remembered. */
int definition_identify(struct device *dev, struct err *err);

/* The scale of the unit that the site's parameter names; false: it is not
 * one of that quantity. */
bool definition_scale(const struct device *dev, enum quantity quantity,
		      int param, struct scale *scale);

#endif
