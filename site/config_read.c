#include "site/config_read.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "base/array.h"

bool config_is(const struct yaml_node *node, enum yaml_kind kind,
	       const char *what, struct problems *p)
{
	if (node->kind == kind)
		return true;
	problems_add(p, node->at, "%s is %s, not %s", what,
		     yaml_kind_name(kind), yaml_kind_name(node->kind));
	return false;
}

const struct yaml_node *config_section(struct config_reader *r, const char *key,
				       enum yaml_kind kind)
{
	const struct yaml_node *node = yaml_get(r->root, key);

	if (!node || !config_is(node, kind, key, r->p))
		return NULL;
	return node;
}

const struct yaml_node *config_scalar(struct config_reader *r,
				      const struct yaml_node *map,
				      const char *key)
{
	const struct yaml_node *node = yaml_get(map, key);

	if (!node || !config_is(node, YAML_SCALAR, key, r->p))
		return NULL;
	return node;
}

static bool is_name_char(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-';
}

bool config_is_name(struct config_reader *r, const char *s, struct place at,
		    const char *what, size_t max)
{
	size_t n = 0;

	while (is_name_char(s[n]))
		n++;
	if (!s[n] && n < max && isalpha((unsigned char)s[0]))
		return true;
	problems_add(r->p, at,
		     "'%s' cannot be the name of %s: a letter, then "
		     "letters, digits, '_' or '-', at most %zu of them",
		     s, what, max - 1);
	return false;
}

void config_refuse(struct config_reader *r, struct place at, const char *what,
		   const char *name, const char *const *names)
{
	const char *nearest = text_nearest(name, names);

	if (nearest)
		problems_add(r->p, at, "%s '%s'; did you mean '%s'?", what,
			     name, nearest);
	else
		problems_add(r->p, at, "%s '%s'", what, name);
}

int config_word(struct config_reader *r, const struct yaml_node *node,
		const char *what, const char *const *words)
{
	_cleanup_(text_free) struct text all = { 0 };
	int i;

	if (!config_is(node, YAML_SCALAR, what, r->p))
		return -1;
	for (i = 0; words[i]; i++) {
		if (!strcmp(words[i], node->s))
			return i;
		text_addf(&all, "%s%s", i ? ", " : "", words[i]);
	}
	problems_add(r->p, node->at, "'%s' is no %s; there are: %s", node->s,
		     what, text_str(&all));
	return -1;
}

int config_role(struct config_reader *r, const char *name, struct place at)
{
	const struct site *s = &r->c->site;
	const char *names[ROLES_MAX + 1];
	int role = site_role(s, name);
	size_t i;

	if (role != ROLE_NONE)
		return role;
	for (i = 0; i < s->n_roles; i++)
		names[i] = s->roles[i].name;
	names[i] = NULL;
	config_refuse(r, at, "this site has no role", name, names);
	return ROLE_NONE;
}

static const char *key_of(const struct yaml_node *node)
{
	return node->key ? node->key : "value";
}

bool config_quantity(struct config_reader *r, const struct yaml_node *node,
		     enum quantity q, double *value)
{
	struct err err = { 0 };

	if (!config_is(node, YAML_SCALAR, key_of(node), r->p))
		return false;
	if (!quantity_parse(q, node->s, value, &err))
		return true;
	problems_add(r->p, node->at, "%s: %s", key_of(node), err.msg);
	return false;
}

bool config_time(struct config_reader *r, const struct yaml_node *node,
		 nsec min, nsec max, nsec *value)
{
	char least[QUANTITY_TEXT_MAX], most[QUANTITY_TEXT_MAX];
	double s;

	if (!config_quantity(r, node, QUANTITY_TIME, &s))
		return false;
	if (s >= nsec_to_s(min) && s <= nsec_to_s(max)) {
		*value = nsec_from_s(s);
		return true;
	}
	quantity_format(QUANTITY_TIME, nsec_to_s(min), least);
	quantity_format(QUANTITY_TIME, nsec_to_s(max), most);
	problems_add(r->p, node->at, "%s: %s is outside %s .. %s", key_of(node),
		     node->s, least, most);
	return false;
}

