/* The handshake, frames in both directions, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "protocol/handshake.h"
#include "protocol/sha1.h"
#include "protocol/websocket.h"

#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define HEAD(more)                                                             \
	"GET / HTTP/1.1\r\nHost: lab:10767\r\n"                                \
	"Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"            \
	"Sec-WebSocket-Version: 13\r\n" more "\r\n"
#define REQUEST HEAD("Sec-WebSocket-Key: " KEY "\r\n")

static void sha1_is(const char *s, const char *hex)
{
	uint8_t digest[SHA1_BYTES];
	char got[2 * SHA1_BYTES + 1];
	size_t i;

	sha1(s, strlen(s), digest);
	for (i = 0; i < SHA1_BYTES; i++)
		snprintf(got + 2 * i, 3, "%02x", digest[i]);
	assert_string_equal(got, hex);
}

/* Of FIPS 180 and RFC 3174; 55, 56 and 64 bytes are where it pads. */
static void digests_are_right(void **state)
{
	(void)state;
	sha1_is("", "da39a3ee5e6b4b0d3255bfef95601890afd80709");
	sha1_is("abc", "a9993e364706816aba3e25717850c26c9cd0d89d");
	sha1_is("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		"84983e441c3bd26ebaae4aa1f95129e5e54670f1");
	sha1_is("01234567012345670123456701234567"
		"01234567012345670123456701234567",
		"e0c094e867ef46c350ef54a7f59dd60bed92ae83");
}

static enum handshake shake(const char *request, char answer[512])
{
	struct text out = { 0 };
	size_t used = 0;
	enum handshake result =
		handshake_read(request, strlen(request), "lab", &used, &out);

	if (result == HANDSHAKE_DONE)
		assert_int_equal(used, strlen(request));
	snprintf(answer, 512, "%s", text_str(&out));
	text_free(&out);
	return result;
}

static void shakes_hands(void **state)
{
	char answer[512];

	(void)state;
	assert_int_equal(shake(REQUEST, answer), HANDSHAKE_DONE);
	assert_string_equal(answer,
			    "HTTP/1.1 101 Switching Protocols\r\n"
			    "Upgrade: websocket\r\nConnection: Upgrade\r\n"
			    "Sec-WebSocket-Accept: "
			    "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
}

static void waits_for_all_of_the_request(void **state)
{
	char answer[512], part[sizeof(REQUEST)];
	size_t n;

	(void)state;
	for (n = 0; n < strlen(REQUEST); n++) {
		snprintf(part, sizeof(part), "%.*s", (int)n, REQUEST);
		assert_int_equal(shake(part, answer), HANDSHAKE_MORE);
	}
}

static void refuses_what_is_no_websocket(void **state)
{
	static const struct {
		const char *request, *status;
	} cases[] = {
		{ "GET / HTTP/1.1\r\nHost: lab\r\n\r\n", "426" },
		{ "GET / HTTP/1.1\r\n\r\n", "426" },
		{ "GET / HTTP/1.0\r\nHost: lab\r\n\r\n", "400" },
		{ "GET x HTTP/1.1\r\n\r\n", "400" },
		{ HEAD(""), "400" },
		{ HEAD("Sec-WebSocket-Key: short==\r\n"), "400" },
		{ HEAD("Sec-WebSocket-Key: " KEY "\r\nnonsense\r\n"), "400" },
		{ HEAD("Sec-WebSocket-Key: " KEY "\r\n"
		       "Sec-WebSocket-Key: " KEY "\r\n"),
		  "400" },
		{ "GET / HTTP/1.1\r\nHost: lab\r\nUpgrade: websocket\r\n"
		  "Connection: Upgrade\r\nSec-WebSocket-Version: 8\r\n"
		  "Sec-WebSocket-Key: " KEY "\r\n\r\n",
		  "426" },
	};
	char answer[512];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(shake(cases[i].request, answer),
				 HANDSHAKE_REFUSED);
		assert_memory_equal(answer, "HTTP/1.1 ", 9);
		assert_memory_equal(answer + 9, cases[i].status, 3);
	}
}

static void endless_requests_are_refused(void **state)
{
	struct text request = { 0 }, answer = { 0 };
	size_t used;

	(void)state;
	while (request.n <= HANDSHAKE_REQUEST_MAX)
		text_add(&request, "x: y\r\n");
	assert_int_equal(
		handshake_read(request.s, request.n, "lab", &used, &answer),
		HANDSHAKE_REFUSED);
	text_free(&request);
	text_free(&answer);
}

#define FROM(host, origin)                                                     \
	"GET / HTTP/1.1\r\nHost: " host "\r\nUpgrade: websocket\r\n"           \
	"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nOrigin: " origin  \
	"\r\nSec-WebSocket-Key: " KEY "\r\n\r\n"

static void pages_of_other_machines_are_refused(void **state)
{
	static const struct {
		const char *request;
		enum handshake result;
	} cases[] = {
		{ FROM("lab:10767", "http://lab:8080"), HANDSHAKE_DONE },
		{ FROM("127.0.0.1:1", "http://127.0.0.1"), HANDSHAKE_DONE },
		{ FROM("[::1]:1", "http://[::1]:80"), HANDSHAKE_DONE },
		{ FROM("localhost:1", "https://localhost"), HANDSHAKE_DONE },
		{ FROM("127.0.0.1:1", "http://evil.org"), HANDSHAKE_REFUSED },
		{ FROM("evil.org:1", "http://evil.org"), HANDSHAKE_REFUSED },
		{ FROM("127.0.0.1:1", "null"), HANDSHAKE_REFUSED },
		{ FROM("lab:1", ""), HANDSHAKE_REFUSED },
	};
	char answer[512];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(shake(cases[i].request, answer),
				 cases[i].result);
}

/* -- frames ------------------------------------------------------------- */

struct bench {
	struct websocket *web;
	struct text got; /* lines */
	struct text out; /* frames */
};

static void on_lines(void *context, const char *bytes, size_t n)
{
	text_add_n(context, bytes, n);
}

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	b->web = websocket_new("lab");
	websocket_receive(b->web, REQUEST, strlen(REQUEST), on_lines, &b->got);
	assert_true(websocket_is_open(b->web));
	websocket_take_answer(b->web, &b->out);
	text_clear(&b->out);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	websocket_free(b->web);
	text_free(&b->got);
	text_free(&b->out);
	free(b);
	return 0;
}

