/* A driver and its channels as text for people. */
#ifndef TOOLS_DRIVER_PRINT_H
#define TOOLS_DRIVER_PRINT_H

#include "base/text.h"
#include "drivers/driver.h"

void driver_print(const struct driver *driver, bool brief, struct text *out);

#endif
