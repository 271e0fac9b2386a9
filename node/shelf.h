/*
 * Recipes that clients have brought without starting them, by name: so that
 * `change run:target NAME` starts one. In memory only; the oldest goes when
 * there are too many.
 */
#ifndef NODE_SHELF_H
#define NODE_SHELF_H

#include "ring/sheet.h"

#define SHELF_MAX 16

struct shelf_place {
	char *name; /* NULL: free */
	char *label;
	struct sheet *sheet;
};

/* {0} is an empty shelf; the newest is last. */
struct shelf {
	size_t n;
	struct shelf_place v[SHELF_MAX];
};

void shelf_fini(struct shelf *s);

/* In place of one of that name. The sheet is the shelf's. label: or NULL. */
void shelf_put(struct shelf *s, const char *name, const char *label,
	       struct sheet *sheet);

/* NULL: there is none of that name. */
const struct shelf_place *shelf_find(const struct shelf *s, const char *name);

#endif
