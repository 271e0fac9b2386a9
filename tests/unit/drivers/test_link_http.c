/* Requests over HTTP against a small server: answers, refusals, bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/bus.h"
#include "drivers/link.h"
#include "drivers/link_http.h"
#include "small_http.h"

#define SOON (5 * NSEC_PER_S)

struct desk {
	struct small_http server;
	char *request;	  /* the newest */
	const char *says; /* all bytes of the reply, or */
	size_t n_says;	  /* ... when it holds a NUL */
	int status;	  /* with this body */
	const char *body;
	pthread_mutex_t gate; /* shut while the test holds it */
	struct yaml *yaml;
	struct bus *bus;
};

static void answer(void *context, const char *request, struct text *reply)
{
	struct desk *d = context;

	pthread_mutex_lock(&d->gate);
	free(d->request);
	d->request = text_dup(request);
	if (d->says)
		text_add_n(reply, d->says,
			   d->n_says ? d->n_says : strlen(d->says));
	else
		small_say(reply, d->status, d->body);
	pthread_mutex_unlock(&d->gate);
}

static struct bus *bus_to(struct desk *d, uint16_t port)
{
	struct problems problems = { 0 };
	char text[128];

	snprintf(text, sizeof(text),
		 "{type: http, host: 127.0.0.1, "
		 "port: %u}",
		 port);
	yaml_tree_free(d->yaml);
	d->yaml = yaml_parse(text, strlen(text), "site.yaml", &problems);
	assert_non_null(d->yaml);
	return bus_new("scope", yaml_root(d->yaml), 0, &problems);
}

static int begin(void **state)
{
	struct desk *d = memory_zeroed(1, sizeof(*d));

	d->status = 200;
	d->body = "true";
	pthread_mutex_init(&d->gate, NULL);
	d->server.answer = answer;
	d->server.context = d;
	small_start(&d->server);
	d->bus = bus_to(d, d->server.port);
	assert_non_null(d->bus);
	*state = d;
	return 0;
}

static int end(void **state)
{
	struct desk *d = *state;

	bus_free(d->bus);
	small_stop(&d->server);
	yaml_tree_free(d->yaml);
	free(d->request);
	free(d);
	return 0;
}

static int get(struct desk *d, char **said, struct err *err)
{
	const struct http_ask ask = { .method = "GET",
				      .path = "/v1/state",
				      .reply = SOON };

	return link_http_ask(bus_http(d->bus), &ask, said, err);
}

static void refused_with(struct desk *d, enum err_code code)
{
	struct err err = { 0 };

	assert_int_equal(get(d, NULL, &err), -1);
	if (err.code != code)
		fail_msg("%s: %s", err_code_name(err.code), err.msg);
}

static void gives_the_body_of_an_answer(void **state)
{
	struct err err = { 0 };
	char *said;

	assert_int_equal(get(*state, &said, &err), 0);
	assert_string_equal(said, "true");
	free(said);
}

static void asks_with_1_0_and_for_gzip(void **state)
{
	struct desk *d = *state;
	struct err err = { 0 };

	assert_int_equal(get(d, NULL, &err), 0);
	assert_non_null(strstr(d->request, "GET /v1/state HTTP/1.0\r\n"));
	assert_non_null(strstr(d->request, "Accept-Encoding: gzip\r\n"));
}

static void a_body_goes_out_with_its_length(void **state)
{
	const struct http_ask ask = {
		.method = "PUT",
		.path = "/v1/beam_blanked",
		.body = "true",
		.reply = SOON,
	};
	struct desk *d = *state;
	struct err err = { 0 };

	d->status = 204;
	d->body = "";
	assert_int_equal(link_http_ask(bus_http(d->bus), &ask, NULL, &err), 0);
	assert_non_null(
		strstr(d->request, "PUT /v1/beam_blanked HTTP/1.0\r\n"));
	assert_non_null(strstr(d->request, "Content-Length: 4\r\n"));
	assert_null(strstr(d->request, "Expect"));
	assert_non_null(strstr(d->request, "\r\n\r\ntrue"));
}

static void a_packed_answer_is_unpacked(void **state)
{
	/* "true", by gzip. */
	static const char says[] =
		"HTTP/1.0 200 OK\r\nContent-Encoding: gzip\r\n\r\n"
		"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x2b\x29\x2a\x4d\x05"
		"\x00\x8d\x4c\xfc\xfd\x04\x00\x00\x00";
	struct desk *d = *state;
	struct err err = { 0 };
	char *said;

	d->says = says;
	d->n_says = sizeof(says) - 1;
	if (get(d, &said, &err))
		fail_msg("%s", err.msg);
	assert_string_equal(said, "true");
	free(said);
}

static void an_unknown_endpoint_is_not_found(void **state)
{
	struct desk *d = *state;

	d->status = 404;
	d->body = "<html>no</html>";
	refused_with(d, ERR_NOT_FOUND);
}

