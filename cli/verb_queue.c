/* gascellctl queue: what runs next (docs/socket.md, module run). */
#include <string.h>

#include "cli/figure.h"
#include "cli/submit.h"
#include "cli/table.h"
#include "cli/verb.h"
#include "protocol/json.h"

static const char *text_of(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s ? s : "";
}

/* -- the list ---------------------------------------------------------- */

static void add_run(struct table *t, size_t place, const json_t *run)
{
	bool runs = !strcmp(text_of(run, "state"), "running");
	char figure[FIGURE_MAX];
	_cleanup_(text_free) struct text at = { 0 }, id = { 0 };

	text_addf(&at, "%zu", place);
	text_addf(&id, "%lld",
		  (long long)json_integer_value(json_object_get(run, "id")));
	figure_seconds(json_number_value(json_object_get(run, "seconds")),
		       figure);
	table_add(t, STYLE_PLAIN, runs ? "" : text_str(&at));
	table_add(t, STYLE_PLAIN, text_str(&id));
	table_add(t, runs ? STYLE_GOOD : STYLE_PLAIN, text_of(run, "state"));
	table_add(t, STYLE_STRONG,
		  *text_of(run, "recipe") ? text_of(run, "recipe")
					  : text_of(run, "name"));
	table_add(t, STYLE_PLAIN, text_of(run, "label"));
	table_add(t, STYLE_PLAIN, figure);
	table_add(t, STYLE_PLAIN, text_of(run, "after"));
	table_add(t, STYLE_PLAIN, text_of(run, "by"));
}

static void print_list(struct call *c, const char *state, const json_t *runs)
{
	static const struct table_column columns[] = {
		{ "place", TABLE_RIGHT },
		{ "id", TABLE_RIGHT },
		{ "state", 0 },
		{ "recipe", 0 },
		{ "label", TABLE_SPARE },
		{ "takes", TABLE_RIGHT | TABLE_SPARE },
		{ "if it fails", TABLE_SPARE },
		{ "by", TABLE_SPARE },
	};
	struct table t = { .columns = columns, .n = ARRAY_SIZE(columns) };
	size_t i, place = 0;
	json_t *run;

	json_array_foreach(runs, i, run)
	{
		place += strcmp(text_of(run, "state"), "running") != 0;
		add_run(&t, place, run);
	}
	if (json_array_size(runs))
		table_print(&t, &c->terminal, &c->out);
	else
		text_add(&c->out, "nothing waits\n");
	table_free(&t);
	if (*state && strcmp(state, "idle")) {
		text_add(&c->out, "the queue is ");
		call_add(c, state);
		text_add(&c->out, strncmp(state, "held", 4)
					  ? "\n"
					  : "; go on with: gascellctl queue "
					    "go\n");
	}
}

/* The list is JSON within a string; what cannot be read counts as empty. */
static json_t *read_list(struct call *c, int *code)
{
	json_t *value, *list = NULL;
	enum error_class class;
	struct err err;
	const char *s;

	*code = CLI_OK;
	if (client_read(c->client, "run:_queue", &value, &err)) {
		*code = call_fail_request(c, &err);
		return NULL;
	}
	s = json_string_value(value);
	if (s)
		list = json_read(s, strlen(s), &class, &err);
	json_decref(value);
	return list ? list : json_array();
}

static int show(struct call *c)
{
	json_t *state, *list;
	struct err err;
	int code;

	list = read_list(c, &code);
	if (!list)
		return code;
	if (client_read(c->client, "run:_queue_state", &state, &err)) {
		json_decref(list);
		return call_fail_request(c, &err);
	}
	if (c->options->json) {
		call_add_json(
			c, json_pack("{so so}", "state", state, "queue", list));
		return CLI_OK;
	}
	print_list(c, json_string_value(state) ? json_string_value(state) : "",
		   list);
	json_decref(state);
	json_decref(list);
	return CLI_OK;
}

int verb_queue(struct call *c)
{
	int code = call_connect(c);

	return code ? code : show(c);
}

/* -- changing it ------------------------------------------------------- */

/* Without a list, because it is as the operator has just said. */
static int said(struct call *c, const char *sentence)
{
	if (c->options->json)
		call_add_json(c, json_pack("{sb}", "ok", 1));
	else
		text_addf(&c->out, "%s\n", sentence);
	return CLI_OK;
}

static int command(struct call *c, const char *name, const char *data,
		   const char *sentence)
{
	struct err err;
	int code = call_connect(c);

	if (code)
		return code;
	if (client_do(c->client, name, data, NULL, &err))
		return call_fail_request(c, &err);
	return said(c, sentence);
}

int verb_queue_add(struct call *c)
{
	const char *after = c->options->after;
	json_t *argument, *result = NULL;
	long long id;
	struct err err;
	int code;

	if (after && strcmp(after, "stop") && strcmp(after, "continue"))
		return call_fail(c, CLI_USAGE,
				 "--after is stop (the queue is held when this "
				 "run does not complete) or continue, not '%s'",
				 after);
	argument = submit_argument(c, &err);
	if (!argument)
		return call_fail(c, CLI_FAILED, "%s", err.msg);
	if (after)
		json_object_set_new(argument, "after", json_string(after));
	code = submit(c, "run:_queue_add", argument, &result, NULL);
	if (code)
		return code;
	id = json_integer_value(json_object_get(result, "id"));
	json_decref(result);
	if (c->options->json) {
		call_add_json(
			c, json_pack("{sb sI}", "ok", 1, "id", (json_int_t)id));
		return CLI_OK;
	}
	text_addf(&c->out,
		  "in the queue as %lld; see it with: gascellctl queue, start "
		  "it with: gascellctl queue go\n",
		  id);
	return CLI_OK;
}

static int parse_count(struct call *c, size_t i, const char *what, int64_t *n)
{
	struct err err;

	if (!number_parse_int(call_word(c, i), 1, INT32_MAX, n, &err))
		return CLI_OK;
	call_fail(c, CLI_USAGE,
		  "%s is a number, as 'gascellctl queue' shows "
		  "it, not '%s'",
		  what, call_word(c, i));
	return CLI_USAGE;
}

int verb_queue_move(struct call *c)
{
	_cleanup_(text_free) struct text data = { 0 };
	int64_t id, to;

	if (parse_count(c, 0, "ENTRY", &id) || parse_count(c, 1, "PLACE", &to))
		return CLI_USAGE;
	text_addf(&data, "{\"id\":%lld,\"to\":%lld}", (long long)id,
		  (long long)to);
	return command(c, "run:_queue_move", text_str(&data), "moved");
}

int verb_queue_remove(struct call *c)
{
	_cleanup_(text_free) struct text data = { 0 };
	int64_t id;

	if (parse_count(c, 0, "ENTRY", &id))
		return CLI_USAGE;
	text_addf(&data, "{\"id\":%lld}", (long long)id);
	return command(c, "run:_queue_remove", text_str(&data), "removed");
}

int verb_queue_go(struct call *c)
{
	return command(c, "run:_queue_go", NULL,
		       "the queue goes on; see it with: gascellctl watch");
}

int verb_queue_hold(struct call *c)
{
	return command(c, "run:_queue_hold", NULL,
		       "nothing new starts; what runs goes on");
}
