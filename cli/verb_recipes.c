/* gascellctl recipes: what the library has. */
#include "cli/verb.h"

int verb_recipes(struct call *c)
{
	const char *name;
	json_t *list;
	struct err err;
	size_t i;
	int code = call_connect(c);

	if (code)
		return code;
	if (client_do(c->client, "run:_recipes", NULL, &list, &err))
		return call_fail_request(c, &err);
	if (c->options->json) {
		call_add_json(c, list);
		return CLI_OK;
	}
	for (i = 0; (name = json_string_value(json_array_get(list, i))); i++) {
		call_add(c, name);
		text_add_char(&c->out, '\n');
	}
	json_decref(list);
	return CLI_OK;
}
