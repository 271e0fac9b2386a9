#include "protocol/websocket.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/handshake.h"

#define HEAD_MAX 14
#define CONTROL_MAX 125
#define PIECE 4096
#define FIN 0x80
#define MASKED 0x80
#define RESERVED 0x70
#define CONTROL 0x08 /* the bit that control frames have */

enum opcode {
	OPCODE_CONTINUATION = 0,
	OPCODE_TEXT = 1,
	OPCODE_BINARY = 2,
	OPCODE_CLOSE = 8,
	OPCODE_PING = 9,
	OPCODE_PONG = 10,
};

enum state { SHAKING, OPEN, OVER };

struct websocket {
	enum state state;
	char *host;
	struct text request; /* as much of it as came */
	/* the frame that is coming in */
	uint8_t head[HEAD_MAX];
	size_t n_head;
	bool in_frame; /* its head is complete */
	enum opcode opcode;
	bool final;
	uint64_t left; /* bytes of its payload */
	uint8_t mask[4];
	unsigned mask_at;
	char control[CONTROL_MAX];
	size_t n_control;
	/* the message that is coming in */
	bool in_message;	    /* another frame of it must follow */
	bool at_lf;		    /* its newest byte was one */
	unsigned utf8;		    /* bytes that its character still lacks */
	uint8_t utf8_min, utf8_max; /* ... bounds of the next of them */
	/* what goes out */
	struct text answer; /* of the handshake */
	bool cut;	    /* the message going out goes on */
	bool has_pong;
	char pong[CONTROL_MAX];
	size_t n_pong;
	unsigned close; /* code; 0: none */
	bool has_close;
};

bool websocket_begins(const char *bytes, size_t n)
{
	return !memcmp(bytes, "GET ",
		       n < WEBSOCKET_SNIFF ? n : WEBSOCKET_SNIFF);
}

struct websocket *websocket_new(const char *host)
{
	struct websocket *w = memory_zeroed(1, sizeof(*w));

	w->host = text_dup(host);
	return w;
}

void websocket_free(struct websocket *w)
{
	if (!w)
		return;
	free(w->host);
	text_free(&w->request);
	text_free(&w->answer);
	free(w);
}

static void end(struct websocket *w, unsigned code)
{
	if (w->state == OVER)
		return;
	w->has_close = w->state == OPEN;
	w->close = code;
	w->state = OVER;
}

void websocket_close(struct websocket *w, enum websocket_code code)
{
	end(w, code);
}

/* -- UTF-8, as it comes -------------------------------------------------- */

static bool begin_character(struct websocket *w, uint8_t c)
{
	w->utf8_min = 0x80;
	w->utf8_max = 0xbf;
	if (c < 0x80)
		return true;
	if (c < 0xc2 || c > 0xf4)
		return false;
	w->utf8 = c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
	/* Neither too long a form, nor surrogates, nor beyond Unicode. */
	if (c == 0xe0)
		w->utf8_min = 0xa0;
	else if (c == 0xed)
		w->utf8_max = 0x9f;
	else if (c == 0xf0)
		w->utf8_min = 0x90;
	else if (c == 0xf4)
		w->utf8_max = 0x8f;
	return true;
}

static bool is_utf8(struct websocket *w, const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		uint8_t c = (uint8_t)s[i];

		if (!w->utf8) {
			if (!begin_character(w, c))
				return false;
			continue;
		}
		if (c < w->utf8_min || c > w->utf8_max)
			return false;
		w->utf8_min = 0x80;
		w->utf8_max = 0xbf;
		w->utf8--;
	}
	return true;
}

/* -- frames that come in ------------------------------------------------- */

/* Bytes behind the first two that hold the length. */
static size_t extended_bytes(const struct websocket *w)
{
	unsigned length = w->head[1] & 0x7f;

	return length == 126 ? 2 : length == 127 ? 8 : 0;
}

static size_t head_size(const struct websocket *w)
{
	return w->n_head < 2 ? 2 : 2 + extended_bytes(w) + sizeof(w->mask);
}