static void an_exception_shows_the_words_of_its_page(void **state)
{
	struct desk *d = *state;
	struct err err = { 0 };

	d->status = 500;
	d->body = "<html><p>Message: no\n <b>beam</b></p>\x1b[2J</html>";
	assert_int_equal(get(d, NULL, &err), -1);
	assert_int_equal(err.code, ERR_STATE);
	assert_non_null(strstr(err.msg, "500: Message: no beam \\x1b[2J"));
}

static void no_server_is_an_error_of_the_wire(void **state)
{
	struct desk *d = *state;
	uint16_t port;
	int fd = small_listen(&port, false);

	bus_free(d->bus);
	d->bus = bus_to(d, port);
	refused_with(d, ERR_IO);
	close(fd);
}

static void an_answer_that_breaks_off_is_no_answer(void **state)
{
	struct desk *d = *state;

	d->says = "HTTP/1.0 200 OK\r\nContent-Length: 100\r\n\r\ntru";
	refused_with(d, ERR_PROTOCOL);
}

static void what_is_no_http_is_no_answer(void **state)
{
	struct desk *d = *state;

	d->says = "\x01\x02\x03 220 mail ready\r\n";
	refused_with(d, ERR_PROTOCOL);
}

static void nothing_is_no_answer(void **state)
{
	struct desk *d = *state;

	d->says = "";
	refused_with(d, ERR_IO);
}

static void an_answer_has_a_largest_size(void **state)
{
	struct desk *d = *state;
	struct text text = { 0 };

	small_say(&text, 200, "");
	while (text.n < HTTP_ANSWER_MAX + 200)
		text_add(&text, "0123456789abcdef");
	d->says = text.s;
	refused_with(d, ERR_PROTOCOL);
	text_free(&text);
}

static void a_redirection_is_not_followed(void **state)
{
	struct desk *d = *state;

	d->says = "HTTP/1.0 302 Found\r\nLocation: file:///etc/passwd\r\n\r\n";
	refused_with(d, ERR_STATE);
	assert_int_equal(d->server.n_requests, 1);
}

static void a_proxy_of_the_environment_is_not_used(void **state)
{
	struct err err = { 0 };

	setenv("http_proxy", "http://127.0.0.1:1", 1);
	assert_int_equal(get(*state, NULL, &err), 0);
	unsetenv("http_proxy");
}

static void a_late_answer_is_a_timeout(void **state)
{
	const struct http_ask ask = { .method = "GET",
				      .path = "/v1/state",
				      .reply = 50 * NSEC_PER_MS };
	struct desk *d = *state;
	struct err err = { 0 };
	nsec began = link_now();

	pthread_mutex_lock(&d->gate);
	assert_int_equal(link_http_ask(bus_http(d->bus), &ask, NULL, &err), -1);
	pthread_mutex_unlock(&d->gate);
	assert_int_equal(err.code, ERR_TIMEOUT);
	assert_true(link_now() - began < SOON);
}

static void a_late_answer_is_not_the_next_ones(void **state)
{
	struct desk *d = *state;
	struct err err = { 0 };
	char *said;

	a_late_answer_is_a_timeout(state);
	pthread_mutex_lock(&d->gate);
	d->body = "false";
	pthread_mutex_unlock(&d->gate);
	assert_int_equal(get(d, &said, &err), 0);
	assert_string_equal(said, "false");
	free(said);
}

static void a_request_gives_way_to_a_safe_command(void **state)
{
	struct desk *d = *state;

	pthread_mutex_lock(&d->gate);
	bus_interrupt(d->bus, LINK_AT_ONCE);
	refused_with(d, ERR_AGAIN);
	bus_resume(d->bus, LINK_AT_ONCE);
	pthread_mutex_unlock(&d->gate);
}

static void a_safe_command_does_not_give_way(void **state)
{
	struct desk *d = *state;
	struct err err = { 0 };

	bus_interrupt(d->bus, LINK_AT_ONCE);
	bus_urgent(d->bus, true);
	assert_int_equal(get(d, NULL, &err), 0);
	bus_urgent(d->bus, false);
	bus_resume(d->bus, LINK_AT_ONCE);
}

/* What it is handed, and when it has had enough. */
struct eater {
	size_t n, max;
};

static bool eat(void *context, const char *bytes, size_t n)
{
	struct eater *eater = context;

	(void)bytes;
	eater->n += n;
	return eater->n <= eater->max;
}

static int eat_all(struct desk *d, struct eater *eater, struct err *err)
{
	const struct http_ask ask = {
		.method = "GET",
		.path = "/v1/acquire",
		.reply = SOON,
		.take = eat,
		.context = eater,
	};

	return link_http_ask(bus_http(d->bus), &ask, NULL, err);
}

