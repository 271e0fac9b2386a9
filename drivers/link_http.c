/*
 * libcurl's multi interface, with its sockets in one epoll descriptor, so that
 * the one wait of all links (which gives way to safe commands) waits for them.
 */
#include "drivers/link_http.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/array.h"
#include "base/text.h"
#include "drivers/curl_library.h"
#include "drivers/link.h"
#include "drivers/link_open.h"

#define PORT_USUAL 8080
#define EVENTS_MAX 8
#define REFUSAL_MAX 2048 /* of a refusal's page, read for its message */
#define REFUSAL_SHOWN 120
#define BUFFER (256L * 1024)

struct link_http {
	struct link *link;
	struct link_host host;
	struct curl_library lib; /* handle NULL: not loaded yet */
	CURLM *multi;
	int epoll;
	nsec timer; /* libcurl wants its turn then */
};

struct http_talk {
	struct link_http *h;
	CURL *easy;
	struct curl_slist *headers;
	char name[16 + HTTP_PATH_MAX]; /* "GET /v1/state", for messages */
	char *body;
	bool (*take)(void *context, const char *bytes, size_t n);
	void *context;
	struct text answer; /* or the page of a refusal */
	size_t head;	    /* bytes of header lines */
	bool is_large, is_broken_off;
	bool is_over;
	CURLcode code;
	long status;
};

/* -- the link ------------------------------------------------------------ */

static int never_opened(struct link *l, const void *settings, nsec deadline,
			struct err *err)
{
	(void)l;
	(void)settings;
	(void)deadline;
	return err_set(err, ERR_STATE, "HTTP has no line to open");
}

static const struct link_kind kind_http = {
	.type = "http",
	.is_fresh_when_opened = true,
	.open = never_opened,
};

struct link_http *link_http_new(const struct yaml_node *params,
				struct problems *problems)
{
	static const char *const keys[] = { "type", "host", "port", NULL };
	size_t before = problems->n_all;
	char name[LINK_HOST_MAX + 16];
	struct link_host host;
	struct link_http *h;

	yaml_check_keys(params, "a bus of type http", keys, problems);
	link_host_read(params, PORT_USUAL, &host, problems);
	if (problems->n_all != before)
		return NULL;
	snprintf(name, sizeof(name), "%s:%u", host.host, host.port);
	h = memory_zeroed(1, sizeof(*h));
	h->host = host;
	h->link = link_new(&kind_http, name, NULL);
	h->epoll = -1;
	h->timer = NSEC_NEVER;
	return h;
}

void link_http_free(struct link_http *h)
{
	if (!h)
		return;
	if (h->multi)
		h->lib.multi_cleanup(h->multi);
	if (h->epoll >= 0)
		close(h->epoll);
	curl_library_close(&h->lib);
	link_free(h->link);
	free(h);
}

struct link *link_http_link(struct link_http *h)
{
	return h->link;
}

/* What libcurl waits for becomes what our epoll descriptor waits for. */
static int on_socket(CURL *easy, curl_socket_t s, int what, void *user,
		     void *known)
{
	struct link_http *h = user;
	struct epoll_event event = { .data.fd = s };

	(void)easy;
	(void)known;
	if (what == CURL_POLL_REMOVE) {
		/* It may be closed already, and then is forgotten anyway. */
		if (epoll_ctl(h->epoll, EPOLL_CTL_DEL, s, &event))
			return 0;
		return 0;
	}
	if (what & CURL_POLL_IN)
		event.events |= EPOLLIN;
	if (what & CURL_POLL_OUT)
		event.events |= EPOLLOUT;
	if (epoll_ctl(h->epoll, EPOLL_CTL_MOD, s, &event) &&
	    epoll_ctl(h->epoll, EPOLL_CTL_ADD, s, &event))
		return -1;
	return 0;
}

static int on_timer(CURLM *multi, long ms, void *user)
{
	struct link_http *h = user;

	(void)multi;
	h->timer = ms < 0 ? NSEC_NEVER : link_now() + ms * NSEC_PER_MS;
	return 0;
}