/* What its first two bytes say; 0, or a code. */
static unsigned judge_head(const struct websocket *w)
{
	unsigned opcode = w->head[0] & 0x0f, length = w->head[1] & 0x7f;
	bool final = w->head[0] & FIN;

	if ((w->head[0] & RESERVED) || !(w->head[1] & MASKED))
		return WEBSOCKET_PROTOCOL;
	switch (opcode) {
	case OPCODE_CONTINUATION: return w->in_message ? 0 : WEBSOCKET_PROTOCOL;
	case OPCODE_TEXT: return w->in_message ? WEBSOCKET_PROTOCOL : 0;
	case OPCODE_BINARY: return WEBSOCKET_NOT_TEXT;
	case OPCODE_CLOSE:
	case OPCODE_PING:
	case OPCODE_PONG:
		return final && length <= CONTROL_MAX ? 0 : WEBSOCKET_PROTOCOL;
	default: return WEBSOCKET_PROTOCOL;
	}
}

static uint64_t big_endian(const uint8_t *s, size_t n)
{
	uint64_t v = 0;

	while (n--)
		v = v << 8 | *s++;
	return v;
}

static void begin_frame(struct websocket *w)
{
	unsigned length = w->head[1] & 0x7f;
	size_t extended = extended_bytes(w);

	w->left = extended ? big_endian(w->head + 2, extended) : length;
	if ((extended == 2 && w->left < 126) ||
	    (extended == 8 && w->left <= UINT16_MAX)) {
		end(w, WEBSOCKET_PROTOCOL);
		return;
	}
	if (w->left > WEBSOCKET_FRAME_MAX) {
		end(w, WEBSOCKET_TOO_LONG);
		return;
	}
	memcpy(w->mask, w->head + 2 + extended, sizeof(w->mask));
	w->mask_at = 0;
	w->opcode = w->head[0] & 0x0f;
	w->final = w->head[0] & FIN;
	w->n_head = w->n_control = 0;
	w->in_frame = true;
}

static void take_head(struct websocket *w, uint8_t byte)
{
	unsigned code;

	w->head[w->n_head++] = byte;
	if (w->n_head == 2) {
		code = judge_head(w);
		if (code) {
			end(w, code);
			return;
		}
	}
	if (w->n_head == head_size(w))
		begin_frame(w);
}

static bool is_close_code(unsigned code)
{
	return (code >= 1000 && code <= 1003) ||
	       (code >= 1007 && code <= 1011) || (code >= 3000 && code <= 4999);
}

static void on_close(struct websocket *w)
{
	unsigned code;

	if (!w->n_control) {
		end(w, 0);
		return;
	}
	code = (unsigned)big_endian((const uint8_t *)w->control,
				    w->n_control > 1 ? 2 : 1);
	if (w->n_control < 2 || !is_close_code(code))
		end(w, WEBSOCKET_PROTOCOL);
	else if (!text_is_utf8(w->control + 2, w->n_control - 2))
		end(w, WEBSOCKET_NOT_UTF8);
	else
		end(w, code);
}

static void end_control(struct websocket *w)
{
	if (w->opcode == OPCODE_CLOSE) {
		on_close(w);
	} else if (w->opcode == OPCODE_PING) {
		memcpy(w->pong, w->control, w->n_control);
		w->n_pong = w->n_control;
		w->has_pong = true;
	}
}

static void end_frame(struct websocket *w, websocket_deliver *deliver,
		      void *context)
{
	w->in_frame = false;
	if (w->opcode & CONTROL) {
		end_control(w);
		return;
	}
	w->in_message = !w->final;
	if (!w->final)
		return;
	if (w->utf8) {
		end(w, WEBSOCKET_NOT_UTF8);
		return;
	}
	if (!w->at_lf)
		deliver(context, "\n", 1);
	w->at_lf = false;
}

static void take_text(struct websocket *w, const char *s, size_t n,
		      websocket_deliver *deliver, void *context)
{
	if (!is_utf8(w, s, n)) {
		end(w, WEBSOCKET_NOT_UTF8);
		return;
	}
	w->at_lf = s[n - 1] == '\n';
	deliver(context, s, n);
}

