/* gascellctl alarms: what wants attention (docs/socket.md, module daemon). */
#include <string.h>

#include "base/quantity.h"
#include "cli/figure.h"
#include "cli/table.h"
#include "cli/verb.h"
#include "protocol/json.h"

#define SHELVED_S 3600.0

static const char *text_of(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s ? s : "";
}

static nsec time_of(const json_t *o, const char *name)
{
	double s = json_number_value(json_object_get(o, name));

	return s > 0 && s < 9e9 ? nsec_from_s(s) : 0;
}

static enum style style_of(const json_t *alarm)
{
	const char *state = text_of(alarm, "state");

	if (!strcmp(state, "shelved"))
		return STYLE_FAINT;
	if (strcmp(state, "unacknowledged"))
		return STYLE_CARE;
	return strcmp(text_of(alarm, "severity"), "alarm") ? STYLE_CARE
							   : STYLE_BAD;
}

/* "shelved until 15:40:00 by alice" */
static void add_state(struct table *t, const json_t *alarm)
{
	_cleanup_(text_free) struct text state = { 0 };
	char clock[FIGURE_MAX];
	const char *by = text_of(alarm, "by");

	text_add(&state, text_of(alarm, "state"));
	figure_clock(time_of(alarm, "until"), clock);
	if (*clock)
		text_addf(&state, " until %s", clock);
	if (*by)
		text_addf(&state, " by %s", by);
	if (*text_of(alarm, "note"))
		text_addf(&state, ": %s", text_of(alarm, "note"));
	table_add(t, style_of(alarm), text_str(&state));
}

static void add_what(struct table *t, const json_t *alarm)
{
	_cleanup_(text_free) struct text what = { 0 };
	json_int_t times = json_integer_value(json_object_get(alarm, "times"));

	text_add(&what, text_of(alarm, "text"));
	if (times > 1)
		text_addf(&what, " (%lld times)", (long long)times);
	table_add(t, STYLE_PLAIN, text_str(&what));
}

static void print(struct call *c, const json_t *alarms)
{
	static const struct table_column columns[] = {
		{ "id", TABLE_RIGHT },
		{ "since", 0 },
		{ "severity", TABLE_SPARE },
		{ "state", 0 },
		{ "what", 0 },
	};
	struct table t = { .columns = columns, .n = ARRAY_SIZE(columns) };
	char date[FIGURE_MAX];
	json_t *alarm;
	size_t i;

	json_array_foreach(alarms, i, alarm)
	{
		_cleanup_(text_free) struct text id = { 0 };

		text_addf(&id, "%lld",
			  (long long)json_integer_value(
				  json_object_get(alarm, "id")));
		figure_date(time_of(alarm, "t"), date);
		table_add(&t, STYLE_PLAIN, text_str(&id));
		table_add(&t, STYLE_PLAIN, date);
		table_add(&t, STYLE_PLAIN, text_of(alarm, "severity"));
		add_state(&t, alarm);
		add_what(&t, alarm);
	}
	if (table_rows(&t))
		table_print(&t, &c->terminal, &c->out);
	else
		text_add(&c->out, "no alarm\n");
	table_free(&t);
}

/* The list is JSON within a string. */
int verb_alarms(struct call *c)
{
	json_t *value, *list = NULL;
	enum error_class class;
	struct err err;
	const char *s;
	int code = call_connect(c);

	if (code)
		return code;
	if (client_read(c->client, "daemon:_alarms", &value, &err))
		return call_fail_request(c, &err);
	s = json_string_value(value);
	if (s)
		list = json_read(s, strlen(s), &class, &err);
	json_decref(value);
	if (!list)
		return call_fail(c, CLI_FAILED,
				 "the daemon's list of alarms cannot be read");
	if (c->options->json) {
		call_add_json(c, list);
		return CLI_OK;
	}
	print(c, list);
	json_decref(list);
	return CLI_OK;
}

/* -- what is done with them -------------------------------------------- */

static int parse_id(struct call *c, int64_t *id)
{
	const char *word = call_word(c, 0);
	struct err err;

	if (!number_parse_int(word, 1, INT32_MAX, id, &err))
		return CLI_OK;
	return call_fail(c, CLI_USAGE,
			 "ALARM is the number of one, as 'gascellctl alarms' "
			 "shows it, not '%s'",
			 word);
}

static int command(struct call *c, const char *name, const json_t *argument,
		   const char *sentence)
{
	_cleanup_(text_free) struct text data = { 0 };
	struct err err;
	int code = call_connect(c);

	if (code)
		return code;
	json_add_value(&data, argument);
	if (client_do(c->client, name, text_str(&data), NULL, &err))
		return call_fail_request(c, &err);
	if (c->options->json)
		call_add_json(c, json_pack("{sb}", "ok", 1));
	else
		text_addf(&c->out, "%s\n", sentence);
	return CLI_OK;
}

static int with_argument(struct call *c, const char *name, json_t *argument,
			 const char *sentence)
{
	int code = command(c, name, argument, sentence);

	json_decref(argument);
	return code;
}

int verb_alarms_acknowledge(struct call *c)
{
	bool all = !strcmp(call_word(c, 0), "all");
	int64_t id = 0;

	if (!all && parse_id(c, &id))
		return CLI_USAGE;
	return with_argument(c, "daemon:_alarm_acknowledge",
			     json_pack("{sI}", "id", (json_int_t)id),
			     all ? "all are acknowledged" : "acknowledged");
}

int verb_alarms_shelve(struct call *c)
{
	const char *note = c->options->note, *lasting = c->options->lasting;
	double seconds = SHELVED_S;
	struct err err;
	int64_t id;

	if (parse_id(c, &id))
		return CLI_USAGE;
	if (lasting && quantity_parse(QUANTITY_TIME, lasting, &seconds, &err))
		return call_fail(c, CLI_USAGE, "--for: %s", err.msg);
	return with_argument(c, "daemon:_alarm_shelve",
			     json_pack("{sI sf ss}", "id", (json_int_t)id,
				       "seconds", seconds, "note",
				       note ? note : ""),
			     "shelved; it comes back by itself");
}

int verb_alarms_unshelve(struct call *c)
{
	int64_t id;

	if (parse_id(c, &id))
		return CLI_USAGE;
	return with_argument(c, "daemon:_alarm_unshelve",
			     json_pack("{sI}", "id", (json_int_t)id),
			     "no longer shelved");
}
