#include <assert.h>
#include <inttypes.h>

#include "base/array.h"
#include "base/text.h"
#include "store/sql.h"
#include "store/writer.h"

/*
 * One sample table per declaration of an instrument. A changed declaration
 * gets a table of its own, so that old readings keep their columns.
 */

static const char failed[] = "log: cannot declare channels";

/* Text that is the same if, and only if, the declarations are. */
static void declare(struct text *t, const struct store_channel *c, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		text_addf(t, "%s\t%s\t%s\n", c[i].name, c[i].unit,
			  c[i].quantity);
}

static int find(sqlite3 *db, const char *instrument, const char *declaration,
		int64_t *layout, struct err *err)
{
	sqlite3_stmt *q;
	int status;

	if (sql_prepare(db,
			"SELECT layout FROM layout WHERE instrument = ?1"
			" AND declaration = ?2",
			&q, err))
		return -1;
	sql_bind(q, 1, instrument);
	sql_bind(q, 2, declaration);
	status = sqlite3_step(q);
	*layout = status == SQLITE_ROW ? sqlite3_column_int64(q, 0) : 0;
	if (sqlite3_finalize(q) != SQLITE_OK)
		return sql_fail(db, failed, err);
	return 0;
}

static int add_layout(sqlite3 *db, const char *instrument,
		      const char *declaration, int64_t *layout, struct err *err)
{
	sqlite3_stmt *q;
	int status;

	if (sql_integer(db, "SELECT max(layout) + 1 FROM layout", 0, 0, 1,
			layout, err))
		return -1;
	if (*layout > SCHEMA_LAYOUTS_MAX)
		return err_set(err, ERR_FULL,
			       "log: has seen %d different"
			       " instruments: begin a new file",
			       SCHEMA_LAYOUTS_MAX);
	if (sql_prepare(db, "INSERT INTO layout VALUES (?1, ?2, ?3)", &q, err))
		return -1;
	sqlite3_bind_int64(q, 1, *layout);
	sql_bind(q, 2, instrument);
	sql_bind(q, 3, declaration);
	status = sql_run(q, failed, err);
	sqlite3_finalize(q);
	return status;
}

static int add_channels(sqlite3 *db, int64_t layout,
			const struct store_channel *c, uint32_t n,
			struct err *err)
{
	sqlite3_stmt *q;
	uint32_t i;
	int status = 0;

	if (sql_prepare(db,
			"INSERT INTO channel(layout, place, name, unit,"
			" quantity) VALUES (?1, ?2, ?3, ?4, ?5)",
			&q, err))
		return -1;
	for (i = 0; i < n && !status; i++) {
		sqlite3_bind_int64(q, 1, layout);
		sqlite3_bind_int64(q, 2, i);
		sql_bind(q, 3, c[i].name);
		sql_bind(q, 4, c[i].unit);
		sql_bind(q, 5, c[i].quantity);
		status = sql_run(q, failed, err);
	}
	sqlite3_finalize(q);
	return status;
}

static int add(struct store *s, const char *instrument, const char *declaration,
	       const struct store_channel *c, uint32_t n, int64_t *layout,
	       struct err *err)
{
	if (add_layout(s->db, instrument, declaration, layout, err) ||
	    add_channels(s->db, *layout, c, n, err) ||
	    schema_sample_table(s->db, *layout, n, err))
		return -1;
	s->added = true;
	return 0;
}

static int prepare(struct store *s, int64_t layout, uint32_t n, struct err *err)
{
	_cleanup_(text_free) struct text sql = { 0 };
	struct sample_table *table = &s->tables[layout];
	uint32_t i;

	if (table->insert && table->n == n)
		return 0;
	/* Of a declaration that was undone. */
	sqlite3_finalize(table->insert);
	table->insert = NULL;
	text_addf(&sql, "INSERT INTO sample_%" PRId64 " VALUES (?, ?", layout);
	for (i = 0; i < n; i++)
		text_add(&sql, ", ?");
	text_add(&sql, ")");
	table->n = n;
	return sql_prepare(s->db, text_str(&sql), &table->insert, err);
}

static void undo(struct store *s)
{
	if (!sqlite3_get_autocommit(s->db))
		sqlite3_step(s->rollback);
	sqlite3_reset(s->rollback);
}

int store_channels_begin(struct store *s, struct err *err)
{
	assert(!s->declaring);
	if (sql_run(s->begin, failed, err))
		return -1;
	s->declaring = true;
	s->added = false;
	return 0;
}

int store_channels_end(struct store *s, struct err *err)
{
	assert(s->declaring);
	s->declaring = false;
	if ((!s->added || !schema_reading_views(s->db, err)) &&
	    !sql_run(s->commit, failed, err))
		return 0;
	undo(s);
	return -1;
}

static int declare_one(struct store *s, const char *instrument,
		       const struct store_channel *channels, uint32_t n,
		       int64_t *layout, int64_t *channel, struct err *err)
{
	_cleanup_(text_free) struct text declaration = { 0 };

	declare(&declaration, channels, n);
	if (find(s->db, instrument, text_str(&declaration), layout, err))
		return -1;
	if (!*layout && add(s, instrument, text_str(&declaration), channels, n,
			    layout, err))
		return -1;
	return sql_integer(s->db,
			   "SELECT min(channel) FROM channel"
			   " WHERE layout = ?1",
			   *layout, 0, 0, channel, err);
}

int store_channels(struct store *s, const char *instrument,
		   const struct store_channel *channels, uint32_t n,
		   uint32_t *table, uint32_t *first, struct err *err)
{
	const bool alone = !s->declaring;
	int64_t layout, channel;

	assert(n && n <= 32);
	if (alone && store_channels_begin(s, err))
		return -1;
	if (declare_one(s, instrument, channels, n, &layout, &channel, err)) {
		s->declaring = false;
		undo(s);
		return -1;
	}
	if ((alone && store_channels_end(s, err)) || prepare(s, layout, n, err))
		return -1;
	*table = (uint32_t)layout;
	*first = (uint32_t)channel;
	return 0;
}

static int put_period(struct store *s, uint32_t table, nsec period,
		      struct err *err)
{
	sqlite3_stmt *q;
	int status;

	if (sql_prepare(s->db,
			"INSERT OR REPLACE INTO period VALUES (?1, ?2, ?3)", &q,
			err))
		return -1;
	sqlite3_bind_int64(q, 1, s->session);
	sqlite3_bind_int64(q, 2, table);
	sqlite3_bind_int64(q, 3, period);
	status = sql_run(q, failed, err);
	sqlite3_finalize(q);
	return status;
}

int store_period(struct store *s, uint32_t table, nsec period, struct err *err)
{
	if (!put_period(s, table, period, err))
		return 0;
	/* Outside of begin and end there is nothing to undo. */
	s->declaring = false;
	undo(s);
	return -1;
}
