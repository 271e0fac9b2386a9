#include "tools/recipe_file.h"

#include <stdlib.h>
#include <string.h>

void recipe_file_fini(struct recipe_file *r)
{
	text_free(&r->text);
	text_free(&r->file);
	free(r->beside);
	*r = (struct recipe_file){ 0 };
}

static char *directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	struct text dir = { 0 };

	if (!slash)
		text_add(&dir, ".");
	else
		text_add_n(&dir, path,
			   slash == path ? 1 : (size_t)(slash - path));
	return text_steal(&dir);
}

/* A word without a path or an ending can be a name of the library. */
static bool may_be_name(const char *name)
{
	return !name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_")];
}

int recipe_file_read(struct recipe_file *r, const struct config *config,
		     const char *name, struct err *err)
{
	recipe_file_fini(r);
	r->beside = directory_of(name);
	r->recipes.beside = r->beside;
	r->recipes.library = config->recipes;
	if (!text_read_file(&r->text, name, YAML_BYTES_MAX, err)) {
		text_add(&r->file, name);
		return 0;
	}
	if (err->code != ERR_NOT_FOUND || !may_be_name(name))
		return -1;
	return config_find_recipe(&r->recipes, name, &r->text, &r->file, err);
}

struct desk_recipe recipe_file_desk(struct recipe_file *r)
{
	return (struct desk_recipe){
		.text = text_str(&r->text),
		.n = r->text.n,
		.file = text_str(&r->file),
		.find = config_find_recipe,
		.find_context = &r->recipes,
	};
}
