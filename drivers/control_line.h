/*
 * RTS and DTR of a serial port as digital outputs. High is what opening a
 * port makes of both, for as long as it takes to lower them again; low is what
 * they fall to when the port closes, the program ends or the computer stops.
 * What is wired to one has to be safe when it is low.
 *
 * ptys have none: ERR_INVALID.
 */
#ifndef DRIVERS_CONTROL_LINE_H
#define DRIVERS_CONTROL_LINE_H

#include <stdbool.h>

#include "base/err.h"

enum control_line { CONTROL_RTS, CONTROL_DTR };

/* From now on both fall when the port is closed. */
int control_line_fall_on_close(int fd, struct err *err);

int control_line_set(int fd, enum control_line line, bool high,
		     struct err *err);

/* What the port was told, not what a plug carries. */
int control_line_get(int fd, enum control_line line, bool *high,
		     struct err *err);

#endif
