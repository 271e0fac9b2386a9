#include "cli/paths.h"

#include <stdlib.h>
#include <string.h>

static const char *environment(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

/* $DIRECTORY[/below]/name, when there is such a variable. */
static bool add(struct paths *p, const char *variable, const char *below,
		const char *name)
{
	const char *directory = environment(variable);

	if (!directory)
		return false;
	text_addf(&p->v[p->n++], "%s%s/%s", directory, below, name);
	return true;
}

static void add_state(struct paths *p, const char *name)
{
	if (!add(p, "XDG_STATE_HOME", "/gascell", name))
		add(p, "HOME", "/.local/state/gascell", name);
}

void paths_sockets(struct paths *p)
{
	*p = (struct paths){ 0 };
	if (!add(p, "XDG_RUNTIME_DIR", "/gascell", "socket"))
		add_state(p, "socket");
	text_add(&p->v[p->n++], PATHS_SYSTEM_SOCKET);
}

void paths_databases(struct paths *p)
{
	*p = (struct paths){ 0 };
	add_state(p, "gascell.db");
	text_add(&p->v[p->n++], PATHS_SYSTEM_DATABASE);
}

void paths_free(struct paths *p)
{
	size_t i;

	for (i = 0; i < PATHS_MAX; i++)
		text_free(&p->v[i]);
	p->n = 0;
}
