/*
 * The HTTP request with which a WebSocket begins (RFC 6455, section 4), and
 * what is answered.
 */
#ifndef PROTOCOL_HANDSHAKE_H
#define PROTOCOL_HANDSHAKE_H

#include <stdbool.h>

#include "base/text.h"

#define HANDSHAKE_REQUEST_MAX 8192

enum handshake {
	HANDSHAKE_MORE,	   /* the request goes on */
	HANDSHAKE_DONE,	   /* send the answer; frames follow */
	HANDSHAKE_REFUSED, /* send the answer, and hang up */
};

/*
 * Reads a request from its beginning. *used: how many bytes it had (when
 * done). answer: appended to, unless there is more to come.
 *
 * host: this machine's name. A page in somebody's browser must not talk to a
 * node just because the browser can reach it: an Origin is accepted only from
 * the machine that was addressed, by a name that cannot be forged by
 * whoever makes names point anywhere (an address, localhost, or `host`).
 */
enum handshake handshake_read(const char *request, size_t n, const char *host,
			      size_t *used, struct text *answer);

#endif
