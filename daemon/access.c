#include "daemon/access.h"

#include <grp.h>
#include <unistd.h>

#define GROUP_BYTES_MAX 65536

static int find_group(const char *name, gid_t *gid, struct err *err)
{
	char bytes[GROUP_BYTES_MAX];
	struct group entry, *found;

	if (getgrnam_r(name, &entry, bytes, sizeof(bytes), &found) || !found)
		return err_set(err, ERR_NOT_FOUND,
			       "access: there is no group '%s' on this "
			       "machine",
			       name);
	*gid = found->gr_gid;
	return 0;
}

static int add_groups(struct access *a, const struct config_groups *groups,
		      enum node_rights rights, struct err *err)
{
	for (size_t i = 0; i < groups->n; i++) {
		struct access_group *to = &a->groups[a->n];

		if (find_group(groups->name[i], &to->gid, err))
			return -1;
		to->rights = rights;
		a->n++;
	}
	return 0;
}

int access_init(struct access *a, const struct config_access *config,
		struct err *err)
{
	static const enum node_rights rights[CONFIG_RIGHTS] = {
		[CONFIG_OBSERVER] = NODE_OBSERVER,
		[CONFIG_OPERATOR] = NODE_OPERATOR,
		[CONFIG_ADMIN] = NODE_ADMIN,
	};

	*a = (struct access){
		.given = config->given,
		.closed = config->rights[CONFIG_OBSERVER].n > 0,
		.self = geteuid(),
	};
	for (int i = 0; i < CONFIG_RIGHTS; i++)
		if (add_groups(a, &config->rights[i], rights[i], err))
			return -1;
	return 0;
}

static bool is_in(const struct peer *peer, gid_t gid)
{
	for (size_t i = 0; i < peer->n_groups; i++)
		if (peer->groups[i] == gid)
			return true;
	return false;
}

/* The highest right of its groups counts. */
enum node_rights access_of(const struct access *a, const struct peer *peer)
{
	enum node_rights best = a->closed ? NODE_RIGHTS_DEFAULT : NODE_OBSERVER;

	if (!peer->known)
		return best;
	if (peer->uid == 0 || peer->uid == a->self)
		return NODE_ADMIN;
	if (!a->given)
		return NODE_OPERATOR;
	for (size_t i = 0; i < a->n; i++)
		if (a->groups[i].rights > best && is_in(peer, a->groups[i].gid))
			best = a->groups[i].rights;
	return best;
}
