/*
 * Rows under headings, aligned by what a terminal shows of them.
 *
 *	static const struct table_column columns[] = {
 *		{ "run", TABLE_RIGHT }, { "recipe", 0 },
 *	};
 *	struct table t = { .columns = columns, .n = ARRAY_SIZE(columns) };
 *
 *	table_add(&t, STYLE_PLAIN, "1");
 *	table_add(&t, STYLE_PLAIN, "AuRu in vacuum");
 *	table_print(&t, &terminal, &out);
 *	table_free(&t);
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include "base/text.h"
#include "cli/terminal.h"

#define TABLE_COLUMNS_MAX 24
#define TABLE_CELL_MAX 400 /* bytes of a cell; the rest is cut */

enum {
	TABLE_RIGHT = 1 << 0, /* numbers */
	TABLE_SPARE = 1 << 1, /* left out of a narrow terminal, the last
				 * of them first */
};

struct table_column {
	const char *heading; /* with the unit: "pressure/Torr" */
	unsigned int how;    /* of TABLE_* */
};

struct table {
	const struct table_column *columns;
	size_t n; /* columns, at most _MAX */
	size_t n_cells;
	struct table_cell *cells;
};

/* The next cell of the row, or the first of the next row. Text from outside
 * is escaped here. */
void table_add(struct table *t, enum style style, const char *s);

/* Columns in which no row has anything are left out. */
void table_print(const struct table *t, const struct terminal *terminal,
		 struct text *out);
size_t table_rows(const struct table *t);
void table_free(struct table *t);

#endif
