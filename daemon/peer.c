#include "daemon/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

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

void peer_find(int fd, bool tcp, struct node_who *who)
{
	struct ucred credentials;
	socklen_t size = sizeof(credentials);

	*who = (struct node_who){ 0 };
	if (tcp) {
		find_address(fd, who->peer);
		text_copy(who->user, sizeof(who->user), who->peer);
		return;
	}
	text_copy(who->peer, sizeof(who->peer), "unix");
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size))
		return;
	find_user(credentials.uid, who->user);
	find_program(credentials.pid, who->program);
}
