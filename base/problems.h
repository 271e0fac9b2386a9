/*
 * A list of mistakes, each with the place where it was made, so that a
 * person gets all of them at once: "file:line:column: message".
 */
#ifndef BASE_PROBLEMS_H
#define BASE_PROBLEMS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

#define PROBLEMS_MAX 100

struct place {
	const char *file; /* borrowed; lives as long as the problems */
	int line;	  /* from 1; 0: the file as a whole */
	int column;	  /* from 1, in characters */
};

struct problem {
	char file[128];
	int line;
	int column;
	char msg[ERR_MSG_MAX];
};

struct problems {
	size_t n;     /* kept */
	size_t n_all; /* found; more than n when the list was full */
	struct problem *v;
};

void problems_free(struct problems *p);

/* Always returns -1. The same message at the same place counts once. */
__attribute__((format(printf, 3, 4))) int problems_add(struct problems *p,
						       struct place at,
						       const char *fmt, ...);

/* By file in order of first mention, line, column. */
void problems_sort(struct problems *p);

/* One line each; says how many were left out. Text is escaped already. */
void problems_print(const struct problems *p, struct text *out);

#endif
