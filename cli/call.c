#include "cli/call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/paths.h"
#include "cli/plain.h"
#include "protocol/json.h"

#define CONNECT_MS 5000
#define SHOWN_MAX 4000
#define PORT_USUAL ":10767" /* SECoP's */

const char *call_word(const struct call *c, size_t i)
{
	return i + 1 < c->options->n_words ? c->options->words[i + 1] : NULL;
}

/* -- answers ----------------------------------------------------------- */

int call_flush(struct call *c)
{
	_cleanup_(text_free) struct text plain = { 0 };
	const struct text *out = &c->out;
	bool ok;

	if (c->terminal.is_one && !c->terminal.utf8) {
		plain_add(&plain, text_str(out));
		out = &plain;
	}
	ok = fwrite(text_str(out), 1, out->n, stdout) == out->n;
	text_clear(&c->out);
	return fflush(stdout) || !ok ? -1 : 0;
}

void call_add_json(struct call *c, json_t *value)
{
	json_add_value(&c->out, value);
	text_add_char(&c->out, '\n');
	json_decref(value);
}

void call_add(struct call *c, const char *s)
{
	text_add_escaped(&c->out, s, strlen(s), SHOWN_MAX);
}

/* -- failures ---------------------------------------------------------- */

int call_fail(struct call *c, int code, const char *fmt, ...)
{
	_cleanup_(text_free) struct text text = { 0 }, shown = { 0 };
	va_list ap;

	va_start(ap, fmt);
	text_addv(&text, fmt, ap);
	va_end(ap);
	text_add_escaped(&shown, text_str(&text), text.n, SHOWN_MAX);
	fprintf(stderr, "gascellctl: %s\n", text_str(&shown));
	if (c->options->json)
		call_add_json(c, json_pack("{sb ss si}", "ok", 0, "error",
					   text_str(&shown), "exit", code));
	return code;
}

static int exit_of(enum err_code code)
{
	switch (code) {
	case ERR_STATE:
	case ERR_DENIED: return CLI_REFUSED;
	default: return CLI_FAILED;
	}
}

int call_fail_err(struct call *c, const struct err *err)
{
	return call_fail(c, exit_of(err->code), "%s", err->msg);
}

