#include "daemon/server.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/array.h"
#include "daemon/peer.h"
#include "protocol/websocket.h"
#include "ring/clock.h"
#include "ring/log.h"

#define HOST_MAX 256

struct connection {
	uv_poll_t poll;
	struct server *server;
	struct node_client *client;
	int fd;
	bool tcp;
	bool ended; /* it will not ask for anything more */
	bool dirty; /* is looked at before the loop waits */
	struct connection *next_dirty;
	/* Of a client that may turn out to speak WebSocket. */
	bool sniffing;
	char first[WEBSOCKET_SNIFF];
	size_t n_first;
	struct websocket *web; /* NULL: it does not */
	struct text out;       /* pulled; not yet sent from `sent` */
	size_t sent;
	int events;	       /* what is polled for */
	uint64_t taken;	       /* bytes it has taken, */
	uint64_t taken_before; /* ... when it last was looked at, */
	nsec taken_since;      /* ... and when it took none since */
};

struct listener {
	uv_poll_t poll;
	struct server *server;
	int fd;
	bool tcp;
};

struct server {
	struct server_setup setup;
	size_t n_listeners;
	struct listener listeners[SERVER_LISTENERS_MAX];
	size_t n, n_tcp;
	struct connection *connections[SERVER_CLIENTS_MAX];
	struct connection *dirty;
	size_t n_handles; /* not yet closed */
	nsec turn_began;  /* of clients in a turn; 0: not yet */
	bool closing;
	bool full;	   /* said so */
	struct text lines; /* on their way into frames */
	char host[HOST_MAX];
};

static void maybe_gone(struct server *s)
{
	if (!s->closing || s->n_handles)
		return;
	text_free(&s->lines);
	free(s);
}

static void on_connection_closed(uv_handle_t *handle)
{
	struct connection *c = handle->data;
	struct server *s = c->server;

	close(c->fd);
	websocket_free(c->web);
	text_free(&c->out);
	free(c);
	s->n_handles--;
	maybe_gone(s);
}

static void make_dirty(struct connection *c)
{
	if (c->dirty)
		return;
	c->dirty = true;
	c->next_dirty = c->server->dirty;
	c->server->dirty = c;
}

static void remove_dirty(struct server *s, const struct connection *c)
{
	struct connection **at = &s->dirty;

	while (*at && *at != c)
		at = &(*at)->next_dirty;
	if (*at)
		*at = c->next_dirty;
}

static void hang_up(struct connection *c)
{
	struct server *s = c->server;

	for (size_t i = 0; i < s->n; i++) {
		if (s->connections[i] != c)
			continue;
		s->connections[i] = s->connections[--s->n];
		break;
	}
	s->n_tcp -= c->tcp;
	s->full = false;
	remove_dirty(s, c);
	node_client_free(c->client);
	c->client = NULL;
	uv_close((uv_handle_t *)&c->poll, on_connection_closed);
}

/* The next bytes for the socket. */
static void pull(struct connection *c)
{
	struct text *lines = &c->server->lines;

	text_clear(&c->out);
	c->sent = 0;
	if (!c->web) {
		node_client_output(c->client, &c->out, SERVER_SEND);
		return;
	}
	websocket_take_answer(c->web, &c->out);
	if (!websocket_is_open(c->web))
		return;
	text_clear(lines);
	node_client_output(c->client, lines, SERVER_SEND);
	websocket_wrap(c->web, text_str(lines), lines->n, &c->out);
}

/* One pull and one write: what belongs together leaves together. False: the
 * connection is gone. */
