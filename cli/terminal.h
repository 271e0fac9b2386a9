/*
 * What standard output is: a terminal that shows colours and can be redrawn,
 * or a pipe that gets plain lines.
 */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

enum style {
	STYLE_PLAIN,
	STYLE_STRONG,
	STYLE_FAINT,
	STYLE_GOOD,
	STYLE_CARE,
	STYLE_BAD
};

struct terminal {
	bool is_one;
	bool colour;
	bool utf8;    /* else it gets ASCII (cli/plain.h) */
	size_t width; /* columns; 0: no limit */
};

/* NO_COLOR in the environment and TERM=dumb are honoured. A pipe gets UTF-8,
 * whatever the locale. */
void terminal_look(struct terminal *t, int fd, bool no_color);

/* What switches a style on, and all of them off; "" without colour. */
const char *terminal_on(const struct terminal *t, enum style style);
const char *terminal_off(const struct terminal *t, enum style style);

#endif
