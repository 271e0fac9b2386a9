#include "engine/scope.h"

#include <string.h>

#include "base/array.h"

#define NAMES_SHOWN_MAX 64

struct yaml_node *scope_scalar(struct arena *a, struct place at, const char *s)
{
	struct yaml_node *node = arena_take(a, sizeof(*node));

	node->kind = YAML_SCALAR;
	node->at = at;
	node->s = arena_text(a, s, strlen(s));
	return node;
}

static size_t name_span(const char *s)
{
	size_t n = 0;

	while ((s[n] >= 'a' && s[n] <= 'z') || (s[n] >= 'A' && s[n] <= 'Z') ||
	       s[n] == '_' || (n > 0 && s[n] >= '0' && s[n] <= '9'))
		n++;
	return n;
}

bool scope_is_name(const char *s)
{
	return *s && !s[name_span(s)];
}

const char *scope_reference(const struct yaml_node *node)
{
	if (node->kind != YAML_SCALAR || node->s[0] != '$')
		return NULL;
	return scope_is_name(node->s + 1) ? node->s + 1 : NULL;
}

const struct yaml_node *scope_find(const struct scope *s, const char *name)
{
	for (; s; s = s->parent)
		for (size_t i = s->n; i-- > 0;)
			if (!strcmp(s->v[i].name, name))
				return s->v[i].node;
	return NULL;
}

bool scope_add(struct scope *s, const char *name, const struct yaml_node *node)
{
	if (s->n == SCOPE_NAMES_MAX)
		return false;
	s->v[s->n++] = (struct binding){ name, node };
	return true;
}

int scope_unknown(const struct scope *s, const char *name, struct err *err)
{
	const char *names[NAMES_SHOWN_MAX + 1] = { 0 }, *nearest;
	_cleanup_(text_free) struct text list = { 0 };
	size_t n = 0;

	for (; s; s = s->parent)
		for (size_t i = 0; i < s->n && n < NAMES_SHOWN_MAX; i++)
			names[n++] = s->v[i].name;
	nearest = text_nearest(name, names);
	if (nearest)
		return err_set(err, ERR_NOT_FOUND,
			       "there is no $%s; did you "
			       "mean $%s?",
			       name, nearest);
	for (size_t i = 0; i < n; i++)
		text_addf(&list, "%s$%s", i ? ", " : "", names[i]);
	return err_set(err, ERR_NOT_FOUND, "there is no $%s; there is: %s",
		       name, n ? text_str(&list) : "nothing");
}

static bool has_reference(const struct yaml_node *node)
{
	if (node->kind == YAML_SCALAR)
		return scope_reference(node);
	for (const struct yaml_node *n = node->first; n; n = n->next)
		if (has_reference(n))
			return true;
	return false;
}

/* YAML's own bound on depth bounds the recursion here and above. */
static struct yaml_node *copy(const struct scope *s, struct arena *a,
			      const struct yaml_node *node,
			      struct problems *problems)
{
	const char *name = scope_reference(node);
	const struct yaml_node *value = name ? scope_find(s, name) : node;
	struct yaml_node *out = arena_take(a, sizeof(*out)), **end;
	struct err err;

	if (!value) {
		scope_unknown(s, name, &err);
		problems_add(problems, node->at, "%s", err.msg);
		return NULL;
	}
	*out = *value;
	out->key = node->key;
	out->key_at = node->key_at;
	out->at = node->at;
	out->next = NULL;
	if (name)
		return out;
	end = &out->first;
	for (const struct yaml_node *n = node->first; n; n = n->next) {
		*end = copy(s, a, n, problems);
		if (!*end)
			return NULL;
		end = &(*end)->next;
	}
	return out;
}

const struct yaml_node *scope_bind(const struct scope *s, struct arena *a,
				   const struct yaml_node *node,
				   struct problems *problems)
{
	return has_reference(node) ? copy(s, a, node, problems) : node;
}

/* Appends the value of the name at text; its length, or 0 with err. */
static size_t fill_in_name(const struct scope *s, const char *text,
			   struct text *out, struct err *err)
{
	_cleanup_(text_free) struct text name = { 0 };
	const struct yaml_node *node;
	size_t n = name_span(text);

	text_add_n(&name, text, n);
	node = scope_find(s, text_str(&name));
	if (!node) {
		scope_unknown(s, text_str(&name), err);
		return 0;
	}
	if (node->kind != YAML_SCALAR) {
		err_set(err, ERR_INVALID,
			"$%s is %s: it cannot stand in a "
			"text",
			text_str(&name), yaml_kind_name(node->kind));
		return 0;
	}
	text_add(out, node->s);
	return n;
}

int scope_fill_in(const struct scope *s, const char *text, struct text *out,
		  struct err *err)
{
	size_t n;

	while (*text) {
		n = strcspn(text, "$");
		text_add_n(out, text, n);
		text += n;
		if (!*text)
			break;
		text++;
		n = 1;
		if (name_span(text))
			n = fill_in_name(s, text, out, err);
		else
			text_add_char(out, '$');
		if (!n)
			return -1;
		text += name_span(text) ? n : (size_t)(*text == '$');
	}
	return 0;
}
