#include "store/queue.h"

#include "base/text.h"
#include "store/sql.h"
#include "store/writer.h"

static const char failed[] = "log: cannot read the queue";

static const char *text_of(sqlite3_stmt *q, int column)
{
	const char *s = (const char *)sqlite3_column_text(q, column);

	return s ? s : "";
}

static struct store_queued row_of(sqlite3_stmt *q)
{
	return (struct store_queued){
		.add = { .id = (uint32_t)sqlite3_column_int64(q, 0),
			 .place = (uint32_t)sqlite3_column_int64(q, 1),
			 .t = sqlite3_column_int64(q, 2),
			 .name = text_of(q, 3),
			 .label = text_of(q, 4),
			 .recipe = text_of(q, 5),
			 .steps = (uint32_t)sqlite3_column_int64(q, 6),
			 .seconds = sqlite3_column_double(q, 7),
			 .after = text_of(q, 8),
			 .user = text_of(q, 9),
			 .program = text_of(q, 10),
			 .sheet = text_of(q, 11) },
		.state = text_of(q, 12),
		.reason = text_of(q, 13),
		.run = (uint32_t)sqlite3_column_int64(q, 14),
	};
}

static int read_entries(struct store *s,
			void (*entry)(void *context,
				      const struct store_queued *q),
			void *context, struct err *err)
{
	sqlite3_stmt *q;

	if (sql_prepare(s->db,
			"SELECT entry, place, added, name, label, recipe,"
			" steps, seconds, after, user, program, body, state,"
			" reason, run FROM queue JOIN document"
			" ON document = sheet WHERE place IS NOT NULL"
			" ORDER BY place, entry",
			&q, err))
		return -1;
	while (sqlite3_step(q) == SQLITE_ROW) {
		const struct store_queued row = row_of(q);

		entry(context, &row);
	}
	if (sqlite3_finalize(q) != SQLITE_OK)
		return sql_fail(s->db, failed, err);
	return 0;
}

static int read_state(struct store *s, struct store_queue *out, struct err *err)
{
	sqlite3_stmt *q;

	if (sql_prepare(s->db, "SELECT state, reason FROM queue_state", &q,
			err))
		return -1;
	if (sqlite3_step(q) == SQLITE_ROW) {
		text_copy(out->state, sizeof(out->state), text_of(q, 0));
		text_copy(out->reason, sizeof(out->reason), text_of(q, 1));
	}
	if (sqlite3_finalize(q) != SQLITE_OK)
		return sql_fail(s->db, failed, err);
	return 0;
}

int store_queue_read(struct store *s, struct store_queue *out,
		     void (*entry)(void *context, const struct store_queued *q),
		     void *context, struct err *err)
{
	int64_t last;

	*out = (struct store_queue){ 0 };
	if (sql_integer(s->db, "SELECT max(entry) FROM queue", 0, 0, 0, &last,
			err) ||
	    read_state(s, out, err))
		return -1;
	out->last = (uint32_t)last;
	return read_entries(s, entry, context, err);
}
