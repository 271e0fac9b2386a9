#include "node/role_list.h"

#include "base/json.h"

static const char head[] = "{\"modules\":{";

void role_list_begin(struct text *list)
{
	text_add(list, head);
}

static void add_datainfo(struct text *list, const char *name,
			 const struct datainfo *d)
{
	json_add_string(list, name);
	text_add(list, ":{\"datainfo\":");
	datainfo_print(d, list);
	text_add_char(list, '}');
}

void role_list_add(struct text *list, const struct role_list_entry *entry)
{
	if (list->n > sizeof(head) - 1)
		text_add_char(list, ',');
	json_add_string(list, entry->module);
	text_add(list, ":{\"_role\":");
	json_add_string(list, entry->role);
	text_add(list, ",\"accessibles\":{");
	add_datainfo(list, "value", entry->value);
	if (entry->target) {
		text_add_char(list, ',');
		add_datainfo(list, "target", entry->target);
	}
	text_add(list, "}}");
}

void role_list_end(struct text *list)
{
	text_add(list, "}}");
}