/* A masked frame, in pieces of `piece` bytes. */
static void send_pieces(struct bench *b, unsigned first, const char *s,
			size_t n, size_t piece)
{
	static const uint8_t mask[4] = { 0x37, 0xfa, 0x21, 0x3d };
	struct text frame = { 0 };
	size_t i, extended = n < 126 ? 0 : n <= 65535 ? 2 : 8;

	text_add_char(&frame, (char)first);
	text_add_char(&frame, (char)(0x80 | (!extended	     ? n
					     : extended == 2 ? 126
							     : 127)));
	for (i = extended; i-- > 0;)
		text_add_char(&frame, (char)(n >> (8 * i) & 0xff));
	text_add_n(&frame, (const char *)mask, 4);
	for (i = 0; i < n; i++)
		text_add_char(&frame, (char)(s[i] ^ (char)mask[i & 3]));
	for (i = 0; i < frame.n; i += piece)
		websocket_receive(b->web, frame.s + i,
				  frame.n - i < piece ? frame.n - i : piece,
				  on_lines, &b->got);
	text_free(&frame);
}

static void send_frame(struct bench *b, unsigned first, const char *s)
{
	send_pieces(b, first, s, strlen(s), SIZE_MAX);
}

static void answers(struct bench *b, const char *frames, size_t n)
{
	text_clear(&b->out);
	websocket_take_answer(b->web, &b->out);
	assert_int_equal(b->out.n, n);
	if (n)
		assert_memory_equal(b->out.s, frames, n);
}

static void closes_with(struct bench *b, unsigned code)
{
	char frame[] = { (char)0x88, 2, (char)(code >> 8), (char)(code & 255) };

	assert_true(websocket_is_over(b->web));
	answers(b, frame, sizeof(frame));
}

static void a_text_is_a_line(void **state)
{
	struct bench *b = *state;

	send_frame(b, 0x81, "*IDN?");
	send_frame(b, 0x81, "ping 1\n");
	send_frame(b, 0x81, "");
	assert_string_equal(text_str(&b->got), "*IDN?\nping 1\n\n");
}

static void frames_come_in_any_pieces(void **state)
{
	struct bench *b = *state;

	send_pieces(b, 0x81, "read T:value", 12, 1);
	assert_string_equal(text_str(&b->got), "read T:value\n");
}

