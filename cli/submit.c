#include "cli/submit.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cli/bundle.h"
#include "protocol/json.h"

#define LINE_SHOWN_MAX 1000
/* A recipe of ten thousand steps, a busy machine. */
#define TIMEOUT_MS 30000

/* -- mistakes ---------------------------------------------------------- */

void submit_lines(const char *s, struct text *out)
{
	size_t n;

	for (; *s; s += n + (s[n] == '\n')) {
		n = strcspn(s, "\n");
		text_add_escaped(out, s, n, LINE_SHOWN_MAX);
		text_add_char(out, '\n');
	}
}

/* Takes ":12" from *p; false when it is something else. */
static bool take_count(const char **p, int *n)
{
	const char *s = *p;

	if (*s != ':' || !isdigit((unsigned char)s[1]))
		return false;
	for (*n = 0, s++; isdigit((unsigned char)*s); s++)
		*n = *n < 100000000 ? 10 * *n + *s - '0' : *n;
	*p = s;
	return true;
}

/* "file:12:7: message"; names of files may have colons, and problems of a
 * file as a whole have no place. */
static json_t *problem_json(const char *line, size_t n)
{
	_cleanup_(text_free) struct text copy = { 0 };
	const char *s, *p, *message;
	int at = 0, column = 0;

	text_add_n(&copy, line, n);
	s = message = text_str(&copy);
	for (p = strchr(s, ':'); p; p = strchr(p + 1, ':')) {
		message = p;
		if (take_count(&message, &at) &&
		    take_count(&message, &column) && *message == ':')
			break;
	}
	if (!p)
		return json_pack("{ss}", "message", s);
	return json_pack("{ss% si si ss}", "file", s, (size_t)(p - s), "line",
			 at, "column", column, "message",
			 message + 1 + strspn(message + 1, " "));
}

static json_t *problems_json(const char *s)
{
	json_t *list = json_array();
	size_t n;

	for (; *s; s += n + (s[n] == '\n')) {
		n = strcspn(s, "\n");
		if (n)
			json_array_append_new(list, problem_json(s, n));
	}
	return list;
}

int submit_mistakes(struct call *c, const char *mistakes)
{
	_cleanup_(text_free) struct text lines = { 0 };

	if (c->options->json) {
		call_add_json(c, json_pack("{sb so}", "ok", 0, "problems",
					   problems_json(mistakes)));
		return CLI_FAILED;
	}
	submit_lines(mistakes, &lines);
	fputs(text_str(&lines), stderr);
	return CLI_FAILED;
}

/* -- asking the daemon ------------------------------------------------- */

/* A refusal with a list of mistakes prints the list. */
static int refused(struct call *c, const struct err *err)
{
	const char *mistakes = json_string_value(
		json_object_get(client_error_details(c->client), "problems"));

	return mistakes && *mistakes ? submit_mistakes(c, mistakes)
				     : call_fail_request(c, err);
}

json_t *submit_argument(struct call *c, struct err *err)
{
	return bundle_make(call_word(c, 0), c->options, err);
}

static int give(struct client *client, const char *accessible, const char *data,
		json_t **result, struct snapshot *run, struct err *err)
{
	if (!run)
		return client_request(client, "do", accessible, data,
				      TIMEOUT_MS, result, err);
	client_set_on_update(client, snapshot_on_update, run);
	return client_do_shown(client, accessible, data, TIMEOUT_MS, result,
			       err);
}

int submit(struct call *c, const char *accessible, json_t *argument,
	   json_t **result, struct snapshot *run)
{
	_cleanup_(text_free) struct text data = { 0 };
	struct err err;
	int code = call_connect(c);

	json_add_value(&data, argument);
	json_decref(argument);
	if (code)
		return code;
	if (!give(c->client, accessible, text_str(&data), result, run, &err))
		return CLI_OK;
	return refused(c, &err);
}
