/*
 * Who is at the other end of a connection, as the kernel knows it: for the
 * log, and for what it may. Asks no name service that could make the loop
 * wait; the groups are those of the process that connected.
 */
#ifndef DAEMON_PEER_H
#define DAEMON_PEER_H

#include <stdbool.h>
#include <sys/types.h>

#include "protocol/node.h"

/* One in more groups than these counts as in its first alone. */
#define PEER_GROUPS_MAX 1024

struct peer {
	struct node_who who;
	bool known; /* a process of this machine, with: */
	uid_t uid;
	size_t n_groups; /* the first is its primary one */
	gid_t groups[PEER_GROUPS_MAX + 1];
};

/* Unix: the user's name (of /etc/passwd, else "uid 1000") and program, made
 * harmless. TCP: the address. */
void peer_find(int fd, bool tcp, struct peer *peer);

#endif
