#include "protocol/handshake.h"

#include <assert.h>
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "protocol/message.h"
#include "protocol/sha1.h"

#define KEY_CHARS 24 /* sixteen bytes in base64 */
#define HOST_MAX 256

enum field {
	FIELD_HOST,
	FIELD_UPGRADE,
	FIELD_CONNECTION,
	FIELD_VERSION,
	FIELD_KEY,
	FIELD_ORIGIN,
	FIELD_N
};

static const char *const names[FIELD_N] = {
	[FIELD_HOST] = "host",
	[FIELD_UPGRADE] = "upgrade",
	[FIELD_CONNECTION] = "connection",
	[FIELD_VERSION] = "sec-websocket-version",
	[FIELD_KEY] = "sec-websocket-key",
	[FIELD_ORIGIN] = "origin",
};

struct request {
	struct span field[FIELD_N]; /* NULL: not given */
};

static struct span trim(struct span s)
{
	while (s.n && (s.s[0] == ' ' || s.s[0] == '\t')) {
		s.s++;
		s.n--;
	}
	while (s.n && strchr(" \t\r", s.s[s.n - 1]))
		s.n--;
	return s;
}

static bool is_word(struct span s, const char *word)
{
	return s.n == strlen(word) && !strncasecmp(s.s ? s.s : "", word, s.n);
}

/* Is the word one of a list with commas? */
static bool has_word(struct span list, const char *word)
{
	while (list.n) {
		const char *comma = memchr(list.s, ',', list.n);
		size_t n = comma ? (size_t)(comma - list.s) : list.n;

		if (is_word(trim((struct span){ list.s, n }), word))
			return true;
		n += comma != NULL;
		list = (struct span){ list.s + n, list.n - n };
	}
	return false;
}

/* One line of the head. False: it is none, or a field came twice. */
static bool read_field(struct request *r, struct span line)
{
	const char *colon = memchr(line.s, ':', line.n);
	struct span name, value;
	size_t i;

	if (!colon || colon == line.s)
		return false;
	name = (struct span){ line.s, (size_t)(colon - line.s) };
	value = trim((struct span){ colon + 1, line.n - name.n - 1 });
	for (i = 0; i < FIELD_N; i++) {
		if (!is_word(name, names[i]))
			continue;
		if (r->field[i].s)
			return false;
		r->field[i] = value;
	}
	return true;
}

static bool read_fields(struct request *r, const char *s, size_t n)
{
	while (n) {
		const char *end = memchr(s, '\n', n);
		size_t length = end ? (size_t)(end - s) : n;

		if (!read_field(r, trim((struct span){ s, length })))
			return false;
		length += end != NULL;
		s += length;
		n -= length;
	}
	return true;
}

static bool is_request_line(struct span line)
{
	static const char get[] = "GET /", version[] = " HTTP/1.1";

	return line.n >= sizeof(get) - 1 + sizeof(version) - 1 &&
	       !memcmp(line.s, get, sizeof(get) - 1) &&
	       !memcmp(line.s + line.n - (sizeof(version) - 1), version,
		       sizeof(version) - 1);
}

static bool is_key(struct span s)
{
	size_t i;

	if (s.n != KEY_CHARS || s.s[22] != '=' || s.s[23] != '=')
		return false;
	for (i = 0; i < 22; i++)
		if (!isalnum((unsigned char)s.s[i]) && s.s[i] != '+' &&
		    s.s[i] != '/')
			return false;
	return true;
}

/* -- who may ------------------------------------------------------------ */

/* "lab:10767", "[::1]:10767" -> "lab", "::1". */
static bool host_of(struct span s, char out[HOST_MAX])
{
	const char *end;

	if (s.n && s.s[0] == '[') {
		s = (struct span){ s.s + 1, s.n - 1 };
		end = memchr(s.s, ']', s.n);
	} else {
		end = s.n ? memchr(s.s, ':', s.n) : NULL;
		end = end ? end : s.s + s.n;
	}
	if (!end || end == s.s || end - s.s >= HOST_MAX)
		return false;
	snprintf(out, HOST_MAX, "%.*s", (int)(end - s.s), s.s);
	return true;
}

static bool is_address(const char *host)
{
	unsigned char bytes[16];

	return inet_pton(AF_INET, host, bytes) == 1 ||
	       inet_pton(AF_INET6, host, bytes) == 1;
}

