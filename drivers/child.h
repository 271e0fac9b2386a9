/*
 * A program of the site's, run without a shell: JSON on its standard input,
 * what it prints bounded, its time bounded. It runs in a process group of its
 * own, with no file of ours open, and is killed with its group.
 */
#ifndef DRIVERS_CHILD_H
#define DRIVERS_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/nsec.h"

#define CHILD_ARGS_MAX 16
#define CHILD_OUTPUT_MAX 4096

struct child {
	pid_t pid;	    /* 0: none */
	int handle;	    /* pidfd */
	int output, errors; /* pipes, not blocking */
	nsec deadline;	    /* of link_now(); then it is killed */
	bool is_late, is_over;
	int status;			/* of waitpid() */
	char out[CHILD_OUTPUT_MAX + 1]; /* NUL-ended once it is over */
	char err[CHILD_OUTPUT_MAX + 1];
	size_t n_out, n_err;
	bool is_large; /* it printed more */
};

/* {0} runs nothing. argv[0] is an absolute path; NULL-ended. */
int child_start(struct child *c, const char *const *argv, const char *input,
		nsec deadline, struct err *err);

/* Never waits. True when it is over: child_result() may be asked. */
bool child_look(struct child *c);

/* 0: it ended with 0 and *out is what it printed, without the line's end. */
int child_result(const struct child *c, const char **out, struct err *err);

/* Kills what runs; then it is {0}. Twice is fine. */
void child_end(struct child *c);

#endif
