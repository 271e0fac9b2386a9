#include "protocol/client.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/array.h"
#include "protocol/client_parts.h"
#include "protocol/connect.h"
#include "protocol/message.h"

#define REPLY_MAX (16 * 1024 * 1024) /* a description of a large node */
#define IDENTITY_MAX 128

struct client {
	int fd;
	struct text in;
	size_t read; /* of in: lines that were seen */
	client_on_update *on_update;
	void *context;
	client_on_log *on_log;
	void *log_context;
	enum error_class class;
	json_t *details;
	char identity[IDENTITY_MAX];
	bool broken;
};

/* -- lines ------------------------------------------------------------- */

static int broken(struct client *c, enum err_code code, const char *why,
		  struct err *err)
{
	c->broken = true;
	return err_set(err, code, "%s", why);
}

static int send_all(struct client *c, const struct text *line, int64_t deadline,
		    struct err *err)
{
	size_t sent = 0;
	ssize_t n;

	while (sent < line->n) {
		n = send(c->fd, line->s + sent, line->n - sent, MSG_NOSIGNAL);
		if (n > 0) {
			sent += (size_t)n;
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			return broken(c, ERR_IO,
				      "the daemon closed the "
				      "connection",
				      err);
		if (connect_wait(c->fd, POLLOUT, deadline) <= 0)
			return broken(c, ERR_TIMEOUT,
				      "the daemon takes no "
				      "requests",
				      err);
	}
	return 0;
}

/* The next line without its LF, if there is a whole one. */
static bool next_line(struct client *c, struct span *line)
{
	const char *s, *end;

	if (c->read == c->in.n)
		return false;
	s = c->in.s + c->read;
	end = memchr(s, '\n', c->in.n - c->read);
	if (!end)
		return false;
	*line = (struct span){ s, (size_t)(end - s) };
	c->read += line->n + 1;
	return true;
}

/* Forgets the lines that were seen. */
static void compact(struct client *c)
{
	size_t rest = c->in.n - c->read;

	if (!c->read)
		return;
	memmove(c->in.s, c->in.s + c->read, rest + 1);
	c->in.n = rest;
	c->read = 0;
}

/* 1: more bytes came, 0: none in time, -1: err. */
static int receive(struct client *c, int64_t deadline, struct err *err)
{
	char buffer[16384];
	ssize_t n;

	compact(c);
	for (;;) {
		n = recv(c->fd, buffer, sizeof(buffer), 0);
		if (n > 0)
			break;
		if (!n)
			return broken(c, ERR_IO,
				      "the daemon closed the "
				      "connection",
				      err);
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return broken(c, ERR_IO, strerror(errno), err);
		if (!connect_wait(c->fd, POLLIN, deadline))
			return 0;
	}
	if ((size_t)n > REPLY_MAX - c->in.n)
		return broken(c, ERR_PROTOCOL, "an endless line", err);
	text_add_n(&c->in, buffer, (size_t)n);
	return 1;
}

/* As receive(), for one line. */
static int wait_line(struct client *c, struct span *line, int64_t deadline,
		     struct err *err)
{
	int status;

	while (!next_line(c, line)) {
		status = receive(c, deadline, err);
		if (status <= 0)
			return status;
	}
	return 1;
}

/* -- what lines say ---------------------------------------------------- */

static json_t *read_data(struct span data)
{
	enum error_class class;
	struct err ignored; /* the caller says that the line is broken */

	return data.n ? json_read(data.s, data.n, &class, &ignored) : NULL;
}

static nsec time_of(const json_t *qualifiers)
{
	json_t *t = json_object_get(qualifiers, "t");
	double s = json_is_number(t) ? json_number_value(t) : 0;

	return s > 0 && s < 9e9 ? nsec_from_s(s) : 0;
}

static void copy_span(char *out, size_t size, struct span s)
{
	size_t n = s.n < size ? s.n : size - 1;

	if (n)
		memcpy(out, s.s, n);
	out[n] = '\0';
}

static enum error_class class_of(const json_t *report)
{
	const char *name = json_string_value(json_array_get(report, 0));

