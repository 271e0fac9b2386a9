/* The params of a source meter: docs/source-meters.md. */
#ifndef DRIVERS_SMU_PARAMS_H
#define DRIVERS_SMU_PARAMS_H

#include "drivers/driver.h"

/* Into the struct smu at dev->state, which has its kind already. */
int smu_params_read(struct device *dev, struct err *err);

/* The same without its chip: how it is talked to; the rest is looked at. */
int smu_params_read_line(struct device *dev, struct err *err);

#endif
