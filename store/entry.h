/*
 * What a batch is made of: entries one after the other in one block of
 * memory, in the order in which they were added. Only store/ reads them.
 *
 * A sample has its numbers in place, because there are millions of them. All
 * other kinds are a row of fields, in the order of the SQL in commit.c.
 */
#ifndef STORE_ENTRY_H
#define STORE_ENTRY_H

#include <stddef.h>
#include <stdint.h>

#include "store/batch.h"

enum entry_kind {
	ENTRY_SAMPLE,
	ENTRY_GAP,
	ENTRY_SETPOINT,
	ENTRY_SENT,
	ENTRY_ANSWERED,
	ENTRY_READBACK,
	ENTRY_EVENT,
	ENTRY_STATE,
	ENTRY_COMMAND,
	ENTRY_RUN_BEGIN,
	ENTRY_RUN_END,
	ENTRY_PLAN_STEP,
	ENTRY_STEP_ASKED,
	ENTRY_STEP_BEGIN,
	ENTRY_STEP_END,
	ENTRY_IMAGE,
	ENTRY_PURGE,
	ENTRY_QUEUE_ADD,
	ENTRY_QUEUE_CHANGE,
	ENTRY_QUEUE_STATE,
	ENTRY_SEEN,
	ENTRY_CONTROL,
	ENTRY_ALARM,
	ENTRY_N
};

struct entry {
	uint32_t size; /* bytes to the next entry, multiple of 8 */
	uint16_t kind;
	uint16_t n; /* values or fields */
	nsec t;	    /* NSEC_NEVER: without a time of its own */
};

struct sample_entry {
	struct entry head;
	uint32_t table;
	uint32_t bad;
	double value[];
};

enum field_type { FIELD_INTEGER, FIELD_REAL, FIELD_TEXT };

struct field {
	enum field_type type;
	uint32_t n; /* TEXT: bytes, without the NUL behind them */
	union {
		int64_t i;
		double x;
		const char *s; /* while it is being added */
		size_t at;     /* in the batch: bytes from the entry */
	};
};

struct field_entry {
	struct entry head;
	struct field field[];
};

/* NULL after the last. The pointers are good until the batch is changed. */
const struct entry *batch_first(const struct batch *b);
const struct entry *batch_next(const struct batch *b, const struct entry *e);

const char *field_text(const struct field_entry *e, size_t i);

#endif