	return name ? error_class_from_name(name, strlen(name))
		    : ERROR_INTERNAL;
}

static const char *sentence_of(const json_t *report)
{
	const char *s = json_string_value(json_array_get(report, 1));

	return s ? s : "(no text)";
}

static void deliver(struct client *c, const struct message *m, bool is_error,
		    const json_t *report)
{
	char module[MESSAGE_NAME_MAX + 1], parameter[MESSAGE_NAME_MAX + 1];
	struct client_update u = { module, parameter, NULL, 0, ERROR_NONE, "" };

	if (!c->on_update || !json_is_array(report))
		return;
	copy_span(module, sizeof(module), m->module);
	copy_span(parameter, sizeof(parameter), m->accessible);
	if (is_error) {
		u.class = class_of(report);
		u.message = sentence_of(report);
		u.t = time_of(json_array_get(report, 2));
	} else {
		u.value = json_array_get(report, 0);
		u.t = time_of(json_array_get(report, 1));
	}
	if (is_error || u.value)
		c->on_update(c->context, &u);
}

/* `log module:level "text"`; other nodes put it into a report. */
static void deliver_log(struct client *c, const struct message *m)
{
	char module[MESSAGE_NAME_MAX + 1];
	const char *text;
	json_t *data;

	if (!c->on_log)
		return;
	data = read_data(m->data);
	text = json_string_value(json_is_array(data) ? json_array_get(data, 0)
						     : data);
	copy_span(module, sizeof(module), m->module);
	if (text)
		c->on_log(c->log_context, module, text);
	json_decref(data);
}

/* Is it an event? Then it is dealt with. */
static bool take_event(struct client *c, const struct message *m)
{
	bool is_error = span_is(m->action, "error_update");
	json_t *report;

	if (span_is(m->action, "log")) {
		deliver_log(c, m);
		return true;
	}
	if (!is_error && !span_is(m->action, "update"))
		return false;
	report = read_data(m->data);
	deliver(c, m, is_error, report);
	json_decref(report);
	return true;
}

static const struct {
	const char *request;
	const char *answer;
} answers[] = {
	{ "read", "reply" },
	{ "change", "changed" },
	{ "do", "done" },
	{ "ping", "pong" },
	{ "describe", "describing" },
	{ "activate", "active" },
	{ "deactivate", "inactive" },
	{ "check", "checked" },
	{ "logging", "logging" },
};

static const char *answer_to(const char *action)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(answers); i++)
		if (!strcmp(answers[i].request, action))
			return answers[i].answer;
	return "";
}

static bool is_error_of(struct span answer, const char *action)
{
	return answer.n > 6 && !memcmp(answer.s, "error_", 6) &&
	       span_is((struct span){ answer.s + 6, answer.n - 6 }, action);
}

static int take_error(struct client *c, const struct message *m,
		      struct err *err)
{
	json_t *report = read_data(m->data);

	c->class = class_of(report);
	c->details = json_incref(json_array_get(report, 2));
	err_set(err, error_class_code(c->class), "%s", sentence_of(report));
	json_decref(report);
	return -1;
}

/* `describing . {...}` is the only data that is no report. */
static int take_answer(struct client *c, const struct message *m,
		       json_t **value, struct err *err)
{
	json_t *data, *v;

	if (!value)
		return 0;
	if (!m->data.n) {
		*value = json_null();
		return 0;
	}
	data = span_is(m->action, "describing")
		       ? json_loadb(m->data.s, m->data.n,
				    JSON_REJECT_DUPLICATES, NULL)
		       : read_data(m->data);
	if (!data)
		return broken(c, ERR_PROTOCOL, "an answer is not JSON", err);
	v = json_is_array(data) ? json_array_get(data, 0) : data;
	*value = json_incref(v ? v : json_null());
	json_decref(data);
	return 0;
}

/* -- requests ---------------------------------------------------------- */

void client_forget_error(struct client *c)
{
	c->class = ERROR_NONE;
	json_decref(c->details);
	c->details = NULL;
}

int client_await(struct client *c, const char *action, const char *specifier,
		 int64_t deadline, json_t **value, struct err *err)
{
	const char *wanted = answer_to(action);
	struct message m;
	struct span line;
	bool is_error, is_ours;
	int status;

	for (;;) {
		status = wait_line(c, &line, deadline, err);
		if (!status)
			return broken(c, ERR_TIMEOUT,
				      "the daemon did not answer in time", err);
		if (status < 0)
			return -1;
		message_read(&m, line.s, line.n);
		if (take_event(c, &m))
			continue;
		is_error = is_error_of(m.action, action);
		is_ours = span_is(m.specifier, specifier) ||
			  !strcmp(action, "describe");
		if (is_error && is_ours)
			return take_error(c, &m, err);
		if (span_is(m.action, wanted) && is_ours)
			return take_answer(c, &m, value, err);
	}
}

int client_add_request(struct text *lines, const char *action,
		       const char *specifier, const char *data, struct err *err)
{
	size_t before = lines->n;

	if (strchr(specifier, ' ') || strchr(specifier, '\n') ||
	    strchr(data, '\n'))
		return err_set(err, ERR_INVALID,
			       "a request is one line, a name has no blanks");
	message_add(lines, action, specifier, data);
	if (lines->n - before > MESSAGE_LINE_MAX)
		return err_set(err, ERR_FULL,
			       "a request may have %d bytes, this has %zu",
			       MESSAGE_LINE_MAX, lines->n - before);
	return 0;
}