static int load(struct link_http *h, struct err *err)
{
	if (h->multi)
		return 0;
	if (!h->lib.handle && curl_library_open(&h->lib, err))
		return -1;
	if (h->epoll < 0)
		h->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (h->epoll < 0)
		return err_set(err, ERR_IO, "%s", strerror(errno));
	/* Counts how often it is called; its own memory is never given
	 * back. */
	if (h->lib.global_init(CURL_GLOBAL_NOTHING))
		return err_set(err, ERR_IO, "libcurl does not start");
	h->multi = h->lib.multi_init();
	if (!h->multi)
		return err_set(err, ERR_IO, "libcurl does not start");
	h->lib.multi_set(h->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	h->lib.multi_set(h->multi, CURLMOPT_SOCKETDATA, h);
	h->lib.multi_set(h->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	h->lib.multi_set(h->multi, CURLMOPT_TIMERDATA, h);
	return 0;
}

/* -- a talk -------------------------------------------------------------- */

static size_t on_head(char *bytes, size_t size, size_t n, void *user)
{
	struct http_talk *t = user;

	(void)bytes;
	t->head += size * n;
	t->is_large |= t->head > HTTP_HEAD_MAX;
	return t->is_large ? 0 : size * n;
}

static bool keep(struct http_talk *t, const char *bytes, size_t n, size_t max)
{
	t->is_large |= n > max - t->answer.n;
	if (!t->is_large)
		text_add_n(&t->answer, bytes, n);
	return !t->is_large;
}

/* Of a refusal only the beginning is of interest. */
static void keep_page(struct http_talk *t, const char *bytes, size_t n)
{
	size_t room = REFUSAL_MAX - t->answer.n;

	text_add_n(&t->answer, bytes, n < room ? n : room);
}

static size_t on_body(char *bytes, size_t size, size_t n, void *user)
{
	struct http_talk *t = user;
	long status = 0;

	n *= size;
	t->h->lib.get(t->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status != 200) {
		keep_page(t, bytes, n);
		return n;
	}
	if (!t->take)
		return keep(t, bytes, n, HTTP_ANSWER_MAX) ? n : 0;
	t->is_broken_off = !t->take(t->context, bytes, n);
	return t->is_broken_off ? 0 : n;
}

static int on_debug(CURL *easy, curl_infotype type, char *bytes, size_t n,
		    void *user)
{
	struct http_talk *t = user;

	(void)easy;
	if (type == CURLINFO_HEADER_OUT || type == CURLINFO_DATA_OUT)
		link_tell_sink(t->h->link, true, bytes, n);
	else if (type == CURLINFO_HEADER_IN || type == CURLINFO_DATA_IN)
		link_tell_sink(t->h->link, false, bytes, n);
	return 0;
}

static void set_request(struct http_talk *t, const struct http_ask *ask)
{
	const struct curl_library *lib = &t->h->lib;
	const struct link_host *host = &t->h->host;
	char url[LINK_HOST_MAX + HTTP_PATH_MAX + 32];

	snprintf(url, sizeof(url),
		 strchr(host->host, ':') ? "http://[%s]:%u%s"
					 : "http://%s:%u%s",
		 host->host, host->port, ask->path);
	lib->set(t->easy, CURLOPT_URL, url);
	lib->set(t->easy, CURLOPT_CUSTOMREQUEST, ask->method);
	if (t->body) {
		lib->set(t->easy, CURLOPT_POSTFIELDS, t->body);
		lib->set(t->easy, CURLOPT_POSTFIELDSIZE, strlen(t->body));
		t->headers =
			lib->append(NULL, "Content-Type: application/json");
		t->headers = lib->append(t->headers, "Expect:");
		lib->set(t->easy, CURLOPT_HTTPHEADER, t->headers);
	}
}

static void set_bounds(struct http_talk *t, nsec reply)
{
	const struct curl_library *lib = &t->h->lib;
	long ms = (long)(reply / NSEC_PER_MS);

	lib->set(t->easy, CURLOPT_TIMEOUT_MS, ms > 0 ? ms : 1L);
	lib->set(t->easy, CURLOPT_CONNECTTIMEOUT_MS,
		 (long)(LINK_OPEN_MAX / NSEC_PER_MS));
	lib->set(t->easy, CURLOPT_NOSIGNAL, 1L);
	lib->set(t->easy, CURLOPT_PROTOCOLS_STR, "http");
	lib->set(t->easy, CURLOPT_PROXY, "");
	lib->set(t->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_0);
	lib->set(t->easy, CURLOPT_FRESH_CONNECT, 1L);
	lib->set(t->easy, CURLOPT_FORBID_REUSE, 1L);
	lib->set(t->easy, CURLOPT_ACCEPT_ENCODING, "gzip");
	lib->set(t->easy, CURLOPT_BUFFERSIZE, BUFFER);
}

static void set_callbacks(struct http_talk *t)
{
	const struct curl_library *lib = &t->h->lib;

	lib->set(t->easy, CURLOPT_PRIVATE, t);
	lib->set(t->easy, CURLOPT_HEADERFUNCTION, on_head);
	lib->set(t->easy, CURLOPT_HEADERDATA, t);
	lib->set(t->easy, CURLOPT_WRITEFUNCTION, on_body);
	lib->set(t->easy, CURLOPT_WRITEDATA, t);
	lib->set(t->easy, CURLOPT_VERBOSE, 1L);
	lib->set(t->easy, CURLOPT_DEBUGFUNCTION, on_debug);
	lib->set(t->easy, CURLOPT_DEBUGDATA, t);
}

struct http_talk *http_talk_begin(struct link_http *h,
				  const struct http_ask *ask, struct err *err)
{
	struct http_talk *t;

	assert(!ask->body || strlen(ask->body) <= HTTP_BODY_MAX);
	assert(strlen(ask->path) < HTTP_PATH_MAX);
	if (load(h, err)) {
		err_wrap(err, "%s", link_name(h->link));
		return NULL;
	}
	t = memory_zeroed(1, sizeof(*t));
	t->h = h;
	t->easy = h->lib.init();
	if (!t->easy)
		abort(); /* out of memory */
	snprintf(t->name, sizeof(t->name), "%s %s", ask->method, ask->path);
	t->take = ask->take;
	t->context = ask->context;
	t->body = ask->body ? text_dup(ask->body) : NULL;
	set_request(t, ask);
	set_bounds(t, ask->reply);
	set_callbacks(t);
	if (h->lib.add(h->multi, t->easy)) {
		err_set(err, ERR_IO, "%s: libcurl takes no more requests",
			t->name);
		http_talk_free(t);
		return NULL;
	}
	return t;
}

void http_talk_free(struct http_talk *t)
{
	if (!t)
		return;
	t->h->lib.remove(t->h->multi, t->easy);
	t->h->lib.cleanup(t->easy);
	t->h->lib.free_all(t->headers);
	text_free(&t->answer);
	free(t->body);
	free(t);
}

bool http_talk_is_over(const struct http_talk *t)
{
	return t->is_over;
}

/* Marks the talks that libcurl is done with. */
static void collect(struct link_http *h)
{
	CURLMsg *message;
	int left;

	while ((message = h->lib.read(h->multi, &left))) {
		struct http_talk *t = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		h->lib.get(message->easy_handle, CURLINFO_PRIVATE, &t);
		t->is_over = true;
		t->code = message->data.result;
		h->lib.get(t->easy, CURLINFO_RESPONSE_CODE, &t->status);
	}
}

static void act_on_sockets(struct link_http *h)
{
	struct epoll_event events[EVENTS_MAX];
	int n = epoll_wait(h->epoll, events, EVENTS_MAX, 0);
	int running;

	for (int i = 0; i < n; i++) {
		unsigned seen = events[i].events;
		int mask =
			(seen & EPOLLIN ? CURL_CSELECT_IN : 0) |
			(seen & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
			(seen & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);

		h->lib.act(h->multi, events[i].data.fd, mask, &running);
	}
}

/* One wait and what comes of it; no later than `until`. */
static int turn(struct link_http *h, nsec until, struct err *err)
{
	int running;

	if (h->timer <= link_now()) {
		h->timer = NSEC_NEVER;
		h->lib.act(h->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	} else if (!link_wait(h->link, h->epoll, POLLIN,
			      nsec_min(until, h->timer), err)) {
		act_on_sockets(h);
	} else if (err->code != ERR_TIMEOUT) {
		return -1;
	}
	collect(h);
	return 0;
}

int http_talk_drive(struct http_talk *t, nsec until, struct err *err)
{
	do {
		if (!t->is_over && turn(t->h, until, err))
			return -1;
	} while (!t->is_over && link_now() < until);
	return 0;
}

int http_talk_send(struct http_talk *t, nsec until, struct err *err)
{
	long sent = 0;

	while (!t->is_over && !sent && link_now() < until) {
		if (turn(t->h, until, err))
			return -1;
		t->h->lib.get(t->easy, CURLINFO_REQUEST_SIZE, &sent);
	}
	return 0;
}

/* The words of a page of HTML, without what stands in angle brackets. */
static void add_words(struct text *out, const struct text *page)
{
	struct text words = { 0 };
	bool inside = false, space = false;

	for (size_t i = 0; i < page->n; i++) {
		char c = page->s[i];

		if (c == '<' || c == '>') {
			inside = c == '<';
			space = true;
		} else if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
			space = true;
		} else if (!inside) {
			if (space && words.n)
				text_add_char(&words, ' ');
			text_add_char(&words, c);
			space = false;
		}
	}
	if (words.n) {
		text_add(out, ": ");
		text_add_escaped(out, words.s, words.n, REFUSAL_SHOWN);
	}
	text_free(&words);
}

static int refused(const struct http_talk *t, struct err *err)
{
	_cleanup_(text_free) struct text words = { 0 };

	add_words(&words, &t->answer);
	return err_set(err, t->status == 404 ? ERR_NOT_FOUND : ERR_STATE,
		       "%s: the server says %ld%s", t->name, t->status,
		       text_str(&words));
}

static enum err_code code_of(CURLcode code)
{
	switch (code) {
	case CURLE_OPERATION_TIMEDOUT: return ERR_TIMEOUT;
	case CURLE_COULDNT_CONNECT:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_GOT_NOTHING: return ERR_IO;
	default: return ERR_PROTOCOL;
	}
}

int http_talk_result(const struct http_talk *t, const char **answer,
		     struct err *err)
{
	assert(t->is_over);
	if (t->is_large)
		return err_set(err, ERR_PROTOCOL,
			       "%s: an answer larger than "
			       "allowed",
			       t->name);
	if (t->is_broken_off)
		return err_set(err, ERR_PROTOCOL, "%s: broken off", t->name);
	if (t->code)
		return err_set(err, code_of(t->code), "%s: %s", t->name,
			       t->h->lib.strerror(t->code));
	if (t->status != 200 && t->status != 204)
		return refused(t, err);
	if (answer)
		*answer = text_str(&t->answer);
	return 0;
}

int link_http_ask(struct link_http *h, const struct http_ask *ask,
		  char **answer, struct err *err)
{
	struct http_talk *t = http_talk_begin(h, ask, err);
	const char *said;
	int status;

	if (!t)
		return -1;
	status = http_talk_drive(t, link_now() + ask->reply, err);
	/* libcurl's own time-out may be due in this very moment. */
	if (!status && !t->is_over)
		status = err_set(err, ERR_TIMEOUT, "%s: no answer in time",
				 t->name);
	if (!status)
		status = http_talk_result(t, &said, err);
	if (!status && answer)
		*answer = text_dup(said);
	http_talk_free(t);
	return status;
}
