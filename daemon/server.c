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
#include "daemon/caller.h"
#include "daemon/peer.h"
#include "ring/clock.h"
#include "ring/log.h"

#define STINT_SHORT (200 * NSEC_PER_US)
#define HOST_MAX 256

/* Who waits for their turn, first come first served; who was not served stays
 * in front. */
enum waits {
	WAITS_READY, /* something can be read from it, or written to it */
	WAITS_DIRTY, /* something may have to be sent */
	WAITS_N
};

struct connection {
	uv_poll_t poll;
	struct server *server;
	struct caller caller;
	bool waits[WAITS_N];
	struct connection *next[WAITS_N];
	int events;	       /* what is polled for */
	uint64_t taken_before; /* by the caller, when it last was looked at, */
	nsec stuck;	       /* ... and how long it took nothing */
};

struct listener {
	uv_poll_t poll;
	struct server *server;
	int fd;
	bool tcp;
};

struct row {
	size_t n;
	struct connection *first, *last;
};

struct server {
	struct server_setup setup;
	uv_check_t check;
	uv_idle_t again; /* while somebody waits who is not polled for */
	size_t n_listeners;
	struct listener listeners[SERVER_LISTENERS_MAX];
	size_t n, n_tcp;
	struct connection *connections[SERVER_CLIENTS_MAX];
	struct row rows[WAITS_N];
	size_t n_handles; /* not yet closed */
	nsec looked;	  /* at who is stuck; 0: not yet */
	nsec turn;	  /* what clients have had of this one so far, */
	nsec longest;	  /* ... and of the longest */
	nsec worked;	  /* clock_worked(), */
	nsec worked_at;	  /* ... at this time */
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

	caller_fini(&c->caller);
	free(c);
	s->n_handles--;
	maybe_gone(s);
}

static void wait_for(struct connection *c, enum waits w)
{
	struct row *row = &c->server->rows[w];

	if (c->waits[w])
		return;
	c->waits[w] = true;
	c->next[w] = NULL;
	if (row->n)
		row->last->next[w] = c;
	else
		row->first = c;
	row->last = c;
	row->n++;
}

static struct connection *take_first(struct server *s, enum waits w)
{
	struct row *row = &s->rows[w];
	struct connection *c = row->first;

	row->first = c->next[w];
	row->n--;
	c->waits[w] = false;
	return c;
}

/* All once around, without this one. */
static void leave_row(struct server *s, struct connection *c, enum waits w)
{
	for (size_t n = s->rows[w].n; n; n--) {
		struct connection *first = take_first(s, w);

		if (first != c)
			wait_for(first, w);
	}
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
	s->n_tcp -= c->caller.tcp;
	s->full = false;
	for (int w = 0; w < WAITS_N; w++)
		leave_row(s, c, (enum waits)w);
	caller_leave(&c->caller);
	uv_close((uv_handle_t *)&c->poll, on_connection_closed);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
	struct connection *c = poll->data;

	(void)events;
	/* Its other end is gone, with what was on its way to it. */
	if (status < 0)
		hang_up(c);
	else
		wait_for(c, WAITS_READY);
}

static nsec utc_now(const struct server *s)
{
	return s->setup.utc(s->setup.context);
}

static void serve(struct connection *c)
{
	nsec utc = utc_now(c->server);

	/* What is left of a heap of requests waits for this turn. */
	node_client_proceed(c->caller.client, utc);
	if (caller_may_ask(&c->caller) && !caller_receive(&c->caller, utc)) {
		hang_up(c);
		return;
	}
	wait_for(c, WAITS_DIRTY);
	if (node_client_can_proceed(c->caller.client))
		wait_for(c, WAITS_READY);
}

/* The loop goes on without waiting for anything. */
static void on_again(uv_idle_t *again)
{
	(void)again;
}

/*
 * The clock of what this thread has worked costs a call of the kernel, as
 * much as a small request does: it is not read for each. What is counted is
 * never less than what was worked, and by STINT_SHORT more at most.
 */
static nsec begin_stint(struct server *s)
{
	nsec now = clock_real();

	if (now - s->worked_at > STINT_SHORT) {
		s->worked = clock_worked();
		s->worked_at = now;
	}
	return now;
}

static void end_stint(struct server *s, nsec began)
{
	nsec span = clock_real() - began;

	if (span > STINT_SHORT)
		span = nsec_min(span, clock_worked() - s->worked);
	s->turn += span;
}

static void serve_all(struct server *s)
{
	nsec began = begin_stint(s);

	/* Who comes back has his turn in the next one. */
	for (size_t n = s->rows[WAITS_READY].n;
	     n && s->rows[WAITS_READY].n && clock_real() - began <= SERVER_TURN;
	     n--)
		serve(take_first(s, WAITS_READY));
	end_stint(s, began);
}

/* Who has to wait is in front in the next turn, which comes at once. */
static void on_check(uv_check_t *check)
{
	struct server *s = check->data;

	if (s->rows[WAITS_READY].n)
		serve_all(s);
	if (s->rows[WAITS_READY].n)
		uv_idle_start(&s->again, on_again);
	else
		uv_idle_stop(&s->again);
}

static void poll_for(struct connection *c)
{
	int events = 0;

	if (caller_may_ask(&c->caller))
		events |= UV_READABLE;
	if (caller_has_more(&c->caller))
		events |= UV_WRITABLE;
	if (events == c->events)
		return;
	c->events = events;
	uv_poll_start(&c->poll, events, on_ready);
}