static void texts_may_be_long(void **state)
{
	static char text[70000];
	struct bench *b = *state;

	memset(text, 'x', sizeof(text));
	send_pieces(b, 0x81, text, 300, 7);
	send_pieces(b, 0x81, text, sizeof(text), 1000);
	assert_int_equal(b->got.n, 300 + 1 + sizeof(text) + 1);
}

static void fragments_make_one_line(void **state)
{
	struct bench *b = *state;

	send_frame(b, 0x01, "read ");
	send_frame(b, 0x89, "in between");
	send_frame(b, 0x00, "T:");
	send_frame(b, 0x80, "value");
	assert_string_equal(text_str(&b->got), "read T:value\n");
	answers(b, "\x8a\x0ain between", 12);
}

static void only_the_newest_ping_is_answered(void **state)
{
	struct bench *b = *state;

	send_frame(b, 0x89, "a");
	send_frame(b, 0x89, "b");
	send_frame(b, 0x8a, "nobody asked");
	answers(b,
		"\x8a\x01"
		"b",
		3);
	assert_false(websocket_has_answer(b->web));
}

static void a_close_is_answered(void **state)
{
	struct bench *b = *state;

	send_frame(b, 0x88, "\x03\xe8 bye");
	closes_with(b, 1000);
}

static void a_close_without_a_code_is_answered(void **state)
{
	struct bench *b = *state;

	send_frame(b, 0x88, "");
	assert_true(websocket_is_over(b->web));
	answers(b, "\x88\x00", 2);
}

static void nothing_is_heard_after_the_end(void **state)
{
	struct bench *b = *state;

	send_frame(b, 0x88, "");
	send_frame(b, 0x81, "ping");
	assert_string_equal(text_str(&b->got), "");
}

static void breaks(unsigned first, const char *s, size_t n, unsigned code)
{
	void *state = NULL;

	setup(&state);
	send_pieces(state, first, s, n, 1);
	closes_with(state, code);
	teardown(&state);
}

static void broken_frames_end_it(void **state)
{
	char long_ping[126] = { 0 };

	(void)state;
	breaks(0x80, "x", 1, 1002); /* continues nothing */
	breaks(0xc1, "x", 1, 1002); /* a reserved bit */
	breaks(0x83, "x", 1, 1002); /* a reserved opcode */
	breaks(0x8b, "x", 1, 1002); /* ... of control */
	breaks(0x09, "x", 1, 1002); /* control in fragments */
	breaks(0x89, long_ping, 126, 1002);
	breaks(0x82, "x", 1, 1003);	   /* binary */
	breaks(0x88, "x", 1, 1002);	   /* half a code */
	breaks(0x88, "\x03\xed", 2, 1002); /* 1005 is never sent */
	breaks(0x88, "\x03\xe8\xff", 3, 1007);
	breaks(0x81, "\xff", 1, 1007);
	breaks(0x81, "\xc3", 1, 1007);	       /* ends within a character */
	breaks(0x81, "\xc0\x80", 2, 1007);     /* too long a form */
	breaks(0x81, "\xed\xa0\x80", 3, 1007); /* a surrogate */
	breaks(0x81, "\xf4\x90\x80\x80", 4, 1007);
}

static void a_new_text_within_a_text_ends_it(void **state)
{
	struct bench *b = *state;

	send_frame(b, 0x01, "read");
	send_frame(b, 0x81, "read");
	closes_with(b, 1002);
}

static void raw(struct bench *b, const char *bytes, size_t n)
{
	websocket_receive(b->web, bytes, n, on_lines, &b->got);
}

static void frames_without_a_mask_end_it(void **state)
{
	raw(*state, "\x81\x01x", 3);
	closes_with(*state, 1002);
}

static void lengths_must_be_short(void **state)
{
	raw(*state, "\x81\xfe\x00\x05\0\0\0\0", 8);
	closes_with(*state, 1002);
}

static void frames_have_a_bound(void **state)
{
	raw(*state, "\x81\xff\0\0\0\1\0\0\0\0\0\0\0\0", 14);
	closes_with(*state, 1009);
}

static void characters_may_be_cut_by_frames(void **state)
{
	struct bench *b = *state;

	send_frame(b, 0x01, "\xe2\x82");
	send_frame(b, 0x80, "\xac");
	assert_string_equal(text_str(&b->got), "\xe2\x82\xac\n");
}

