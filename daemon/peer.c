#include "daemon/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "protocol/connect.h"

#include "base/array.h"

#define PASSWD_BYTES_MAX 4096
#define PASSWD_LINES_MAX 10000

static void find_user(uid_t uid, char out[NODE_WHO_MAX])
{
	char bytes[PASSWD_BYTES_MAX];
	struct passwd entry, *found;
	FILE *file = fopen("/etc/passwd", "re");

	snprintf(out, NODE_WHO_MAX, "uid %lu", (unsigned long)uid);
	if (!file)
		return;
	for (int i = 0; i < PASSWD_LINES_MAX; i++) {
		if (fgetpwent_r(file, &entry, bytes, sizeof(bytes), &found))
			break;
		if (entry.pw_uid != uid)
			continue;
		text_copy(out, NODE_WHO_MAX, entry.pw_name);
		break;
	}
	fclose(file);
}

/* A process chooses its name itself. */
static void make_harmless(char name[NODE_WHO_MAX])
{
	_cleanup_(text_free) struct text t = { 0 };

	text_add_escaped(&t, name, strlen(name), NODE_WHO_MAX);
	text_copy(name, NODE_WHO_MAX, text_str(&t));
}

static void find_program(pid_t pid, char out[NODE_WHO_MAX])
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/comm", (long)pid);
	file = fopen(path, "re");
	if (!file)
		return;
	if (!fgets(out, NODE_WHO_MAX, file))
		out[0] = '\0';
	out[strcspn(out, "\n")] = '\0';
	fclose(file);
	make_harmless(out);
}

/* What the client calls itself, where /proc shows nothing of it. */
static void find_announced(int fd, char out[NODE_WHO_MAX])
{
	struct sockaddr_un a = { 0 };
	const size_t before = strlen(CONNECT_NAME) + CONNECT_RANDOM;
	socklen_t size = sizeof(a);
	char name[sizeof(a.sun_path) + 1] = "";

	if (getpeername(fd, (struct sockaddr *)&a, &size) ||
	    size <= offsetof(struct sockaddr_un, sun_path) + 1 ||
	    size > sizeof(a) || a.sun_path[0])
		return;
	memcpy(name, a.sun_path + 1,
	       size - offsetof(struct sockaddr_un, sun_path) - 1);
	if (!strncmp(name, CONNECT_NAME, strlen(CONNECT_NAME)) &&
	    strlen(name) > before && name[before - 1] == '/')
		text_copy(out, NODE_WHO_MAX, name + before);
}

static void find_address(int fd, char out[NODE_WHO_MAX])
{
	struct sockaddr_storage a = { 0 };
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)&a;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&a;
	socklen_t size = sizeof(a);
	char host[INET6_ADDRSTRLEN] = "";

	if (getpeername(fd, (struct sockaddr *)&a, &size))
		return;
	if (a.ss_family == AF_INET &&
	    inet_ntop(AF_INET, &v4->sin_addr, host, sizeof(host)))
		snprintf(out, NODE_WHO_MAX, "%s:%d", host, ntohs(v4->sin_port));
	else if (a.ss_family == AF_INET6 &&
		 inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof(host)))
		snprintf(out, NODE_WHO_MAX, "[%s]:%d", host,
			 ntohs(v6->sin6_port));
}

static void find_groups(int fd, gid_t primary, struct peer *peer)
{
	socklen_t size = PEER_GROUPS_MAX * sizeof(gid_t);

	peer->groups[0] = primary;
	peer->n_groups = 1;
	if (!getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, peer->groups + 1, &size))
		peer->n_groups += size / sizeof(gid_t);
}

void peer_find(int fd, bool tcp, struct peer *peer)
{
	struct node_who *who = &peer->who;
	struct ucred credentials;
	socklen_t size = sizeof(credentials);

	*peer = (struct peer){ 0 };
	if (tcp) {
		find_address(fd, who->peer);
		text_copy(who->user, sizeof(who->user), who->peer);
		return;
	}
	text_copy(who->peer, sizeof(who->peer), "unix");
	text_copy(who->user, sizeof(who->user), "unknown");
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size))
		return;
	peer->known = true;
	peer->uid = credentials.uid;
	find_groups(fd, credentials.gid, peer);
	find_user(credentials.uid, who->user);
	find_program(credentials.pid, who->program);
	if (!who->program[0])
		find_announced(fd, who->program);
}
