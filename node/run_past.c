/*
 * What was, on the socket: events after a number, readings of a stretch of
 * time. The newest events are remembered here, because they are told before
 * they are in the log; all others come from there.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "node/run_parts.h"
#include "node/shapes.h"
#include "ring/archive.h"

#define PAST_BYTES_MAX (1024 * 1024)
#define POINTS_DEFAULT 1000
#define UNIX_SECONDS_MAX 9.2e9 /* as nanoseconds they are an int64_t */

static const struct datainfo events_max = {
	.type = DATAINFO_INT,
	.min = 1,
	.max = ARCHIVE_EVENTS_MAX,
};
static const struct datainfo points_max = {
	.type = DATAINFO_INT,
	.min = 1,
	.max = ARCHIVE_POINTS_MAX,
};
static const struct datainfo unix_seconds = {
	.type = DATAINFO_DOUBLE,
	.unit = "s",
	.fmtstr = "%.6f",
	.limited = true,
	.min = 0,
	.max = UNIX_SECONDS_MAX,
};
static const struct datainfo name = {
	.type = DATAINFO_STRING,
	.maxlen = ARCHIVE_CHANNEL_MAX - 1,
};
static const struct datainfo_member events_members[] = {
	{ .name = "since", .of = &shape_count },
	{ .name = "max", .of = &events_max, .optional = true },
};
const struct datainfo run_events_datainfo = {
	.type = DATAINFO_STRUCT,
	DATAINFO_MEMBERS(events_members),
};
static const struct datainfo_member history_members[] = {
	{ .name = "parameter", .of = &name },
	{ .name = "from", .of = &unix_seconds },
	{ .name = "to", .of = &unix_seconds },
	{ .name = "max", .of = &points_max, .optional = true },
};
const struct datainfo run_history_datainfo = {
	.type = DATAINFO_STRUCT,
	DATAINFO_MEMBERS(history_members),
};
const struct datainfo run_past_datainfo = {
	.type = DATAINFO_STRING,
	.maxlen = PAST_BYTES_MAX,
	.utf8 = true,
};

static int64_t whole(const struct asked *a, const char *member,
		     int64_t otherwise)
{
	const json_t *v = json_object_get(a->request->argument, member);

	return v ? json_integer_value(v) : otherwise;
}

static void give(struct run_module *r, uint64_t token, const char *json)
{
	_cleanup_(text_free) struct text result = { 0 };

	json_add_string(&result, json);
	node_answer_result(r->node, token, text_str(&result), r->last_t);
}

static void refuse(const struct asked *a, enum error_class c, const char *text)
{
	node_answer_error(a->r->node, a->request->token, c, text);
}

/* Too many questions at once is the one thing that a later try mends. */
static void refuse_err(struct run_module *r, uint64_t token,
		       const struct err *err)
{
	node_answer_error(r->node, token,
			  err->code == ERR_FULL ? ERROR_IS_BUSY
						: error_class_of(err->code),
			  err->msg);
}

/* -- the newest events ------------------------------------------------- */

static struct run_line *line_of(struct run_module *r, uint32_t seq)
{
	return &r->lines[seq % RUN_LINES_MAX];
}

static enum node_log_level log_level(const char *severity)
{
	return strcmp(severity, severity_name(SEVERITY_ALARM)) ? NODE_LOG_INFO
							       : NODE_LOG_ERROR;
}

static void on_line(void *context, const struct journal_line *l)
{
	struct run_module *r = context;
	struct run_line *line = line_of(r, l->number);
	const struct archive_event e = { .number = l->number,
					 .t = l->t,
					 .severity = l->severity,
					 .kind = l->kind,
					 .text = l->text };
	struct text json = { 0 };

	archive_print_event(&e, &json);
	free(line->json);
	*line = (struct run_line){ .number = l->number,
				   .json = text_steal(&json) };
	r->last_t = l->t;
	node_set_json(r->node, r->parameter[RUN_EVENT], line->json, l->t);
	node_log(r->node, r->module, log_level(l->severity), l->text);
}

/* Those after `seq` that are remembered, in their order. */
static void add_lines(struct run_module *r, uint32_t seq, size_t n, size_t max,
		      struct text *out)
{
	uint32_t newest = journal_last_number(desk_journal(r->setup->desk));

	for (; n < max && seq < newest; n++) {
		const struct run_line *line = line_of(r, ++seq);

		if (line->number != seq)
			return;
		if (n)
			text_add_char(out, ',');
		text_add(out, line->json);
	}
}

static void on_events_read(void *context, const struct archive_answer *answer)
{
	struct run_module *r = context;
	_cleanup_(text_free) struct text json = { 0 };

	if (answer->err) {
		refuse_err(r, answer->token, answer->err);
		return;
	}
	text_addf(&json, "[%s", text_str(answer->json));
	if (json.n <= ARCHIVE_EVENTS_BYTES)
		add_lines(r, answer->last, answer->n, answer->max, &json);
	text_add_char(&json, ']');
	give(r, answer->token, text_str(&json));
}

