#include "protocol/node.h"

#include <string.h>

#include "base/array.h"
#include "protocol/node_parts.h"

static const char *const levels[NODE_LOG_LEVEL_N] = {
	[NODE_LOG_OFF] = "off",
	[NODE_LOG_ERROR] = "error",
	[NODE_LOG_INFO] = "info",
	[NODE_LOG_DEBUG] = "debug",
};

/* -- what happens ------------------------------------------------------ */

bool node_log_wanted(const struct node *n, int module,
		     enum node_log_level level)
{
	size_t i;

	if (!n->modules[module].n_logging)
		return false;
	for (i = 0; i < n->n_clients; i++)
		if (n->clients[i]->logging[module] >= level)
			return true;
	return false;
}

static void add_line(struct node_client *c, int module,
		     enum node_log_level level, const char *text)
{
	struct text *out = node_client_begin(c);

	text_addf(out, "log %s:%s ", c->node->modules[module].name,
		  levels[level]);
	json_add_string_cut(out, text, strlen(text), NODE_LOG_TEXT_MAX);
	text_add_char(out, '\n');
	node_client_end(c);
}

static void confess(struct node_client *c, int module)
{
	struct text text = { 0 };

	text_addf(&text, "%u lines are left out here: they were not read",
		  c->unlogged);
	c->unlogged = 0;
	add_line(c, module, NODE_LOG_ERROR, text_str(&text));
	text_free(&text);
}

void node_log(struct node *n, int module, enum node_log_level level,
	      const char *text)
{
	size_t i;

	if (!n->modules[module].n_logging)
		return;
	for (i = 0; i < n->n_clients; i++) {
		struct node_client *c = n->clients[i];

		if (c->lost || c->logging[module] < level)
			continue;
		if (node_client_is_full(c)) {
			c->unlogged++;
			continue;
		}
		if (c->unlogged)
			confess(c, module);
		add_line(c, module, level, text);
	}
}

/* -- what is asked for ------------------------------------------------- */

void node_client_log(struct node_client *c, int module,
		     enum node_log_level level)
{
	struct module *m = &c->node->modules[module];

	m->n_logging += (level != NODE_LOG_OFF);
	m->n_logging -= (c->logging[module] != NODE_LOG_OFF);
	c->logging[module] = (uint8_t)level;
}

/* SECoP 1 wrote false for "off". */
static int level_of(const json_t *v)
{
	const char *word = json_string_value(v);
	int i;

	if (json_is_false(v))
		return NODE_LOG_OFF;
	for (i = 0; word && i < NODE_LOG_LEVEL_N; i++)
		if (!strcmp(word, levels[i]))
			return i;
	return -1;
}

/* The level, or -1 after the client was told. `old`: it was asked for as
 * SECoP 1 did. */
static int read_level(const struct node_call *call, bool *old)
{
	static const char wanted[] =
		"a level is one of \"debug\", \"info\", \"error\", \"off\"";
	struct span data = call->m->data;
	enum error_class c = ERROR_WRONG_TYPE;
	struct err err = { 0 };
	json_t *v = data.n ? json_read(data.s, data.n, &c, &err) : json_null();
	int level = v ? level_of(v) : -1;

	if (!v)
		node_refuse(call, c, err.msg);
	else if (level < 0)
		node_refuse(call,
			    json_is_string(v) ? ERROR_RANGE : ERROR_WRONG_TYPE,
			    wanted);
	*old = json_is_false(v);
	json_decref(v);
	return level;
}

/* The answer names the module: finer than that nothing is logged. */
static void acknowledge(const struct node_call *call, const char *level)
{
	const struct message *m = call->m;
	struct text *out = node_client_begin(call->client);

	text_add(out, "logging ");
	text_add_n(out, m->module.s, m->module.n);
	text_add_char(out, ' ');
	text_add(out, level);
	text_add_char(out, '\n');
	node_client_end(call->client);
}

void node_on_logging(const struct node_call *call)
{
	static const char *const printed[NODE_LOG_LEVEL_N] = {
		[NODE_LOG_OFF] = "\"off\"",
		[NODE_LOG_ERROR] = "\"error\"",
		[NODE_LOG_INFO] = "\"info\"",
		[NODE_LOG_DEBUG] = "\"debug\"",
	};
	int i, first, end, level;
	bool old;

	if (!node_find_modules(call, &first, &end))
		return;
	level = read_level(call, &old);
	if (level < 0)
		return;
	for (i = first; i < end; i++)
		node_client_log(call->client, i, (enum node_log_level)level);
	acknowledge(call, old ? "false" : printed[level]);
}
