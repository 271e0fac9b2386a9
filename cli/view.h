/*
 * A run as an operator wants to see it: a block of lines (status, watch on a
 * terminal), or one line per change (watch on a pipe).
 */
#ifndef CLI_VIEW_H
#define CLI_VIEW_H

#include "cli/snapshot.h"
#include "cli/terminal.h"

/* Lines that say all. They end with LF and are not cut. */
void view_block(const struct snapshot *s, const struct terminal *t,
		struct text *out);

/* Some of these lines; none when there is nothing to say. */
enum view_part {
	VIEW_TITLE,
	VIEW_TROUBLE, /* what keeps a run from going on, or starting */
	VIEW_ALARMS,  /* that nobody has acknowledged */
	VIEW_LOCK,    /* when somebody has it */
	VIEW_STEP,
	VIEW_PROGRESS,
	VIEW_HEATER,
	VIEW_CELL,
	VIEW_BEAM,
	VIEW_IMAGES,
	VIEW_QUEUE, /* when something waits */
};
void view_part(const struct snapshot *s, const struct terminal *t,
	       enum view_part part, struct text *out);

/* "heater    ": a label, and blanks up to where values begin. */
void view_begin(const struct terminal *t, enum style style, const char *label,
		struct text *out);

/* "  12/40   31 %  350.1 °C  50.1 Torr  0.098 sccm  hold 350 °C". */
void view_line(const struct snapshot *s, struct text *out);

/* "[████░░░░]" of `columns` columns. */
void view_bar(double fraction, size_t columns, struct text *out);

/* "running: ramp to 350 °C", "stopped by the operator". */
void view_status(const struct snapshot *s, struct text *out);

/* A run is active: running, paused, held, stopping... */
bool view_is_active(const struct snapshot *s);

#endif
