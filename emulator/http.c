#include "emulator/http.h"

#include <string.h>

#include "base/array.h"
#include "base/number.h"

static const char *find_end(const char *bytes, size_t n)
{
	const char *end = memmem(bytes, n, "\r\n\r\n", 4);

	return end ? end + 4 : NULL;
}

/* Of the body; -1: it is not said, -2: nonsense. */
static int64_t length_said(const char *bytes, const char *end)
{
	static const char key[] = "\r\ncontent-length:";
	char digits[16];
	struct err err;
	int64_t value;

	for (const char *s = bytes; s + sizeof(key) < end; s++) {
		size_t n;

		if (strncasecmp(s, key, sizeof(key) - 1))
			continue;
		s += sizeof(key) - 1;
		s += strspn(s, " ");
		n = strspn(s, "0123456789");
		if (!n || n >= sizeof(digits))
			return -2;
		memcpy(digits, s, n);
		digits[n] = '\0';
		return number_parse_int(digits, 0, INT64_MAX, &value, &err)
			       ? -2
			       : value;
	}
	return -1;
}

size_t emulator_http_span(const char *bytes, size_t n)
{
	const char *end = find_end(bytes, n);
	size_t head;
	int64_t body;

	if (!end)
		return n < EMULATOR_REQUEST_MAX ? 0 : EMULATOR_REFUSED;
	head = (size_t)(end - bytes);
	body = length_said(bytes, end);
	if (body <= 0 || body > HTTP_BODY_MAX)
		return head;
	if (head + (size_t)body > EMULATOR_REQUEST_MAX)
		return EMULATOR_REFUSED;
	return n < head + (size_t)body ? 0 : head + (size_t)body;
}

static bool copy(char *out, size_t size, const char *s, size_t n)
{
	if (n >= size)
		return false;
	memcpy(out, s, n);
	out[n] = '\0';
	return true;
}

static bool read_target(const char *s, size_t n, struct http_request *out)
{
	const char *query = memchr(s, '?', n);
	size_t path = query ? (size_t)(query - s) : n;

	if (!copy(out->path, sizeof(out->path), s, path))
		return false;
	return !query ||
	       copy(out->query, sizeof(out->query), query + 1, n - path - 1);
}

int emulator_http_parse(const char *bytes, size_t n, struct http_request *out)
{
	const char *end = find_end(bytes, n);
	const char *line = memchr(bytes, '\r', n);
	const char *space = memchr(bytes, ' ', n);
	const char *second;
	int64_t length;

	*out = (struct http_request){ 0 };
	if (!end || !space || space > line ||
	    !copy(out->method, sizeof(out->method), bytes,
		  (size_t)(space - bytes)))
		return 400;
	second = memchr(space + 1, ' ', (size_t)(line - space - 1));
	if (!second || strncmp(second, " HTTP/1.", 8) ||
	    !read_target(space + 1, (size_t)(second - space - 1), out))
		return 400;
	length = length_said(bytes, end);
	if (length == -2)
		return 400;
	if (length > HTTP_BODY_MAX)
		return 413;
	if (length < 0 && strcmp(out->method, "PUT") == 0)
		return 411;
	out->body = end;
	out->n_body = n - (size_t)(end - bytes);
	return 0;
}

static const char *reason(int status)
{
	switch (status) {
	case 200: return "OK";
	case 204: return "No Content";
	case 400: return "Bad Request";
	case 404: return "Not Found";
	case 411: return "Length Required";
	case 413: return "Payload Too Large";
	default: return "Internal Server Error";
	}
}

void emulator_http_reply(int status, const char *body, size_t n,
			 struct emulator_reply *reply)
{
	struct text *out = &reply->bytes;
	_cleanup_(text_free) struct text page = { 0 };

	reply->ends = true;
	if (status != 200 && status != 204) {
		text_addf(&page,
			  "<html><head><title>Error response</title>"
			  "</head><body><h1>Error response</h1><p>Error code: "
			  "%d</p><p>Message: %s.</p></body></html>",
			  status, reason(status));
		body = page.s;
		n = page.n;
	}
	text_addf(out, "HTTP/1.0 %d %s\r\nServer: temscript\r\n", status,
		  reason(status));
	if (status != 204)
		text_addf(out, "Content-Type: %s\r\nContent-Length: %zu\r\n",
			  status == 200 ? "application/json"
					: "text/html;charset=utf-8",
			  n);
	text_add(out, "\r\n");
	if (status != 204)
		text_add_n(out, body, n);
}

void emulator_http_break(struct text *reply)
{
	static const char key[] = "Content-Length: ";
	char *at = memmem(reply->s, reply->n, key, sizeof(key) - 1);

	if (at)
		at[sizeof(key) - 1] = '9';
	else if (reply->n > 9)
		reply->s[9] = '7'; /* the status */
}