void call_hint(const struct call *c, const char *fmt, ...)
{
	va_list ap;

	if (c->options->json)
		return;
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

/* -- the daemon -------------------------------------------------------- */

/* "lab" is "tcp:lab:10767", "[::1]" as well. */
static const char *given_host(struct call *c)
{
	const char *host = c->options->host;
	const char *bracket = strrchr(host, ']');

	text_clear(&c->host);
	text_addf(&c->host, "tcp:%s%s", host,
		  strchr(bracket ? bracket : host, ':') ? "" : PORT_USUAL);
	return text_str(&c->host);
}

static const char *given_socket(struct call *c)
{
	const char *s = c->options->socket;

	if (c->options->host)
		return given_host(c);
	if (!s)
		s = getenv("GASCELL_SOCKET");
	return s && *s ? s : NULL;
}

/* Of several failures the one that says most: somebody is there, but... */
static void keep_worst(struct err *kept, const struct err *err)
{
	if (kept->code == ERR_NONE || kept->code == ERR_NOT_FOUND)
		*kept = *err;
}

static struct client *try_all(const struct paths *paths, int connect_ms,
			      struct err *kept)
{
	struct client *client = NULL;
	struct err err;
	size_t i;

	for (i = 0; i < paths->n && !client; i++) {
		client = client_open(text_str(&paths->v[i]), connect_ms, &err);
		if (!client)
			keep_worst(kept, &err);
	}
	return client;
}

bool call_connect_quietly(struct call *c, struct err *err)
{
	int connect_ms = c->connect_ms ? c->connect_ms : CONNECT_MS;
	const char *given = given_socket(c);
	struct paths paths;

	*err = (struct err){ 0 };
	if (c->client)
		return true;
	if (given) {
		c->client = client_open(given, connect_ms, err);
		return c->client;
	}
	paths_sockets(&paths);
	c->client = try_all(&paths, connect_ms, err);
	paths_free(&paths);
	return c->client;
}

static void add_places(struct call *c, struct text *out)
{
	const char *given = given_socket(c);
	struct paths paths;
	size_t i;

	if (given) {
		text_add(out, given);
		return;
	}
	paths_sockets(&paths);
	for (i = 0; i < paths.n; i++)
		text_addf(out, "%s%s", i ? " or " : "", text_str(&paths.v[i]));
	paths_free(&paths);
}

static int fail_to_connect(struct call *c, const struct err *err)
{
	_cleanup_(text_free) struct text places = { 0 };

	if (err->code == ERR_DENIED) {
		call_fail(c, CLI_NO_DAEMON, "%s", err->msg);
		call_hint(c, "you may not talk to this daemon: ask to be put "
			     "into the group of its socket");
		return CLI_NO_DAEMON;
	}
	if (err->code != ERR_NOT_FOUND) {
		call_fail(c, CLI_NO_DAEMON, "%s", err->msg);
		call_hint(c, "something is there, but it does not answer as a "
			     "daemon does; look at its log (journalctl -u "
			     "gascelld)");
		return CLI_NO_DAEMON;
	}
	add_places(c, &places);
	call_fail(c, CLI_NO_DAEMON, "no daemon at %s", text_str(&places));
	call_hint(c,
		  "start it with 'gascelld run' (simulated laboratory) or "
		  "'systemctl start gascelld'%s",
		  given_socket(c) ? ""
				  : ",\nor say where it is: --socket PATH, or "
				    "$GASCELL_SOCKET");
	return CLI_NO_DAEMON;
}

int call_connect(struct call *c)
{
	struct err err;

	return call_connect_quietly(c, &err) ? CLI_OK
					     : fail_to_connect(c, &err);
}

static bool is_latched(struct call *c)
{
	json_t *value;
	struct err ignored; /* it is about a hint only */
	bool latched;

	if (client_read(c->client, "run:_latched", &value, &ignored))
		return false;
	latched = json_is_true(value);
	json_decref(value);
	return latched;
}

/* The lock says no with the name of its holder. */
static bool is_locked(struct call *c, const struct err *err)
{
	const char *holder;
	json_t *value;
	struct err ignored; /* it is about a hint only */
	bool locked;

	if (client_read(c->client, "daemon:_lock", &value, &ignored))
		return false;
	holder = json_string_value(json_object_get(value, "holder"));
	locked = holder && *holder && strstr(err->msg, holder);
	json_decref(value);
	return locked;
}

static void hint_busy(struct call *c, const struct err *err)
{
	if (is_locked(c, err))
		call_hint(c, "who has the lock, and why: gascellctl lock; to "
			     "take it over: gascellctl lock NOTE --force");
	else
		call_hint(c, "a recipe is active: see it with gascellctl "
			     "watch, end it with gascellctl stop");
}

static bool is_unknown(enum error_class class)
{
	return class == ERROR_NO_SUCH_MODULE ||
	       class == ERROR_NO_SUCH_PARAMETER ||
	       class == ERROR_NO_SUCH_COMMAND;
}

/* The class is of the refusal, not of what is asked after it. */
int call_fail_request(struct call *c, const struct err *err)
{
	enum error_class class = client_error_class(c->client);
	int code = call_fail_err(c, err);

	if (is_unknown(class))
		call_hint(c, "this daemon does not have that; it may be "
			     "of another version than this gascellctl");
	if (code != CLI_REFUSED)
		return code;
	if (class == ERROR_IS_BUSY)
		hint_busy(c, err);
	else if (is_latched(c))
		call_hint(c, "see why with gascellctl status; when the cause "
			     "is gone: gascellctl reset");
	else
		call_hint(c, "how things are: gascellctl status");
	return code;
}