static void lines_become_frames(void **state)
{
	struct bench *b = *state;

	websocket_wrap(b->web, "pong\nactive\n", 12, &b->out);
	assert_int_equal(b->out.n, 14);
	assert_memory_equal(b->out.s,
			    "\x81\x04pong\x81\x06"
			    "active",
			    14);
}

static void a_cut_line_becomes_fragments(void **state)
{
	struct bench *b = *state;

	websocket_wrap(b->web, "pong\nact", 8, &b->out);
	websocket_wrap(b->web, "iv", 2, &b->out);
	websocket_wrap(b->web, "e\n", 2, &b->out);
	assert_int_equal(b->out.n, 6 + 5 + 4 + 3);
	assert_memory_equal(b->out.s,
			    "\x81\x04pong\x01\x03"
			    "act\x00\x02iv\x80\x01"
			    "e",
			    18);
}

static void long_lines_have_long_heads(void **state)
{
	static char line[70000];
	struct bench *b = *state;

	memset(line, 'x', sizeof(line));
	line[299] = line[sizeof(line) - 1] = '\n';
	websocket_wrap(b->web, line, sizeof(line), &b->out);
	assert_memory_equal(b->out.s, "\x81\x7e\x01\x2b", 4);
	assert_memory_equal(b->out.s + 4 + 299,
			    "\x81\x7f\0\0\0\0\0\x01\x10\x43", 10);
}

static void we_may_end_it(void **state)
{
	struct bench *b = *state;

	websocket_close(b->web, WEBSOCKET_GOING_AWAY);
	closes_with(b, 1001);
}

static void a_refused_request_ends_it(void **state)
{
	static const char request[] = "GET / HTTP/1.1\r\n\r\n";
	struct websocket *w = websocket_new("lab");
	struct text out = { 0 };

	(void)state;
	websocket_receive(w, request, strlen(request), on_lines, NULL);
	assert_true(websocket_is_over(w));
	websocket_take_answer(w, &out);
	assert_memory_equal(text_str(&out), "HTTP/1.1 426", 12);
	text_free(&out);
	websocket_free(w);
}

static void frames_may_follow_the_request_at_once(void **state)
{
	static const char bytes[] = REQUEST "\x81\x80\0\0\0\0";
	struct websocket *w = websocket_new("lab");
	struct text got = { 0 };

	(void)state;
	websocket_receive(w, bytes, sizeof(bytes) - 1, on_lines, &got);
	assert_string_equal(text_str(&got), "\n");
	text_free(&got);
	websocket_free(w);
}

static void is_known_by_its_beginning(void **state)
{
	(void)state;
	assert_true(websocket_begins("G", 1));
	assert_true(websocket_begins("GET / HTTP", 10));
	assert_false(websocket_begins("*IDN?", 5));
	assert_false(websocket_begins("GETS", 4));
}

#define TEST(f) cmocka_unit_test(f)
#define TEST_OPEN(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(digests_are_right),
		TEST(shakes_hands),
		TEST(waits_for_all_of_the_request),
		TEST(refuses_what_is_no_websocket),
		TEST(endless_requests_are_refused),
		TEST(pages_of_other_machines_are_refused),
		TEST_OPEN(a_text_is_a_line),
		TEST_OPEN(frames_come_in_any_pieces),
		TEST_OPEN(texts_may_be_long),
		TEST_OPEN(fragments_make_one_line),
		TEST_OPEN(only_the_newest_ping_is_answered),
		TEST_OPEN(a_close_is_answered),
		TEST_OPEN(a_close_without_a_code_is_answered),
		TEST_OPEN(nothing_is_heard_after_the_end),
		TEST(broken_frames_end_it),
		TEST_OPEN(a_new_text_within_a_text_ends_it),
		TEST_OPEN(frames_without_a_mask_end_it),
		TEST_OPEN(lengths_must_be_short),
		TEST_OPEN(frames_have_a_bound),
		TEST_OPEN(characters_may_be_cut_by_frames),
		TEST_OPEN(lines_become_frames),
		TEST_OPEN(a_cut_line_becomes_fragments),
		TEST_OPEN(long_lines_have_long_heads),
		TEST_OPEN(we_may_end_it),
		TEST(a_refused_request_ends_it),
		TEST(frames_may_follow_the_request_at_once),
		TEST(is_known_by_its_beginning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
