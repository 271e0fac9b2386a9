/*
 * The inside of a history: one read-only connection, and cursors over the
 * sample tables.
 */
#ifndef STORE_READER_H
#define STORE_READER_H

#include <stdatomic.h>
#include <stdbool.h>

#include <sqlite3.h>

#include "base/text.h"
#include "store/history.h"
#include "store/schema.h"

#define READER_VALUES_MAX 32

struct history {
	sqlite3 *db;
	atomic_bool stop; /* history_interrupt() */
};

/* From first to last, both included. */
struct range {
	nsec first, last;
};

/* Of a run; 0: all of time. ERR_NOT_FOUND when there is no such run. */
int reader_range(struct history *h, uint32_t run, struct range *range,
		 struct err *err);

/* The rows of one sample table in a range, one after the other. */
struct sample_cursor {
	sqlite3_stmt *q;
	char *instrument;
	int64_t layout;
	uint32_t n;
	bool done;
	nsec t; /* of the row it stands on */
	uint32_t bad;
	double value[READER_VALUES_MAX]; /* NAN where bad or NULL */
};

struct sample_cursors {
	size_t n;
	struct sample_cursor *v; /* only of tables with rows */
};

int reader_samples(struct history *h, struct range range,
		   struct sample_cursors *c, struct err *err);
int sample_next(struct sample_cursor *c, struct err *err);
/* The cursor with the earliest row, NULL after the last. */
struct sample_cursor *sample_earliest(struct sample_cursors *c);
void sample_cursors_fini(struct sample_cursors *c);

#endif