/* As much of the payload as there is; how many bytes. */
static size_t take_payload(struct websocket *w, const char *bytes, size_t n,
			   websocket_deliver *deliver, void *context)
{
	char piece[PIECE];
	size_t i;

	if (n > w->left)
		n = (size_t)w->left;
	if (n > PIECE)
		n = PIECE;
	for (i = 0; i < n; i++)
		piece[i] = (char)(bytes[i] ^ (char)w->mask[w->mask_at++ & 3]);
	w->left -= n;
	if (w->opcode & CONTROL) {
		memcpy(w->control + w->n_control, piece, n);
		w->n_control += n;
	} else if (n) {
		take_text(w, piece, n, deliver, context);
	}
	return n;
}

static void take_frames(struct websocket *w, const char *bytes, size_t n,
			websocket_deliver *deliver, void *context)
{
	size_t taken;

	while (w->state == OPEN && n) {
		if (w->in_frame) {
			taken = take_payload(w, bytes, n, deliver, context);
		} else {
			take_head(w, (uint8_t)*bytes);
			taken = 1;
		}
		bytes += taken;
		n -= taken;
		if (w->state == OPEN && w->in_frame && !w->left)
			end_frame(w, deliver, context);
	}
}

void websocket_receive(struct websocket *w, const char *bytes, size_t n,
		       websocket_deliver *deliver, void *context)
{
	size_t used = 0;

	if (w->state != SHAKING) {
		take_frames(w, bytes, n, deliver, context);
		return;
	}
	text_add_n(&w->request, bytes, n);
	switch (handshake_read(w->request.s, w->request.n, w->host, &used,
			       &w->answer)) {
	case HANDSHAKE_MORE: return;
	case HANDSHAKE_REFUSED: w->state = OVER; return;
	case HANDSHAKE_DONE: break;
	}
	w->state = OPEN;
	take_frames(w, w->request.s + used, w->request.n - used, deliver,
		    context);
	text_free(&w->request);
}

/* -- frames that go out -------------------------------------------------- */

static void add_frame(struct text *out, unsigned first, const char *s, size_t n)
{
	size_t i, extended = n < 126 ? 0 : n <= UINT16_MAX ? 2 : 8;

	text_add_char(out, (char)first);
	text_add_char(out, (char)(!extended ? n : extended == 2 ? 126 : 127));
	for (i = extended; i-- > 0;)
		text_add_char(out, (char)((uint64_t)n >> (8 * i) & 0xff));
	text_add_n(out, s, n);
}

void websocket_wrap(struct websocket *w, const char *lines, size_t n,
		    struct text *out)
{
	while (n) {
		const char *lf = memchr(lines, '\n', n);
		size_t length = lf ? (size_t)(lf - lines) : n;

		add_frame(out,
			  (w->cut ? OPCODE_CONTINUATION : OPCODE_TEXT) |
				  (lf ? FIN : 0),
			  lines, length);
		w->cut = !lf;
		length += lf != NULL;
		lines += length;
		n -= length;
	}
}

bool websocket_is_open(const struct websocket *w)
{
	return w->state == OPEN;
}

bool websocket_has_answer(const struct websocket *w)
{
	return w->answer.n || w->has_pong || w->has_close;
}

void websocket_take_answer(struct websocket *w, struct text *out)
{
	char code[2] = { (char)(w->close >> 8), (char)(w->close & 0xff) };

	text_add_n(out, text_str(&w->answer), w->answer.n);
	text_free(&w->answer);
	if (w->has_pong)
		add_frame(out, FIN | OPCODE_PONG, w->pong, w->n_pong);
	if (w->has_close)
		add_frame(out, FIN | OPCODE_CLOSE, code, w->close ? 2 : 0);
	w->has_pong = w->has_close = false;
}

bool websocket_is_over(const struct websocket *w)
{
	return w->state == OVER;
}
