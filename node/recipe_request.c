#include "node/recipe_request.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

#define VALUES_MAX 256 /* parameters, or includes */

const struct datainfo recipe_request_text = {
	.type = DATAINFO_STRING,
	.maxlen = YAML_BYTES_MAX,
	.utf8 = true,
};
const struct datainfo recipe_request_short = {
	.type = DATAINFO_STRING,
	.maxlen = 128,
	.utf8 = true,
};
const struct datainfo recipe_request_parameters = {
	.type = DATAINFO_STRING,
	.maxlen = 16384,
	.utf8 = true,
};
static const struct datainfo_member members[] = {
	{ .name = "recipe", .of = &recipe_request_text },
	{ .name = "name", .of = &recipe_request_short, .optional = true },
	{ .name = "parameters",
	  .of = &recipe_request_parameters,
	  .optional = true },
	{ .name = "includes", .of = &recipe_request_text, .optional = true },
	{ .name = "label", .of = &recipe_request_short, .optional = true },
};

const struct datainfo recipe_request_datainfo = {
	.type = DATAINFO_STRUCT,
	DATAINFO_MEMBERS(members),
};

/* First what the client brought, then the library. */
static int find_included(void *context, const char *name, struct text *out,
			 struct text *file, struct err *err)
{
	const struct recipe_request *r = context;
	const json_t *text = json_object_get(r->includes, name);

	if (!json_is_string(text))
		return r->library(r->library_context, name, out, file, err);
	text_add_n(out, json_string_value(text), json_string_length(text));
	text_add(file, name);
	return 0;
}

static const char *member(const json_t *argument, const char *name)
{
	return json_string_value(json_object_get(argument, name));
}

/* A recipe of the library. */
static int find_recipe(struct recipe_request *r, const char *name,
		       struct err *err)
{
	if (r->library(r->library_context, name, &r->text, &r->file, err))
		return -1;
	r->recipe.text = text_str(&r->text);
	r->recipe.n = r->text.n;
	r->recipe.file = text_str(&r->file);
	r->called = name;
	return 0;
}

/* The object of strings that is the text of this member; NULL when there is
 * none. -1: it is something else. */
static int read_object(const json_t *argument, const char *name, json_t **out,
		       enum error_class *c, struct err *err)
{
	const char *text = member(argument, name), *key;
	json_t *v, *value;

	*out = NULL;
	if (!text || !*text)
		return 0;
	v = json_read_within(text, strlen(text), VALUES_MAX, c, err);
	if (!v)
		return err_wrap(err, "%s", name);
	*out = v;
	*c = ERROR_WRONG_TYPE;
	if (!json_is_object(v))
		return err_set(err, ERR_INVALID, "%s: not a JSON object", name);
	json_object_foreach(v, key, value) if (
		!json_is_string(
			value)) return err_set(err, ERR_INVALID,
					       "%s: %.60s is not a string",
					       name, key);
	return 0;
}

static int read_params(struct recipe_request *r, enum error_class *c,
		       struct err *err)
{
	const char *key;
	json_t *value;
	size_t n = 0;

	*c = ERROR_RANGE;
	if (json_object_size(r->parameters) > RECIPE_PARAMS_MAX)
		return err_set(err, ERR_RANGE, "parameters: more than %d",
			       RECIPE_PARAMS_MAX);
	json_object_foreach(r->parameters, key, value) r->params[n++] =
		(struct recipe_param){ key, json_string_value(value) };
	r->recipe.params = r->params;
	r->recipe.n_params = n;
	return 0;
}

/* Without a text the name is that of a recipe of the library. */
static int read_recipe(struct recipe_request *r, const json_t *argument,
		       enum error_class *c, struct err *err)
{
	const json_t *text = json_object_get(argument, "recipe");
	const char *name = member(argument, "name");

	if (!json_string_length(text) && name && *name) {
		*c = ERROR_RANGE;
		return find_recipe(r, name, err);
	}
	r->recipe.text = json_string_value(text);
	r->recipe.n = json_string_length(text);
	r->recipe.file = name && *name ? name : "recipe";
	r->called = r->recipe.file;
	return 0;
}

int recipe_request_read(struct recipe_request *r, const json_t *argument,
			recipe_find *library, void *library_context,
			enum error_class *c, struct err *err)
{
	*r = (struct recipe_request){
		.library = library,
		.library_context = library_context,
	};
	r->recipe.label = member(argument, "label");
	r->recipe.find = find_included;
	r->recipe.find_context = r;
	if (read_recipe(r, argument, c, err) ||
	    read_object(argument, "parameters", &r->parameters, c, err) ||
	    read_object(argument, "includes", &r->includes, c, err))
		return -1;
	return read_params(r, c, err);
}

int recipe_request_find(struct recipe_request *r, const char *name,
			recipe_find *library, void *library_context,
			struct err *err)
{
	*r = (struct recipe_request){
		.library = library,
		.library_context = library_context,
	};
	r->recipe.find = library;
	r->recipe.find_context = library_context;
	return find_recipe(r, name, err);
}

void recipe_request_take(struct recipe_request *r, const struct sheet *sheet,
			 const char *name, const char *label)
{
	*r = (struct recipe_request){
		.name = text_dup(name),
		.label = label ? text_dup(label) : NULL,
	};
	sheet_copy(&r->sheet, sheet);
	r->recipe = desk_recipe_of(&r->sheet, r->label);
	r->called = r->name;
}

void recipe_request_fini(struct recipe_request *r)
{
	sheet_fini(&r->sheet);
	free(r->name);
	free(r->label);
	r->name = r->label = NULL;
	json_decref(r->parameters);
	json_decref(r->includes);
	text_free(&r->text);
	text_free(&r->file);
	r->parameters = r->includes = NULL;
}
