/*
 * Requests to one HTTP server: HTTP/1.0, a connection for each request, JSON
 * bodies, packed answers (gzip) unpacked. No redirection, no proxy, no names:
 * the host is an address.
 *
 * A request under way is a talk; several may be, each with a connection of its
 * own, and they go on while any of them is driven. All of it belongs to the
 * thread of the bus; only the interrupts of link_http_link() come from others.
 *
 * Errors: ERR_IO no connection, or it broke; ERR_TIMEOUT no whole answer in
 * time; ERR_NOT_FOUND the server's 404; ERR_STATE its other refusals;
 * ERR_PROTOCOL an answer that is broken or larger than allowed; ERR_AGAIN the
 * wait gave way to a safe command (the talk itself goes on).
 */
#ifndef DRIVERS_LINK_HTTP_H
#define DRIVERS_LINK_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/nsec.h"
#include "base/problems.h"
#include "base/yaml.h"

#define HTTP_BODY_MAX 4096 /* of a request */
#define HTTP_PATH_MAX 512
#define HTTP_HEAD_MAX (64 * 1024)   /* of an answer */
#define HTTP_ANSWER_MAX (64 * 1024) /* of one that is kept, unpacked */

struct link_http;
struct http_talk;

struct http_ask {
	const char *method; /* "GET", "PUT" */
	const char *path;   /* "/v1/state", with its query */
	const char *body;   /* JSON; NULL: none */
	nsec reply;	    /* until the answer is complete */
	/* NULL: the answer is kept, up to HTTP_ANSWER_MAX. Otherwise called
	 * with each piece of a good answer, unpacked; false breaks off. */
	bool (*take)(void *context, const char *bytes, size_t n);
	void *context;
};

/* Keys host and port (8080 when it is not written). Opens nothing.
 * NULL with problems. */
struct link_http *link_http_new(const struct yaml_node *params,
				struct problems *problems);
void link_http_free(struct link_http *h); /* after all its talks */

/* Its interrupts and trace. Bytes are not to be sent through it. */
struct link *link_http_link(struct link_http *h);

/* Starts it; `ask` may go, its context may not. NULL with err. */
struct http_talk *http_talk_begin(struct link_http *h,
				  const struct http_ask *ask, struct err *err);

/* Until the request has gone out, or link_now() is `until`. */
int http_talk_send(struct http_talk *t, nsec until, struct err *err);

/* Until the talk is over or link_now() is `until`; see http_talk_is_over(). */
int http_talk_drive(struct http_talk *t, nsec until, struct err *err);
bool http_talk_is_over(const struct http_talk *t);

/* Of a talk that is over: how it went. *answer, NUL-ended, is the talk's and
 * lives as long; NULL where nobody wants it. */
int http_talk_result(const struct http_talk *t, const char **answer,
		     struct err *err);

/* Closes its connection if it is not over. NULL is fine. */
void http_talk_free(struct http_talk *t);

/* Begin, drive to the end, result, free; the answer is the caller's to free,
 * and `answer` may be NULL. */
int link_http_ask(struct link_http *h, const struct http_ask *ask,
		  char **answer, struct err *err);

#endif
