/*
 * The server's half of WebSocket (RFC 6455) around the lines of SECoP: bytes
 * of the connection come in, bytes for it go out, and between them one
 * message per text frame, without its LF. No socket, no clock.
 *
 * Nothing piles up in here: what arrives is handed on piece by piece, of
 * pings only the newest is answered, and a line that leaves in two pieces
 * leaves in two frames of one message.
 */
#ifndef PROTOCOL_WEBSOCKET_H
#define PROTOCOL_WEBSOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

#define WEBSOCKET_FRAME_MAX (16 * 1024 * 1024)
#define WEBSOCKET_SNIFF 4 /* bytes by which a beginning is known */

enum websocket_code {
	WEBSOCKET_GOING_AWAY = 1001,
	WEBSOCKET_PROTOCOL = 1002,
	WEBSOCKET_NOT_TEXT = 1003,
	WEBSOCKET_NOT_UTF8 = 1007,
	WEBSOCKET_TOO_LONG = 1009,
};

struct websocket;

/* Do the first bytes of a connection begin a request of HTTP? Of fewer than
 * WEBSOCKET_SNIFF: could they? */
bool websocket_begins(const char *bytes, size_t n);

/* host: as of handshake_read(); copied. */
struct websocket *websocket_new(const char *host);
void websocket_free(struct websocket *w); /* NULL is fine */

/* Bytes of messages, in order, each message ended by an LF. */
typedef void websocket_deliver(void *context, const char *bytes, size_t n);

/* Any bytes, in any pieces. What is wrong ends it: websocket_is_over(). */
void websocket_receive(struct websocket *w, const char *bytes, size_t n,
		       websocket_deliver *deliver, void *context);

/* Lines for the client, whole or cut anywhere, as frames. Not before it is
 * open. */
void websocket_wrap(struct websocket *w, const char *lines, size_t n,
		    struct text *out);
bool websocket_is_open(const struct websocket *w);

/* The answer of the handshake, a pong, a close: before all else. */
bool websocket_has_answer(const struct websocket *w);
void websocket_take_answer(struct websocket *w, struct text *out);

/* We end it. */
void websocket_close(struct websocket *w, enum websocket_code code);

/* Hang up when the answer is sent. */
bool websocket_is_over(const struct websocket *w);

#endif
