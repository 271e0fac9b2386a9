/* What an operator does to a run: pause, resume, skip, extend, stop, abort,
 * answer, reset. */
#include <string.h>

#include "base/quantity.h"
#include "cli/figure.h"
#include "cli/snapshot.h"
#include "cli/verb.h"
#include "cli/view.h"
#include "protocol/json.h"

#define CONFIRM_MS 10000 /* for the instruments to be read back safe */

/* Says what the run does now; next is what to do then, while it is active. */
static int tell(struct call *c, const struct snapshot *s, const char *next)
{
	_cleanup_(text_free) struct text status = { 0 };

	view_status(s, &status);
	if (c->options->json) {
		call_add_json(c, json_pack("{sb ss ss}", "ok", 1, "state",
					   snapshot_text(s, "run:_state"),
					   "text", text_str(&status)));
		return CLI_OK;
	}
	text_addf(&c->out, "%s\n", text_str(&status));
	if (next && view_is_active(s))
		text_addf(&c->out, "%s\n", next);
	return CLI_OK;
}

/* Stays: what comes later, with an answer at the latest, is in it, too. */
static int look(struct call *c, struct snapshot *s, struct err *err)
{
	client_set_on_update(c->client, snapshot_on_update, s);
	return client_activate(c->client, "run", err);
}

/* Does it, and looks what has come of it. */
static int do_and_look(struct call *c, struct snapshot *s,
		       const char *accessible, const char *data,
		       struct err *err)
{
	client_set_on_update(c->client, snapshot_on_update, s);
	return client_do_shown(c->client, accessible, data, CLIENT_TIMEOUT_MS,
			       NULL, err);
}

static int command(struct call *c, const char *accessible, const char *next)
{
	_cleanup_(snapshot_fini) struct snapshot s = { 0 };
	struct err err;
	int code = call_connect(c);

	if (code)
		return code;
	if (do_and_look(c, &s, accessible, NULL, &err))
		return call_fail_request(c, &err);
	return tell(c, &s, next);
}

int verb_pause(struct call *c)
{
	return command(c, "run:hold", "go on with: gascellctl resume");
}

int verb_resume(struct call *c)
{
	return command(c, "run:_resume", NULL);
}

int verb_skip(struct call *c)
{
	return command(c, "run:_skip", NULL);
}

/* Stopping what is not active is no error for other clients; an operator
 * wants to know. */
int verb_stop(struct call *c)
{
	_cleanup_(snapshot_fini) struct snapshot s = { 0 };
	struct err err;
	int code = call_connect(c);

	if (code)
		return code;
	if (look(c, &s, &err))
		return call_fail_request(c, &err);
	if (!snapshot_count(&s, "run:_step"))
		return call_fail(c, CLI_REFUSED, "no run is active");
	if (client_do(c->client, "run:stop", NULL, NULL, &err))
		return call_fail_request(c, &err);
	return tell(c, &s, "see it end with: gascellctl watch");
}

static int wait_confirmed(struct call *c, struct snapshot *s, struct err *err)
{
	size_t n = 1;

	while (n && !snapshot_flag(s, "run:_safe_confirmed"))
		if (client_wait(c->client, CONFIRM_MS, &n, err))
			return -1;
	return 0;
}

static int tell_aborted(struct call *c, const struct snapshot *s)
{
	if (c->options->json)
		return tell(c, s, NULL);
	if (strcmp(snapshot_text(s, "run:_state"), "aborted"))
		text_add(&c->out, "no run was active\n");
	else
		tell(c, s, NULL);
	text_add(&c->out, "every instrument has confirmed its safe setting\n"
			  "before the next run: gascellctl reset\n");
	return CLI_OK;
}

