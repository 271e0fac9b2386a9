#include "protocol/node.h"

#include <string.h>

#include "protocol/node_parts.h"

/* Code points of an equipment's id in a packet, each of them six bytes at
 * worst. */
#define DISCOVERY_ID_MAX 40

static void print_key(struct text *out, const char *key, bool first)
{
	if (!first)
		text_add_char(out, ',');
	json_add_string(out, key);
	text_add_char(out, ':');
}

static void print_member(struct text *out, const char *key, const char *value)
{
	print_key(out, key, false);
	json_add_string(out, value ? value : "");
}

static void print_properties(struct text *out, const char *properties)
{
	if (!properties || !*properties)
		return;
	text_add_char(out, ',');
	text_add(out, properties);
}

static void print_flag(struct text *out, const char *key, bool value)
{
	print_key(out, key, false);
	text_add(out, value ? "true" : "false");
}

static void describe_parameter(const struct parameter *p,
			       enum node_rights rights, struct text *out)
{
	bool writable = p->needs && rights >= p->needs;

	json_add_string(out, p->name);
	text_add(out, ":{\"description\":");
	json_add_string(out, p->description ? p->description : "");
	print_key(out, "datainfo", false);
	datainfo_print(p->datainfo, out);
	print_flag(out, "readonly", !writable);
	if (writable && p->checkable)
		print_flag(out, "checkable", true);
	print_properties(out, p->properties);
	text_add_char(out, '}');
}

static void describe_command(const struct command *c, struct text *out)
{
	json_add_string(out, c->name);
	text_add(out, ":{\"description\":");
	json_add_string(out, c->description ? c->description : "");
	text_add(out, ",\"datainfo\":{\"type\":\"command\"");
	if (c->argument->type != DATAINFO_NONE) {
		print_key(out, "argument", false);
		datainfo_print(c->argument, out);
	}
	if (c->result->type != DATAINFO_NONE) {
		print_key(out, "result", false);
		datainfo_print(c->result, out);
	}
	text_add_char(out, '}');
	if (c->checkable)
		print_flag(out, "checkable", true);
	text_add_char(out, '}');
}

static void describe_accessibles(const struct node *n, int module,
				 enum node_rights rights, struct text *out)
{
	const char *comma = "";
	int i;

	for (i = 0; i < n->n_parameters; i++) {
		if (n->parameters[i].module != module)
			continue;
		text_add(out, comma);
		comma = ",";
		describe_parameter(&n->parameters[i], rights, out);
	}
	for (i = 0; i < n->n_commands; i++) {
		if (n->commands[i].module != module ||
		    n->commands[i].needs > rights)
			continue;
		text_add(out, comma);
		comma = ",";
		describe_command(&n->commands[i], out);
	}
}

/* To who may only look, what can be driven is just readable: its target is
 * readonly, and its stop is not there. */
static void describe_classes(const struct module *m, enum node_rights rights,
			     struct text *out)
{
	size_t i;

	print_key(out, "interface_classes", false);
	text_add_char(out, '[');
	if (m->n_classes && rights < NODE_OPERATOR)
		text_add(out, "\"Readable\"");
	for (i = 0; i < m->n_classes && rights >= NODE_OPERATOR; i++) {
		if (i)
			text_add_char(out, ',');
		json_add_string(out, m->classes[i]);
	}
	text_add_char(out, ']');
}

static void describe_meaning(const struct node *n, const struct module *m,
			     struct text *out)
{
	if (!m->meaning)
		return;
	print_key(out, "meaning", false);
	if (n->version < NODE_VERSION_2_0) {
		text_add_char(out, '[');
		json_add_string(out, m->meaning);
		text_addf(out, ",%d]", m->importance);
		return;
	}
	text_add(out, "{\"function\":");
	json_add_string(out, m->meaning);
	text_addf(out, ",\"importance\":%d", m->importance);
	if (m->of_sample)
		text_add(out, ",\"belongs_to\":\"sample\"");
	text_add_char(out, '}');
}

/* Optional, says the text of SECoP; its schema, by which nodes are checked,
 * asks for both. Clients make a class of what is behind the last dot, so that
 * it must not be the same for modules that differ. */
static void describe_origin(const struct node *n, const struct module *m,
			    struct text *out)
{
	if (n->version < NODE_VERSION_1_1)
		return;
	text_add(out, ",\"features\":[]");
	text_addf(out, ",\"implementation\":\"gascell.%s\"", m->name);
}

static void describe_module(const struct node *n, int module,
			    enum node_rights rights, struct text *out)
{
	const struct module *m = &n->modules[module];

	print_key(out, m->name, module == 0);
	text_add(out, "{\"description\":");
	json_add_string(out, m->description ? m->description : "");
	describe_classes(m, rights, out);
	describe_meaning(n, m, out);
	describe_origin(n, m, out);
	print_properties(out, m->properties);
	text_add(out, ",\"accessibles\":{");
	describe_accessibles(n, module, rights, out);
	text_add(out, "}}");
}

static void describe(const struct node *n, enum node_rights rights,
		     struct text *out)
{
	int i;

	text_add(out, "{\"equipment_id\":");
	json_add_string(out, n->equipment_id ? n->equipment_id : "");
	print_member(out, "description", n->description);
	if (n->firmware)
		print_member(out, "firmware", n->firmware);
	if (n->timeout > 0) {
		print_key(out, "timeout", false);
		json_add_double(out, n->timeout);
	}
	text_add(out, ",\"modules\":{");
	for (i = 0; i < n->n_modules; i++)
		describe_module(n, i, rights, out);
	text_add(out, "}}");
}

const struct text *node_describe(struct node *n, enum node_rights rights)
{
	struct text *out = &n->describe[rights];

	node_seal(n);
	if (!out->n)
		describe(n, rights, out);
	return out;
}

/* -- discovery --------------------------------------------------------- */

bool node_is_discovery(const char *packet, size_t n)
{
	enum error_class c;
	struct err ignored; /* anybody may send anything to this port */
	json_t *v = json_read(packet, n, &c, &ignored);
	const char *word = json_string_value(json_object_get(v, "SECoP"));
	bool is = word && !strcmp(word, "discover");

	json_decref(v);
	return is;
}

static void announce(const struct node *n, int port, size_t shown,
		     struct text *out)
{
	const char *about = n->description ? n->description : "";

	text_addf(out,
		  "{\"SECoP\":\"node\",\"port\":%d,\"equipment_id\":", port);
	json_add_string_cut(out, n->equipment_id ? n->equipment_id : "",
			    n->equipment_id ? strlen(n->equipment_id) : 0,
			    DISCOVERY_ID_MAX);
	print_member(out, "firmware", n->firmware);
	print_key(out, "description", false);
	/* 0 would mean "all of it" below. */
	if (shown)
		json_add_string_cut(out, about, strlen(about), shown);
	else
		text_add(out, "\"\"");
	text_add_char(out, '}');
}

/* The description gives way: half of it, a quarter, ... */
void node_announce(const struct node *n, int port, struct text *out)
{
	size_t shown = NODE_PACKET_MAX;

	for (;; shown /= 2) {
		text_clear(out);
		announce(n, port, shown, out);
		if (out->n <= NODE_PACKET_MAX || !shown)
			return;
	}
}
