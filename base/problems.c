#include "base/problems.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

void problems_free(struct problems *p)
{
	free(p->v);
	*p = (struct problems){ 0 };
}

static bool is_same(const struct problem *a, const struct problem *b)
{
	return a->line == b->line && a->column == b->column &&
	       !strcmp(a->file, b->file) && !strcmp(a->msg, b->msg);
}

static bool is_known(const struct problems *p, const struct problem *problem)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (is_same(&p->v[i], problem))
			return true;
	return false;
}

/* Escaped here once, so that whoever prints it cannot forget it. */
static void escape(char *out, size_t size, const char *s)
{
	_cleanup_(text_free) struct text t = { 0 };

	text_add_escaped(&t, s, strlen(s), size);
	text_copy(out, size, text_str(&t));
}

int problems_add(struct problems *p, struct place at, const char *fmt, ...)
{
	_cleanup_(text_free) struct text msg = { 0 };
	struct problem problem = { .line = at.line, .column = at.column };
	va_list ap;

	va_start(ap, fmt);
	text_addv(&msg, fmt, ap);
	va_end(ap);
	escape(problem.msg, sizeof(problem.msg), text_str(&msg));
	escape(problem.file, sizeof(problem.file), at.file ? at.file : "");
	if (is_known(p, &problem))
		return -1;
	p->n_all++;
	if (p->n == PROBLEMS_MAX)
		return -1;
	if (!p->v)
		p->v = memory_zeroed(PROBLEMS_MAX, sizeof(*p->v));
	p->v[p->n++] = problem;
	return -1;
}

/* The place of the first problem of the same file. */
static size_t find_file(const struct problems *p, size_t i)
{
	size_t first = 0;

	while (strcmp(p->v[first].file, p->v[i].file))
		first++;
	return first;
}

static bool is_after(const struct problem *a, const struct problem *b)
{
	if (a->line != b->line)
		return a->line > b->line;
	return a->column > b->column;
}

/* Few and nearly sorted: insertion, which keeps what is equal in order. */
void problems_sort(struct problems *p)
{
	size_t files[PROBLEMS_MAX], file, i, j;
	struct problem problem;

	for (i = 0; i < p->n; i++)
		files[i] = find_file(p, i);
	for (i = 1; i < p->n; i++) {
		problem = p->v[i];
		file = files[i];
		for (j = i; j > 0; j--) {
			if (files[j - 1] < file ||
			    (files[j - 1] == file &&
			     !is_after(&p->v[j - 1], &problem)))
				break;
			p->v[j] = p->v[j - 1];
			files[j] = files[j - 1];
		}
		p->v[j] = problem;
		files[j] = file;
	}
}

static void print_one(const struct problem *problem, struct text *out)
{
	if (problem->file[0])
		text_addf(out, "%s:", problem->file);
	if (problem->line > 0)
		text_addf(out, "%d:", problem->line);
	if (problem->line > 0 && problem->column > 0)
		text_addf(out, "%d:", problem->column);
	if (problem->file[0] || problem->line > 0)
		text_add_char(out, ' ');
	text_addf(out, "%s\n", problem->msg);
}

void problems_print(const struct problems *p, struct text *out)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		print_one(&p->v[i], out);
	if (p->n_all > p->n)
		text_addf(out, "and %zu more problems\n", p->n_all - p->n);
}
