/* The unix socket of a daemon, by its path. */
#ifndef TOOLS_SOCKET_H
#define TOOLS_SOCKET_H

#include <stdbool.h>
#include <sys/un.h>

#include "base/err.h"

/* ERR_RANGE: the path is too long for one. */
int socket_address(const char *path, struct sockaddr_un *address,
		   struct err *err);

/* Is there a daemon at this socket? */
bool socket_is_taken(const char *path);

#endif
