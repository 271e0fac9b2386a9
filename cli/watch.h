/* Staying with a run until it ends. */
#ifndef CLI_WATCH_H
#define CLI_WATCH_H

#include "cli/call.h"

#define WATCH_INTERRUPTED 130 /* exit code: the operator went away */

/*
 * Shows the run with that number, or the present one when it is 0, until it
 * ends; then 0 when it is complete, else CLI_FAILED. The call is connected.
 */
int watch_run(struct call *c, int64_t run);

#endif
