#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "store/reader.h"
#include "store/sql.h"

/*
 * One channel, which may lie in several tables when its instrument was
 * declared anew. The tables are read one after the other: whenever one
 * declaration is in force, the others are silent.
 */

struct point {
	nsec t;
	double value;
	bool bad;
};

/* Of one stretch of time the lowest, the highest and the first bad one. */
struct bucket {
	int64_t number;
	nsec t; /* of its first reading */
	bool any_good, any_bad;
	struct point min, max, bad;
};

struct thinning {
	nsec first, width; /* width 0: nothing is left out */
	struct bucket bucket;
	int place;	  /* of the channel in its table */
	int status;	  /* what the reader of the rows said */
	history_row *row; /* NULL: plot */
	void *context;
	const struct history_plot *plot;
};

static int give(const struct thinning *t, const struct point *p)
{
	static const char *const names[] = { "t", "value", "quality" };
	const struct history_value values[] = {
		{ .type = HISTORY_INTEGER, .i = p->t, .x = (double)p->t },
		{ .type = isnan(p->value) ? HISTORY_NULL : HISTORY_REAL,
		  .x = p->value },
		{ .type = HISTORY_TEXT, .s = p->bad ? "bad" : "good" },
	};

	return t->row(t->context, ARRAY_SIZE(names), names, values);
}

static int by_time(const void *a, const void *b)
{
	const struct point *x = a, *y = b;

	return (x->t > y->t) - (x->t < y->t);
}

static int give_bucket(const struct thinning *t)
{
	const struct bucket *b = &t->bucket;
	const struct history_bucket out = {
		.t = b->t,
		.min = b->any_good ? b->min.value : NAN,
		.max = b->any_good ? b->max.value : NAN,
	};

	if (!b->any_good && !b->any_bad)
		return 0;
	return t->plot->bucket(t->plot->context, &out);
}

/* Its points, in the order of their times. */
static int give_points(const struct thinning *t)
{
	const struct bucket *b = &t->bucket;
	struct point points[3];
	size_t i, n = 0;
	int status = 0;

	if (b->any_good)
		points[n++] = b->min;
	if (b->any_good && b->max.t != b->min.t)
		points[n++] = b->max;
	if (b->any_bad)
		points[n++] = b->bad;
	qsort(points, n, sizeof(*points), by_time);
	for (i = 0; i < n && !status; i++)
		status = give(t, &points[i]);
	return status;
}

static int empty(struct thinning *t)
{
	int status = t->plot ? give_bucket(t) : give_points(t);

	t->bucket = (struct bucket){ 0 };
	return status;
}

static int add(struct thinning *t, const struct point *p)
{
	struct bucket *b = &t->bucket;
	int64_t number;
	int status = 0;

	if (!t->width)
		return give(t, p);
	number = (p->t - t->first) / t->width;
	if (number != b->number)
		status = empty(t);
	b->number = number;
	if (!b->any_good && !b->any_bad)
		b->t = p->t;
	if (p->bad && !b->any_bad) {
		b->bad = *p;
		b->any_bad = true;
	}
	if (p->bad)
		return status;
	if (!b->any_good || p->value < b->min.value)
		b->min = *p;
	if (!b->any_good || p->value > b->max.value)
		b->max = *p;
	b->any_good = true;
	return status;
}

/*
 * Rows come out of SQLite as calls of an aggregate function, which takes a
 * third less time than sqlite3_step() for each. SQLite walks the table by its
 * key, there being no other way.
 */
static void take(sqlite3_context *call, int n, sqlite3_value **v)
{
	struct thinning *t = sqlite3_user_data(call);
	struct point p = { .t = sqlite3_value_int64(v[0]), .value = NAN };

	(void)n;
	p.bad = sqlite3_value_int64(v[1]) >> t->place & 1;
	if (sqlite3_value_type(v[2]) == SQLITE_NULL)
		p.bad = true;
	else
		p.value = sqlite3_value_double(v[2]);
	t->status = add(t, &p);
	if (t->status)
		sqlite3_result_error(call, "ended by the reader", -1);
}

static void taken(sqlite3_context *call)
{
	sqlite3_result_null(call);
}

static int give_rows(sqlite3_stmt *q, struct thinning *t, struct err *err)
{
	int status = sqlite3_step(q);

	if (t->status)
		return t->status;
	if (status != SQLITE_ROW)
		return sql_fail(sqlite3_db_handle(q),
				"log: cannot read readings", err);
	return 0;
}

static int read_table(struct history *h, int64_t layout, int place,
		      struct range range, struct thinning *t, struct err *err)
{
	sqlite3_stmt *q;
	char sql[160];
	int status;

	if (sqlite3_create_function(h->db, "take", 3, SQLITE_UTF8, t, NULL,
				    take, taken) != SQLITE_OK)
		return sql_fail(h->db, "log: cannot read readings", err);
	t->place = place;
	/* Without bounds where there are none: they cost a tenth. */
	snprintf(sql, sizeof(sql),
		 "SELECT take(t, bad, v%d) FROM"
		 " sample_%" PRId64 "%s",
		 place, layout,
		 range.last == INT64_MAX && range.first == INT64_MIN
			 ? ""
			 : " WHERE t BETWEEN ?1 AND ?2");
	if (sql_prepare(h->db, sql, &q, err))
		return -1;
	if (sqlite3_bind_parameter_count(q)) {
		sqlite3_bind_int64(q, 1, range.first);
		sqlite3_bind_int64(q, 2, range.last);
	}
	status = give_rows(q, t, err);
	sqlite3_finalize(q);
	return status;
}

