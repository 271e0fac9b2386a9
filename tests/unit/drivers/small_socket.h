/* What the small servers of the tests share: a port, and whole reads. */
#ifndef TESTS_SMALL_SOCKET_H
#define TESTS_SMALL_SOCKET_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* A port of this machine that nobody else has; false: it is not listened to. */
static inline int small_listen(uint16_t *port, bool listens)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t n = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) ||
	    (listens && listen(fd, 8)) ||
	    getsockname(fd, (struct sockaddr *)&at, &n))
		abort();
	*port = ntohs(at.sin_port);
	return fd;
}

/* All of it, or false: the other end has gone. */
static inline bool small_read(int fd, void *bytes, size_t n)
{
	return recv(fd, bytes, n, MSG_WAITALL) == (ssize_t)n;
}

#endif
