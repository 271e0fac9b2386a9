/* The one clock of the links. */
#include <time.h>

#include "drivers/link.h"

nsec link_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (nsec)t.tv_sec * NSEC_PER_S + t.tv_nsec;
}
