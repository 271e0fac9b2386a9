#include "store/reader.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "store/sql.h"

int reader_range(struct history *h, uint32_t run, struct range *range,
		 struct err *err)
{
	nsec first, last;

	if (!run) {
		*range = (struct range){ INT64_MIN, INT64_MAX };
		return 0;
	}
	if (sql_integer(h->db, "SELECT began FROM run WHERE run = ?1", run, 0,
			INT64_MIN, &first, err) ||
	    sql_integer(h->db, "SELECT ended FROM run WHERE run = ?1", run, 0,
			INT64_MAX, &last, err))
		return -1;
	if (first == INT64_MIN)
		return err_set(err, ERR_NOT_FOUND,
			       "there is no run %" PRIu32 " in this log", run);
	*range = (struct range){ first, last };
	return 0;
}

int sample_next(struct sample_cursor *c, struct err *err)
{
	int status = sqlite3_step(c->q);
	uint32_t i;

	if (status == SQLITE_DONE) {
		c->done = true;
		return 0;
	}
	if (status != SQLITE_ROW)
		return sql_fail(sqlite3_db_handle(c->q),
				"log: cannot read readings", err);
	c->t = sqlite3_column_int64(c->q, 0);
	c->bad = (uint32_t)sqlite3_column_int64(c->q, 1);
	for (i = 0; i < c->n; i++) {
		sqlite3_value *v = sqlite3_column_value(c->q, (int)i + 2);

		c->value[i] = sqlite3_value_type(v) == SQLITE_NULL
				      ? NAN
				      : sqlite3_value_double(v);
	}
	return 0;
}

struct sample_cursor *sample_earliest(struct sample_cursors *c)
{
	struct sample_cursor *earliest = NULL;
	size_t i;

	for (i = 0; i < c->n; i++)
		if (!c->v[i].done && (!earliest || c->v[i].t < earliest->t))
			earliest = &c->v[i];
	return earliest;
}

static void cursor_fini(struct sample_cursor *c)
{
	sqlite3_finalize(c->q);
	free(c->instrument);
}

void sample_cursors_fini(struct sample_cursors *c)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		cursor_fini(&c->v[i]);
	free(c->v);
	*c = (struct sample_cursors){ 0 };
}

/* On its first row. */
static int cursor_init(struct history *h, struct range range, int64_t layout,
		       struct sample_cursor *c, struct err *err)
{
	char sql[120];

	snprintf(sql, sizeof(sql),
		 "SELECT * FROM sample_%" PRId64
		 " WHERE t BETWEEN ?1 AND ?2 ORDER BY t",
		 layout);
	if (sql_prepare(h->db, sql, &c->q, err))
		return -1;
	sqlite3_bind_int64(c->q, 1, range.first);
	sqlite3_bind_int64(c->q, 2, range.last);
	c->layout = layout;
	c->n = (uint32_t)sqlite3_column_count(c->q) - 2;
	assert(c->n <= READER_VALUES_MAX);
	return sample_next(c, err);
}

static int add_cursor(struct history *h, struct range range, sqlite3_stmt *q,
		      struct sample_cursors *c, struct err *err)
{
	struct sample_cursor *v = &c->v[c->n];
	const char *name = (const char *)sqlite3_column_text(q, 1);

	*v = (struct sample_cursor){ 0 };
	c->n++;
	if (cursor_init(h, range, sqlite3_column_int64(q, 0), v, err))
		return -1;
	if (v->done) {
		cursor_fini(v);
		c->n--;
		return 0;
	}
	v->instrument = text_dup(name ? name : "");
	return 0;
}

int reader_samples(struct history *h, struct range range,
		   struct sample_cursors *c, struct err *err)
{
	sqlite3_stmt *q;
	int status = 0;

	*c = (struct sample_cursors){ .v = memory_zeroed(SCHEMA_LAYOUTS_MAX,
							 sizeof(*c->v)) };
	if (sql_prepare(h->db,
			"SELECT layout, instrument FROM layout"
			" ORDER BY layout",
			&q, err))
		goto free_cursors;
	while (!status && c->n < SCHEMA_LAYOUTS_MAX &&
	       sqlite3_step(q) == SQLITE_ROW)
		status = add_cursor(h, range, q, c, err);
	if (sqlite3_finalize(q) != SQLITE_OK && !status)
		status = sql_fail(h->db, "log: cannot read instruments", err);
	if (!status)
		return 0;
free_cursors:
	sample_cursors_fini(c);
	return -1;
}
