#include "reading.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct config *parse(const char *text)
{
	struct problems problems = { 0 };
	struct text shown = { 0 };
	struct config *c =
		config_parse(text, strlen(text), "lab.yaml", &problems);

	if (!c) {
		problems_print(&problems, &shown);
		fail_msg("%s", text_str(&shown));
	}
	problems_free(&problems);
	return c;
}

static bool has(const struct problems *problems, const struct mistake *m)
{
	size_t i;

	for (i = 0; i < problems->n; i++)
		if (problems->v[i].line == m->line &&
		    problems->v[i].column == m->column &&
		    strstr(problems->v[i].msg, m->words))
			return true;
	return false;
}

static bool is_found(const struct mistake *m)
{
	struct problems problems = { 0 };
	struct text shown = { 0 };
	struct config *c =
		config_parse(m->text, strlen(m->text), "lab.yaml", &problems);
	bool found = !c && has(&problems, m);

	if (!found) {
		problems_print(&problems, &shown);
		print_error("in:\n%swanted %d:%d: %s\nfound:\n%s", m->text,
			    m->line, m->column, m->words, text_str(&shown));
	}
	config_free(c);
	text_free(&shown);
	problems_free(&problems);
	return found;
}

void expect_mistakes(const struct mistake *v, size_t n)
{
	size_t missed = 0;

	for (size_t i = 0; i < n; i++)
		missed += !is_found(&v[i]);
	assert_int_equal(missed, 0);
}
