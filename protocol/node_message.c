/*
 * What a client says, checked in this order: the message itself, the module,
 * the accessible, whether it may be written, the JSON, its type, its range,
 * who asks. What remains (busy, hardware) is the module's.
 */
#include "protocol/node.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/array.h"
#include "protocol/node_parts.h"

#define REQUEST_COST 7 /* of a change or a command, besides its line */
#define ARGUMENT_LARGE 4096

static const char only_read[] = "this connection may only read";

struct call {
	struct node *node;
	struct node_client *client;
	nsec t;
	const struct message *m;
};

/* -- errors ------------------------------------------------------------ */

/* What is repeated must not be able to say anything of its own. */
static void add_harmless(struct text *out, struct span s, size_t max)
{
	size_t i;

	for (i = 0; i < s.n && i < max; i++)
		text_add_char(out,
			      s.s[i] > ' ' && s.s[i] < 0x7f ? s.s[i] : '?');
}

void node_add_error(struct text *out, struct span action, struct span specifier,
		    enum error_class c, const char *text, const char *details)
{
	text_add(out, "error_");
	add_harmless(out, action, MESSAGE_NAME_MAX);
	text_add_char(out, ' ');
	add_harmless(out, specifier, MESSAGE_SPECIFIER_MAX);
	text_add(out, " [\"");
	text_add(out, error_class_name(c));
	text_add(out, "\",");
	json_add_string(out, text);
	text_add(out, ",{");
	text_add(out, details ? details : "");
	text_add(out, "}]\n");
}

static void refuse(const struct call *call, enum error_class c,
		   const char *text)
{
	node_add_error(node_client_begin(call->client), call->m->action,
		       call->m->specifier, c, text, NULL);
	node_client_end(call->client);
}

__attribute__((format(printf, 3, 4))) static void refusef(
	const struct call *call, enum error_class c, const char *fmt, ...)
{
	_cleanup_(text_free) struct text text = { 0 };
	va_list ap;

	va_start(ap, fmt);
	text_addv(&text, fmt, ap);
	va_end(ap);
	refuse(call, c, text_str(&text));
}

/* "no module 'heatr' (did you mean 'heater'?)" */
static void refuse_name(const struct call *call, enum error_class c,
			const char *what, struct span name,
			const char *const *known)
{
	char word[MESSAGE_NAME_MAX + 1];
	const char *near;

	if (name.n > MESSAGE_NAME_MAX)
		name.n = MESSAGE_NAME_MAX;
	memcpy(word, name.s, name.n);
	word[name.n] = '\0';
	near = text_nearest(word, known);
	if (near)
		refusef(call, c, "no %s '%s' (did you mean '%s'?)", what, word,
			near);
	else
		refusef(call, c, "no %s '%s'", what, word);
}

static void no_module(const struct call *call)
{
	const char *known[NODE_MODULES_MAX + 1];
	int i;

	for (i = 0; i < call->node->n_modules; i++)
		known[i] = call->node->modules[i].name;
	known[i] = NULL;
	refuse_name(call, ERROR_NO_SUCH_MODULE, "module", call->m->module,
		    known);
}

#define KNOWN_MAX 64 /* names of one module that are looked at */

static void no_parameter(const struct call *call, int module)
{
	const char *known[KNOWN_MAX + 1];
	int i, n = 0;

	for (i = 0; i < call->node->n_parameters && n < KNOWN_MAX; i++)
		if (call->node->parameters[i].module == module)
			known[n++] = call->node->parameters[i].name;
	known[n] = NULL;
	refuse_name(call, ERROR_NO_SUCH_PARAMETER, "parameter",
		    call->m->accessible, known);
}

static void no_command(const struct call *call, int module)
{
	const char *known[KNOWN_MAX + 1];
	int i, n = 0;

	for (i = 0; i < call->node->n_commands && n < KNOWN_MAX; i++)
		if (call->node->commands[i].module == module)
			known[n++] = call->node->commands[i].name;
	known[n] = NULL;
	refuse_name(call, ERROR_NO_SUCH_COMMAND, "command", call->m->accessible,
		    known);
}

/* -- finding what is meant --------------------------------------------- */

/* As node_lookup(); 0 after the client was told what is wrong. */
static int find(const struct call *call, bool command)
{
	const struct message *m = call->m;
	int module, found;

	if (!m->module.n || !m->accessible.n) {
		refuse(call, ERROR_PROTOCOL,
		       "the specifier must be module:name");
		return 0;
	}
	found = node_lookup(call->node, m->module.s,
			    m->module.n + 1 + m->accessible.n);
	if (command ? found < 0 : found > 0)
		return found;
	module = node_lookup_module(call->node, m->module);
	if (module < 0)
		no_module(call);
	else if (found)
		refuse(call,
		       command ? ERROR_NO_SUCH_COMMAND
			       : ERROR_NO_SUCH_PARAMETER,
		       command ? "it is a parameter" : "it is a command");
	else if (command)
		no_command(call, module);
	else
		no_parameter(call, module);
	return 0;
}