int verb_abort(struct call *c)
{
	_cleanup_(snapshot_fini) struct snapshot s = { 0 };
	struct err err;
	int code = call_connect(c);

	if (code)
		return code;
	/* Nothing goes in front of it. */
	if (client_do(c->client, "run:_abort", NULL, NULL, &err) ||
	    look(c, &s, &err) || wait_confirmed(c, &s, &err))
		return call_fail_request(c, &err);
	if (!snapshot_flag(&s, "run:_safe_confirmed"))
		return call_fail(c, CLI_FAILED,
				 "aborted, but not every "
				 "instrument has confirmed its safe setting: "
				 "look at the laboratory");
	return tell_aborted(c, &s);
}

int verb_reset(struct call *c)
{
	_cleanup_(snapshot_fini) struct snapshot s = { 0 };
	struct err err;
	int code = call_connect(c);

	if (code)
		return code;
	if (do_and_look(c, &s, "run:_reset", NULL, &err))
		return call_fail_request(c, &err);
	if (c->options->json)
		return tell(c, &s, NULL);
	text_add(&c->out, "released: the next run may start\n");
	return CLI_OK;
}

static int said_extended(struct call *c, const struct snapshot *s)
{
	double asked = snapshot_number(s, "run:_soak_asked");
	char span[FIGURE_MAX];

	if (c->options->json || !(asked > 0))
		return tell(c, s, NULL);
	figure_seconds(asked, span);
	call_add(c, snapshot_text(s, "run:_step_label"));
	text_addf(&c->out, ": %s now\n", span);
	return CLI_OK;
}

int verb_extend(struct call *c)
{
	_cleanup_(snapshot_fini) struct snapshot s = { 0 };
	_cleanup_(text_free) struct text word = { 0 }, data = { 0 };
	struct err err;
	double seconds;
	int code;

	options_join(c->options, 1, &word);
	if (quantity_parse(QUANTITY_TIME, text_str(&word), &seconds, &err))
		return call_fail(c, CLI_USAGE, "%s", err.msg);
	code = call_connect(c);
	if (code)
		return code;
	json_add_double(&data, seconds);
	if (do_and_look(c, &s, "run:_extend", text_str(&data), &err))
		return call_fail_request(c, &err);
	return said_extended(c, &s);
}

/* -- answering --------------------------------------------------------- */

/* Choices are few, and typing mistakes are likely in the middle of the
 * night: what differs in case only is meant. */
static const char *find_choice(const struct snapshot *s, const char *given)
{
	const char *choice;
	size_t i;

	if (!*given)
		return snapshot_choice(s, 1) ? NULL : snapshot_choice(s, 0);
	for (i = 0; (choice = snapshot_choice(s, i)); i++)
		if (!strcasecmp(choice, given))
			return choice;
	return NULL;
}

static int ask_again(struct call *c, const struct snapshot *s,
		     const char *given)
{
	_cleanup_(text_free) struct text list = { 0 };

	snapshot_choices(s, ", ", &list);
	if (*given)
		return call_fail(c, CLI_USAGE,
				 "'%s' is no answer to \"%s\": "
				 "there are %s",
				 given, snapshot_text(s, "run:_prompt"),
				 text_str(&list));
	return call_fail(c, CLI_USAGE, "%s: answer with one of %s",
			 snapshot_text(s, "run:_prompt"), text_str(&list));
}

int verb_answer(struct call *c)
{
	_cleanup_(snapshot_fini) struct snapshot s = { 0 };
	_cleanup_(text_free) struct text given = { 0 }, data = { 0 };
	const char *choice;
	struct err err;
	int code = call_connect(c);

	if (code)
		return code;
	options_join(c->options, 1, &given);
	if (look(c, &s, &err))
		return call_fail_request(c, &err);
	if (!*snapshot_text(&s, "run:_prompt"))
		return call_fail(c, CLI_REFUSED, "nothing was asked");
	choice = find_choice(&s, text_str(&given));
	if (!choice)
		return ask_again(c, &s, text_str(&given));
	json_add_string(&data, choice);
	if (client_do(c->client, "run:_answer", text_str(&data), NULL, &err))
		return call_fail_request(c, &err);
	return tell(c, &s, NULL);
}
