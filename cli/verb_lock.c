/* gascellctl lock, unlock: who is in control. */
#include "base/quantity.h"
#include "cli/figure.h"
#include "cli/verb.h"
#include "protocol/json.h"

static const char *text_of(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s ? s : "";
}

static void print(struct call *c, const json_t *lock)
{
	double expires = json_number_value(json_object_get(lock, "expires"));
	char date[FIGURE_MAX] = "";

	if (!*text_of(lock, "holder")) {
		text_add(&c->out, "nobody has the lock: every operator may "
				  "change things\n");
		return;
	}
	call_add(c, text_of(lock, "holder"));
	text_add(&c->out, " has the lock: ");
	call_add(c, text_of(lock, "note"));
	if (expires > 0 && expires < 9e9)
		figure_date(nsec_from_s(expires), date);
	text_addf(&c->out, "%s%s\n", *date ? "; until " : "", date);
}

static int show(struct call *c)
{
	json_t *lock;
	struct err err;

	if (client_read(c->client, "daemon:_lock", &lock, &err))
		return call_fail_request(c, &err);
	if (c->options->json) {
		call_add_json(c, lock);
		return CLI_OK;
	}
	print(c, lock);
	json_decref(lock);
	return CLI_OK;
}

static int take(struct call *c, json_t *argument)
{
	_cleanup_(text_free) struct text data = { 0 };
	struct err err;

	json_add_value(&data, argument);
	if (client_do(c->client, "daemon:_lock_take", text_str(&data), NULL,
		      &err))
		return call_fail_request(c, &err);
	return show(c);
}

/* A time or force without a note is somebody who wants it and forgot. */
int verb_lock(struct call *c)
{
	_cleanup_(text_free) struct text note = { 0 };
	const char *lasting = c->options->lasting;
	json_t *argument;
	double seconds;
	struct err err;
	int code;

	options_join(c->options, 1, &note);
	if (!note.n && (lasting || c->options->force))
		return call_fail(c, CLI_USAGE,
				 "lock: say what for: gascellctl lock "
				 "'aligning the column'");
	if (lasting && quantity_parse(QUANTITY_TIME, lasting, &seconds, &err))
		return call_fail(c, CLI_USAGE, "--for: %s", err.msg);
	code = call_connect(c);
	if (code || !note.n)
		return code ? code : show(c);
	argument = json_pack("{ss}", "note", text_str(&note));
	if (!argument)
		return call_fail(c, CLI_USAGE, "the note is no UTF-8 text");
	if (lasting)
		json_object_set_new(argument, "seconds", json_real(seconds));
	if (c->options->force)
		json_object_set_new(argument, "force", json_true());
	code = take(c, argument);
	json_decref(argument);
	return code;
}

int verb_unlock(struct call *c)
{
	struct err err;
	int code = call_connect(c);

	if (code)
		return code;
	if (client_do(c->client, "daemon:_lock_release", NULL, NULL, &err))
		return call_fail_request(c, &err);
	if (c->options->json)
		call_add_json(c, json_pack("{sb}", "ok", 1));
	else
		text_add(&c->out, "nobody has the lock now\n");
	return CLI_OK;
}
