#include "cli/table.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "cli/width.h"

#define GAP 2

struct table_cell {
	char *s;
	enum style style;
};

void table_add(struct table *t, enum style style, const char *s)
{
	struct text shown = { 0 };

	assert(t->n <= TABLE_COLUMNS_MAX);
	text_add_escaped(&shown, s, strlen(s), TABLE_CELL_MAX);
	/* Doubles at every power of two. */
	if (!(t->n_cells & (t->n_cells - 1)))
		t->cells = memory_resized(t->cells,
					  t->n_cells ? 2 * t->n_cells : 1,
					  sizeof(*t->cells));
	t->cells[t->n_cells++] =
		(struct table_cell){ text_steal(&shown), style };
}

size_t table_rows(const struct table *t)
{
	return t->n_cells / t->n;
}

void table_free(struct table *t)
{
	size_t i;

	for (i = 0; i < t->n_cells; i++)
		free(t->cells[i].s);
	free(t->cells);
	t->cells = NULL;
	t->n_cells = 0;
}

/* 0: nothing stands in that column. */
static void measure(const struct table *t, size_t width[TABLE_COLUMNS_MAX])
{
	size_t i, heading;

	memset(width, 0, TABLE_COLUMNS_MAX * sizeof(*width));
	for (i = 0; i < t->n_cells; i++) {
		size_t w = width_of(t->cells[i].s);

		if (w > width[i % t->n])
			width[i % t->n] = w;
	}
	for (i = 0; i < t->n; i++) {
		heading = width_of(t->columns[i].heading);
		if (width[i] && width[i] < heading)
			width[i] = heading;
	}
}

static size_t total(const struct table *t, const size_t *width)
{
	size_t i, n = 0;

	for (i = 0; i < t->n; i++)
		n += width[i] ? width[i] + GAP : 0;
	return n ? n - GAP : 0;
}

static void make_room(const struct table *t, size_t columns, size_t *width)
{
	size_t i;

	for (i = t->n; i-- && total(t, width) > columns;)
		if (t->columns[i].how & TABLE_SPARE)
			width[i] = 0;
}

static void pad(struct text *out, size_t n)
{
	while (n--)
		text_add_char(out, ' ');
}

static void add_cell(const struct table_column *column, size_t width,
		     const struct terminal *terminal,
		     const struct table_cell *cell, struct text *out)
{
	size_t w = width_of(cell->s);
	bool right = column->how & TABLE_RIGHT;

	if (right)
		pad(out, width - w);
	text_add(out, terminal_on(terminal, cell->style));
	text_add(out, cell->s);
	text_add(out, terminal_off(terminal, cell->style));
	if (!right)
		pad(out, width - w);
}

/* What is blank at the end of a line is not printed. */
static void end_line(struct text *out)
{
	while (out->n && out->s[out->n - 1] == ' ')
		out->n--;
	text_add_char(out, '\n');
}

static void add_line(const struct table *t, const size_t *width,
		     const struct terminal *terminal,
		     const struct table_cell *cells, struct text *out)
{
	bool first = true;
	size_t i;

	for (i = 0; i < t->n; i++) {
		if (!width[i])
			continue;
		if (!first)
			pad(out, GAP);
		first = false;
		add_cell(&t->columns[i], width[i], terminal, &cells[i], out);
	}
	end_line(out);
}

void table_print(const struct table *t, const struct terminal *terminal,
		 struct text *out)
{
	struct table_cell headings[TABLE_COLUMNS_MAX];
	size_t width[TABLE_COLUMNS_MAX], i;

	measure(t, width);
	if (terminal->width)
		make_room(t, terminal->width, width);
	for (i = 0; i < t->n; i++)
		headings[i] = (struct table_cell){
			(char *)(uintptr_t)t->columns[i].heading, STYLE_STRONG
		};
	add_line(t, width, terminal, headings, out);
	for (i = 0; i + t->n <= t->n_cells; i += t->n)
		add_line(t, width, terminal, &t->cells[i], out);
}