static void a_large_answer_comes_in_pieces(void **state)
{
	struct desk *d = *state;
	struct eater eater = { .max = SIZE_MAX };
	struct text text = { 0 };
	struct err err = { 0 };
	size_t head;

	small_say(&text, 200, "");
	head = text.n;
	while (text.n < 4 * HTTP_ANSWER_MAX)
		text_add(&text, "0123456789abcdef");
	d->says = text.s;
	assert_int_equal(eat_all(d, &eater, &err), 0);
	assert_int_equal(eater.n, text.n - head);
	text_free(&text);
}

static void who_takes_the_answer_may_break_it_off(void **state)
{
	struct eater eater = { .max = 2 };
	struct err err = { 0 };

	assert_int_equal(eat_all(*state, &eater, &err), -1);
	assert_int_equal(err.code, ERR_PROTOCOL);
}

static void a_refusal_is_not_handed_on_as_an_answer(void **state)
{
	struct desk *d = *state;
	struct eater eater = { .max = SIZE_MAX };
	struct err err = { 0 };

	d->status = 500;
	d->body = "no";
	assert_int_equal(eat_all(d, &eater, &err), -1);
	assert_int_equal(eater.n, 0);
}

static void two_talks_go_on_at_once(void **state)
{
	struct desk *d = *state;
	const struct http_ask ask = { .method = "GET",
				      .path = "/v1/state",
				      .reply = SOON };
	struct err err = { 0 };
	struct http_talk *slow, *quick;

	pthread_mutex_lock(&d->gate);
	slow = http_talk_begin(bus_http(d->bus), &ask, &err);
	quick = http_talk_begin(bus_http(d->bus), &ask, &err);
	assert_non_null(slow);
	assert_non_null(quick);
	http_talk_drive(quick, link_now() + 20 * NSEC_PER_MS, &err);
	assert_false(http_talk_is_over(slow));
	pthread_mutex_unlock(&d->gate);
	http_talk_drive(quick, link_now() + SOON, &err);
	assert_true(http_talk_is_over(quick));
	/* The server takes them in turn: the other was answered before. */
	assert_true(http_talk_is_over(slow));
	http_talk_free(slow);
	http_talk_free(quick);
}

static void a_talk_may_be_given_up(void **state)
{
	struct desk *d = *state;
	const struct http_ask ask = { .method = "GET",
				      .path = "/v1/state",
				      .reply = SOON };
	struct err err = { 0 };
	struct http_talk *t;

	pthread_mutex_lock(&d->gate);
	t = http_talk_begin(bus_http(d->bus), &ask, &err);
	http_talk_drive(t, link_now() + 20 * NSEC_PER_MS, &err);
	http_talk_free(t);
	pthread_mutex_unlock(&d->gate);
	assert_int_equal(get(d, NULL, &err), 0);
}

static void count(void *context, nsec at, bool sent, const void *bytes,
		  size_t n)
{
	size_t *counts = context;

	(void)at;
	(void)bytes;
	counts[sent] += n;
}

static void its_bytes_can_be_traced(void **state)
{
	struct desk *d = *state;
	size_t counts[2] = { 0 };
	const struct link_sink sink = { .bytes = count, .context = counts };
	struct err err = { 0 };

	bus_trace(d->bus, &sink);
	assert_int_equal(get(d, NULL, &err), 0);
	bus_trace(d->bus, NULL);
	assert_true(counts[0] > 10);
	assert_true(counts[1] > 10);
}

static void a_bus_needs_an_address(void **state)
{
	static const char text[] = "{type: http, host: scope.lab}";
	struct problems problems = { 0 };
	struct yaml *yaml = yaml_parse(text, strlen(text), "x", &problems);

	(void)state;
	assert_null(bus_new("scope", yaml_root(yaml), 0, &problems));
	assert_int_equal(problems.n, 1);
	problems_free(&problems);
	yaml_tree_free(yaml);
}

#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(gives_the_body_of_an_answer),
		T(asks_with_1_0_and_for_gzip),
		T(a_body_goes_out_with_its_length),
		T(a_packed_answer_is_unpacked),
		T(an_unknown_endpoint_is_not_found),
		T(an_exception_shows_the_words_of_its_page),
		T(no_server_is_an_error_of_the_wire),
		T(an_answer_that_breaks_off_is_no_answer),
		T(what_is_no_http_is_no_answer),
		T(nothing_is_no_answer),
		T(an_answer_has_a_largest_size),
		T(a_redirection_is_not_followed),
		T(a_proxy_of_the_environment_is_not_used),
		T(a_late_answer_is_a_timeout),
		T(a_late_answer_is_not_the_next_ones),
		T(a_request_gives_way_to_a_safe_command),
		T(a_safe_command_does_not_give_way),
		T(a_large_answer_comes_in_pieces),
		T(who_takes_the_answer_may_break_it_off),
		T(a_refusal_is_not_handed_on_as_an_answer),
		T(two_talks_go_on_at_once),
		T(a_talk_may_be_given_up),
		T(its_bytes_can_be_traced),
		cmocka_unit_test(a_bus_needs_an_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