/* What is remembered need not be read. */
static bool give_remembered(const struct asked *a, uint32_t since, size_t max)
{
	struct run_module *r = a->r;
	uint32_t newest = journal_last_number(desk_journal(r->setup->desk));
	_cleanup_(text_free) struct text json = { 0 };

	if (since < newest && line_of(r, since + 1)->number != since + 1)
		return false;
	text_add_char(&json, '[');
	add_lines(r, since, 0, max, &json);
	text_add_char(&json, ']');
	give(r, a->request->token, text_str(&json));
	return true;
}

void run_on_events(const struct asked *a)
{
	const struct archive_asker asker = { on_events_read, a->r,
					     a->request->token };
	uint32_t since = (uint32_t)whole(a, "since", 0);
	size_t max = (size_t)whole(a, "max", ARCHIVE_EVENTS_MAX);
	struct archive *archive = a->r->setup->archive;
	struct err err;

	a->r->last_t = a->request->t;
	if (give_remembered(a, since, max))
		return;
	if (!archive)
		refuse(a, ERROR_IMPOSSIBLE, "there is no log");
	else if (archive_events(archive, &asker, since, max, &err))
		refuse_err(a->r, a->request->token, &err);
}

/* -- readings ---------------------------------------------------------- */

static void on_plot(void *context, const struct archive_answer *answer)
{
	struct run_module *r = context;

	if (answer->err)
		refuse_err(r, answer->token, answer->err);
	else
		give(r, answer->token, text_str(answer->json));
}

static bool is_module_of(const char *role, const char *module, size_t n)
{
	size_t i;

	if (strlen(role) != n)
		return false;
	for (i = 0; i < n; i++)
		if (role[i] != module[i] &&
		    !(module[i] == '_' && strchr(".-", role[i])))
			return false;
	return true;
}

/* "gas_H2:value" and "gas_H2" are the channel gas.H2. What is no module of
 * today may be a channel of another time. */
static int find_channel(const struct run_module *r, const char *given,
			char out[ARCHIVE_CHANNEL_MAX], struct err *err)
{
	const struct site *site = &r->setup->config->site;
	size_t n = strcspn(given, ":"), i;

	if (given[n] && strcmp(given + n, ":value"))
		return err_set(err, ERR_RANGE,
			       "parameter: there is history of a module's "
			       "value, as 'heater:value'");
	text_copy(out, ARCHIVE_CHANNEL_MAX, given);
	out[n] = '\0';
	for (i = 0; i < site->n_roles; i++)
		if (is_module_of(site->roles[i].name, given, n))
			text_copy(out, ARCHIVE_CHANNEL_MAX,
				  site->roles[i].name);
	return 0;
}

static nsec moment(const struct asked *a, const char *member)
{
	return nsec_from_s(json_number_value(
		json_object_get(a->request->argument, member)));
}

static int read_stretch(const struct asked *a, struct archive_stretch *s,
			char channel[ARCHIVE_CHANNEL_MAX], struct err *err)
{
	const char *given = json_string_value(
		json_object_get(a->request->argument, "parameter"));

	if (find_channel(a->r, given ? given : "", channel, err))
		return -1;
	*s = (struct archive_stretch){
		.channel = channel,
		.from = moment(a, "from"),
		.to = moment(a, "to"),
		.max = (size_t)whole(a, "max", POINTS_DEFAULT),
	};
	if (s->from > s->to)
		return err_set(err, ERR_RANGE, "from is after to");
	return 0;
}

void run_on_history(const struct asked *a)
{
	const struct archive_asker asker = { on_plot, a->r, a->request->token };
	char channel[ARCHIVE_CHANNEL_MAX];
	struct archive *archive = a->r->setup->archive;
	struct archive_stretch stretch;
	struct err err;

	a->r->last_t = a->request->t;
	if (!archive)
		refuse(a, ERROR_IMPOSSIBLE, "there is no log");
	else if (read_stretch(a, &stretch, channel, &err) ||
		 archive_plot(archive, &asker, &stretch, &err))
		refuse_err(a->r, a->request->token, &err);
}

/* -- building ---------------------------------------------------------- */

/* Clients learn from the first value where the numbers are. */
void run_past_init(struct run_module *r)
{
	struct journal *journal = desk_journal(r->setup->desk);
	const struct archive_event none = {
		.number = journal_last_number(journal),
		.t = run_utc(r, r->setup->now),
		.severity = "info",
		.kind = "start",
		.text = "",
	};

	text_clear(&r->scratch);
	archive_print_event(&none, &r->scratch);
	r->last_t = none.t;
	node_set_json(r->node, r->parameter[RUN_EVENT], text_str(&r->scratch),
		      none.t);
	journal_listen(journal, on_line, r);
}

void run_past_fini(struct run_module *r)
{
	size_t i;

	journal_unlisten(desk_journal(r->setup->desk), r);
	for (i = 0; i < RUN_LINES_MAX; i++)
		free(r->lines[i].json);
}