#define EXTREME "SELECT %s(t) FROM sample_%" PRId64 " WHERE t BETWEEN ?1 AND ?2"

/* Where the rows of a table in this range begin and end. */
static int table_extent(struct history *h, int64_t layout, struct range range,
			struct range *extent, struct err *err)
{
	char sql[160];

	snprintf(sql, sizeof(sql), EXTREME, "min", layout);
	if (sql_integer(h->db, sql, range.first, range.last, INT64_MAX,
			&extent->first, err))
		return -1;
	snprintf(sql, sizeof(sql), EXTREME, "max", layout);
	return sql_integer(h->db, sql, range.first, range.last, INT64_MIN,
			   &extent->last, err);
}

struct part {
	int64_t layout;
	int place;
	struct range extent;
};

static int earlier(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	return (x->extent.first > y->extent.first) -
	       (x->extent.first < y->extent.first);
}

/* The tables that have this channel, with rows in the range or not; those of
 * one unit, or of all (NULL). */
static int find_parts(struct history *h, const char *channel, const char *unit,
		      struct part *parts, size_t *n, struct err *err)
{
	sqlite3_stmt *q;

	*n = 0;
	if (sql_prepare(h->db,
			"SELECT layout, place FROM channel"
			" WHERE name = ?1 AND unit = coalesce(?2, unit)"
			" ORDER BY channel",
			&q, err))
		return -1;
	sql_bind(q, 1, channel);
	if (unit)
		sql_bind(q, 2, unit);
	while (*n < SCHEMA_LAYOUTS_MAX && sqlite3_step(q) == SQLITE_ROW)
		parts[(*n)++] =
			(struct part){ .layout = sqlite3_column_int64(q, 0),
				       .place = sqlite3_column_int(q, 1) };
	if (sqlite3_finalize(q) != SQLITE_OK)
		return sql_fail(h->db, "log: cannot read channels", err);
	if (!*n)
		return err_set(err, ERR_NOT_FOUND,
			       "there is no such channel"
			       " in this log");
	return 0;
}

static int read_parts(struct history *h, struct part *parts, size_t n,
		      struct range range, size_t max, struct thinning *t,
		      struct err *err)
{
	struct range all = { INT64_MAX, INT64_MIN };
	size_t i;
	int status = 0;

	for (i = 0; i < n; i++) {
		if (table_extent(h, parts[i].layout, range, &parts[i].extent,
				 err))
			return -1;
		all.first = nsec_min(all.first, parts[i].extent.first);
		all.last = nsec_max(all.last, parts[i].extent.last);
	}
	if (all.first > all.last)
		return 0;
	t->first = all.first;
	if (max) /* max is of buckets */
		t->width = (all.last - all.first) / (int64_t)max + 1;
	qsort(parts, n, sizeof(*parts), earlier);
	for (i = 0; i < n && !status; i++)
		status = read_table(h, parts[i].layout, parts[i].place, range,
				    t, err);
	return status ? status : t->width ? empty(t) : 0;
}

int history_readings(struct history *h, uint32_t run, const char *channel,
		     size_t max, history_row *row, void *context,
		     struct err *err)
{
	struct thinning t = { .row = row, .context = context };
	struct part *parts;
	struct range range;
	size_t n;
	int status;

	if (reader_range(h, run, &range, err))
		return -1;
	parts = memory_zeroed(SCHEMA_LAYOUTS_MAX, sizeof(*parts));
	status = find_parts(h, channel, NULL, parts, &n, err);
	if (!status) /* two points are kept of each bucket */
		status = read_parts(h, parts, n, range, (max + 1) / 2, &t, err);
	free(parts);
	return status;
}

static int newest_unit(struct history *h, const char *channel,
		       struct text *unit, struct err *err)
{
	sqlite3_stmt *q;

	if (sql_prepare(h->db,
			"SELECT unit FROM channel WHERE name = ?1"
			" ORDER BY channel DESC LIMIT 1",
			&q, err))
		return -1;
	sql_bind(q, 1, channel);
	if (sqlite3_step(q) == SQLITE_ROW)
		text_add(unit, (const char *)sqlite3_column_text(q, 0));
	if (sqlite3_finalize(q) != SQLITE_OK)
		return sql_fail(h->db, "log: cannot read channels", err);
	return 0;
}

int history_plot(struct history *h, const char *channel,
		 const struct history_plot *plot, struct text *unit,
		 struct err *err)
{
	const struct range range = { plot->from, plot->to };
	struct thinning t = { .plot = plot };
	struct part *parts;
	size_t n;
	int status;

	if (newest_unit(h, channel, unit, err))
		return -1;
	parts = memory_zeroed(SCHEMA_LAYOUTS_MAX, sizeof(*parts));
	status = find_parts(h, channel, text_str(unit), parts, &n, err);
	if (!status)
		status = read_parts(h, parts, n, range,
				    plot->max ? plot->max : 1, &t, err);
	free(parts);
	return status;
}
