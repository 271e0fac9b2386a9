/*
 * The bytes of a bus as lines for people, while somebody wants to see them.
 *
 * What passes is taken down on the bus's thread, in a place of fixed size that
 * the loop empties; a bus never waits for that. What finds no place, or comes
 * quicker than anybody reads, is counted and left out. A trace ends by itself.
 *
 * All functions are the loop's thread's.
 */
#ifndef RING_BYTE_TRACE_H
#define RING_BYTE_TRACE_H

#include "ring/rig.h"

#define BYTE_TRACE_SPAN_MAX (86400 * NSEC_PER_S)
#define BYTE_TRACE_SHOWN_MAX 64 /* bytes of a piece */
#define BYTE_TRACE_RATE_MAX 200 /* pieces of a bus in a second */
#define BYTE_TRACE_WAITING_MAX 256

struct byte_trace;

/* config outlives it, and it the rig, whose buses tell it what passes. */
struct byte_trace *byte_trace_new(const struct config *config,
				  const struct rig *rig);
void byte_trace_free(struct byte_trace *t); /* NULL is fine */

/* From now on, or longer; ERR_NOT_FOUND (the text names those there are),
 * ERR_STATE: nothing passes there that could be shown. */
int byte_trace_start(struct byte_trace *t, const char *bus, nsec until,
		     struct err *err);
int byte_trace_stop(struct byte_trace *t, const char *bus, struct err *err);

/* True when a trace has ended by itself. */
bool byte_trace_expire(struct byte_trace *t, nsec now);
void byte_trace_stop_all(struct byte_trace *t);
bool byte_trace_is_on(const struct byte_trace *t);

/* The next line, without its end: "gas 0.012 > 41 0D  A<CR>", seconds since
 * the first piece. False: there is none. Cheap when nothing is traced. */
bool byte_trace_line(struct byte_trace *t, struct text *line);

/* Those that are on, as JSON: [{"bus":"gas","expires":1795337424.9}]. */
void byte_trace_print(const struct byte_trace *t, nsec utc_offset,
		      struct text *json);

#endif
