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

/* What counts for more than its line in a turn. */
#define REQUEST_COST 7	 /* a change or a command */
#define ACTIVATE_COST 15 /* everything is told */
#define DESCRIBE_COST 31
#define NEAREST_COST 3 /* a name that is not known */
#define ARGUMENT_LARGE 4096
#define ARGUMENT_VALUES_MAX 256 /* in JSON that is an argument */

static const char only_read[] = "this connection may only read";

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

/* With the time: some clients take a refused `read` for news of a parameter,
 * and end when news has none. */
void node_refuse(const struct node_call *call, enum error_class c,
		 const char *text)
{
	_cleanup_(text_free) struct text details = { 0 };

	text_add(&details, "\"t\":");
	json_add_time(&details, call->t);
	node_add_error(node_client_begin(call->client), call->m->action,
		       call->m->specifier, c, text, text_str(&details));
	node_client_end(call->client);
}

__attribute__((format(printf, 3, 4))) static void refusef(
	const struct node_call *call, enum error_class c, const char *fmt, ...)
{
	_cleanup_(text_free) struct text text = { 0 };
	va_list ap;

	va_start(ap, fmt);
	text_addv(&text, fmt, ap);
	va_end(ap);
	node_refuse(call, c, text_str(&text));
}

/* "no module 'heatr' (did you mean 'heater'?)" */
static void refuse_name(const struct node_call *call, enum error_class c,
			const char *what, struct span name,
			const char *const *known)
{
	char word[MESSAGE_NAME_MAX + 1];
	const char *near;

	call->client->turn -= NEAREST_COST;
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

static void no_module(const struct node_call *call)
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

static void no_parameter(const struct node_call *call, int module)
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

static void no_command(const struct node_call *call, int module)
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

enum wanted { A_PARAMETER, A_COMMAND, EITHER };

static bool is_wanted(int found, enum wanted wanted)
{
	return wanted == A_COMMAND     ? found < 0
	       : wanted == A_PARAMETER ? found > 0
				       : found != 0;
}

/* As node_lookup(); 0 after the client was told what is wrong. */
static int find(const struct node_call *call, enum wanted wanted)
{
	bool command = wanted == A_COMMAND;
	const struct message *m = call->m;
	int module, found;

	if (!m->module.n || !m->accessible.n) {
		node_refuse(call, ERROR_PROTOCOL,
			    "the specifier must be module:name");
		return 0;
	}
	found = node_lookup(call->node, m->module.s,
			    m->module.n + 1 + m->accessible.n);
	if (is_wanted(found, wanted))
		return found;
	module = node_lookup_module(call->node, m->module);
	if (module < 0)
		no_module(call);
	else if (found)
		node_refuse(call,
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
static json_t *read_argument(const struct node_call *call,
			     const struct datainfo *d)
{
	struct span data = call->m->data;
	enum error_class c = ERROR_BAD_JSON;
	struct err err = { 0 };
	json_t *v;

	if (data.n > datainfo_longest(d)) {
		refusef(call, ERROR_RANGE,
			"nothing that is meant here has %zu bytes", data.n);
		return NULL;
	}
	v = data.n ? json_read_within(data.s, data.n, ARGUMENT_VALUES_MAX, &c,
				      &err)
		   : json_null();
	if (v && !datainfo_check(d, &v, &c, &err))
		return v;
	node_refuse(call, c, err.msg);
	json_decref(v);
	return NULL;
}

static double number_of(const json_t *v)
{
	if (json_is_boolean(v))
		return json_is_true(v);
	return json_is_number(v) ? json_number_value(v) : NAN;
}

static bool is_open(const struct node *n, const struct node_request *r)
{
	return r->kind == NODE_DO && n->commands[r->command].open;
}

/* Looking has no effects, and some commands are never kept waiting. */
static bool passes_gate(const struct node_call *call,
			const struct node_request *r)
{
	const struct node *n = call->node;
	struct err why = { 0 };

	if (!n->gate || r->check || is_open(n, r) ||
	    (r->kind == NODE_DO &&
	     n->commands[r->command].needs <= NODE_OBSERVER))
		return true;
	if (n->gate(n->gate_context, r, &why))
		return true;
	node_refuse(call, ERROR_IS_BUSY, why.msg);
	return false;
}

static void fill_request(const struct node_call *call, struct node_request *r,
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
static void hand_over(const struct node_call *call, struct node_request *r,
		      json_t *argument)
{
	const struct module *module = &call->node->modules[r->module];
	struct waiting *w;

	call->client->turn -= REQUEST_COST;
	fill_request(call, r, argument);
	if (!passes_gate(call, r))
		return;
	w = node_wait(call->node, call->client, is_open(call->node, r));
	if (!w) {
		node_refuse(call, ERROR_IS_BUSY,
			    "too many requests wait for their answers");
		return;
	}
	w->kind = r->kind;
	w->verified = r->check ? json_incref(argument) : NULL;
	w->parameter = r->parameter;
	memcpy(w->specifier, call->m->specifier.s, call->m->specifier.n);
	w->specifier[call->m->specifier.n] = '\0';
	r->token = w->token;
	module->on_request(module->context, r);
}

/* -- the messages ------------------------------------------------------ */

static void on_identify(const struct node_call *call)
{
	static const struct {
		enum node_version version;
		const char *line;
	} identities[] = {
		{ NODE_VERSION_1_0, "ISSE&SINE2020,SECoP,V2019-09-16,v1.0\n" },
		{ NODE_VERSION_1_1, "ISSE&SINE2020,SECoP,V2025-10-16,v1.1\n" },
		{ NODE_VERSION_2_0, "ISSE,SECoP,,v2.0\n" },
	};
	size_t i = 0;

	while (identities[i].version != call->node->version)
		i++;
	node_client_reset(call->client);
	text_add(node_client_begin(call->client), identities[i].line);
	node_client_end(call->client);
}

static void on_describe(const struct node_call *call)
{
	const struct text *d = node_describe(call->node, call->client->rights);
	struct text *out = node_client_begin(call->client);

	call->client->turn -= DESCRIBE_COST;
	text_add(out, "describing . ");
	text_add_n(out, d->s, d->n);
	text_add_char(out, '\n');
	node_client_end(call->client);
}

static void acknowledge(const struct node_call *call, const char *action)
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
bool node_find_modules(const struct node_call *call, int *first, int *end)
{
	*first = 0;
	*end = call->node->n_modules;
	if (!call->m->specifier.n)
		return true;
	if (!call->m->module.n) {
		node_refuse(call, ERROR_PROTOCOL,
			    "the specifier must be a module, or empty");
		return false;
	}
	*first = node_lookup_module(call->node, call->m->module);
	*end = *first + 1;
	if (*first < 0)
		no_module(call);
	return *first >= 0;
}

static void on_activate(const struct node_call *call)
{
	int i, first, end;

	if (!node_find_modules(call, &first, &end))
		return;
	call->client->turn -= ACTIVATE_COST;
	for (i = first; i < end; i++)
		node_client_activate(call->client, i, true);
	for (i = 0; i < call->node->n_parameters; i++)
		if (call->node->parameters[i].module >= first &&
		    call->node->parameters[i].module < end)
			node_client_list(call->client, i);
	acknowledge(call, "active");
}

static void on_deactivate(const struct node_call *call)
{
	int i, first, end;

	if (!node_find_modules(call, &first, &end))
		return;
	for (i = first; i < end; i++)
		node_client_activate(call->client, i, false);
	acknowledge(call, "inactive");
}

static void on_ping(const struct node_call *call)
{
	struct text *out = node_client_begin(call->client);

	text_add(out, "pong ");
	text_add_n(out, call->m->specifier.s, call->m->specifier.n);
	text_add(out, " [null,{\"t\":");
	json_add_time(out, call->t);
	text_add(out, "}]\n");
	node_client_end(call->client);
}

static void on_read(const struct node_call *call)
{
	int found = find(call, A_PARAMETER);
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

/* May this client set this parameter? */
static bool may_change(const struct node_call *call, const struct parameter *p)
{
	if (p->needs && call->client->rights >= p->needs)
		return true;
	node_refuse(call, ERROR_READ_ONLY,
		    p->needs ? only_read : "it is readonly");
	return false;
}

static void change(const struct node_call *call, int parameter, bool check)
{
	const struct parameter *p = &call->node->parameters[parameter];
	struct node_request r = {
		.kind = NODE_CHANGE,
		.module = p->module,
		.parameter = parameter,
		.command = -1,
		.name = p->name,
		.check = check,
	};
	json_t *argument = read_argument(call, p->datainfo);

	if (!argument)
		return;
	hand_over(call, &r, argument);
	json_decref(argument);
}

static void on_change(const struct node_call *call)
{
	int found = find(call, A_PARAMETER);

	if (found && may_change(call, &call->node->parameters[found - 1]))
		change(call, found - 1, false);
}

/* An argument of this size is not looked at only to say what is wrong with
 * it to somebody who may not give the command anyway. */
static bool is_waste(const struct node_call *call,
		     const struct command *command)
{
	return call->client->rights < command->needs &&
	       call->m->data.n > ARGUMENT_LARGE;
}

static void give(const struct node_call *call, int number, bool check)
{
	const struct command *command = &call->node->commands[number];
	struct node_request r = {
		.kind = NODE_DO,
		.module = command->module,
		.parameter = -1,
		.command = number,
		.name = command->name,
		.check = check,
	};
	json_t *argument;

	if (is_waste(call, command)) {
		node_refuse(call, ERROR_DISABLED, only_read);
		return;
	}
	argument = read_argument(call, command->argument);
	if (!argument)
		return;
	if (call->client->rights < command->needs)
		node_refuse(call, ERROR_DISABLED, only_read);
	else
		hand_over(call, &r, argument);
	json_decref(argument);
}

static void on_do(const struct node_call *call)
{
	int found = find(call, A_COMMAND);

	if (found)
		give(call, -found - 1, false);
}

static void not_checkable(const struct node_call *call)
{
	node_refuse(call, ERROR_NOT_CHECKABLE,
		    "it cannot be tried without doing it");
}

static void check_change(const struct node_call *call, int parameter)
{
	const struct parameter *p = &call->node->parameters[parameter];

	if (!may_change(call, p))
		return;
	if (p->checkable)
		change(call, parameter, true);
	else
		not_checkable(call);
}

static void on_check(const struct node_call *call)
{
	int found = find(call, EITHER);

	if (found > 0)
		check_change(call, found - 1);
	else if (found && call->node->commands[-found - 1].checkable)
		give(call, -found - 1, true);
	else if (found)
		not_checkable(call);
}

/* In the order of how often they come. */
static const struct {
	const char *action;
	void (*on)(const struct node_call *call);
	enum node_version since;
} messages[] = {
	{ "read", on_read, 0 },
	{ "ping", on_ping, 0 },
	{ "change", on_change, 0 },
	{ "do", on_do, 0 },
	{ "activate", on_activate, 0 },
	{ "deactivate", on_deactivate, 0 },
	{ "describe", on_describe, 0 },
	{ "*IDN?", on_identify, 0 },
	{ "check", on_check, NODE_VERSION_2_0 },
	{ "logging", node_on_logging, 0 },
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
	struct node_call call = { c->node, c, t, &m };
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
		if (span_is(m.action, messages[i].action) &&
		    messages[i].since <= c->node->version) {
			messages[i].on(&call);
			return;
		}
	}
	node_refuse(&call, ERROR_PROTOCOL,
		    "unknown action: known are *IDN?, "
		    "describe, activate, deactivate, ping, read, change, do, "
		    "check, logging");
}

void node_message_too_long(struct node_client *c, nsec t, const char *line,
			   size_t n)
{
	struct message m;
	struct node_call call = { c->node, c, t, &m };

	message_read(&m, line, n);
	refusef(&call, ERROR_PROTOCOL, "a line may have %d bytes",
		MESSAGE_LINE_MAX);
}
