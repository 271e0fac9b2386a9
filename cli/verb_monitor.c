/* gascellctl monitor, trace: what the daemon tells, as it tells it. */
#include <string.h>

#include "base/quantity.h"
#include "cli/figure.h"
#include "cli/roles.h"
#include "cli/stay.h"
#include "cli/verb.h"
#include "protocol/json.h"

#define TRACE_USUAL_S 600.0
#define TRACE_MAX_S 86400.0
#define OVER_S 1 /* after the daemon has ended its trace */

static int lost(struct call *c, const struct err *err)
{
	call_fail(c, CLI_NO_DAEMON, "%s", err->msg);
	call_hint(c, "look at it: systemctl status gascelld, journalctl -u "
		     "gascelld");
	return CLI_NO_DAEMON;
}

/* Prints what is in c->out until the operator or the limit ends it. */
static int stay(struct call *c, struct stay *s)
{
	unsigned int is = 0;
	struct err err;

	while (!(is & (STAY_ENDED | STAY_OVER))) {
		size_t n = 1;

		while (n)
			if (client_wait(c->client, 0, &n, &err))
				return lost(c, &err);
		if (call_flush(c))
			return CLI_FAILED;
		is = stay_wait(s, client_fd(c->client), -1, -1);
	}
	return is & STAY_OVER ? CLI_OK : STAY_INTERRUPTED;
}

/* -- monitor ----------------------------------------------------------- */

static void add_clock(nsec t, struct text *out)
{
	char clock[FIGURE_MAX];

	figure_clock(t, clock);
	text_addf(out, "%s.%03d ", clock, (int)(t % NSEC_PER_S / NSEC_PER_MS));
}

static void on_update(void *context, const struct client_update *u)
{
	struct call *c = context;

	if (c->options->json) {
		json_t *o =
			json_pack("{sf ss ss}", "t", nsec_to_s(u->t), "module",
				  u->module, "parameter", u->parameter);

		if (u->value)
			json_object_set(o, "value",
					(json_t *)(uintptr_t)u->value);
		else
			json_object_set_new(o, "error",
					    json_string(u->message));
		call_add_json(c, o);
		return;
	}
	add_clock(u->t, &c->out);
	call_add(c, u->module);
	text_add_char(&c->out, ':');
	call_add(c, u->parameter);
	text_add_char(&c->out, ' ');
	if (u->value) {
		json_add_value(&c->out, u->value);
	} else {
		text_add(&c->out, "- ");
		call_add(c, u->message);
	}
	text_add_char(&c->out, '\n');
}

/* What there is that is called almost so. */
static int refuse_module(struct call *c, const char *word,
			 const struct err *why)
{
	json_t *description;
	const char *near;
	struct err err;

	if (client_error_class(c->client) != ERROR_NO_SUCH_MODULE ||
	    client_describe(c->client, &description, &err))
		return call_fail_request(c, why);
	near = roles_near_module(description, word);
	call_fail(c, CLI_USAGE, "there is no module '%s'%s%s%s", word,
		  near ? "; did you mean '" : "", near ? near : "",
		  near ? "'?" : "");
	json_decref(description);
	call_hint(c, "what there is: gascellctl devices; run and daemon as "
		     "well");
	return CLI_USAGE;
}

static int activate(struct call *c)
{
	char module[ROLES_NAME_MAX];
	const char *word;
	struct err err;
	size_t i;

	client_set_on_update(c->client, on_update, c);
	if (!call_word(c, 0) && client_activate(c->client, NULL, &err))
		return call_fail_request(c, &err);
	for (i = 0; (word = call_word(c, i)); i++) {
		roles_module(word, module);
		if (client_activate(c->client, module, &err))
			return refuse_module(c, word, &err);
	}
	return CLI_OK;
}

int verb_monitor(struct call *c)
{
	struct stay s;
	int code = call_connect(c);

	if (code)
		return code;
	stay_begin(&s);
	code = activate(c);
	if (!code)
		code = stay(c, &s);
	stay_end(&s);
	return code;
}

/* -- trace ------------------------------------------------------------- */

struct traced {
	struct call *c;
	const char *bus;
};

/* "gas > 41 0D  A<CR>": lines of other buses are other people's. */
static void on_log(void *context, const char *module, const char *text)
{
	const struct traced *t = context;
	size_t n = strlen(t->bus);

	if (strcmp(module, "daemon") || strncmp(text, t->bus, n) ||
	    text[n] != ' ')
		return;
	if (t->c->options->json) {
		call_add_json(t->c, json_pack("{ss ss}", "bus", t->bus, "line",
					      text + n + 1));
		return;
	}
	call_add(t->c, text + n + 1);
	text_add_char(&t->c->out, '\n');
}

static int ask(struct call *c, const char *bus, double seconds, struct err *err)
{
	_cleanup_(text_free) struct text data = { 0 };

	text_add(&data, "{\"bus\":");
	json_add_string(&data, bus);
	text_add(&data, ",\"seconds\":");
	json_add_double(&data, seconds);
	text_add_char(&data, '}');
	return client_do(c->client, "daemon:_trace", text_str(&data), NULL,
			 err);
}

static int trace(struct call *c, const char *bus, double seconds)
{
	struct err err;
	struct stay s;
	int code;

	if (client_request(c->client, "logging", "daemon", "\"debug\"",
			   CLIENT_TIMEOUT_MS, NULL, &err) ||
	    ask(c, bus, seconds, &err))
		return call_fail_request(c, &err);
	stay_begin(&s);
	stay_limit((unsigned int)seconds + OVER_S);
	code = stay(c, &s);
	stay_end(&s);
	/* It would end by itself; who asks for less is not told of failures. */
	if (code == STAY_INTERRUPTED && ask(c, bus, 0, &err))
		return code;
	return code;
}

int verb_trace(struct call *c)
{
	const char *lasting = c->options->lasting;
	struct traced t = { c, call_word(c, 0) };
	double seconds = TRACE_USUAL_S;
	struct err err;
	int code;

	if (lasting && quantity_parse(QUANTITY_TIME, lasting, &seconds, &err))
		return call_fail(c, CLI_USAGE, "--for: %s", err.msg);
	if (!(seconds >= 1 && seconds <= TRACE_MAX_S))
		return call_fail(c, CLI_USAGE,
				 "--for is between 1 s and 24 h, not %s",
				 lasting);
	code = call_connect(c);
	if (code)
		return code;
	client_set_on_log(c->client, on_log, &t);
	return trace(c, t.bus, seconds);
}
