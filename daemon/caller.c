#include "daemon/caller.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ring/log.h"

/* The next bytes for the socket. */
static void pull(struct caller *c, struct text *lines)
{
	text_clear(&c->out);
	c->sent = 0;
	if (!c->web) {
		node_client_output(c->client, &c->out, CALLER_SEND);
		return;
	}
	websocket_take_answer(c->web, &c->out);
	if (!websocket_is_open(c->web))
		return;
	text_clear(lines);
	node_client_output(c->client, lines, CALLER_SEND);
	websocket_wrap(c->web, text_str(lines), lines->n, &c->out);
}

static bool is_for_now(int error)
{
	return error == EAGAIN || error == EINTR || error == ENOBUFS ||
	       error == ENOMEM;
}

/* Who has hung up is no news. */
static void tell_broken(const struct caller *c, int error)
{
	if (error != EPIPE && error != ECONNRESET)
		log_warning("%s (%s) is cut off: %s", c->who.user,
			    c->who.program, strerror(error));
}

/* A unix socket has room again when a piece was read, and a piece is what was
 * sent at once: of small ones a slow reader takes one now and then. */
static size_t next_piece(const struct caller *c)
{
	size_t left = c->out.n - c->sent;

	return c->tcp || left < CALLER_PIECE ? left : CALLER_PIECE;
}

/* Sends what was pulled. False: the connection is broken. */
static bool push(struct caller *c)
{
	size_t piece;
	ssize_t n;

	c->refused = false;
	while (c->sent < c->out.n && !c->refused) {
		piece = next_piece(c);
		n = send(c->fd, c->out.s + c->sent, piece,
			 MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && !is_for_now(errno)) {
			tell_broken(c, errno);
			return false;
		}
		c->refused = n < (ssize_t)piece;
		if (n < 0)
			return true;
		c->sent += (size_t)n;
		c->taken += (uint64_t)n;
	}
	return true;
}

bool caller_send(struct caller *c, struct text *lines)
{
	if (c->sent == c->out.n)
		pull(c, lines);
	if (!node_client_is_lost(c->client))
		return push(c);
	log_warning("%s (%s) is cut off: it does not read, and %d MiB of "
		    "answers wait for it",
		    c->who.user, c->who.program,
		    NODE_QUEUE_MAX / (1024 * 1024));
	return false;
}

static void give_lines(void *context, const char *bytes, size_t n)
{
	struct caller *c = context;

	node_client_receive(c->client, c->utc, bytes, n);
}

static void give(struct caller *c, const char *bytes, size_t n)
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
static void sniff(struct caller *c, const char *bytes, size_t n)
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
		c->web = websocket_new(c->host);
	give(c, c->first, c->n_first);
	if (taken < n)
		give(c, bytes + taken, n - taken);
}

bool caller_receive(struct caller *c, nsec utc)
{
	char bytes[CALLER_RECEIVE];
	ssize_t n = recv(c->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	c->utc = utc;
	if (n < 0 && !is_for_now(errno))
		tell_broken(c, errno);
	if (n < 0)
		return is_for_now(errno);
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

bool caller_may_ask(const struct caller *c)
{
	return !c->ended && !node_client_is_full(c->client);
}

bool caller_has_more(const struct caller *c)
{
	if (c->sent < c->out.n)
		return true;
	if (c->web &&
	    (websocket_has_answer(c->web) || !websocket_is_open(c->web)))
		return websocket_has_answer(c->web);
	return node_client_has_output(c->client);
}

bool caller_is_done(const struct caller *c)
{
	return c->ended && !caller_has_more(c);
}

void caller_leave(struct caller *c)
{
	node_client_free(c->client);
	c->client = NULL;
}

void caller_fini(struct caller *c)
{
	close(c->fd);
	websocket_free(c->web);
	text_free(&c->out);
}
