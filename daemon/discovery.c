#include "daemon/discovery.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/number.h"
#include "ring/clock.h"

#define QUESTION_MAX 1024
#define PACKETS_MAX 8 /* in one turn of the loop */

struct discovery {
	uv_poll_t poll;
	int fd;
	int udp_port;
	bool local; /* the node listens on the loopback alone */
	struct text packet;
	nsec second; /* in which answers are counted */
	unsigned answered;
};

static bool is_loopback(const struct sockaddr_in *a)
{
	return ntohl(a->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

static void send_to(const struct discovery *d, const struct sockaddr_in *to)
{
	/* Best effort: who is not reached asks, or asks again. */
	(void)sendto(d->fd, d->packet.s, d->packet.n, MSG_DONTWAIT,
		     (const struct sockaddr *)to, sizeof(*to));
}

static bool may_answer(struct discovery *d)
{
	nsec now = clock_real();

	if (now - d->second >= NSEC_PER_S) {
		d->second = now;
		d->answered = 0;
	}
	return d->answered++ < DISCOVERY_PER_S;
}

/* False: there is no packet. */
static bool take_packet(struct discovery *d)
{
	char question[QUESTION_MAX];
	struct sockaddr_in from = { 0 };
	socklen_t size = sizeof(from);
	ssize_t n = recvfrom(d->fd, question, sizeof(question), MSG_DONTWAIT,
			     (struct sockaddr *)&from, &size);

	if (n < 0)
		return false;
	if (size == sizeof(from) && (!d->local || is_loopback(&from)) &&
	    node_is_discovery(question, (size_t)n) && may_answer(d))
		send_to(d, &from);
	return true;
}

static void on_packet(uv_poll_t *poll, int status, int events)
{
	struct discovery *d = poll->data;

	(void)events;
	for (int i = 0; status >= 0 && i < PACKETS_MAX; i++)
		if (!take_packet(d))
			return;
}

static void tell_interfaces(const struct discovery *d)
{
	struct ifaddrs *all, *i;

	if (getifaddrs(&all))
		return;
	for (i = all; i; i = i->ifa_next) {
		struct sockaddr_in to;

		if (!i->ifa_addr || i->ifa_addr->sa_family != AF_INET ||
		    !(i->ifa_flags & IFF_BROADCAST) || !i->ifa_broadaddr)
			continue;
		memcpy(&to, i->ifa_broadaddr, sizeof(to));
		to.sin_port = htons((uint16_t)d->udp_port);
		send_to(d, &to);
	}
	freeifaddrs(all);
}

static void tell_this_machine(const struct discovery *d)
{
	const struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)d->udp_port),
		.sin_addr.s_addr = htonl(0x7fffffff),
	};

	send_to(d, &to);
}

static int open_port(int port, struct err *err)
{
	const struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_ANY),
	};
	int yes = 1;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	/* Other nodes of this machine, and clients, have the port as well. */
	if (fd >= 0 &&
	    !setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) &&
	    !setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof(yes)) &&
	    !setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &yes, sizeof(yes)) &&
	    !bind(fd, (const struct sockaddr *)&at, sizeof(at)))
		return fd;
	err_set(err, ERR_IO, "discovery at udp:%d: %s", port, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

static int tcp_port(const char *where)
{
	const char *colon = strrchr(where, ':');
	int64_t port = 0;
	struct err err;

	if (!colon || number_parse_int(colon + 1, 0, UINT16_MAX, &port, &err))
		return 0;
	return (int)port;
}

struct discovery *discovery_new(uv_loop_t *loop, const struct node *node,
				const char *where, int udp_port,
				struct err *err)
{
	struct discovery *d;
	int status, fd = open_port(udp_port, err);

	if (fd < 0)
		return NULL;
	d = memory_zeroed(1, sizeof(*d));
	d->fd = fd;
	d->udp_port = udp_port;
	d->local = !strncmp(where, "127.", 4) || !strncmp(where, "[::1]", 5);
	node_announce(node, tcp_port(where), &d->packet);
	status = uv_poll_init(loop, &d->poll, fd);
	if (status) {
		err_set(err, ERR_IO, "discovery: %s", uv_strerror(status));
		close(fd);
		text_free(&d->packet);
		free(d);
		return NULL;
	}
	d->poll.data = d;
	uv_poll_start(&d->poll, UV_READABLE, on_packet);
	if (d->local)
		tell_this_machine(d);
	else
		tell_interfaces(d);
	return d;
}

static void on_closed(uv_handle_t *handle)
{
	struct discovery *d = handle->data;

	close(d->fd);
	text_free(&d->packet);
	free(d);
}

void discovery_close(struct discovery *d)
{
	if (d)
		uv_close((uv_handle_t *)&d->poll, on_closed);
}
