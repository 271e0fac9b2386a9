#include "protocol/message.h"

#include <string.h>

/* What is before the next `c`; *rest is what is behind it. */
static struct span split(struct span *rest, char c)
{
	const char *at = rest->n ? memchr(rest->s, c, rest->n) : NULL;
	struct span piece = *rest;

	if (!at) {
		*rest = (struct span){ 0 };
		return piece;
	}
	piece.n = (size_t)(at - piece.s);
	*rest = (struct span){ at + 1, rest->n - piece.n - 1 };
	return piece;
}

void message_read(struct message *m, const char *line, size_t n)
{
	struct span rest = { line, n };

	if (n && line[n - 1] == '\r')
		rest.n--;
	*m = (struct message){ 0 };
	m->action = split(&rest, ' ');
	m->specifier = split(&rest, ' ');
	m->data = rest;
	rest = m->specifier;
	m->module = split(&rest, ':');
	m->accessible = split(&rest, ':');
}

bool span_is(struct span a, const char *s)
{
	return strlen(s) == a.n && !memcmp(a.s ? a.s : "", s, a.n);
}

static bool is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

bool message_is_name(struct span s)
{
	size_t i;

	if (!s.n || s.n > MESSAGE_NAME_MAX || !is_letter(s.s[0]))
		return false;
	for (i = 1; i < s.n; i++)
		if (!is_letter(s.s[i]) && !(s.s[i] >= '0' && s.s[i] <= '9'))
			return false;
	return true;
}

void message_add(struct text *out, const char *action, const char *specifier,
		 const char *data)
{
	text_add(out, action);
	if (*specifier || *data) {
		text_add_char(out, ' ');
		text_add(out, specifier);
	}
	if (*data) {
		text_add_char(out, ' ');
		text_add(out, data);
	}
	text_add_char(out, '\n');
}