/* The data in normal form, or NULL after the client was told. */
static json_t *read_argument(const struct call *call, const struct datainfo *d)
{
	struct span data = call->m->data;
	enum error_class c = ERROR_BAD_JSON;
	struct err err = { 0 };
	json_t *v;

	v = data.n ? json_read(data.s, data.n, &c, &err) : json_null();
	if (v && !datainfo_check(d, &v, &c, &err))
		return v;
	refuse(call, c, err.msg);
	json_decref(v);
	return NULL;
}

static double number_of(const json_t *v)
{
	if (json_is_boolean(v))
		return json_is_true(v);
	return json_is_number(v) ? json_number_value(v) : NAN;
}

/* Looking has no effects, and some commands are never kept waiting. */
static bool passes_gate(const struct call *call, const struct node_request *r)
{
	const struct node *n = call->node;
	struct err why = { 0 };

	if (!n->gate || (r->kind == NODE_DO &&
			 (n->commands[r->command].open ||
			  n->commands[r->command].needs <= NODE_OBSERVER)))
		return true;
	if (n->gate(n->gate_context, r, &why))
		return true;
	refuse(call, ERROR_IS_BUSY, why.msg);
	return false;
}

static void fill_request(const struct call *call, struct node_request *r,
			 const json_t *argument)
{
	r->node = call->node;
	r->t = call->t;
	r->argument = json_is_null(argument) ? NULL : argument;
	r->number = number_of(argument);
	r->string = json_string_value(argument);
	r->rights = call->client->rights;
	r->who = &call->client->who;
}

/* Hands the request to its module, who may answer before this returns. */
static void hand_over(const struct call *call, struct node_request *r,
		      json_t *argument)
{
	const struct module *module = &call->node->modules[r->module];
	struct waiting *w;

	call->client->turn -= REQUEST_COST;
	fill_request(call, r, argument);
	if (!passes_gate(call, r))
		return;
	w = node_wait(call->node, call->client);
	if (!w) {
		refuse(call, ERROR_IS_BUSY,
		       "too many requests wait for their answers");
		return;
	}
	w->kind = r->kind;
	w->parameter = r->parameter;
	memcpy(w->specifier, call->m->specifier.s, call->m->specifier.n);
	w->specifier[call->m->specifier.n] = '\0';
	r->token = w->token;
	module->on_request(module->context, r);
}

/* -- the messages ------------------------------------------------------ */

static void on_identify(const struct call *call)
{
	int i;

	for (i = 0; i < call->node->n_modules; i++)
		node_client_activate(call->client, i, false);
	text_add(node_client_begin(call->client), "ISSE,SECoP,,v2.0\n");
	node_client_end(call->client);
}

static void on_describe(const struct call *call)
{
	const struct text *d = node_describe(call->node, call->client->rights);
	struct text *out = node_client_begin(call->client);

	text_add(out, "describing . ");
	text_add_n(out, d->s, d->n);
	text_add_char(out, '\n');
	node_client_end(call->client);
}

static void acknowledge(const struct call *call, const char *action)
{
	struct text *out = node_client_begin(call->client);

	text_add(out, action);
	if (call->m->specifier.n) {
		text_add_char(out, ' ');
		text_add_n(out, call->m->specifier.s, call->m->specifier.n);
	}
	text_add_char(out, '\n');
	node_client_end(call->client);
}

/* Modules [*first, *end) are meant. */
static bool find_modules(const struct call *call, int *first, int *end)
{
	*first = 0;
	*end = call->node->n_modules;
	if (!call->m->specifier.n)
		return true;
	if (!call->m->module.n) {
		refuse(call, ERROR_PROTOCOL,
		       "the specifier must be a module, or empty");
		return false;
	}
	*first = node_lookup_module(call->node, call->m->module);
	*end = *first + 1;
	if (*first < 0)
		no_module(call);
	return *first >= 0;
}

static void on_activate(const struct call *call)
{
	int i, first, end;

	if (!find_modules(call, &first, &end))
		return;
	for (i = first; i < end; i++)
		node_client_activate(call->client, i, true);
	for (i = 0; i < call->node->n_parameters; i++)
		if (call->node->parameters[i].module >= first &&
		    call->node->parameters[i].module < end)
			node_client_list(call->client, i);
	acknowledge(call, "active");
}

