#include "protocol/node.h"

#include <string.h>

#include "protocol/node_parts.h"

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

static void describe_parameter(const struct parameter *p,
			       enum node_rights rights, struct text *out)
{
	bool writable = p->needs && rights >= p->needs;

	json_add_string(out, p->name);
	text_add(out, ":{\"description\":");
	json_add_string(out, p->description ? p->description : "");
	print_key(out, "datainfo", false);
	datainfo_print(p->datainfo, out);
	print_key(out, "readonly", false);
	text_add(out, writable ? "false" : "true");
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
	text_add(out, "}}");
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

static void describe_module(const struct node *n, int module,
			    enum node_rights rights, struct text *out)
{
	const struct module *m = &n->modules[module];

	print_key(out, m->name, module == 0);
	text_add(out, "{\"description\":");
	json_add_string(out, m->description ? m->description : "");
	describe_classes(m, rights, out);
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
