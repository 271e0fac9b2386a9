/*
 * What an operator would do, written down beforehand: commands with the time
 * since the start of the run at which they are given.
 *
 *	# an hour in, somebody looks at the screen
 *	1 h 10 min   pause
 *	[ 4200.0]    resume
 *	2 h          extend 5 min
 *	2 h 30 min   set pump off
 *
 * Verbs: pause, resume, skip, extend DURATION, stop, abort, reset,
 * answer CHOICE, set ROLE VALUE, replace FILE.
 */
#ifndef TOOLS_SCRIPT_H
#define TOOLS_SCRIPT_H

#include "base/problems.h"
#include "ring/desk.h"

#define SCRIPT_BYTES_MAX (64 * 1024)
#define SCRIPT_LINES_MAX 1000

struct script_line {
	nsec at; /* since the start of the run */
	int line;
	enum command_kind kind;
	char *argument; /* "" for none */
};

struct script {
	char *file;
	size_t n;
	struct script_line v[SCRIPT_LINES_MAX]; /* by time */
};

/* NULL on any problem. Lines at the same time keep their order. */
struct script *script_parse(const char *text, size_t n, const char *file,
			    struct problems *problems);
void script_free(struct script *s);

/* Fills a command from the line's argument; what it means depends on the
 * present state (names of roles, choices of a prompt). Not for replace. */
int script_command(const struct script_line *line, const struct config *config,
		   const struct engine_status *status, struct command *command,
		   struct err *err);

#endif
