/*
 * A small HTTP/1.0 server for a test: one thread, one request at a time, as
 * the servers of microscopes are. What it says is the test's function, which
 * may wait there for as long as an exposure takes.
 */
#ifndef TESTS_SMALL_HTTP_H
#define TESTS_SMALL_HTTP_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "small_socket.h"

#define SMALL_REQUEST_MAX 16384

struct small_http {
	/* `request` is head and body, NUL-ended; all of *reply goes out, then
	 * the connection is closed. */
	void (*answer)(void *context, const char *request, struct text *reply);
	void *context;
	int listener;
	uint16_t port;
	atomic_int n_requests;
	pthread_t thread;
};

static inline size_t small_length(const char *head)
{
	const char *s = strcasestr(head, "\r\ncontent-length:");

	return s ? strtoul(s + 17, NULL, 10) : 0;
}

static inline bool small_is_whole(const char *request, size_t n)
{
	const char *end = strstr(request, "\r\n\r\n");

	return end && n >= (size_t)(end + 4 - request) + small_length(request);
}

static inline void small_talk(struct small_http *server, int fd)
{
	char request[SMALL_REQUEST_MAX] = "";
	struct text reply = { 0 };
	size_t n = 0, sent = 0;

	while (!small_is_whole(request, n) && n + 1 < sizeof(request)) {
		ssize_t got = read(fd, request + n, sizeof(request) - 1 - n);

		if (got <= 0)
			return;
		n += (size_t)got;
		request[n] = '\0';
	}
	atomic_fetch_add(&server->n_requests, 1);
	server->answer(server->context, request, &reply);
	while (sent < reply.n) {
		ssize_t put =
			send(fd, reply.s + sent, reply.n - sent, MSG_NOSIGNAL);

		if (put <= 0)
			break;
		sent += (size_t)put;
	}
	text_free(&reply);
}

static inline void *small_run(void *context)
{
	struct small_http *server = context;
	int fd;

	while ((fd = accept(server->listener, NULL, NULL)) >= 0) {
		small_talk(server, fd);
		close(fd);
	}
	return NULL;
}

static inline void small_start(struct small_http *server)
{
	server->listener = small_listen(&server->port, true);
	if (pthread_create(&server->thread, NULL, small_run, server))
		abort();
}

/* What is being answered is waited for. */
static inline void small_stop(struct small_http *server)
{
	shutdown(server->listener, SHUT_RDWR);
	pthread_join(server->thread, NULL);
	close(server->listener);
}

static inline void small_say(struct text *reply, int status, const char *body)
{
	text_addf(reply, "HTTP/1.0 %d Said\r\nContent-Type: %s\r\n\r\n", status,
		  status < 400 ? "application/json" : "text/html");
	text_add(reply, body);
}

#endif
