#include "daemon/sockets.h"

#include <unistd.h>

#include "ring/log.h"

static int listen_at_socket(struct sockets *s, struct err *err)
{
	int fd = listener_unix(s->config->socket, s->config->group, err);

	if (fd < 0 || server_add(s->server, fd, false, err))
		return -1;
	s->own = true;
	log_info("socket %s (try: gascellctl --socket %s status)",
		 s->config->socket, s->config->socket);
	return 0;
}

/* Without it clients are told the address by hand. */
static void be_found(struct sockets *s, const struct sockets_setup *setup,
		     const char *where)
{
	struct err err;

	if (!s->config->discovery)
		return;
	s->discovery = discovery_new(setup->loop, setup->node, where,
				     s->config->discovery_port, &err);
	if (s->discovery)
		log_info("found by who looks at udp:%d",
			 s->config->discovery_port);
	else
		log_warning("%s", err.msg);
}

static int listen_at_tcp(struct sockets *s, const struct sockets_setup *setup,
			 struct err *err)
{
	_cleanup_(text_free) struct text where = { 0 };
	int fd;

	if (!s->config->listen[0])
		return 0;
	fd = listener_tcp(s->config->listen, &where, err);
	if (fd < 0 || server_add(s->server, fd, true, err))
		return -1;
	log_info("listening at tcp:%s (%s)", text_str(&where),
		 s->config->listen_writes ? "clients may operate"
					  : "read-only");
	be_found(s, setup, text_str(&where));
	return 0;
}

int sockets_open(struct sockets *s, const struct sockets_setup *setup,
		 struct err *err)
{
	const struct server_setup server = {
		.loop = setup->loop,
		.node = setup->node,
		.access = setup->access,
		.tcp_rights = setup->config->listen_writes ? NODE_OPERATOR
							   : NODE_OBSERVER,
		.websocket = setup->config->websocket,
		.utc = setup->utc,
		.context = setup->context,
	};
	const struct listener_given *given = setup->given;

	s->config = setup->config;
	s->server = server_new(&server);
	for (size_t i = 0; i < setup->n_given; i++)
		if (server_add(s->server, given[i].fd, given[i].tcp, err))
			return -1;
	if (!listener_is_given_local(given, setup->n_given) &&
	    listen_at_socket(s, err))
		return -1;
	return listen_at_tcp(s, setup, err);
}

void sockets_flush(struct sockets *s)
{
	if (s->server)
		server_flush(s->server);
}

void sockets_tick(struct sockets *s, nsec real)
{
	if (s->server)
		server_tick(s->server, real);
}

nsec sockets_longest_turn(const struct sockets *s)
{
	return s->server ? server_longest_turn(s->server) : 0;
}

void sockets_close(struct sockets *s)
{
	server_close(s->server);
	discovery_close(s->discovery);
	if (s->own)
		unlink(s->config->socket);
	*s = (struct sockets){ 0 };
}
