#include "cli/bundle.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/yaml.h"
#include "protocol/json.h"

#define NAME_MAX_BYTES 64
#define CALLED_MAX 120 /* what the daemon takes, with some room */

/* Names are looked at in the order in which they were found; looking at one
 * may find more. */
struct bundle {
	const char *directory; /* of the file, with its '/' */
	size_t directory_n;
	size_t n;
	char names[BUNDLE_INCLUDES_MAX][NAME_MAX_BYTES + 1];
	json_t *includes; /* texts by name */
};

static bool ends_in(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n > m && !strcmp(s + n - m, end);
}

bool bundle_is_file(const char *recipe)
{
	struct stat status;

	return strchr(recipe, '/') || ends_in(recipe, ".yaml") ||
	       ends_in(recipe, ".yml") ||
	       (!stat(recipe, &status) && S_ISREG(status.st_mode));
}

static bool is_name(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-_");

	return n > 0 && n <= NAME_MAX_BYTES && !s[n] && s[0] != '-';
}

/* -- what is included -------------------------------------------------- */

static void note(struct bundle *b, const char *name)
{
	size_t i;

	if (!is_name(name) || b->n == BUNDLE_INCLUDES_MAX)
		return;
	for (i = 0; i < b->n; i++)
		if (!strcmp(b->names[i], name))
			return;
	text_copy(b->names[b->n++], NAME_MAX_BYTES + 1, name);
}

/* `include: name`, or `include: {recipe: name, with: ...}`, anywhere. */
static void note_includes(struct bundle *b, const struct yaml_node *node)
{
	const struct yaml_node *child, *name;

	if (node->key && !strcmp(node->key, "include")) {
		name = node->kind == YAML_MAPPING ? yaml_get(node, "recipe")
						  : node;
		if (name && name->kind == YAML_SCALAR)
			note(b, name->s);
	}
	for (child = node->first; child; child = child->next)
		note_includes(b, child);
}

/* What is no YAML is the daemon's to complain about. */
static void look_into(struct bundle *b, const struct text *text)
{
	_cleanup_(problems_free) struct problems problems = { 0 };
	struct yaml *yaml =
		yaml_parse(text_str(text), text->n, "recipe", &problems);

	if (yaml)
		note_includes(b, yaml_root(yaml));
	yaml_tree_free(yaml);
}

/* What does not lie here is looked for in the library, by the daemon, who
 * can also say at which line and column it is missing. */
static void fetch(struct bundle *b, const char *name)
{
	_cleanup_(text_free) struct text path = { 0 }, text = { 0 };
	struct err err;

	text_add_n(&path, b->directory, b->directory_n);
	text_addf(&path, "%s.yaml", name);
	if (text_read_file(&text, text_str(&path), YAML_BYTES_MAX, &err) ||
	    !text_is_utf8(text_str(&text), text.n))
		return;
	json_object_set_new(b->includes, name,
			    json_stringn(text_str(&text), text.n));
	look_into(b, &text);
}

static json_t *find_includes(const char *path, const struct text *text)
{
	struct bundle b = { .directory = path, .includes = json_object() };
	const char *slash = strrchr(path, '/');
	size_t i;

	b.directory_n = slash ? (size_t)(slash - path) + 1 : 0;
	look_into(&b, text);
	for (i = 0; i < b.n; i++)
		fetch(&b, b.names[i]);
	return b.includes;
}

/* -- the argument ------------------------------------------------------ */

/* The end of a long path says more than its beginning. */
static const char *called(const char *path)
{
	size_t n = strlen(path);

	if (n > CALLED_MAX)
		path += n - CALLED_MAX;
	while (((unsigned char)*path & 0xc0) == 0x80)
		path++;
	return path;
}

/* The daemon takes objects as strings: docs/socket.md. */
static void set_object(json_t *argument, const char *name, json_t *object)
{
	_cleanup_(text_free) struct text text = { 0 };

	json_add_value(&text, object);
	if (json_object_size(object))
		json_object_set_new(argument, name,
				    json_string(text_str(&text)));
	json_decref(object);
}

static json_t *parameters(const struct options *o)
{
	json_t *object = json_object();
	size_t i;

	for (i = 0; i < o->n_params; i++)
		json_object_set_new(object, o->params[i].name,
				    json_string(o->params[i].value));
	return object;
}

static int check_options(const struct options *o, struct err *err)
{
	size_t i;

	for (i = 0; i < o->n_params; i++)
		if (!text_is_utf8(o->params[i].name,
				  strlen(o->params[i].name)) ||
		    !text_is_utf8(o->params[i].value,
				  strlen(o->params[i].value)))
			return err_set(err, ERR_INVALID,
				       "the parameter %s is "
				       "no UTF-8 text",
				       o->params[i].name);
	if (o->label && !text_is_utf8(o->label, strlen(o->label)))
		return err_set(err, ERR_INVALID, "the label is no UTF-8 text");
	return 0;
}

static json_t *of_file(const char *path, struct err *err)
{
	_cleanup_(text_free) struct text text = { 0 };
	json_t *argument;

	if (text_read_file(&text, path, YAML_BYTES_MAX, err))
		return NULL;
	if (!text.n) {
		err_set(err, ERR_INVALID, "%s is empty", path);
		return NULL;
	}
	if (!text_is_utf8(text_str(&text), text.n)) {
		err_set(err, ERR_INVALID,
			"%s is no UTF-8 text; save it as "
			"UTF-8",
			path);
		return NULL;
	}
	argument = json_pack("{ss}", "name", called(path));
	json_object_set_new(argument, "recipe",
			    json_stringn(text_str(&text), text.n));
	set_object(argument, "includes", find_includes(path, &text));
	return argument;
}

json_t *bundle_make(const char *recipe, const struct options *options,
		    struct err *err)
{
	json_t *argument;

	if (check_options(options, err))
		return NULL;
	if (bundle_is_file(recipe)) {
		argument = of_file(recipe, err);
	} else if (is_name(recipe)) {
		argument = json_pack("{ssss}", "recipe", "", "name", recipe);
	} else {
		argument = NULL;
		err_set(err, ERR_INVALID,
			"'%s' is neither a file nor a name "
			"of the library (a-z, 0-9, '-' and '_')",
			recipe);
	}
	if (!argument)
		return NULL;
	set_object(argument, "parameters", parameters(options));
	if (options->label)
		json_object_set_new(argument, "label",
				    json_string(options->label));
	return argument;
}
