/*
 * HTTP/1.0 as a small scripting server speaks it: one request per connection,
 * no keep-alive, errors with an HTML body.
 */
#ifndef EMULATOR_HTTP_H
#define EMULATOR_HTTP_H

#include "emulator/codec.h"

#define HTTP_BODY_MAX 4096
#define HTTP_PATH_MAX 512

struct http_request {
	char method[8];
	char path[HTTP_PATH_MAX];  /* without the query */
	char query[HTTP_PATH_MAX]; /* behind the '?'; "" */
	const char *body;	   /* not terminated */
	size_t n_body;
};

/* Head and body. */
size_t emulator_http_span(const char *bytes, size_t n);

/* 0, or the status of the refusal: 400, 411 (a PUT without its length), 413. */
int emulator_http_parse(const char *bytes, size_t n, struct http_request *out);

/* status 200 with JSON, 204 without a body, else an HTML page. */
void emulator_http_reply(int status, const char *body, size_t n,
			 struct emulator_reply *reply);

/* Says a length that is not that of the body. */
void emulator_http_break(struct text *reply);

#endif