static bool send_some(struct connection *c)
{
	ssize_t n;

	if (c->sent == c->out.n)
		pull(c);
	if (node_client_is_lost(c->client)) {
		log_warning("a client is cut off: it does not read");
		return false;
	}
	if (c->sent == c->out.n)
		return true;
	n = send(c->fd, c->out.s + c->sent, c->out.n - c->sent,
		 MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	c->sent += (size_t)n;
	c->taken += (uint64_t)n;
	return true;
}

static void give_lines(void *context, const char *bytes, size_t n)
{
	struct connection *c = context;
	struct server *s = c->server;

	node_client_receive(c->client, s->setup.utc(s->setup.context), bytes,
			    n);
}

static void give(struct connection *c, const char *bytes, size_t n)
{
	if (!c->web) {
		give_lines(c, bytes, n);
		return;
	}
	websocket_receive(c->web, bytes, n, give_lines, c);
	/* Nobody is there who would read the answers that are left. */
	c->ended = c->ended || websocket_is_over(c->web);
}

/* The first bytes of a connection are looked at, then given all the same. */
static void sniff(struct connection *c, const char *bytes, size_t n)
{
	size_t taken = n < WEBSOCKET_SNIFF - c->n_first
			       ? n
			       : WEBSOCKET_SNIFF - c->n_first;
	bool begins;

	memcpy(c->first + c->n_first, bytes, taken);
	c->n_first += taken;
	begins = websocket_begins(c->first, c->n_first);
	if (begins && c->n_first < WEBSOCKET_SNIFF)
		return;
	c->sniffing = false;
	if (begins)
		c->web = websocket_new(c->server->host);
	give(c, c->first, c->n_first);
	if (taken < n)
		give(c, bytes + taken, n - taken);
}

static bool receive_some(struct connection *c)
{
	char bytes[SERVER_RECEIVE];
	ssize_t n = recv(c->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n == 0) {
		/* It may still want to read what it has asked for. */
		c->ended = true;
		return true;
	}
	if (c->sniffing)
		sniff(c, bytes, (size_t)n);
	else
		give(c, bytes, (size_t)n);
	return true;
}

/* What is left is found again by the next turn: bytes stay in the sockets. */
static bool turn_is_over(struct server *s)
{
	nsec real = clock_real();

	if (!s->turn_began)
		s->turn_began = real;
	return real - s->turn_began > SERVER_TURN;
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
	struct connection *c = poll->data;

	if (status >= 0 && turn_is_over(c->server))
		return;
	/* What is left of a heap of requests waits for this turn. */
	if (status >= 0)
		node_client_proceed(
			c->client,
			c->server->setup.utc(c->server->setup.context));
	if (status < 0 || ((events & UV_READABLE) && !receive_some(c)))
		hang_up(c);
	else
		make_dirty(c);
}

static bool has_more(const struct connection *c)
{
	if (c->sent < c->out.n)
		return true;
	if (c->web &&
	    (websocket_has_answer(c->web) || !websocket_is_open(c->web)))
		return websocket_has_answer(c->web);
	return node_client_has_output(c->client);
}

static void poll_for(struct connection *c)
{
	int events = 0;

	if (!c->ended && !node_client_is_full(c->client))
		events |= UV_READABLE;
	if (has_more(c))
		events |= UV_WRITABLE;
	if (events == c->events)
		return;
	c->events = events;
	uv_poll_start(&c->poll, events, on_ready);
}

void server_flush(struct server *s)
{
	struct connection *c = s->dirty;
	bool gone;

	s->dirty = NULL;
	while (c) {
		struct connection *next = c->next_dirty;

		c->dirty = false;
		gone = !turn_is_over(s) && !send_some(c);
		if (gone || (c->ended && !has_more(c)))
			hang_up(c);
		else
			poll_for(c);
		c = next;
	}
	s->turn_began = 0;
}

static void on_wake(void *context, struct node_client *client)
{
	(void)context;
	make_dirty(node_client_context(client));
}

static bool has_room(struct server *s, bool tcp)
{
	if (s->n < SERVER_CLIENTS_MAX && (!tcp || s->n_tcp < SERVER_TCP_MAX))
		return true;
	if (!s->full)
		log_warning("%zu clients are connected: more are refused",
			    s->n);
	s->full = true;
	return false;
}

/* Told at once: its first request is what it hears of it. */
static void turn_away(int fd, const struct node_who *who)
{
	_cleanup_(text_free) struct text line = { 0 };

	log_warning("%s (%s) is turned away: in no group of access", who->user,
		    who->program);
	text_addf(&line,
		  "error_*IDN?  [\"Disabled\",\"%.64s is in no group "
		  "that this gascelld lets in\",{}]\n",
		  who->user);
	/* Best effort: who has gone already needs no answer. */
	if (send(fd, line.s, line.n, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return;
	shutdown(fd, SHUT_WR);
}

static enum node_rights rights_of(const struct server *s, bool tcp,
				  const struct peer *peer)
{
	return tcp ? s->setup.tcp_rights : access_of(s->setup.access, peer);
}

static void take_in(struct server *s, int fd, bool tcp)
{
	struct connection *c;
	enum node_rights rights;
	struct peer peer;
	int yes = 1;

	peer_find(fd, tcp, &peer);
	rights = rights_of(s, tcp, &peer);
	if (rights == NODE_RIGHTS_DEFAULT) {
		turn_away(fd, &peer.who);
		close(fd);
		return;
	}
	c = memory_zeroed(1, sizeof(*c));
	*c = (struct connection){
		.server = s, .fd = fd, .tcp = tcp, .taken_since = clock_real()
	};
	c->sniffing = tcp && s->setup.websocket;
	if (tcp)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	c->client = node_client_new(s->setup.node, rights, &peer.who, c);
	if (!c->client || uv_poll_init(s->setup.loop, &c->poll, fd)) {
		node_client_free(c->client);
		close(fd);
		free(c);
		return;
	}
	c->poll.data = c;
	s->connections[s->n++] = c;
	s->n_tcp += tcp;
	s->n_handles++;
	make_dirty(c);
}

static void on_knock(uv_poll_t *poll, int status, int events)
{
	struct listener *l = poll->data;

	(void)events;
	if (status < 0)
		return;
	for (int i = 0; i < SERVER_ACCEPTS; i++) {
		int fd = accept4(l->fd, NULL, NULL,
				 SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0)
			return;
		if (has_room(l->server, l->tcp))
			take_in(l->server, fd, l->tcp);
		else
			close(fd);
	}
}

struct server *server_new(const struct server_setup *setup)
{
	struct server *s = memory_zeroed(1, sizeof(*s));

	s->setup = *setup;
	/* Without a name only addresses are trusted. */
	if (gethostname(s->host, sizeof(s->host) - 1))
		s->host[0] = '\0';
	node_set_wake(setup->node, on_wake, s);
	return s;
}

int server_add(struct server *s, int fd, bool tcp, struct err *err)
{
	struct listener *l = &s->listeners[s->n_listeners];
	int status;

	assert(s->n_listeners < SERVER_LISTENERS_MAX);
	*l = (struct listener){ .server = s, .fd = fd, .tcp = tcp };
	status = uv_poll_init(s->setup.loop, &l->poll, fd);
	if (status)
		return err_set(err, ERR_IO, "socket: %s", uv_strerror(status));
	l->poll.data = l;
	s->n_listeners++;
	s->n_handles++;
	uv_poll_start(&l->poll, UV_READABLE, on_knock);
	return 0;
}

static bool is_stuck(struct connection *c, nsec real)
{
	if (c->taken != c->taken_before || !has_more(c)) {
		c->taken_before = c->taken;
		c->taken_since = real;
	}
	return real - c->taken_since > SERVER_STUCK;
}

void server_tick(struct server *s, nsec real)
{
	for (size_t i = s->n; i-- > 0;) {
		if (!is_stuck(s->connections[i], real))
			continue;
		log_warning("a client is cut off: it has not read for long");
		hang_up(s->connections[i]);
	}
}

static void on_listener_closed(uv_handle_t *handle)
{
	struct listener *l = handle->data;
	struct server *s = l->server;

	close(l->fd);
	s->n_handles--;
	maybe_gone(s);
}

void server_close(struct server *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++) {
		if (!s->connections[i]->web)
			continue;
		websocket_close(s->connections[i]->web, WEBSOCKET_GOING_AWAY);
		make_dirty(s->connections[i]);
	}
	server_flush(s);
	node_set_wake(s->setup.node, NULL, NULL);
	while (s->n)
		hang_up(s->connections[s->n - 1]);
	for (size_t i = 0; i < s->n_listeners; i++)
		uv_close((uv_handle_t *)&s->listeners[i].poll,
			 on_listener_closed);
	s->closing = true;
	maybe_gone(s);
}
