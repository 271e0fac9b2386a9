/* Walking the tree that yaml.c has built. */
#include <string.h>

#include "base/array.h"
#include "base/yaml.h"

const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key)
{
	const struct yaml_node *node;

	if (!map || map->kind != YAML_MAPPING)
		return NULL;
	for (node = map->first; node; node = node->next)
		if (!strcmp(node->key, key))
			return node;
	return NULL;
}

const char *yaml_kind_name(enum yaml_kind kind)
{
	switch (kind) {
	case YAML_SEQUENCE: return "a list";
	case YAML_MAPPING: return "a mapping";
	case YAML_SCALAR: break;
	}
	return "a value";
}

static bool is_known(const char *key, const char *const *known)
{
	for (; *known; known++)
		if (!strcmp(*known, key))
			return true;
	return false;
}

static void add_unknown(const struct yaml_node *node, const char *what,
			const char *const *known, struct problems *p)
{
	_cleanup_(text_free) struct text list = { 0 };
	const char *nearest = text_nearest(node->key, known);

	if (nearest) {
		problems_add(p, node->key_at,
			     "%s has no '%s'; did you mean "
			     "'%s'?",
			     what, node->key, nearest);
		return;
	}
	for (; *known; known++)
		text_addf(&list, "%s%s", list.n ? ", " : "", *known);
	problems_add(p, node->key_at, "%s has no '%s'; it has: %s", what,
		     node->key, text_str(&list));
}

void yaml_check_keys(const struct yaml_node *map, const char *what,
		     const char *const *known, struct problems *p)
{
	const struct yaml_node *node;

	if (!map || map->kind != YAML_MAPPING)
		return;
	for (node = map->first; node; node = node->next)
		if (!is_known(node->key, known))
			add_unknown(node, what, known, p);
}