void config_print_value(enum quantity q, double value, struct text *out)
{
	char number[NUMBER_TEXT_MAX];

	if (q == QUANTITY_SWITCH) {
		text_add(out, value == 1.0 ? "on" : "off");
		return;
	}
	number_print(value, number);
	text_add(out, number);
	if (*quantity_unit(q))
		text_addf(out, " %s", quantity_unit(q));
}

/* Divided, not multiplied: 100 ms are 0.1 s to the last digit. */
void config_print_time(nsec t, struct text *out)
{
	config_print_value(QUANTITY_TIME, (double)t / 1e9, out);
}

/* Words that need no quotes to stay what they are, read by us. */
static bool is_plain(const char *s)
{
	size_t i, n = strlen(s);

	if (!n || !(isalnum((unsigned char)s[0]) || strchr("$./_", s[0])))
		return false;
	for (i = 0; i < n; i++)
		if (!isalnum((unsigned char)s[i]) &&
		    !strchr(" $./_-+%", s[i]) && !((unsigned char)s[i] & 0x80))
			return false;
	return s[n - 1] != ' ';
}

/* In double quotes only " and \ and control characters need an escape. */
static void print_quoted(const char *s, struct text *out)
{
	text_add_char(out, '"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			text_addf(out, "\\%c", *s);
		else if (*s == '\n')
			text_add(out, "\\n");
		else if (*s == '\t')
			text_add(out, "\\t");
		else
			text_add_char(out, *s);
	}
	text_add_char(out, '"');
}

void config_print_text(const char *s, struct text *out)
{
	if (is_plain(s))
		text_add(out, s);
	else
		print_quoted(s, out);
}

static void print_scalar(const struct yaml_node *node, struct text *out)
{
	if (node->quoted)
		print_quoted(node->s, out);
	else
		config_print_text(node->s, out);
}

static bool is_flat(const struct yaml_node *node)
{
	const struct yaml_node *child;

	for (child = node->first; child; child = child->next)
		if (child->kind != YAML_SCALAR)
			return false;
	return true;
}

/* {a: 1, b: 2} or [1, 2]: no deeper than one level. */
static void print_flow(const struct yaml_node *node, struct text *out)
{
	bool map = node->kind == YAML_MAPPING;
	const struct yaml_node *child;

	text_add_char(out, map ? '{' : '[');
	for (child = node->first; child; child = child->next) {
		if (map)
			text_addf(out, "%s: ", child->key);
		print_scalar(child, out);
		if (child->next)
			text_add(out, ", ");
	}
	text_add_char(out, map ? '}' : ']');
}

/* goes_on: the first entry stands behind the "- " of a list. */
static void print_block(const struct yaml_node *node, int indent, bool goes_on,
			struct text *out)
{
	const struct yaml_node *child;

	for (child = node->first; child; child = child->next) {
		if (!goes_on)
			text_addf(out, "%*s", indent, "");
		goes_on = false;
		if (child->key) {
			text_addf(out, "%s:", child->key);
			config_print_node(child, indent + 2, out);
		} else if (child->kind == YAML_MAPPING && child->first) {
			text_add(out, "- ");
			print_block(child, indent + 2, true, out);
		} else {
			text_add_char(out, '-');
			config_print_node(child, indent + 2, out);
		}
	}
}

void config_print_node(const struct yaml_node *node, int indent,
		       struct text *out)
{
	if (node->kind != YAML_SCALAR && !is_flat(node)) {
		text_add_char(out, '\n');
		print_block(node, indent, false, out);
		return;
	}
	text_add_char(out, ' ');
	if (node->kind == YAML_SCALAR)
		print_scalar(node, out);
	else
		print_flow(node, out);
	text_add_char(out, '\n');
}
