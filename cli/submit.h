/*
 * A recipe given to the daemon, and what it says of its mistakes.
 */
#ifndef CLI_SUBMIT_H
#define CLI_SUBMIT_H

#include "cli/call.h"
#include "cli/snapshot.h"

/* The recipe that the first word names, with the options' parameters and
 * label (cli/bundle.h), or NULL with err. */
json_t *submit_argument(struct call *c, struct err *err);

/* Takes the argument over. Connects; CLI_OK with the caller's *result and how
 * the run is then (may be NULL: not wanted), or the exit code after saying
 * what is wrong. */
int submit(struct call *c, const char *accessible, json_t *argument,
	   json_t **result, struct snapshot *run);

/* Prints mistakes, one per line; with --json as objects with their places.
 * Returns the exit code. */
int submit_mistakes(struct call *c, const char *mistakes);

/* Lines, each made harmless. */
void submit_lines(const char *s, struct text *out);

#endif
