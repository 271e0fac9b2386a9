/*
 * An answer that an instrument may owe, or not: "Bad command", or nothing; a
 * last line that not all of them have. When it does not come, the line stays
 * trusted: the next question waits until it was silent for as long as after
 * an error (drivers/wire.h), and what comes late is dropped until then, so
 * that it is never taken for the answer to that question.
 */
#ifndef DRIVERS_WIRE_OPTIONAL_H
#define DRIVERS_WIRE_OPTIONAL_H

#include "drivers/wire.h"

/* As wire_ask(), for an ask with an answer; *n is 0 when none came. Half an
 * answer is an error like any other. For a safe command nothing is waited
 * for in silence: the line is suspect then, and that is no error. */
int wire_ask_optional(struct wire *w, const struct wire_ask *ask, char *answer,
		      size_t size, size_t *n, struct err *err);

#endif
