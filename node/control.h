/*
 * Who has control of the daemon: one person at a time may keep the others'
 * changes and commands out, with a note that says why, for a time that runs
 * out by itself. A value and functions on it: it knows no clock, no socket.
 *
 * Times are UTC of the program.
 */
#ifndef NODE_CONTROL_H
#define NODE_CONTROL_H

#include "base/err.h"
#include "base/nsec.h"
#include "protocol/node.h"

#define CONTROL_NOTE_POINTS 100 /* code points */
#define CONTROL_NOTE_MAX (4 * CONTROL_NOTE_POINTS + 1)
#define CONTROL_SECONDS 3600.0 /* when nobody says how long */
#define CONTROL_SECONDS_MAX 86400.0

struct control {
	char holder[NODE_WHO_MAX]; /* "": nobody */
	char note[CONTROL_NOTE_MAX];
	nsec expires;
};

struct control_wish {
	const char *user;
	const char *note;
	double seconds;
	bool force; /* take it over */
	bool admin;
};

/* How a client is called as a holder. One on TCP has another port after each
 * connect: there the host counts. */
void control_name(const struct node_who *who, char out[NODE_WHO_MAX]);

/* Does somebody else have it now? Then why says who, how long and why. */
bool control_keeps_out(const struct control *c, const char *user, nsec utc,
		       struct err *why);

/* Takes it, or takes it again for longer. ERR_STATE: somebody else has it;
 * ERR_DENIED: only an admin takes it away. */
int control_take(struct control *c, const struct control_wish *wish, nsec utc,
		 struct err *err);

/* Whose it is not cannot give it up; nobody's is given up already. */
int control_release(struct control *c, const char *user, nsec utc,
		    struct err *err);

/* True once, when its time is over. */
bool control_expire(struct control *c, nsec utc);

#endif
