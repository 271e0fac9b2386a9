#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/number.h"
#include "store/reader.h"
#include "store/sql.h"

#define CHUNK_SIZE 65536 /* lines are handed on in pieces of this */
#define CELL_MAX NUMBER_TEXT_MAX

struct export
{
	struct sample_cursors cursors;
	char(*cells)[CELL_MAX]; /* what stands in the line now */
	size_t n_cells;
	struct text out;
	int (*write)(void *context, const char *s, size_t n);
	void *context;
};

/* RFC 4180: quoted when it has to be. */
static void add_name(struct text *out, const char *name, const char *unit)
{
	_cleanup_(text_free) struct text t = { 0 };
	const char *s;

	text_addf(&t, *unit ? "%s [%s]" : "%s", name, unit);
	s = text_str(&t);
	if (!strpbrk(s, ",\"\r\n")) {
		text_add(out, s);
		return;
	}
	text_add_char(out, '"');
	for (; *s; s++) {
		if (*s == '"')
			text_add_char(out, '"');
		text_add_char(out, *s);
	}
	text_add_char(out, '"');
}

static int add_names(struct history *h, struct export *e, int64_t layout,
		     struct err *err)
{
	sqlite3_stmt *q;

	if (sql_prepare(h->db,
			"SELECT name, unit FROM channel"
			" WHERE layout = ?1 ORDER BY place",
			&q, err))
		return -1;
	sqlite3_bind_int64(q, 1, layout);
	while (sqlite3_step(q) == SQLITE_ROW) {
		text_add_char(&e->out, ',');
		add_name(&e->out, (const char *)sqlite3_column_text(q, 0),
			 (const char *)sqlite3_column_text(q, 1));
	}
	if (sqlite3_finalize(q) != SQLITE_OK)
		return sql_fail(h->db, "log: cannot read channels", err);
	return 0;
}

static int add_header(struct history *h, struct export *e, struct err *err)
{
	size_t i;

	text_add(&e->out, "time");
	for (i = 0; i < e->cursors.n; i++) {
		if (add_names(h, e, e->cursors.v[i].layout, err))
			return -1;
		e->n_cells += e->cursors.v[i].n;
	}
	text_add(&e->out, "\n");
	e->cells = memory_zeroed(e->n_cells, sizeof(*e->cells));
	return 0;
}

/* A bad reading empties its cell: what was before is not true any more. */
static void fill_cells(struct export *e, const struct sample_cursor *c)
{
	const struct sample_cursor *v;
	size_t at = 0;
	uint32_t i;

	for (v = e->cursors.v; v != c; v++)
		at += v->n;
	for (i = 0; i < c->n; i++)
		if (isfinite(c->value[i]))
			number_print(c->value[i], e->cells[at + i]);
		else
			e->cells[at + i][0] = '\0';
}

static int flush(struct export *e, size_t least)
{
	int status;

	if (e->out.n <= least)
		return 0;
	status = e->write(e->context, e->out.s, e->out.n);
	text_clear(&e->out);
	return status;
}

static int add_line(struct export *e, nsec t)
{
	char iso[NSEC_ISO_MAX];
	size_t i;

	nsec_iso(t, iso);
	text_add(&e->out, iso);
	for (i = 0; i < e->n_cells; i++) {
		text_add_char(&e->out, ',');
		text_add(&e->out, e->cells[i]);
	}
	text_add_char(&e->out, '\n');
	return flush(e, CHUNK_SIZE);
}

static int add_lines(struct export *e, struct err *err)
{
	struct sample_cursor *c, *next = sample_earliest(&e->cursors);
	int status;

	while ((c = next)) {
		nsec t = c->t;

		fill_cells(e, c);
		if (sample_next(c, err))
			return -1;
		next = sample_earliest(&e->cursors);
		if (next && next->t == t) /* one line for one time */
			continue;
		status = add_line(e, t);
		if (status)
			return status;
	}
	return 0;
}

int history_export(struct history *h, uint32_t run,
		   int (*write)(void *context, const char *s, size_t n),
		   void *context, struct err *err)
{
	struct export e = { .write = write, .context = context };
	struct range range;
	int status;

	if (reader_range(h, run, &range, err) ||
	    reader_samples(h, range, &e.cursors, err))
		return -1;
	status = add_header(h, &e, err);
	if (!status)
		status = add_lines(&e, err);
	if (!status)
		status = flush(&e, 0);
	sample_cursors_fini(&e.cursors);
	free(e.cells);
	text_free(&e.out);
	return status;
}
