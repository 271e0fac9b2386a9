/*
 * When an instrument that does not answer counts as lost and is opened again:
 * after some failures in a row, or at once when the failure says that there
 * is nobody there, or somebody else. Until then the next poll is simply tried;
 * the interlocks on the age of readings look after safety meanwhile.
 */
#ifndef RING_LOST_H
#define RING_LOST_H

#include <stdbool.h>

#include "base/err.h"

#define LOST_FAILURES_MAX 3

static inline bool lost_after(unsigned failures, enum err_code code)
{
	return failures >= LOST_FAILURES_MAX || code == ERR_IO ||
	       code == ERR_IDENTITY || code == ERR_STATE;
}

#endif
