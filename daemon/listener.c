#include "daemon/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/number.h"
#include "tools/socket.h"

#define BACKLOG 512
#define PATH_BYTES_MAX 4096
#define GROUP_BYTES_MAX 4096

static int system_failed(const char *what, const char *name, struct err *err)
{
	return err_set(err,
		       errno == EACCES || errno == EPERM ? ERR_DENIED : ERR_IO,
		       "%s %s: %s", what, name, strerror(errno));
}

int listener_make_directories(const char *path, struct err *err)
{
	char part[PATH_BYTES_MAX];

	for (const char *slash = strchr(path + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
		if (mkdir(part, 0755) && errno != EEXIST)
			return system_failed("cannot make", part, err);
	}
	return 0;
}

static int clear_path(const char *path, struct err *err)
{
	struct stat status;

	if (lstat(path, &status))
		return 0;
	if (!S_ISSOCK(status.st_mode))
		return err_set(err, ERR_STATE,
			       "%s is in the way: it is not a "
			       "socket",
			       path);
	if (socket_is_taken(path))
		return err_set(err, ERR_STATE,
			       "another gascelld listens at "
			       "%s",
			       path);
	if (unlink(path))
		return system_failed("cannot remove", path, err);
	return 0;
}

static int give_to_group(const char *path, const char *group, struct err *err)
{
	char bytes[GROUP_BYTES_MAX];
	struct group entry, *found;

	if (!group[0])
		return 0;
	if (getgrnam_r(group, &entry, bytes, sizeof(bytes), &found) || !found)
		return err_set(err, ERR_NOT_FOUND,
			       "there is no group '%s' "
			       "for the socket",
			       group);
	if (chown(path, (uid_t)-1, found->gr_gid))
		return system_failed("cannot give to its group", path, err);
	return 0;
}

static int bind_and_listen(int fd, const struct sockaddr *address,
			   socklen_t size, const char *name, struct err *err)
{
	if (bind(fd, address, size) || listen(fd, BACKLOG)) {
		system_failed("cannot listen at", name, err);
		close(fd);
		return -1;
	}
	return fd;
}

int listener_unix(const char *path, const char *group, struct err *err)
{
	struct sockaddr_un address;
	mode_t before;
	int fd;

	if (socket_address(path, &address, err) ||
	    listener_make_directories(path, err) || clear_path(path, err))
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return system_failed("cannot make", path, err);
	/* Never, not even for a moment, open to others. */
	before = umask(0117);
	fd = bind_and_listen(fd, (struct sockaddr *)&address, sizeof(address),
			     path, err);
	umask(before);
	if (fd >= 0 && give_to_group(path, group, err)) {
		close(fd);
		return -1;
	}
	return fd;
}

union any_address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static int parse_host(const char *host, uint16_t port, union any_address *a,
		      socklen_t *size)
{
	*a = (union any_address){ 0 };
	if (!host[0] || !strcmp(host, "localhost"))
		host = "127.0.0.1";
	if (inet_pton(AF_INET, host, &a->v4.sin_addr) == 1) {
		a->v4.sin_family = AF_INET;
		a->v4.sin_port = htons(port);
		*size = sizeof(a->v4);
		return 0;
	}
	if (inet_pton(AF_INET6, host, &a->v6.sin6_addr) == 1) {
		a->v6.sin6_family = AF_INET6;
		a->v6.sin6_port = htons(port);
		*size = sizeof(a->v6);
		return 0;
	}
	return -1;
}

static int parse_tcp(const char *text, union any_address *a, socklen_t *size,
		     struct err *err)
{
	const char *colon = strrchr(text, ':');
	size_t n = colon ? (size_t)(colon - text) : 0;
	char host[64] = "";
	int64_t port;

	if (n >= 2 && text[0] == '[' && text[n - 1] == ']')
		snprintf(host, sizeof(host), "%.*s", (int)n - 2, text + 1);
	else
		snprintf(host, sizeof(host), "%.*s", (int)n, text);
	if (number_parse_int(colon ? colon + 1 : text, 0, 65535, &port, err) ||
	    parse_host(host, (uint16_t)port, a, size))
		return err_set(err, ERR_INVALID,
			       "'%s' is no address to "
			       "listen at; it is written like "
			       "127.0.0.1:10767",
			       text);
	return 0;
}

static void describe(int fd, struct text *where)
{
	union any_address a = { .v6 = { 0 } };
	socklen_t size = sizeof(a);
	char host[INET6_ADDRSTRLEN] = "";

	if (getsockname(fd, &a.any, &size))
		return;
	if (a.any.sa_family == AF_INET)
		text_addf(
			where, "%s:%d",
			inet_ntop(AF_INET, &a.v4.sin_addr, host, sizeof(host)),
			ntohs(a.v4.sin_port));
	else
		text_addf(where, "[%s]:%d",
			  inet_ntop(AF_INET6, &a.v6.sin6_addr, host,
				    sizeof(host)),
			  ntohs(a.v6.sin6_port));
}

int listener_tcp(const char *address, struct text *where, struct err *err)
{
	union any_address a;
	socklen_t size = 0;
	int yes = 1;
	int fd;

	if (parse_tcp(address, &a, &size, err))
		return -1;
	fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
		    0);
	if (fd < 0)
		return system_failed("cannot listen at", address, err);
	/* Best effort: without it a restart may have to wait. */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	fd = bind_and_listen(fd, &a.any, size, address, err);
	if (fd >= 0)
		describe(fd, where);
	return fd;
}

size_t listener_systemd(struct listener_given given[LISTENER_SYSTEMD_MAX])
{
	int n = sd_listen_fds(1);
	size_t kept = 0;

	for (int i = 0; i < n && kept < LISTENER_SYSTEMD_MAX; i++) {
		int fd = SD_LISTEN_FDS_START + i;
		bool local = sd_is_socket(fd, AF_UNIX, SOCK_STREAM, 1) > 0;

		if (!local && sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, 1) <= 0)
			continue;
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
		given[kept++] = (struct listener_given){ fd, !local };
	}
	return kept;
}

bool listener_is_given_local(const struct listener_given *given, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!given[i].tcp)
			return true;
	return false;
}
