/*
 * The plugins of a site: shared objects of one directory, loaded when the
 * configuration is read. Who can write there can make the daemon do anything,
 * so it must be in the hands of root or of our own user, all the way up.
 */
#ifndef DRIVERS_PLUGINS_H
#define DRIVERS_PLUGINS_H

#include "base/problems.h"
#include "drivers/plugin.h"

struct definitions;

#define PLUGINS_MAX 32
#define PLUGINS_PATH_MAX 512

struct plugins {
	char folder[PLUGINS_PATH_MAX]; /* "": none */
	size_t n;
	struct plugin_file {
		void *handle;
		const struct plugin *table;
	} v[PLUGINS_MAX];
};

/*
 * All files of the folder whose names end with ".so", in the order of their
 * names. What is wrong with any of them is a problem at `at` that names the
 * file. `definitions`: their names are taken. Loop's thread, before others
 * are started.
 */
void plugins_load(struct plugins *p, const struct definitions *definitions,
		  struct place at, struct problems *problems);

/* One file, under the same rules; none of its drivers may be there yet. */
int plugins_load_file(struct plugins *p, const struct definitions *definitions,
		      const char *path, struct err *err);

/* None of their drivers may be used any more; twice is fine. */
void plugins_free(struct plugins *p);

/* NULL: there is none; p may be NULL. */
const struct driver *plugins_find(const struct plugins *p, const char *name);

/* Driver i of all of them; NULL after the last. */
const struct driver *plugins_driver(const struct plugins *p, size_t i);

/* Whether a table is one that this program can use: its ABI, its sizes, and
 * that each driver in it is complete and without contradictions. */
int plugin_check(const struct plugin *plugin, struct err *err);

#endif
