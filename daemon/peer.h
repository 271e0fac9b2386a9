/*
 * Who is at the other end of a connection, as the kernel knows it: for the
 * log. Asks no name service that could make the loop wait.
 */
#ifndef DAEMON_PEER_H
#define DAEMON_PEER_H

#include <stdbool.h>

#include "protocol/node.h"

/* Unix: the user's name (of /etc/passwd, else "uid 1000") and program. TCP:
 * the address. */
void peer_find(int fd, bool tcp, struct node_who *who);

#endif
