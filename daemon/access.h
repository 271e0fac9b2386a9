/*
 * Who may what on the unix socket, by the groups of the peer. The names of
 * the configuration are looked up once, at the start, because a name service
 * may take its time.
 */
#ifndef DAEMON_ACCESS_H
#define DAEMON_ACCESS_H

#include "daemon/peer.h"
#include "site/config.h"

struct access {
	bool given;  /* else: whoever may connect is an operator */
	bool closed; /* who is in none of the groups is turned away */
	uid_t self;
	size_t n;
	struct access_group {
		gid_t gid;
		enum node_rights rights;
	} groups[CONFIG_RIGHTS * CONFIG_GROUPS_MAX];
};

/* ERR_NOT_FOUND: there is no such group. */
int access_init(struct access *a, const struct config_access *config,
		struct err *err);

/* NODE_RIGHTS_DEFAULT: none at all. */
enum node_rights access_of(const struct access *a, const struct peer *peer);

#endif