static void on_deactivate(const struct call *call)
{
	int i, first, end;

	if (!find_modules(call, &first, &end))
		return;
	for (i = first; i < end; i++)
		node_client_activate(call->client, i, false);
	acknowledge(call, "inactive");
}

static void on_ping(const struct call *call)
{
	struct text *out = node_client_begin(call->client);

	text_add(out, "pong ");
	text_add_n(out, call->m->specifier.s, call->m->specifier.n);
	text_add(out, " [null,{\"t\":");
	json_add_time(out, call->t);
	text_add(out, "}]\n");
	node_client_end(call->client);
}

static void on_read(const struct call *call)
{
	int found = find(call, false);
	const struct text *report;
	struct parameter *p;
	struct text *out;
	bool bad;

	if (!found)
		return;
	p = &call->node->parameters[found - 1];
	bad = p->kind == VALUE_NONE || p->kind == VALUE_ERROR;
	report = node_client_report(call->client, p);
	out = node_client_begin(call->client);
	text_add(out, bad ? "error_read " : "reply ");
	text_add_n(out, call->m->specifier.s, call->m->specifier.n);
	text_add_char(out, ' ');
	text_add_n(out, report->s, report->n);
	text_add_char(out, '\n');
	node_client_end(call->client);
}

static void on_change(const struct call *call)
{
	int found = find(call, false);
	struct node_request r = { .kind = NODE_CHANGE, .command = -1 };
	const struct parameter *p;
	json_t *argument;

	if (!found)
		return;
	p = &call->node->parameters[found - 1];
	if (!p->needs || call->client->rights < p->needs) {
		refuse(call, ERROR_READ_ONLY,
		       p->needs ? only_read : "it is readonly");
		return;
	}
	argument = read_argument(call, p->datainfo);
	if (!argument)
		return;
	r.module = p->module;
	r.parameter = found - 1;
	r.name = p->name;
	hand_over(call, &r, argument);
	json_decref(argument);
}

/* An argument of this size is not looked at only to say what is wrong with
 * it to somebody who may not give the command anyway. */
static bool is_waste(const struct call *call, const struct command *command)
{
	return call->client->rights < command->needs &&
	       call->m->data.n > ARGUMENT_LARGE;
}

static void on_do(const struct call *call)
{
	int found = find(call, true);
	struct node_request r = { .kind = NODE_DO, .parameter = -1 };
	const struct command *command;
	json_t *argument;

	if (!found)
		return;
	command = &call->node->commands[-found - 1];
	if (is_waste(call, command)) {
		refuse(call, ERROR_DISABLED, only_read);
		return;
	}
	argument = read_argument(call, command->argument);
	if (!argument)
		return;
	r.module = command->module;
	r.command = -found - 1;
	r.name = command->name;
	if (call->client->rights < command->needs)
		refuse(call, ERROR_DISABLED, only_read);
	else
		hand_over(call, &r, argument);
	json_decref(argument);
}

/* In the order of how often they come. */
static const struct {
	const char *action;
	void (*on)(const struct call *call);
} messages[] = {
	{ "read", on_read },	     { "ping", on_ping },
	{ "change", on_change },     { "do", on_do },
	{ "activate", on_activate }, { "deactivate", on_deactivate },
	{ "describe", on_describe }, { "*IDN?", on_identify },
};

static bool is_printable(struct span s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (s.s[i] <= ' ' || s.s[i] >= 0x7f)
			return false;
	return s.n <= MESSAGE_SPECIFIER_MAX;
}

void node_message(struct node_client *c, nsec t, const char *line, size_t n)
{
	struct message m;
	struct call call = { c->node, c, t, &m };
	size_t i;

	message_read(&m, line, n);
	if (!is_printable(m.specifier)) {
		refusef(&call, ERROR_PROTOCOL,
			"a specifier has at most %d "
			"printable ASCII characters",
			MESSAGE_SPECIFIER_MAX);
		return;
	}
	for (i = 0; i < ARRAY_SIZE(messages); i++) {
		if (span_is(m.action, messages[i].action)) {
			messages[i].on(&call);
			return;
		}
	}
	refuse(&call, ERROR_PROTOCOL,
	       "unknown action: known are *IDN?, "
	       "describe, activate, deactivate, ping, read, change, do");
}

void node_message_too_long(struct node_client *c, const char *line, size_t n)
{
	struct message m;
	struct call call = { c->node, c, 0, &m };

	message_read(&m, line, n);
	refusef(&call, ERROR_PROTOCOL, "a line may have %d bytes",
		MESSAGE_LINE_MAX);
}
