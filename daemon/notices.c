#include "daemon/notices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/json.h"
#include "daemon/notifier.h"
#include "ring/log.h"

#define NAME_MAX_BYTES 160

struct notices {
	struct notices_setup setup;
	struct notifier *notifier;
	nsec now;     /* of the newest event */
	bool running; /* a run is on its way, as far as was told */
	/* Of the present or the last run. */
	uint32_t run;
	char recipe[NAME_MAX_BYTES], step[ACTION_TEXT_MAX];
};

/* -- the facts --------------------------------------------------------- */

static void add_text(struct text *out, const char *key, const char *value)
{
	text_addf(out, ",\"%s\":", key);
	json_add_string(out, value);
}

static void add_reading(const struct notices *n, struct text *out,
			const char *key, int role)
{
	double value;
	nsec t;

	text_addf(out, ",\"%s\":", key);
	if (role != ROLE_NONE &&
	    engine_reading(n->setup.ring->engine, role, &value, &t))
		json_add_double(out, value);
	else
		text_add(out, "null");
}

static void add_time(const struct notices *n, struct text *out)
{
	char iso[NSEC_ISO_MAX];

	nsec_iso(n->now + n->setup.utc_offset, iso);
	add_text(out, "time", iso);
}

static void tell(const struct notices *n, enum config_notice what,
		 const char *state, const char *reason)
{
	const struct config *c = n->setup.config;
	_cleanup_(text_free) struct text facts = { 0 };

	if (!c->notify.on[what])
		return;
	text_add(&facts, "{\"event\":");
	json_add_string(&facts, config_notice_names[what]);
	add_time(n, &facts);
	add_text(&facts, "site", c->site.name);
	add_text(&facts, "reason", reason);
	add_text(&facts, "state", state);
	text_addf(&facts, ",\"run\":%u", n->run);
	add_text(&facts, "recipe", n->recipe);
	add_text(&facts, "label",
		 n->run ? journal_label(n->setup.ring->journal) : "");
	add_text(&facts, "step", n->step);
	add_reading(n, &facts, "temperature_C", c->site.known[KNOWN_HEATER]);
	add_reading(n, &facts, "pressure_Torr",
		    c->site.known[KNOWN_CELL_PRESSURE]);
	add_text(&facts, "database", c->database);
	text_add(&facts, "}\n");
	notifier_send(n->notifier, config_notice_names[what], text_str(&facts));
}

/* -- what is seen ------------------------------------------------------ */

static void begin(struct notices *n, const struct plan *plan, uint32_t run)
{
	n->running = true;
	n->run = run;
	n->step[0] = '\0';
	text_copy(n->recipe, sizeof(n->recipe), plan->name);
	tell(n, CONFIG_ON_START, run_state_name(STATE_RUNNING), "");
}

static void end(struct notices *n, const struct action *a)
{
	n->running = false;
	tell(n, CONFIG_ON_END, run_state_name(a->run_end.state), a->text);
}

static void see_line(const struct notices *n, const struct action *a,
		     const char *state)
{
	if (!strcmp(a->event.kind, "trip"))
		tell(n, CONFIG_ON_TRIP, state, a->text);
	else if (!strcmp(a->event.kind, "prompt"))
		tell(n, CONFIG_ON_PROMPT, state, a->text);
}

/* Only what changes a run, or is told, is looked at closer. */
static bool is_of_interest(const struct actions *actions)
{
	for (size_t i = 0; i < actions->n; i++)
		switch (actions->v[i].type) {
		case ACTION_STATE:
		case ACTION_STEP_BEGIN:
		case ACTION_EVENT:
		case ACTION_RUN_END: return true;
		default: break;
		}
	return false;
}

void notices_seen(struct notices *n, const struct event *event,
		  const struct actions *actions)
{
	struct engine_status s;

	if (!n || !is_of_interest(actions))
		return;
	n->now = event->now;
	engine_status(n->setup.ring->engine, event->now, &s);
	if (s.plan && (!n->running || s.run != n->run))
		begin(n, s.plan, s.run);
	if (s.plan)
		text_copy(n->step, sizeof(n->step), plan_label(s.plan, s.step));
	for (size_t i = 0; i < actions->n; i++) {
		const struct action *a = &actions->v[i];

		if (a->type == ACTION_EVENT)
			see_line(n, a, run_state_name(s.state));
		else if (a->type == ACTION_RUN_END && n->running)
			end(n, a);
	}
}

/* A trip is told once; that nobody can be told, is not told. */
void notices_alarm(struct notices *n, const struct alarm *a)
{
	struct engine_status s;

	if (!n || !strncmp(a->source, "notify", 6) ||
	    (!strncmp(a->source, "trip ", 5) &&
	     n->setup.config->notify.on[CONFIG_ON_TRIP]))
		return;
	n->now = a->changed - n->setup.utc_offset;
	engine_status(n->setup.ring->engine, n->now, &s);
	tell(n, CONFIG_ON_ALARM, run_state_name(s.state), a->text);
}

static void on_told(void *context, bool ok, const char *text, const char *said)
{
	struct notices *n = context;
	_cleanup_(text_free) struct text line = { 0 };
	struct journal_condition c = {
		.severity = ok ? SEVERITY_INFO : SEVERITY_WARNING,
		.kind = "notify",
		.of = "program",
	};

	text_addf(&line, "%s%s%s", text, *said ? ": " : "", said);
	c.text = text_str(&line);
	if (ok)
		log_info("%s", c.text);
	else
		log_warning("%s", c.text);
	journal_condition(n->setup.ring->journal, n->setup.ring->last, &c);
}

struct notices *notices_new(const struct notices_setup *setup, struct err *err)
{
	struct notifier_setup notifier = {
		.loop = setup->loop,
		.config = &setup->config->notify,
		.told = on_told,
	};
	struct notices *n;

	*err = (struct err){ 0 };
	if (!setup->config->notify.n)
		return NULL;
	n = memory_zeroed(1, sizeof(*n));
	n->setup = *setup;
	notifier.context = n;
	n->notifier = notifier_new(&notifier, err);
	if (n->notifier)
		return n;
	free(n);
	return NULL;
}

bool notices_close(struct notices *n)
{
	if (!n)
		return true;
	if (!notifier_close(n->notifier))
		return false;
	free(n);
	return true;
}
