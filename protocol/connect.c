#include "protocol/connect.h"

#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t connect_deadline(int timeout_ms)
{
	return timeout_ms < 0 ? INT64_MAX : now_ms() + timeout_ms;
}

/* What poll() wants: -1 for ever, never negative otherwise. */
static int left(int64_t deadline)
{
	int64_t ms;

	if (deadline == INT64_MAX)
		return -1;
	ms = deadline - now_ms();
	return ms < 0 ? 0 : ms > INT32_MAX ? INT32_MAX : (int)ms;
}

int connect_wait(int fd, short events, int64_t deadline)
{
	struct pollfd p = { .fd = fd, .events = events };
	int n;

	do
		n = poll(&p, 1, left(deadline));
	while (n < 0 && errno == EINTR);
	return n;
}

static int cannot(const char *where, int code, struct err *err)
{
	enum err_code c = code == ENOENT || code == ECONNREFUSED ? ERR_NOT_FOUND
			  : code == EACCES || code == EPERM	 ? ERR_DENIED
			  : code == ETIMEDOUT			 ? ERR_TIMEOUT
								 : ERR_IO;

	return err_set(err, c, "%s: %s", where, strerror(code));
}

/* Connects a socket that does not block; 0, or an errno. */
static int finish_connect(int fd, const struct sockaddr *to, socklen_t n,
			  int64_t deadline)
{
	int code = 0, ready;
	socklen_t size = sizeof(code);

	if (!connect(fd, to, n))
		return 0;
	if (errno != EINPROGRESS && errno != EINTR)
		return errno;
	ready = connect_wait(fd, POLLOUT, deadline);
	if (ready <= 0)
		return ready ? errno : ETIMEDOUT;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size))
		return errno;
	return code;
}

/*
 * A daemon in a sandbox cannot look up who a process is. So a client's socket
 * has a name in the abstract namespace that says which program it belongs to;
 * random bits keep two of them apart. Without it the log lacks that word.
 */
static void announce(int fd)
{
	struct sockaddr_un from = { .sun_family = AF_UNIX };
	char *name = from.sun_path + 1;
	uint64_t random = 0;
	int n;

	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) < 0)
		return;
	n = snprintf(name, sizeof(from.sun_path) - 1, CONNECT_NAME "%016jx/%s",
		     (uintmax_t)random, program_invocation_short_name);
	if (n < 0 || (size_t)n >= sizeof(from.sun_path) - 1)
		return;
	(void)bind(fd, (struct sockaddr *)&from,
		   (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
			       (size_t)n));
}

static int open_socket(int family, const struct sockaddr *to, socklen_t n,
		       int64_t deadline, int *out)
{
	int fd, code;

	fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return errno;
	if (family == AF_UNIX)
		announce(fd);
	code = finish_connect(fd, to, n, deadline);
	if (code) {
		close(fd);
		return code;
	}
	*out = fd;
	return 0;
}

static int open_unix(const char *path, int64_t deadline, struct err *err)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int code, fd = -1;

	if (!text_copy(to.sun_path, sizeof(to.sun_path), path))
		return err_set(err, ERR_RANGE,
			       "%s: a socket's path has at most %zu bytes",
			       path, sizeof(to.sun_path) - 1);
	code = open_socket(AF_UNIX, (struct sockaddr *)&to, sizeof(to),
			   deadline, &fd);
	return code ? cannot(path, code, err) : fd;
}

/* "[::1]:10767" -> "::1", "10767". */
static int split_port(const char *where, char *host, size_t size,
		      const char **port, struct err *err)
{
	const char *colon = strrchr(where, ':');
	size_t n = colon ? (size_t)(colon - where) : 0;

	if (n > 1 && where[0] == '[' && where[n - 1] == ']') {
		where++;
		n -= 2;
	}
	if (!n || n >= size || !colon[1])
		return err_set(err, ERR_INVALID,
			       "%s: neither a socket nor host:port", where);
	memcpy(host, where, n);
	host[n] = '\0';
	*port = colon + 1;
	return 0;
}

static int open_tcp(const char *where, int64_t deadline, struct err *err)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *all, *a;
	char host[256];
	const char *port = NULL;
	int code, fd = -1, one = 1;

	if (split_port(where, host, sizeof(host), &port, err))
		return -1;
	code = getaddrinfo(host, port, &hints, &all);
	if (code)
		return err_set(err, ERR_NOT_FOUND, "%s: %s", where,
			       gai_strerror(code));
	for (a = all; a && fd < 0; a = a->ai_next)
		code = open_socket(a->ai_family, a->ai_addr, a->ai_addrlen,
				   deadline, &fd);
	freeaddrinfo(all);
	if (fd < 0)
		return cannot(where, code, err);
	/* A request is one write; waiting for more only costs time. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

static bool is_path(const char *where)
{
	return strchr(where, '/') || !strchr(where, ':');
}

int connect_open(const char *where, int64_t deadline, struct err *err)
{
	if (!strncmp(where, "unix:", 5))
		return open_unix(where + 5, deadline, err);
	if (!strncmp(where, "tcp:", 4))
		return open_tcp(where + 4 + 2 * !strncmp(where + 4, "//", 2),
				deadline, err);
	if (is_path(where))
		return open_unix(where, deadline, err);
	return open_tcp(where, deadline, err);
}
