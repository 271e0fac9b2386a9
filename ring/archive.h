/*
 * Questions about the past, answered from the log: on a thread of its own,
 * over a read-only connection that is opened for each of them, so that neither
 * the loop nor the writer waits for a question of any size. A few may wait;
 * one that takes ARCHIVE_WITHIN_S is given up.
 *
 * Loop's thread. The answer comes later, on the loop, exactly once.
 */
#ifndef RING_ARCHIVE_H
#define RING_ARCHIVE_H

#include <uv.h>

#include "base/nsec.h"
#include "base/text.h"
#include "ring/timers.h"

#define ARCHIVE_WAITING_MAX 4
#define ARCHIVE_WITHIN_S 5
#define ARCHIVE_EVENTS_MAX 1000
#define ARCHIVE_EVENTS_BYTES (256 * 1024) /* then fewer are given */
#define ARCHIVE_POINTS_MAX 2000
#define ARCHIVE_CHANNEL_MAX 64

struct archive;

/* path: of the log, which need not be there yet. */
struct archive *archive_new(uv_loop_t *loop, struct timers *timers,
			    const char *path, struct err *err);

struct archive_answer {
	uint64_t token;
	const struct err *err; /* NULL: none */
	/* Of events, "{...},{...}" as run:_event has them; of a plot,
	 * {"unit":...,"t":[...],"min":[...],"max":[...]}. */
	const struct text *json;
	/* Of events: how many they are, the number of the last (or what was
	 * asked for), and how many were wanted. */
	size_t n, max;
	uint32_t last;
};
typedef void archive_done(void *context, const struct archive_answer *a);

/* The context and the function outlive the question. */
struct archive_asker {
	archive_done *done;
	void *context;
	uint64_t token;
};

/* Events with numbers above `since`, at most max. ERR_FULL: too many
 * questions wait. */
int archive_events(struct archive *a, const struct archive_asker *asker,
		   uint32_t since, size_t max, struct err *err);

struct archive_stretch {
	const char *channel;
	nsec from, to; /* UTC */
	size_t max;    /* points */
};
int archive_plot(struct archive *a, const struct archive_asker *asker,
		 const struct archive_stretch *stretch, struct err *err);

/* What waits is answered with ERR_STATE; the loop must run once more. False:
 * the disk hangs; it must be left alone. */
bool archive_close(struct archive *a, uint64_t timeout_ms);

/* An event as the socket tells it; struct of run:_event. */
struct archive_event {
	uint32_t number;
	nsec t;
	const char *severity, *kind, *text;
};
void archive_print_event(const struct archive_event *e, struct text *out);

#endif
