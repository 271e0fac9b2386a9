/*
 * Where a daemon's socket and log are when nobody says so: first the user's
 * own daemon, then the one of the system. They are the places where gascelld
 * puts them (site/config.h).
 */
#ifndef CLI_PATHS_H
#define CLI_PATHS_H

#include "base/text.h"

#define PATHS_MAX 3
#define PATHS_SYSTEM_SOCKET "/run/gascell/socket"
#define PATHS_SYSTEM_DATABASE "/var/lib/gascell/gascell.db"

struct paths {
	size_t n;
	struct text v[PATHS_MAX];
};

/* In the order in which they are tried. */
void paths_sockets(struct paths *p);
void paths_databases(struct paths *p);
void paths_free(struct paths *p);

#endif
