/*
 * The inside of a store: the one connection that writes, its statements, and
 * where in the log it is.
 */
#ifndef STORE_WRITER_H
#define STORE_WRITER_H

#include <sqlite3.h>

#include "store/entry.h"
#include "store/schema.h"
#include "store/store.h"

struct sample_table {
	sqlite3_stmt *insert; /* NULL: not declared in this session */
	uint32_t n;	      /* values */
};

/* What a commit moves on, and a failed one moves back. */
struct position {
	int64_t seq; /* of the last entry in this session */
	int64_t run; /* the open one, 0: none */
	nsec last;   /* latest time of all entries */
};

struct store {
	sqlite3 *db;
	int lock; /* descriptor of FILE.lock */
	char *path;
	int64_t session;
	nsec started;
	uint32_t run_last;   /* highest number given to a run */
	uint32_t event_last; /* of the events when the session began */
	struct position at;
	bool declaring; /* between store_channels_begin() and _end() */
	bool added;	/* since then: views have to follow */
	sqlite3_stmt *begin, *commit, *rollback;
	sqlite3_stmt *entry[ENTRY_N];
	sqlite3_stmt *document_add, *document_find, *number;
	struct sample_table tables[SCHEMA_LAYOUTS_MAX + 1]; /* by layout */
};

/* The statements of store_commit(). */
int writer_prepare(struct store *s, struct err *err);
void writer_finalize(struct store *s);

/* The number of this text, which is kept once. In a transaction. */
int writer_document(struct store *s, const char *body, int64_t *document,
		    struct err *err);

#endif
