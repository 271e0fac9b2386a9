#include "protocol/node.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "protocol/node_parts.h"

static char *copy(const char *s)
{
	return s ? text_dup(s) : NULL;
}

enum node_version node_version_from_name(const char *s)
{
	static const struct {
		const char *name;
		enum node_version version;
	} versions[] = {
		{ "1.0", NODE_VERSION_1_0 },
		{ "1.1", NODE_VERSION_1_1 },
		{ "2.0", NODE_VERSION_2_0 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(versions); i++)
		if (!strcmp(versions[i].name, s))
			return versions[i].version;
	return NODE_VERSION_DEFAULT;
}

struct node *node_new(const struct node_identity *identity)
{
	struct node *n = memory_zeroed(1, sizeof(*n));

	n->equipment_id = copy(identity->equipment_id);
	n->description = copy(identity->description);
	n->firmware = copy(identity->firmware);
	n->timeout = identity->timeout;
	n->since = identity->since;
	n->version = identity->version ? identity->version : NODE_VERSION_2_0;
	n->modules = memory_zeroed(NODE_MODULES_MAX, sizeof(*n->modules));
	n->parameters =
		memory_zeroed(NODE_PARAMETERS_MAX, sizeof(*n->parameters));
	n->commands = memory_zeroed(NODE_COMMANDS_MAX, sizeof(*n->commands));
	n->index = memory_zeroed(NODE_INDEX_SIZE, sizeof(*n->index));
	return n;
}

static void module_fini(struct module *m)
{
	size_t i;

	for (i = 0; i < m->n_classes; i++)
		free(m->classes[i]);
	free(m->classes);
	free(m->description);
	free(m->properties);
	free(m->meaning);
}

static void parameter_fini(struct parameter *p)
{
	free(p->description);
	free(p->properties);
	datainfo_free(p->datainfo);
	text_free(&p->string);
	text_free(&p->report);
}

static void command_fini(struct command *c)
{
	free(c->description);
	datainfo_free(c->argument);
	datainfo_free(c->result);
}

void node_free(struct node *n)
{
	int i;

	if (!n)
		return;
	while (n->n_clients)
		node_client_free(n->clients[n->n_clients - 1]);
	for (i = 0; i < n->n_modules; i++)
		module_fini(&n->modules[i]);
	for (i = 0; i < n->n_parameters; i++)
		parameter_fini(&n->parameters[i]);
	for (i = 0; i < n->n_commands; i++)
		command_fini(&n->commands[i]);
	for (i = 0; i < NODE_RIGHTS_N; i++)
		text_free(&n->describe[i]);
	text_free(&n->scratch);
	free(n->modules);
	free(n->parameters);
	free(n->commands);
	free(n->index);
	free(n->equipment_id);
	free(n->description);
	free(n->firmware);
	free(n);
}

static struct span span_of(const char *s)
{
	return (struct span){ s, strlen(s) };
}

/* -- the index by name ------------------------------------------------- */

static size_t hash(const char *s, size_t length)
{
	uint32_t h = UINT32_C(2166136261);
	size_t i;

	for (i = 0; i < length; i++)
		h = (h ^ (unsigned char)s[i]) * UINT32_C(16777619);
	return (h ^ h >> 15) & (NODE_INDEX_SIZE - 1);
}

static const char *spec_of(const struct node *n, int entry)
{
	return entry > 0 ? n->parameters[entry - 1].spec
			 : n->commands[-entry - 1].spec;
}

static size_t find_place(const struct node *n, const char *spec, size_t length)
{
	size_t i = hash(spec, length);

	for (; n->index[i]; i = (i + 1) & (NODE_INDEX_SIZE - 1)) {
		const char *s = spec_of(n, n->index[i]);

		if (!strncmp(s, spec, length) && !s[length])
			break;
	}
	return i;
}

int node_lookup(const struct node *n, const char *spec, size_t length)
{
	return n->index[find_place(n, spec, length)];
}

static void add_to_index(struct node *n, const char *spec, int entry)
{
	size_t i = find_place(n, spec, strlen(spec));

	assert(!n->index[i]);
	n->index[i] = (int16_t)entry;
}

static_assert(NODE_INDEX_SIZE > 2 * (NODE_PARAMETERS_MAX + NODE_COMMANDS_MAX),
	      "the index stays half empty, so that a search ends");

int node_lookup_module(const struct node *n, struct span name)
{
	int i;

	for (i = 0; i < n->n_modules; i++)
		if (span_is(name, n->modules[i].name))
			return i;
	return -1;
}

/* -- building ---------------------------------------------------------- */

static char **copy_classes(const char *const *classes, size_t *count)
{
	size_t i, n = 0;
	char **v;

	while (classes && classes[n])
		n++;
	v = memory_zeroed(n, sizeof(*v));
	for (i = 0; i < n; i++)
		v[i] = text_dup(classes[i]);
	*count = n;
	return v;
}

bool node_has_module(const struct node *n, const char *module)
{
	int i;

	for (i = 0; i < n->n_modules; i++)
		if (!strcasecmp(n->modules[i].name, module))
			return true;
	return false;
}

int node_add_module(struct node *n, const struct node_module *m)
{
	struct module *to = &n->modules[n->n_modules];

	assert(!n->sealed && n->n_modules < NODE_MODULES_MAX);
	assert(message_is_name(span_of(m->name)));
	assert(!node_has_module(n, m->name));
	text_copy(to->name, sizeof(to->name), m->name);
	to->description = copy(m->description);
	to->properties = copy(m->properties);
	to->classes = copy_classes(m->classes, &to->n_classes);
	to->on_request = m->on_request;
	to->context = m->context;
	if (m->meaning) {
		to->meaning = text_dup(m->meaning->function);
		to->importance = m->meaning->importance;
		to->of_sample = m->meaning->of_sample;
	}
	return n->n_modules++;
}

static bool is_too_new(const struct node *n, const char *name)
{
	static const struct {
		const char *name;
		enum node_version since;
	} names[] = {
		{ "controlled_by", NODE_VERSION_1_1 },
		{ "control_active", NODE_VERSION_1_1 },
		{ "control_off", NODE_VERSION_1_1 },
		{ "target_limits", NODE_VERSION_1_1 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(names[i].name, name))
			return names[i].since > n->version;
	return false;
}

/* Makes "module:name"; returns the place of the name in it. A name that the
 * version of the node does not know yet is a custom one there. */
static const char *make_spec(const struct node *n, int module, const char *name,
			     char spec[NODE_SPEC_MAX])
{
	size_t length;

	assert(!n->sealed && module >= 0 && module < n->n_modules);
	assert(message_is_name(span_of(name)));
	length = strlen(n->modules[module].name);
	memcpy(spec, n->modules[module].name, length);
	spec[length++] = ':';
	snprintf(spec + length, NODE_SPEC_MAX - length, "%s%s",
		 is_too_new(n, name) ? "_" : "", name);
	return spec + length;
}

int node_add_parameter(struct node *n, int module,
		       const struct node_parameter *p)
{
	struct parameter *to = &n->parameters[n->n_parameters];

	assert(n->n_parameters < NODE_PARAMETERS_MAX && p->datainfo);
	assert(!p->writable || n->modules[module].on_request);
	to->module = module;
	to->name = make_spec(n, module, p->name, to->spec);
	to->description = copy(p->description);
	to->properties = copy(p->properties);
	to->each = p->each;
	to->datainfo = datainfo_copy(p->datainfo);
	if (p->writable)
		to->needs = p->needs ? p->needs : NODE_OPERATOR;
	add_to_index(n, to->spec, n->n_parameters + 1);
	return n->n_parameters++;
}

static struct datainfo *copy_or_none(const struct datainfo *d)
{
	static const struct datainfo none = { .type = DATAINFO_NONE };

	return datainfo_copy(d ? d : &none);
}

int node_add_command(struct node *n, int module, const struct node_command *c)
{
	struct command *to = &n->commands[n->n_commands];

	assert(n->n_commands < NODE_COMMANDS_MAX);
	assert(n->modules[module].on_request);
	to->module = module;
	to->name = make_spec(n, module, c->name, to->spec);
	to->description = copy(c->description);
	to->argument = copy_or_none(c->argument);
	to->result = copy_or_none(c->result);
	to->needs = c->needs ? c->needs : NODE_OPERATOR;
	add_to_index(n, to->spec, -(n->n_commands + 1));
	return n->n_commands++;
}

/* Before 2.0 there was no `check`. */
void node_make_checkable(struct node *n, int parameter)
{
	assert(!n->sealed && parameter >= 0 && parameter < n->n_parameters);
	n->parameters[parameter].checkable = n->version >= NODE_VERSION_2_0;
}

void node_make_command_checkable(struct node *n, int command)
{
	assert(!n->sealed && command >= 0 && command < n->n_commands);
	n->commands[command].checkable = n->version >= NODE_VERSION_2_0;
}

void node_tell_who(struct node *n, int parameter)
{
	assert(!n->sealed && parameter >= 0 && parameter < n->n_parameters);
	n->parameters[parameter].who = true;
	node_set_json(n, parameter, "null", 0);
}

void node_set_gate(struct node *n, node_gate *gate, void *context)
{
	n->gate = gate;
	n->gate_context = context;
}

void node_leave_open(struct node *n, int command)
{
	assert(!n->sealed && command >= 0 && command < n->n_commands);
	n->commands[command].open = true;
}

const char *node_rights_name(enum node_rights rights)
{
	static const char *const names[NODE_RIGHTS_N] = {
		[NODE_RIGHTS_DEFAULT] = "none",
		[NODE_OBSERVER] = "observer",
		[NODE_OPERATOR] = "operator",
		[NODE_ADMIN] = "admin",
	};

	return names[rights];
}

void node_seal(struct node *n)
{
	n->sealed = true;
}

int node_find_module(const struct node *n, const char *module)
{
	return node_lookup_module(n, span_of(module));
}

static int find(const struct node *n, const char *module, const char *name)
{
	char spec[NODE_SPEC_MAX];
	size_t length = strlen(module);

	if (length + 1 + strlen(name) >= sizeof(spec))
		return 0;
	memcpy(spec, module, length + 1);
	spec[length] = ':';
	text_copy(spec + length + 1, sizeof(spec) - length - 1, name);
	return node_lookup(n, spec, strlen(spec));
}

int node_find_parameter(const struct node *n, const char *module,
			const char *parameter)
{
	int found = find(n, module, parameter);

	return found > 0 ? found - 1 : -1;
}

int node_find_command(const struct node *n, const char *module,
		      const char *command)
{
	int found = find(n, module, command);

	return found < 0 ? -found - 1 : -1;
}

size_t node_n_clients(const struct node *n)
{
	return n->n_clients;
}

size_t node_n_waiting(const struct node *n)
{
	return n->n_waiting;
}
