/*
 * One line of SECoP: action, specifier, data. Used by both ends.
 *
 *	message = action [ SP specifier [ SP data ] ] LF
 *
 * The pieces point into the line they were read from. What is missing is
 * empty. data goes to the end of the line and may contain blanks.
 */
#ifndef PROTOCOL_MESSAGE_H
#define PROTOCOL_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

/* Without the LF: the longest recipe with escapes, and some that it includes.
 * Reading such a line is the longest time that a client can take: 5 ms. */
#define MESSAGE_LINE_MAX (512 * 1024)
#define MESSAGE_NAME_MAX 63	  /* a module's, an accessible's */
#define MESSAGE_SPECIFIER_MAX 191 /* what is repeated in a reply */

struct span {
	const char *s; /* not terminated; NULL only when n is 0 */
	size_t n;
};

struct message {
	struct span action;
	struct span specifier;
	struct span data;
	/* the specifier, taken apart at its colons: "T", "target" */
	struct span module;
	struct span accessible;
};

/* line without LF; a CR at its end is ignored. An empty line gives an empty
 * action. Never fails: what is wrong with it is seen by who knows the
 * action. */
void message_read(struct message *m, const char *line, size_t n);

bool span_is(struct span a, const char *s);

/* [A-Za-z_][A-Za-z0-9_]*, 1..63 characters. */
bool message_is_name(struct span s);

/* A line with its LF. Empty trailing pieces are left out; an empty specifier
 * before data leaves two blanks. */
void message_add(struct text *out, const char *action, const char *specifier,
		 const char *data);

#endif
