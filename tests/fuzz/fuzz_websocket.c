/*
 * Any bytes, in any pieces: first as a request, then as frames of an open
 * connection. Each message that is handed on is valid UTF-8; after the end
 * nothing is.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "protocol/websocket.h"

static const char request[] =
	"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
	"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

static void on_lines(void *context, const char *bytes, size_t n)
{
	text_add_n(context, bytes, n);
}

static void play(struct websocket *w, const uint8_t *data, size_t size)
{
	_cleanup_(text_free) struct text got = { 0 }, out = { 0 };
	size_t i, n, before, piece = data[0] + 1U;

	for (i = 1; i < size; i += n) {
		n = size - i < piece ? size - i : piece;
		before = websocket_is_over(w) ? got.n : SIZE_MAX;
		websocket_receive(w, (const char *)data + i, n, on_lines, &got);
		if (before != SIZE_MAX && got.n != before)
			abort();
		websocket_take_answer(w, &out);
		if (websocket_has_answer(w))
			abort();
	}
	/* The last one may be cut within a character. */
	while (got.n && got.s[got.n - 1] != '\n')
		got.n--;
	/* A NUL is a character of WebSocket, though none of ours. */
	for (i = 0; i < got.n; i++)
		if (!got.s[i])
			got.s[i] = ' ';
	if (!text_is_utf8(text_str(&got), got.n))
		abort();
	if (websocket_is_open(w))
		websocket_wrap(w, text_str(&got), got.n, &out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text ignored = { 0 };
	struct websocket *w;

	if (!size)
		return 0;
	w = websocket_new("x");
	play(w, data, size);
	websocket_free(w);
	w = websocket_new("x");
	websocket_receive(w, request, strlen(request), on_lines, &ignored);
	play(w, data, size);
	websocket_free(w);
	text_free(&ignored);
	return 0;
}