/* What is left for the next turn must not wait for anything else. */
static void poll_for_the_rest(struct server *s)
{
	for (struct connection *c = s->rows[WAITS_DIRTY].first; c;
	     c = c->next[WAITS_DIRTY])
		poll_for(c);
}

static void flush(struct server *s)
{
	nsec began = begin_stint(s);
	struct connection *c;

	/* Who comes meanwhile is looked at in the next turn. */
	for (size_t n = s->rows[WAITS_DIRTY].n;
	     n && s->rows[WAITS_DIRTY].n && clock_real() - began <= SERVER_TURN;
	     n--) {
		c = take_first(s, WAITS_DIRTY);
		if (!caller_send(&c->caller, &s->lines) ||
		    caller_is_done(&c->caller))
			hang_up(c);
		else
			poll_for(c);
	}
	poll_for_the_rest(s);
	end_stint(s, began);
}

void server_flush(struct server *s)
{
	if (s->rows[WAITS_DIRTY].n)
		flush(s);
	s->longest = nsec_max(s->longest, s->turn);
	s->turn = 0;
}

nsec server_longest_turn(const struct server *s)
{
	return s->longest;
}

static void on_wake(void *context, struct node_client *client)
{
	(void)context;
	wait_for(node_client_context(client), WAITS_DIRTY);
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
	peer.who.since = utc_now(s);
	c = memory_zeroed(1, sizeof(*c));
	c->server = s;
	c->caller = (struct caller){ .who = peer.who,
				     .fd = fd,
				     .tcp = tcp,
				     .sniffing = tcp && s->setup.websocket,
				     .host = s->host };
	if (tcp)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	c->caller.client = node_client_new(s->setup.node, rights, &peer.who, c);
	if (!c->caller.client || uv_poll_init(s->setup.loop, &c->poll, fd)) {
		caller_leave(&c->caller);
		caller_fini(&c->caller);
		free(c);
		return;
	}
	c->poll.data = c;
	s->connections[s->n++] = c;
	s->n_tcp += tcp;
	s->n_handles++;
	wait_for(c, WAITS_DIRTY);
}

static void on_knock(uv_poll_t *poll, int status, int events)
{
	struct listener *l = poll->data;
	nsec began = begin_stint(l->server);

	(void)events;
	if (status < 0)
		return;
	for (int i = 0; i < SERVER_ACCEPTS; i++) {
		int fd = accept4(l->fd, NULL, NULL,
				 SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0)
			break;
		if (has_room(l->server, l->tcp))
			take_in(l->server, fd, l->tcp);
		else
			close(fd);
	}
	end_stint(l->server, began);
}

struct server *server_new(const struct server_setup *setup)
{
	struct server *s = memory_zeroed(1, sizeof(*s));

	s->setup = *setup;
	/* Without a name only addresses are trusted. */
	if (gethostname(s->host, sizeof(s->host) - 1))
		s->host[0] = '\0';
	node_set_wake(setup->node, on_wake, s);
	uv_check_init(setup->loop, &s->check);
	s->check.data = s;
	s->n_handles++;
	uv_check_start(&s->check, on_check);
	uv_idle_init(setup->loop, &s->again);
	s->again.data = s;
	s->n_handles++;
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

/* `ran`: for how long it could have taken something since the last look. */
static bool is_stuck(struct connection *c, nsec ran)
{
	if (!c->caller.refused || c->caller.taken != c->taken_before)
		c->stuck = 0;
	else if (!c->waits[WAITS_READY] && !c->waits[WAITS_DIRTY])
		c->stuck += ran; /* else it had no turn */
	c->taken_before = c->caller.taken;
	return c->stuck > SERVER_STUCK;
}

static void look_at(struct connection *c, nsec ran)
{
	if (is_stuck(c, ran)) {
		log_warning("%s (%s) is cut off: it has not read for %d s",
			    c->caller.who.user, c->caller.who.program,
			    (int)(SERVER_STUCK / NSEC_PER_S));
		hang_up(c);
	} else if (caller_has_more(&c->caller)) {
		/* The kernel says that there is room only when most of it is
		 * free: one who reads slowly has made some long before. */
		wait_for(c, WAITS_READY);
	}
}

void server_tick(struct server *s, nsec real)
{
	/* A machine that was suspended, or too busy for this daemon, is not
	 * the clients' fault. */
	nsec ran = s->looked ? nsec_min(real - s->looked, SERVER_LOOK) : 0;

	s->looked = real;
	for (size_t i = s->n; i-- > 0;)
		look_at(s->connections[i], ran);
}

static void on_listener_closed(uv_handle_t *handle)
{
	struct listener *l = handle->data;
	struct server *s = l->server;

	close(l->fd);
	s->n_handles--;
	maybe_gone(s);
}

static void on_handle_closed(uv_handle_t *handle)
{
	struct server *s = handle->data;

	s->n_handles--;
	maybe_gone(s);
}

void server_close(struct server *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++) {
		if (!s->connections[i]->caller.web)
			continue;
		websocket_close(s->connections[i]->caller.web,
				WEBSOCKET_GOING_AWAY);
		wait_for(s->connections[i], WAITS_DIRTY);
	}
	server_flush(s);
	node_set_wake(s->setup.node, NULL, NULL);
	uv_close((uv_handle_t *)&s->check, on_handle_closed);
	uv_close((uv_handle_t *)&s->again, on_handle_closed);
	while (s->n)
		hang_up(s->connections[s->n - 1]);
	for (size_t i = 0; i < s->n_listeners; i++)
		uv_close((uv_handle_t *)&s->listeners[i].poll,
			 on_listener_closed);
	s->closing = true;
	maybe_gone(s);
}
