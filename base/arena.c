#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define CHUNK_BYTES ((size_t)32 * 1024)
#define ALIGNMENT _Alignof(max_align_t)

struct arena_chunk {
	struct arena_chunk *next;
	size_t used, size;
	max_align_t bytes[];
};

void arena_free(struct arena *a)
{
	struct arena_chunk *next;

	for (; a->chunks; a->chunks = next) {
		next = a->chunks->next;
		free(a->chunks);
	}
}

void *arena_take(struct arena *a, size_t n)
{
	struct arena_chunk *c = a->chunks;
	size_t size;

	if (n > SIZE_MAX / 2)
		abort();
	n = (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (!c || n > c->size - c->used) {
		size = n > CHUNK_BYTES ? n : CHUNK_BYTES;
		c = memory_zeroed(1, sizeof(*c) + size);
		c->size = size;
		c->next = a->chunks;
		a->chunks = c;
	}
	c->used += n;
	return (char *)c->bytes + c->used - n;
}

const char *arena_text(struct arena *a, const char *s, size_t n)
{
	char *copy = arena_take(a, n + 1);

	memcpy(copy, s, n);
	copy[n] = '\0';
	return copy;
}
