#include "drivers/plugins.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "drivers/definitions.h"

#define SYMBOL "gascell_plugin"
#define OTHERS (S_IWGRP | S_IWOTH)

/* -- whose it is --------------------------------------------------------- */

/* In a directory with the sticky bit others can make files, but not touch
 * ours: right for what lies above, not for the plugins' own. */
static int check_hands(const char *path, bool is_above, struct err *err)
{
	struct stat s;

	if (lstat(path, &s))
		return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
	if (s.st_uid && s.st_uid != geteuid())
		return err_set(err, ERR_DENIED,
			       "%s: belongs to user %u, but only root or the "
			       "user that gascelld runs as may own plugins and "
			       "what they lie in",
			       path, (unsigned)s.st_uid);
	if (s.st_mode & OTHERS && !(is_above && s.st_mode & S_ISVTX))
		return err_set(err, ERR_DENIED,
			       "%s: can be written by its group or by others; "
			       "chmod go-w makes it right",
			       path);
	return 0;
}

static int check_above(char *path, struct err *err)
{
	for (char *slash; (slash = strrchr(path, '/'));) {
		*slash = '\0';
		if (check_hands(*path ? path : "/", true, err))
			return -1;
	}
	return 0;
}

static int check_folder(const char *folder, char whole[PATH_MAX],
			struct err *err)
{
	char above[PATH_MAX];
	struct stat s;

	if (!realpath(folder, whole) || stat(whole, &s))
		return err_set(err, ERR_IO, "%s: %s", folder, strerror(errno));
	if (!S_ISDIR(s.st_mode))
		return err_set(err, ERR_IO, "%s: is no directory", folder);
	if (check_hands(whole, false, err))
		return -1;
	memcpy(above, whole, sizeof(above));
	return check_above(above, err);
}

static int check_file(const char *path, struct err *err)
{
	struct stat s;

	if (lstat(path, &s))
		return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
	if (!S_ISREG(s.st_mode))
		return err_set(err, ERR_IO, "%s: is no ordinary file", path);
	return check_hands(path, false, err);
}

/* -- what it is ---------------------------------------------------------- */

static bool is_built_in(const char *name)
{
	for (const struct driver *const *d = driver_list(); *d; d++)
		if (!strcmp((*d)->name, name))
			return true;
	return false;
}

static int check_names(const struct plugins *p, const struct plugin *table,
		       const struct definitions *definitions, struct err *err)
{
	for (size_t i = 0; table->drivers[i]; i++) {
		const char *name = table->drivers[i]->name;

		for (size_t k = 0; k < i; k++)
			if (!strcmp(table->drivers[k]->name, name))
				return err_set(err, ERR_INVALID,
					       "driver %s is in it twice",
					       name);
		if (is_built_in(name) || plugins_find(p, name) ||
		    definitions_has(definitions, name))
			return err_set(err, ERR_INVALID,
				       "there is a driver %s already: give "
				       "this one another name",
				       name);
	}
	return 0;
}

/* The path that the linker puts in front is said by the caller. */
static const char *linker_says(const char *path)
{
	const char *said = dlerror();
	size_t n = strlen(path);

	if (!said)
		return "cannot be loaded";
	return strncmp(said, path, n) || strncmp(said + n, ": ", 2)
		       ? said
		       : said + n + 2;
}

static int take(struct plugins *p, void *handle,
		const struct definitions *definitions, struct err *err)
{
	const struct plugin *table = dlsym(handle, SYMBOL);

	if (!table)
		return err_set(err, ERR_INVALID,
			       "exports no " SYMBOL ": is no plugin of "
			       "gascell");
	if (plugin_check(table, err) || check_names(p, table, definitions, err))
		return -1;
	p->v[p->n++] = (struct plugin_file){ handle, table };
	return 0;
}

static int load(struct plugins *p, const struct definitions *definitions,
		const char *path, struct err *err)
{
	void *handle;

	if (p->n == PLUGINS_MAX)
		return err_set(err, ERR_FULL, "%s: more than %d plugins", path,
			       PLUGINS_MAX);
	if (check_file(path, err))
		return -1;
	handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!handle)
		return err_set(err, ERR_INVALID, "%s: %s", path,
			       linker_says(path));
	if (!take(p, handle, definitions, err))
		return 0;
	dlclose(handle);
	return err_wrap(err, "%s", path);
}

int plugins_load_file(struct plugins *p, const struct definitions *definitions,
		      const char *path, struct err *err)
{
	const char *slash = strrchr(path, '/');
	_cleanup_(text_free) struct text whole = { 0 };
	char folder[PATH_MAX];

	text_add_n(&whole, slash ? path : ".",
		   slash ? (size_t)(slash - path) + 1 : 1);
	if (check_folder(text_str(&whole), folder, err))
		return -1;
	text_clear(&whole);
	text_addf(&whole, "%s/%s", folder, slash ? slash + 1 : path);
	return load(p, definitions, text_str(&whole), err);
}

/* -- the directory ------------------------------------------------------- */

static int is_plugin(const struct dirent *entry)
{
	size_t n = strlen(entry->d_name);

	return entry->d_name[0] != '.' && n > 3 &&
	       !strcmp(entry->d_name + n - 3, ".so");
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

void plugins_load(struct plugins *p, const struct definitions *definitions,
		  struct place at, struct problems *problems)
{
	struct dirent **entries = NULL;
	char folder[PATH_MAX];
	struct err err = { 0 };
	int n = 0;

	if (check_folder(p->folder, folder, &err)) {
		problems_add(problems, at, "plugins: %s", err.msg);
		return;
	}
	n = scandir(folder, &entries, is_plugin, by_bytes);
	if (n < 0)
		problems_add(problems, at, "plugins: %s: %s", folder,
			     strerror(errno));
	for (int i = 0; i < n; i++) {
		_cleanup_(text_free) struct text path = { 0 };

		text_addf(&path, "%s/%s", folder, entries[i]->d_name);
		if (load(p, definitions, text_str(&path), &err))
			problems_add(problems, at, "plugins: %s", err.msg);
		free(entries[i]);
	}
	free(entries);
}

void plugins_free(struct plugins *p)
{
	while (p->n)
		dlclose(p->v[--p->n].handle);
}

const struct driver *plugins_driver(const struct plugins *p, size_t i)
{
	for (size_t k = 0; p && k < p->n; k++)
		for (const struct driver *const *d = p->v[k].table->drivers; *d;
		     d++)
			if (!i--)
				return *d;
	return NULL;
}

const struct driver *plugins_find(const struct plugins *p, const char *name)
{
	const struct driver *driver;

	for (size_t i = 0; (driver = plugins_driver(p, i)); i++)
		if (!strcmp(driver->name, name))
			return driver;
	return NULL;
}
