/*
 * The roles of the site, as the description has them, without all else: for
 * a client that only wants to know what there is to read and to set, and
 * where. {"modules": {"gas_Ar": {"_role": "gas.Ar", "accessibles": {"value":
 * {"datainfo": ...}, "target": ...}}}}
 */
#ifndef NODE_ROLE_LIST_H
#define NODE_ROLE_LIST_H

#include "base/text.h"
#include "protocol/datainfo.h"

struct role_list_entry {
	const char *module, *role;
	const struct datainfo *value;
	const struct datainfo *target; /* NULL: it cannot be set */
};

void role_list_begin(struct text *list);
void role_list_add(struct text *list, const struct role_list_entry *entry);
void role_list_end(struct text *list);

#endif
