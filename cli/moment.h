/*
 * A moment as an operator writes it. There is no clock in here: what "ago"
 * and "today" mean is counted from `now`.
 */
#ifndef CLI_MOMENT_H
#define CLI_MOMENT_H

#include "base/err.h"
#include "base/nsec.h"

/*
 * "14:30" and "14:30:05" (the last time that it was), "2026-11-22 07:35"
 * (local time; with a T between and a Z behind it, UTC), "2 h" (ago), "now".
 */
int moment_parse(const char *s, nsec now, nsec *out, struct err *err);

#endif
