/* Where files and sockets are: relative paths become absolute ones. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/number.h"
#include "site/config_read.h"

static const char *environment(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

/* systemd gives a list; the first is ours. */
static bool first_of(const char *list, char out[CONFIG_PATH_MAX])
{
	size_t n = list ? strcspn(list, ":") : 0;

	if (!n || n >= CONFIG_PATH_MAX)
		return false;
	memcpy(out, list, n);
	out[n] = '\0';
	return true;
}

static void state_directory(char out[CONFIG_PATH_MAX])
{
	const char *dir;

	if (first_of(environment("STATE_DIRECTORY"), out))
		return;
	dir = environment("XDG_STATE_HOME");
	if (dir) {
		snprintf(out, CONFIG_PATH_MAX, "%s/gascell", dir);
		return;
	}
	dir = environment("HOME");
	if (dir)
		snprintf(out, CONFIG_PATH_MAX, "%s/.local/state/gascell", dir);
	else if (!getcwd(out, CONFIG_PATH_MAX))
		text_copy(out, CONFIG_PATH_MAX, ".");
}

/* Without one of its own the socket stays beside the log: a directory that
 * is ours alone, unlike /tmp. */
static void runtime_directory(char out[CONFIG_PATH_MAX])
{
	const char *dir;

	if (first_of(environment("RUNTIME_DIRECTORY"), out))
		return;
	dir = environment("XDG_RUNTIME_DIR");
	if (dir)
		snprintf(out, CONFIG_PATH_MAX, "%s/gascell", dir);
	else
		state_directory(out);
}

static void resolve(struct config_reader *r, char path[CONFIG_PATH_MAX],
		    const char *directory)
{
	_cleanup_(text_free) struct text whole = { 0 };

	if (!path[0] || path[0] == '/')
		return;
	text_addf(&whole, "%s/%s", directory, path);
	if (!text_copy(path, CONFIG_PATH_MAX, text_str(&whole)))
		problems_add(r->p, (struct place){ .file = r->file },
			     "the path %s is too long", text_str(&whole));
}

/* Where the configuration lies. */
static void own_directory(const char *file, char out[CONFIG_PATH_MAX])
{
	const char *slash = strrchr(file, '/');

	if (!slash || (size_t)(slash - file) >= CONFIG_PATH_MAX)
		text_copy(out, CONFIG_PATH_MAX, ".");
	else
		snprintf(out, CONFIG_PATH_MAX, "%.*s", (int)(slash - file),
			 file);
}

/* "127.0.0.1:10767", "[::1]:10767" */
static void check_listen(struct config_reader *r)
{
	const struct yaml_node *node =
		yaml_get(yaml_get(r->root, "listen"), "address");
	const char *colon = strrchr(r->c->listen, ':');
	struct err err;
	int64_t port;

	if (!node || !r->c->listen[0])
		return;
	if (!colon || colon == r->c->listen ||
	    number_parse_int(colon + 1, 0, 65535, &port, &err))
		problems_add(r->p, node->at,
			     "'%s' is written like "
			     "'127.0.0.1:10767'",
			     r->c->listen);
}

static void check_identify(struct config_reader *r)
{
	static const char *const versions[] = { "2.0", "1.1", "1.0", NULL };
	const struct yaml_node *node = yaml_get(r->root, "identify");

	if (node)
		config_word(r, node, "version of SECoP", versions);
}

/* Code is loaded when the site's own file, or who calls us, says where from:
 * never because a text from somewhere does. */
static void find_plugins(struct config_reader *r, const char *own)
{
	const struct yaml_node *node = yaml_get(r->root, "plugins");
	struct plugins *plugins = &r->c->plugins;

	_Static_assert(sizeof(plugins->folder) == CONFIG_PATH_MAX, "a path");
	if (!plugins->folder[0] || !node)
		return;
	if (r->plugins)
		text_copy(plugins->folder, CONFIG_PATH_MAX, r->plugins);
	else if (!r->is_own)
		problems_add(r->p, node->at,
			     "plugins: no code is loaded because this text "
			     "says so; replay takes --plugins DIRECTORY");
	if (!r->plugins && !r->is_own)
		return;
	resolve(r, plugins->folder, r->plugins ? "." : own);
	plugins_load(plugins, &r->c->definitions, node->at, r->p);
}

void config_find_drivers(struct config_reader *r)
{
	char own[CONFIG_PATH_MAX];

	_Static_assert(sizeof(r->c->definitions.folder) == CONFIG_PATH_MAX,
		       "a path");
	own_directory(r->file, own);
	resolve(r, r->c->definitions.folder, own);
	r->c->definitions.plugins = &r->c->plugins;
	find_plugins(r, own);
}

void config_finish_files(struct config_reader *r)
{
	char state[CONFIG_PATH_MAX], runtime[CONFIG_PATH_MAX];
	char own[CONFIG_PATH_MAX];

	state_directory(state);
	runtime_directory(runtime);
	own_directory(r->file, own);
	resolve(r, r->c->database, state);
	resolve(r, r->c->images, state);
	resolve(r, r->c->socket, runtime);
	resolve(r, r->c->recipes, own);
	check_listen(r);
	check_identify(r);
}
