#include "store/kept.h"

#include "base/array.h"
#include "base/text.h"
#include "store/sql.h"
#include "store/writer.h"

static const char failed[] = "log: cannot read what was kept";

#define COPY(q, column, out) text_copy(out, sizeof(out), column_text(q, column))

static const char *column_text(sqlite3_stmt *q, int column)
{
	const unsigned char *s = sqlite3_column_text(q, column);

	return s ? (const char *)s : "";
}

static int read_control(struct store *s, struct kept *kept, struct err *err)
{
	sqlite3_stmt *q;

	if (sql_prepare(s->db, "SELECT holder, note, expires FROM control", &q,
			err))
		return -1;
	if (sqlite3_step(q) == SQLITE_ROW) {
		COPY(q, 0, kept->holder);
		COPY(q, 1, kept->note);
		kept->expires = sqlite3_column_int64(q, 2);
	}
	if (sqlite3_finalize(q) != SQLITE_OK)
		return sql_fail(s->db, failed, err);
	return 0;
}

static void read_alarm(sqlite3_stmt *q, struct kept_alarm *a)
{
	a->alarm = (uint32_t)sqlite3_column_int64(q, 0);
	a->t = sqlite3_column_int64(q, 1);
	a->changed = sqlite3_column_int64(q, 2);
	COPY(q, 3, a->severity);
	COPY(q, 4, a->source);
	COPY(q, 5, a->text);
	COPY(q, 6, a->state);
	a->active = sqlite3_column_int(q, 7);
	a->times = (uint32_t)sqlite3_column_int64(q, 8);
	COPY(q, 9, a->user);
	a->until = sqlite3_column_int64(q, 10);
	COPY(q, 11, a->note);
}

#undef COPY

static int read_alarms(struct store *s, struct kept *kept, struct err *err)
{
	sqlite3_stmt *q;

	if (sql_prepare(s->db,
			"SELECT * FROM (SELECT alarm, t, changed, severity,"
			" source, text, state, active, times, user, until,"
			" note FROM alarm WHERE state <> 'normal'"
			" ORDER BY alarm DESC LIMIT 64) ORDER BY alarm",
			&q, err))
		return -1;
	while (kept->n < KEPT_ALARMS_MAX && sqlite3_step(q) == SQLITE_ROW)
		read_alarm(q, &kept->alarms[kept->n++]);
	if (sqlite3_finalize(q) != SQLITE_OK)
		return sql_fail(s->db, failed, err);
	return 0;
}

int store_kept(struct store *s, struct kept *kept, struct err *err)
{
	int64_t last;

	_Static_assert(KEPT_ALARMS_MAX == 64, "as the question says");
	*kept = (struct kept){ 0 };
	if (sql_integer(s->db, "SELECT max(alarm) FROM alarm", 0, 0, 0, &last,
			err))
		return -1;
	kept->last_alarm = (uint32_t)last;
	if (read_control(s, kept, err))
		return -1;
	return read_alarms(s, kept, err);
}
