#include "drivers/definitions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/embedded.h"
#include "base/text.h"
#include "drivers/definition.h"
#include "drivers/plugins.h"

#define FILE_MAX (64 * 1024)
#define NAMES_MAX 256

extern const struct embedded definitions_embedded[];

void definitions_free(struct definitions *set)
{
	for (size_t i = 0; i < set->n; i++)
		definition_free(set->v[i]);
	set->n = 0;
}

const char *definitions_name(size_t i)
{
	return definitions_embedded[i].name;
}

static const struct embedded *find_embedded(const char *name)
{
	for (const struct embedded *e = definitions_embedded; e->name; e++)
		if (!strcmp(e->name, name))
			return e;
	return NULL;
}

/* A name is no path. */
static bool is_name(const char *name)
{
	return *name && strlen(name) < DEFINITION_NAME_MAX &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") ==
		       strlen(name);
}

static bool read_site(const struct definitions *set, const char *name,
		      struct text *out, struct text *path)
{
	struct err err;

	if (!set->folder[0])
		return false;
	text_addf(path, "%s/%s.yaml", set->folder, name);
	return !text_read_file(out, text_str(path), FILE_MAX, &err);
}

bool definitions_has(const struct definitions *set, const char *name)
{
	_cleanup_(text_free) struct text own = { 0 }, path = { 0 };

	return find_embedded(name) ||
	       (is_name(name) && read_site(set, name, &own, &path));
}

static struct definition *load(const struct definitions *set, const char *name,
			       const struct yaml_node *params,
			       struct problems *problems)
{
	_cleanup_(text_free) struct text own = { 0 }, path = { 0 };
	const struct embedded *e = find_embedded(name);

	if (read_site(set, name, &own, &path))
		return definition_parse_for(params, text_str(&own), own.n,
					    text_str(&path), problems);
	text_clear(&path);
	text_addf(&path, "definitions/%s.yaml", name);
	return e ? definition_parse_for(params, e->bytes, *e->n,
					text_str(&path), problems)
		 : NULL;
}

static void say_unknown(const struct definitions *set, const char *name,
			struct place at, struct problems *problems)
{
	const char *names[NAMES_MAX + 1];
	const struct driver *const *drivers = driver_list();
	const char *near;
	size_t n = 0;

	for (; *drivers && n < NAMES_MAX; drivers++)
		names[n++] = (*drivers)->name;
	for (size_t i = 0; definitions_name(i) && n < NAMES_MAX; i++)
		names[n++] = definitions_name(i);
	for (size_t i = 0; plugins_driver(set->plugins, i) && n < NAMES_MAX;
	     i++)
		names[n++] = plugins_driver(set->plugins, i)->name;
	names[n] = NULL;
	near = text_nearest(name, names);
	if (near)
		problems_add(problems, at, "unknown driver; did you mean %s?",
			     near);
	else
		problems_add(problems, at,
			     "unknown driver; `gascelld "
			     "drivers` lists them");
}

const struct driver *definitions_find(struct definitions *set, const char *name,
				      const struct yaml_node *params,
				      struct place at,
				      struct problems *problems)
{
	size_t before = problems->n_all;
	const struct driver *driver;
	struct definition *d;
	struct err err = { 0 };

	driver = driver_find(name, &err);
	if (!driver)
		driver = plugins_find(set->plugins, name);
	if (driver)
		return driver;
	for (size_t i = 0; i < set->n; i++)
		if (!strcmp(set->v[i]->name, name) && !set->v[i]->shaped)
			return &set->v[i]->driver;
	d = is_name(name) && set->n < DEFINITIONS_MAX
		    ? load(set, name, params, problems)
		    : NULL;
	if (d && strcmp(d->name, name)) {
		problems_add(problems, at,
			     "the definition in %s.yaml is "
			     "called %s",
			     name, d->name);
		definition_free(d);
		return NULL;
	}
	if (!d) {
		if (problems->n_all == before)
			say_unknown(set, name, at, problems);
		return NULL;
	}
	set->v[set->n++] = d;
	return &d->driver;
}
