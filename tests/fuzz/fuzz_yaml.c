/* Any bytes are a tree, or problems, or both; never neither. */
#include <stdint.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/yaml.h"

static size_t count(const struct yaml_node *node)
{
	const struct yaml_node *child;
	size_t n = 1;

	for (child = node->first; child; child = child->next)
		n += count(child);
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(problems_free) struct problems p = { 0 };
	_cleanup_(text_free) struct text t = { 0 };
	struct yaml *y = yaml_parse((const char *)data, size, "input", &p);

	if ((!y && !p.n) || (y && count(yaml_root(y)) > YAML_NODES_MAX))
		abort();
	problems_sort(&p);
	problems_print(&p, &t);
	if (!text_is_utf8(text_str(&t), t.n))
		abort();
	yaml_tree_free(y);
	return 0;
}
