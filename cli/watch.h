/* Staying with a run until it ends. */
#ifndef CLI_WATCH_H
#define CLI_WATCH_H

#include "cli/call.h"

/*
 * Shows the run with that number, or the present one when it is 0, until it
 * ends; then 0 when it is complete, else CLI_FAILED; STAY_INTERRUPTED when the
 * operator went away before. The call is connected.
 */
int watch_run(struct call *c, int64_t run);

#endif
