/* A TCP connection. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "drivers/link_open.h"
#include "drivers/settings.h"

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* Length of the address, or 0: it is none. */
static socklen_t address_of(const struct link_host *host,
			    union address *address)
{
	*address = (union address){ 0 };
	if (inet_pton(AF_INET, host->host, &address->v4.sin_addr) == 1) {
		address->v4.sin_family = AF_INET;
		address->v4.sin_port = htons(host->port);
		return sizeof(address->v4);
	}
	if (inet_pton(AF_INET6, host->host, &address->v6.sin6_addr) == 1) {
		address->v6.sin6_family = AF_INET6;
		address->v6.sin6_port = htons(host->port);
		return sizeof(address->v6);
	}
	return 0;
}

int link_host_read(const struct yaml_node *params, uint16_t port_usual,
		   struct link_host *host, struct problems *problems)
{
	const struct yaml_node *port = yaml_get(params, "port");
	const char *name = link_text(params, "host", "192.168.7.20", problems);
	size_t before = problems->n_all;
	int64_t number = port_usual;
	union address address;

	*host = (struct link_host){ 0 };
	if (port)
		settings_integer(port, "port", 1, 65535, &number, problems);
	else if (!port_usual)
		problems_add(problems, params->at,
			     "port is needed, such as 5025");
	host->port = (uint16_t)number;
	if (!name)
		return -1;
	if (!text_copy(host->host, sizeof(host->host),
		       strcmp(name, "localhost") ? name : "127.0.0.1") ||
	    !address_of(host, &address))
		problems_add(problems, yaml_get(params, "host")->at,
			     "host: an address is needed, such as "
			     "192.168.7.20; names are not looked up");
	return problems->n_all == before ? 0 : -1;
}

static int finish_connect(struct link *l, int fd, nsec deadline,
			  struct err *err)
{
	socklen_t n = sizeof(int);
	int failed = 0;

	if (link_wait(l, fd, POLLOUT, deadline, err))
		return err->code == ERR_TIMEOUT
			       ? err_set(err, ERR_IO, "no connection in time")
			       : -1;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &n))
		failed = errno;
	return failed ? err_set(err, ERR_IO, "%s", strerror(failed)) : 0;
}

int link_host_connect(struct link *l, const struct link_host *host,
		      nsec deadline, struct err *err)
{
	union address address;
	socklen_t n = address_of(host, &address);
	int one = 1, fd, status = 0;

	if (!n)
		return err_set(err, ERR_INVALID, "not an address");
	fd = socket(address.any.sa_family,
		    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_set(err, ERR_IO, "%s", strerror(errno));
	if (connect(fd, &address.any, n))
		status = errno == EINPROGRESS
				 ? finish_connect(l, fd, deadline, err)
				 : err_set(err, ERR_IO, "%s", strerror(errno));
	if (status) {
		close(fd);
		return -1;
	}
	/* Without these it is slower, or dies later; no reason to fail. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
	return fd;
}

static int tcp_open(struct link *l, const void *settings, nsec deadline,
		    struct err *err)
{
	return link_host_connect(l, settings, deadline, err);
}

static const struct link_kind kind_tcp = {
	.type = "tcp",
	.is_fresh_when_opened = true,
	.open = tcp_open,
	.free = free,
};

struct link *link_tcp_usual_new(const struct yaml_node *params,
				uint16_t port_usual, struct problems *problems)
{
	static const char *const keys[] = { "type", "host", "port",
					    "quarantine", NULL };
	size_t before = problems->n_all;
	struct link_host host, *kept;
	char name[LINK_HOST_MAX + 16];

	yaml_check_keys(params, "a bus of type tcp", keys, problems);
	link_host_read(params, port_usual, &host, problems);
	if (problems->n_all != before)
		return NULL;
	snprintf(name, sizeof(name), "%s:%u", host.host, host.port);
	kept = memory_zeroed(1, sizeof(*kept));
	*kept = host;
	return link_new(&kind_tcp, name, kept);
}

struct link *link_tcp_new(const struct yaml_node *params,
			  struct problems *problems)
{
	return link_tcp_usual_new(params, 0, problems);
}
