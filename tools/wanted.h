/*
 * What a log says was decided: lists of lines. A line says all of a record; it
 * is compared as text, with the value in the shortest form that reads back as
 * the same double.
 */
#ifndef TOOLS_WANTED_H
#define TOOLS_WANTED_H

#include "base/text.h"
#include "store/history.h"

/* Each has a list of its own. */
enum wanted_kind { WANTED_SETPOINT, WANTED_EVENT, WANTED_STATE, WANTED_N };

const char *wanted_name(enum wanted_kind kind); /* "setpoint" */

struct wanted {
	nsec t; /* UTC */
	char *line;
};

/* {0} is an empty one; all before `next` have come. */
struct wanted_list {
	size_t n, next, size;
	struct wanted *v;
};

void wanted_add(struct wanted_list *l, nsec t, const char *line);
void wanted_fini(struct wanted_list *l);

/* The line of a record. WANTED_N: it is of no kind, and has none. */
enum wanted_kind wanted_line(const struct history_record *h, struct text *out);

#endif
