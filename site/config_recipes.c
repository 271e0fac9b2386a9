/* The recipe library: names, never paths, beneath a few directories. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "site/config.h"

#define NAME_MAX_BYTES 64
#define SUFFIX ".yaml"
#define DIRECTORIES_MAX 5

struct directories {
	size_t n;
	char v[DIRECTORIES_MAX][CONFIG_PATH_MAX];
};

static bool is_recipe_name(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_");

	return n > 0 && n <= NAME_MAX_BYTES && !name[n] && name[0] != '-';
}

static void add(struct directories *d, const char *path)
{
	struct stat status;

	if (!path || !*path || d->n == DIRECTORIES_MAX)
		return;
	if (text_copy(d->v[d->n], CONFIG_PATH_MAX, path) &&
	    !stat(path, &status) && S_ISDIR(status.st_mode))
		d->n++;
}

/* Beside the program, as in the tree it was built in. */
static void add_beside_program(struct directories *d)
{
	static const char *const places[] = { "/../../recipes", "/../recipes" };
	char path[CONFIG_PATH_MAX];
	_cleanup_(text_free) struct text whole = { 0 };
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	char *slash, *real;
	size_t i;

	if (n <= 0)
		return;
	path[n] = '\0';
	slash = strrchr(path, '/');
	if (slash)
		*slash = '\0';
	for (i = 0; i < ARRAY_SIZE(places); i++) {
		text_clear(&whole);
		text_addf(&whole, "%s%s", path, places[i]);
		real = realpath(text_str(&whole), NULL);
		add(d, real);
		free(real);
	}
}

static void list_directories(const struct config_recipes *recipes,
			     struct directories *d)
{
	d->n = 0;
	add(d, recipes->beside);
	add(d, recipes->library);
	add_beside_program(d);
	add(d, GASCELL_RECIPE_DIR);
}

static int read_all(int fd, const char *path, struct text *out, struct err *err)
{
	char chunk[8192];
	size_t total = 0;
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) > 0) {
		total += (size_t)n;
		if (total > YAML_BYTES_MAX)
			return err_set(err, ERR_FULL,
				       "%s has more than %d "
				       "KiB",
				       path, YAML_BYTES_MAX / 1024);
		text_add_n(out, chunk, (size_t)n);
	}
	if (n < 0)
		return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
	return 0;
}

/* Reads a regular file beneath the directory; a link is not followed. */
static int read_beneath(const char *directory, const char *file,
			struct text *out, struct err *err)
{
	int dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat status;
	int fd, result;

	if (dir < 0)
		return err_set(err, ERR_NOT_FOUND, "%s: %s", directory,
			       strerror(errno));
	fd = openat(dir, file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	close(dir);
	if (fd < 0)
		return err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO,
			       "%s/%s: %s", directory, file, strerror(errno));
	if (fstat(fd, &status) || !S_ISREG(status.st_mode))
		result = err_set(err, ERR_IO, "%s/%s is not a regular file",
				 directory, file);
	else
		result = read_all(fd, file, out, err);
	close(fd);
	return result;
}

/* -- names ------------------------------------------------------------- */

struct names {
	size_t n;
	char v[CONFIG_RECIPES_MAX][NAME_MAX_BYTES + 1];
};

static void add_name(struct names *names, const char *file)
{
	char name[NAME_MAX_BYTES + sizeof(SUFFIX)];
	size_t n = strlen(file);

	if (n <= strlen(SUFFIX) || !text_copy(name, sizeof(name), file) ||
	    strcmp(name + n - strlen(SUFFIX), SUFFIX))
		return;
	name[n - strlen(SUFFIX)] = '\0';
	if (is_recipe_name(name) && names->n < CONFIG_RECIPES_MAX)
		text_copy(names->v[names->n++], NAME_MAX_BYTES + 1, name);
}

static void list_names(const char *directory, struct names *names)
{
	DIR *dir = opendir(directory);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		add_name(names, entry->d_name);
	if (dir)
		closedir(dir);
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Names are of harmless characters. */
void config_list_recipes(void *context, struct text *json)
{
	struct names names = { 0 };
	struct directories d;
	size_t i, n = 0;

	list_directories(context, &d);
	for (i = 0; i < d.n; i++)
		list_names(d.v[i], &names);
	qsort(names.v, names.n, sizeof(names.v[0]), compare);
	text_add_char(json, '[');
	for (i = 0; i < names.n; i++)
		if (!i || strcmp(names.v[i], names.v[i - 1]))
			text_addf(json, "%s\"%s\"", n++ ? "," : "", names.v[i]);
	text_add_char(json, ']');
}

/* The recipe of that directory most like name. */
static bool find_near(const char *directory, const char *name,
		      char near[NAME_MAX_BYTES + 1])
{
	const char *words[CONFIG_RECIPES_MAX + 1], *nearest;
	struct names names = { 0 };
	size_t i;

	list_names(directory, &names);
	for (i = 0; i < names.n; i++)
		words[i] = names.v[i];
	words[i] = NULL;
	nearest = text_nearest(name, words);
	return nearest && text_copy(near, NAME_MAX_BYTES + 1, nearest);
}

static int refuse(const struct directories *d, const char *name,
		  struct err *err)
{
	_cleanup_(text_free) struct text places = { 0 };
	char near[NAME_MAX_BYTES + 1];
	size_t i;

	for (i = 0; i < d->n; i++)
		if (find_near(d->v[i], name, near))
			return err_set(err, ERR_NOT_FOUND,
				       "there is no "
				       "recipe '%s'; did you mean '%s'?",
				       name, near);
	for (i = 0; i < d->n; i++)
		text_addf(&places, "%s%s", i ? ", " : " in ", d->v[i]);
	return err_set(err, ERR_NOT_FOUND, "there is no recipe '%s'%s", name,
		       text_str(&places));
}

int config_find_recipe(void *context, const char *name, struct text *out,
		       struct text *file, struct err *err)
{
	struct directories d;
	char entry[NAME_MAX_BYTES + sizeof(SUFFIX)];
	size_t i;

	if (!is_recipe_name(name))
		return err_set(err, ERR_INVALID,
			       "'%.80s' cannot be the name "
			       "of a recipe: lower-case letters, digits, '-' "
			       "and '_'",
			       name);
	list_directories(context, &d);
	text_copy(entry, sizeof(entry), name);
	text_copy(entry + strlen(entry), sizeof(entry) - strlen(entry), SUFFIX);
	for (i = 0; i < d.n; i++) {
		if (!read_beneath(d.v[i], entry, out, err)) {
			text_addf(file, "%s/%s", d.v[i], entry);
			return 0;
		}
		if (err->code != ERR_NOT_FOUND)
			return -1;
	}
	return refuse(&d, name, err);
}
