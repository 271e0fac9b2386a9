#include "store/store.h"

#include <stdlib.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/array.h"
#include "store/connect.h"
#include "store/file.h"
#include "store/session.h"
#include "store/sql.h"
#include "store/writer.h"

static void store_release(struct store *s)
{
	writer_finalize(s);
	sqlite3_close(s->db);
	if (s->lock >= 0)
		close(s->lock);
	free(s->path);
	free(s);
}

/* A new log in place of a damaged one; `trouble` is what its first event
 * says. */
static int start_anew(struct store *s, const struct store_options *options,
		      struct text *trouble, struct text *notice,
		      struct err *err)
{
	_cleanup_(text_free) struct text aside = { 0 };
	const struct err found = *err;
	bool damaged;

	if (file_set_aside(s->path, options->now, &aside, err))
		return -1;
	text_addf(trouble,
		  "%s; the damaged file is now %s and this one is"
		  " new",
		  found.msg, text_str(&aside));
	text_addf(notice, "%s. ", text_str(trouble));
	return connect_log(s->path, options->durable, &s->db, &damaged, notice,
			   err);
}

static int begin(struct store *s, const struct store_options *options,
		 bool *interrupted, struct text *notice, struct err *err)
{
	_cleanup_(text_free) struct text trouble = { 0 };
	bool damaged;

	if (file_lock(s->path, &s->lock, err))
		return -1;
	if (connect_log(s->path, options->durable, &s->db, &damaged, notice,
			err)) {
		if (!damaged)
			return -1;
		if (start_anew(s, options, &trouble, notice, err))
			return -1;
	}
	if (writer_prepare(s, err))
		return -1;
	return session_begin(s, options, text_str(&trouble), interrupted,
			     notice, err);
}

struct store *store_open(const char *path, const struct store_options *options,
			 bool *interrupted, struct text *notice,
			 struct err *err)
{
	struct store *s = memory_zeroed(1, sizeof(*s));

	s->lock = -1;
	s->path = text_dup(path);
	if (begin(s, options, interrupted, notice, err)) {
		store_release(s);
		return NULL;
	}
	return s;
}

void store_close(struct store *s)
{
	struct err err;

	if (!s)
		return;
	/* Without its end the session reads as one that was cut off, and
	 * without a checkpoint the rows stay in the WAL: both are safe. */
	session_end(s, &err);
	sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL,
				  NULL);
	store_release(s);
}

nsec store_started(const struct store *s)
{
	return s->started;
}

uint32_t store_last_run(const struct store *s)
{
	return s->run_last;
}

uint32_t store_last_event(const struct store *s)
{
	return s->event_last;
}

int64_t store_room(const struct store *s)
{
	struct statvfs room;

	if (statvfs(s->path, &room))
		return 0;
	return (int64_t)(room.f_bavail * room.f_frsize);
}