/* "http://lab:8080" -> "lab". "null" and the like have none. */
static bool origin_of(struct span s, char out[HOST_MAX])
{
	const char *slashes = memmem(s.s, s.n, "://", 3);
	size_t skipped = slashes ? (size_t)(slashes - s.s) + 3 : 0;

	return slashes &&
	       host_of((struct span){ s.s + skipped, s.n - skipped }, out);
}

static bool may_come(const struct request *r, const char *host)
{
	char origin[HOST_MAX], asked[HOST_MAX];

	if (!r->field[FIELD_ORIGIN].s)
		return true;
	if (!origin_of(r->field[FIELD_ORIGIN], origin) ||
	    !host_of(r->field[FIELD_HOST], asked) || strcasecmp(origin, asked))
		return false;
	return is_address(asked) || !strcasecmp(asked, "localhost") ||
	       !strcasecmp(asked, host);
}

/* -- what is answered --------------------------------------------------- */

static void add_base64(struct text *out, const uint8_t *bytes, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t i;

	for (i = 0; i < n; i += 3) {
		size_t left = n - i;
		uint32_t v = (uint32_t)bytes[i] << 16 |
			     (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
			     (left > 2 ? (uint32_t)bytes[i + 2] : 0);

		text_add_char(out, digits[v >> 18]);
		text_add_char(out, digits[v >> 12 & 63]);
		text_add_char(out, left > 1 ? digits[v >> 6 & 63] : '=');
		text_add_char(out, left > 2 ? digits[v & 63] : '=');
	}
}

static void accept_key(struct span key, struct text *answer)
{
	static const char name[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	char all[KEY_CHARS + sizeof(name)];
	uint8_t digest[SHA1_BYTES];

	memcpy(all, key.s, KEY_CHARS);
	memcpy(all + KEY_CHARS, name, sizeof(name));
	sha1(all, sizeof(all) - 1, digest);
	text_add(answer, "HTTP/1.1 101 Switching Protocols\r\n"
			 "Upgrade: websocket\r\n"
			 "Connection: Upgrade\r\n"
			 "Sec-WebSocket-Accept: ");
	add_base64(answer, digest, sizeof(digest));
	text_add(answer, "\r\n\r\n");
}

static enum handshake refuse(const char *status, const char *why,
			     struct text *answer)
{
	text_addf(answer,
		  "HTTP/1.1 %s\r\nConnection: close\r\n"
		  "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
		  "Content-Type: text/plain\r\nContent-Length: %zu\r\n"
		  "\r\n%s\n",
		  status, strlen(why) + 1, why);
	return HANDSHAKE_REFUSED;
}

static enum handshake judge(const struct request *r, const char *host,
			    struct text *answer)
{
	if (!has_word(r->field[FIELD_UPGRADE], "websocket") ||
	    !has_word(r->field[FIELD_CONNECTION], "upgrade"))
		return refuse("426 Upgrade Required",
			      "This is a SECoP node: it speaks WebSocket "
			      "here, or plain lines.",
			      answer);
	if (!is_word(r->field[FIELD_VERSION], "13"))
		return refuse("426 Upgrade Required",
			      "The version of WebSocket must be 13.", answer);
	if (!r->field[FIELD_HOST].n || !is_key(r->field[FIELD_KEY]))
		return refuse("400 Bad Request",
			      "A Host and a Sec-WebSocket-Key of 16 bytes are "
			      "needed.",
			      answer);
	if (!may_come(r, host))
		return refuse("403 Forbidden",
			      "Pages of other machines may not talk to this "
			      "node.",
			      answer);
	accept_key(r->field[FIELD_KEY], answer);
	return HANDSHAKE_DONE;
}

enum handshake handshake_read(const char *request, size_t n, const char *host,
			      size_t *used, struct text *answer)
{
	const char *end = memmem(request, n, "\r\n\r\n", 4);
	struct request r = { 0 };
	const char *line;

	if (!end)
		return n <= HANDSHAKE_REQUEST_MAX
			       ? HANDSHAKE_MORE
			       : refuse("431 Request Header Fields Too Large",
					"The request is too long.", answer);
	*used = (size_t)(end - request) + 4;
	if (*used > HANDSHAKE_REQUEST_MAX)
		return refuse("431 Request Header Fields Too Large",
			      "The request is too long.", answer);
	line = memchr(request, '\n', *used);
	assert(line); /* at the latest that of the end */
	if (!is_request_line(
		    trim((struct span){ request, (size_t)(line - request) })) ||
	    (line < end &&
	     !read_fields(&r, line + 1, (size_t)(end - line - 1))))
		return refuse("400 Bad Request", "This is no HTTP request.",
			      answer);
	return judge(&r, host, answer);
}
