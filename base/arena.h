/*
 * Memory that is taken in small pieces and given back all at once.
 *
 * {0} is an empty arena. Out of memory aborts. Pieces never move.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena_chunk;

struct arena {
	struct arena_chunk *chunks;
};

void arena_free(struct arena *a); /* twice is fine */

/* n zeroed bytes, aligned for everything. */
void *arena_take(struct arena *a, size_t n);

/* A copy of n bytes of s, and a NUL. */
const char *arena_text(struct arena *a, const char *s, size_t n);

#endif