int client_send(struct client *c, const struct text *lines, int64_t deadline,
		struct err *err)
{
	if (c->broken)
		return err_set(err, ERR_IO, "the connection is lost");
	return send_all(c, lines, deadline, err);
}

int client_request(struct client *c, const char *action, const char *specifier,
		   const char *data, int timeout_ms, json_t **value,
		   struct err *err)
{
	_cleanup_(text_free) struct text line = { 0 };
	int64_t deadline = connect_deadline(timeout_ms);

	specifier = specifier ? specifier : "";
	client_forget_error(c);
	if (client_add_request(&line, action, specifier, data ? data : "",
			       err) ||
	    client_send(c, &line, deadline, err))
		return -1;
	return client_await(c, action, specifier, deadline, value, err);
}

/* Events among the lines that are there; anything else is an answer that
 * comes too late to be of use. */
static size_t take_events(struct client *c)
{
	struct message m;
	struct span line;
	size_t n = 0;

	while (next_line(c, &line)) {
		message_read(&m, line.s, line.n);
		n += take_event(c, &m);
	}
	return n;
}

int client_wait(struct client *c, int timeout_ms, size_t *n, struct err *err)
{
	size_t taken;
	int status;

	if (c->broken)
		return err_set(err, ERR_IO, "the connection is lost");
	taken = take_events(c);
	if (!taken) {
		status = receive(c, connect_deadline(timeout_ms), err);
		if (status < 0)
			return -1;
		taken = take_events(c);
	}
	if (n)
		*n = taken;
	return 0;
}

/* -- from open to close ------------------------------------------------ */

static bool is_node(struct span line)
{
	static const char secop[] = ",SECoP,";
	const char *comma = line.n ? memchr(line.s, ',', line.n) : NULL;

	return comma && memmem(line.s, (size_t)(comma - line.s), "ISSE", 4) &&
	       memmem(comma, line.n - (size_t)(comma - line.s), secop,
		      sizeof(secop) - 1) == comma;
}

/* "error_*IDN?  [class, text, {}]": it is one, but does not let us in. */
static int not_let_in(const char *where, struct span line, struct err *err)
{
	struct message m;
	enum error_class c;
	struct err ignored;
	json_t *report;
	const char *text;

	message_read(&m, line.s, line.n);
	if (!span_is(m.action, "error_*IDN?"))
		return err_set(err, ERR_PROTOCOL, "%s: not a SECoP node",
			       where);
	report = json_read(m.data.s, m.data.n, &c, &ignored);
	text = json_string_value(json_array_get(report, 1));
	err_set(err, ERR_DENIED, "%s: %.200s", where,
		text ? text : "does not let us in");
	json_decref(report);
	return -1;
}

static int no_answer(const char *where, struct err *err)
{
	return err_set(err, ERR_TIMEOUT, "%s: no answer in time", where);
}

static int identify(struct client *c, const char *where, int64_t deadline,
		    struct err *err)
{
	_cleanup_(text_free) struct text line = { 0 };
	struct span answer;
	int status;

	message_add(&line, "*IDN?", "", "");
	/* Who turns us away has hung up by now, and has said why before. */
	if (send_all(c, &line, deadline, err) && err->code != ERR_IO)
		return err_wrap(err, "%s", where);
	status = wait_line(c, &answer, deadline, err);
	if (status < 0)
		return err_wrap(err, "%s", where);
	if (!status)
		return no_answer(where, err);
	if (!is_node(answer))
		return not_let_in(where, answer, err);
	copy_span(c->identity, sizeof(c->identity), answer);
	return 0;
}

struct client *client_open(const char *where, int timeout_ms, struct err *err)
{
	int64_t deadline = connect_deadline(timeout_ms);
	struct client *c;
	int fd;

	fd = connect_open(where, deadline, err);
	if (fd < 0)
		return NULL;
	c = memory_zeroed(1, sizeof(*c));
	c->fd = fd;
	if (identify(c, where, deadline, err)) {
		client_close(c);
		return NULL;
	}
	return c;
}

void client_close(struct client *c)
{
	if (!c)
		return;
	close(c->fd);
	client_forget_error(c);
	text_free(&c->in);
	free(c);
}

void client_set_on_update(struct client *c, client_on_update *update,
			  void *context)
{
	c->on_update = update;
	c->context = context;
}

void client_set_on_log(struct client *c, client_on_log *log, void *context)
{
	c->on_log = log;
	c->log_context = context;
}

enum error_class client_error_class(const struct client *c)
{
	return c->class;
}

const json_t *client_error_details(const struct client *c)
{
	return c->details;
}

int client_fd(const struct client *c)
{
	return c->fd;
}

const char *client_identity(const struct client *c)
{
	return c->identity;
}
