/* Mistakes in what was given, on standard error: one line each. */
#ifndef TOOLS_COMPLAINT_H
#define TOOLS_COMPLAINT_H

#include "base/problems.h"

void complaint_print(const struct problems *problems); /* none: nothing */

#endif
