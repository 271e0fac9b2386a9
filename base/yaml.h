/*
 * YAML as a tree that knows where each node stood, within bounds: what comes
 * from outside is never trusted.
 *
 * Refused with line and column: anchors, aliases, tags, duplicate keys, keys
 * that are not plain words, several documents, invalid UTF-8, control
 * characters, and more than the limits below. libyaml is used in yaml.c
 * alone; what is quadratic in it (nested flow brackets, %TAG lines) is
 * stopped before it hurts. A BOM at the start is skipped. Keys are letters,
 * digits, '_', and behind the first of them '-' and '.'.
 */
#ifndef BASE_YAML_H
#define BASE_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/problems.h"

#define YAML_BYTES_MAX (256 * 1024)
#define YAML_DEPTH_MAX 16
#define YAML_NODES_MAX 100000
#define YAML_SCALAR_MAX 16384

enum yaml_kind { YAML_SCALAR, YAML_SEQUENCE, YAML_MAPPING };

struct yaml_node {
	enum yaml_kind kind;
	struct place at; /* of the value */
	const char *key; /* in a mapping; else NULL */
	struct place key_at;
	const char *s;		 /* scalar: its text, never NULL */
	bool quoted;		 /* scalar: was written in quotes */
	struct yaml_node *first; /* children, in order */
	struct yaml_node *next;	 /* sibling */
	size_t n;		 /* number of children */
};

struct yaml; /* owns all nodes, texts and the file's name */

/*
 * NULL when there is nothing that could be read on with; why is added to p,
 * all that can be found. A key that is written twice is a problem, too, but
 * gives a tree in which the first one counts, so that a caller finds the other
 * mistakes at once: look at p before believing the tree. An empty document is
 * an error. `file` is how messages call the text.
 */
struct yaml *yaml_parse(const char *s, size_t n, const char *file,
			struct problems *p);

/* Not "yaml_free": libyaml exports that, and would call ours. */
void yaml_tree_free(struct yaml *y);

const struct yaml_node *yaml_root(const struct yaml *y);

/* The value under key, or NULL; map may be NULL or of another kind. */
const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);

/* "a mapping", "a list", "a value": for messages. */
const char *yaml_kind_name(enum yaml_kind kind);

/* Adds a problem for each key of map that is not in known (NULL-terminated);
 * says the nearest known one. `what` names the map: "a ramp". */
void yaml_check_keys(const struct yaml_node *map, const char *what,
		     const char *const *known, struct problems *p);

#endif
