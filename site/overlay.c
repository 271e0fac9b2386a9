#include "site/overlay.h"

#include <string.h>

static void print_node(const struct yaml_node *base,
		       const struct yaml_node *over, int depth,
		       struct text *out);

/* What was written plain stays plain: "350 °C" and "on" mean something. */
static void print_scalar(const struct yaml_node *node, struct text *out)
{
	if (!node->quoted && node->s[0] && !strchr(node->s, '\n')) {
		text_addf(out, " %s\n", node->s);
		return;
	}
	text_add(out, " \"");
	for (const char *s = node->s; *s; s++) {
		if (*s == '\n')
			text_add(out, "\\n");
		else if (*s == '\t')
			text_add(out, "\\t");
		else if (*s == '"' || *s == '\\')
			text_addf(out, "\\%c", *s);
		else
			text_add_char(out, *s);
	}
	text_add(out, "\"\n");
}

static void indent(int depth, struct text *out)
{
	for (int i = 0; i < depth; i++)
		text_add(out, "  ");
}

static void print_key(const struct yaml_node *node, int depth, struct text *out)
{
	indent(depth, out);
	text_addf(out, "%s:", node->key);
}

static void print_mapping(const struct yaml_node *base,
			  const struct yaml_node *over, int depth,
			  struct text *out)
{
	text_add(out, "\n");
	for (const struct yaml_node *n = base->first; n; n = n->next) {
		print_key(n, depth, out);
		print_node(n, yaml_get(over, n->key), depth, out);
	}
	for (const struct yaml_node *n = over ? over->first : NULL; n;
	     n = n->next) {
		if (yaml_get(base, n->key))
			continue;
		print_key(n, depth, out);
		print_node(n, NULL, depth, out);
	}
}

static void print_list(const struct yaml_node *list, int depth,
		       struct text *out)
{
	text_add(out, "\n");
	for (const struct yaml_node *n = list->first; n; n = n->next) {
		indent(depth, out);
		text_add(out, "-");
		print_node(n, NULL, depth, out);
	}
}

static void print_node(const struct yaml_node *base,
		       const struct yaml_node *over, int depth,
		       struct text *out)
{
	if (over &&
	    (over->kind != YAML_MAPPING || base->kind != YAML_MAPPING)) {
		base = over;
		over = NULL;
	}
	if (base->kind == YAML_SCALAR)
		print_scalar(base, out);
	else if (!base->n && !(over && over->n))
		text_add(out, base->kind == YAML_MAPPING ? " {}\n" : " []\n");
	else if (base->kind == YAML_MAPPING)
		print_mapping(base, over, depth + 1, out);
	else
		print_list(base, depth + 1, out);
}

int overlay_merge(const struct yaml_node *base, const char *over, size_t n,
		  const char *file, struct text *out, struct problems *problems)
{
	size_t before = problems->n_all;
	struct yaml *yaml = yaml_parse(over, n, file, problems);
	const struct yaml_node *root;

	if (!yaml || problems->n_all > before) {
		yaml_tree_free(yaml);
		return -1;
	}
	root = yaml_root(yaml);
	if (root->kind != YAML_MAPPING) {
		problems_add(problems, root->at, "%s where a mapping belongs",
			     yaml_kind_name(root->kind));
		yaml_tree_free(yaml);
		return -1;
	}
	print_mapping(base, root, 0, out);
	yaml_tree_free(yaml);
	return 0;
}
