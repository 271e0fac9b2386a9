/*
 * Alarms on the socket: the list as operators see it, what they do with it,
 * and what is kept for the next start.
 */
#include <string.h>

#include "base/array.h"
#include "node/daemon_parts.h"
#include "node/shapes.h"
#include "ring/alarm_lines.h"

#define SHELF_SECONDS_MAX (7 * 86400.0)

static const struct datainfo seconds = {
	.type = DATAINFO_DOUBLE,
	.unit = "s",
	.fmtstr = "%.0f",
	.limited = true,
	.min = 1,
	.max = SHELF_SECONDS_MAX,
};
static const struct datainfo note = {
	.type = DATAINFO_STRING,
	.maxlen = CONTROL_NOTE_POINTS,
	.utf8 = true,
};
static const struct datainfo_member alarm_members[] = {
	{ .name = "id", .of = &shape_count },
};
static const struct datainfo_member shelf_members[] = {
	{ .name = "id", .of = &shape_count },
	{ .name = "seconds", .of = &seconds },
	{ .name = "note", .of = &note },
};

const struct datainfo daemon_alarms_datainfo = {
	.type = DATAINFO_STRING,
	.maxlen = 262144,
	.utf8 = true,
};
const struct datainfo daemon_alarm_datainfo = {
	.type = DATAINFO_STRUCT,
	DATAINFO_MEMBERS(alarm_members),
};
const struct datainfo daemon_shelf_datainfo = {
	.type = DATAINFO_STRUCT,
	DATAINFO_MEMBERS(shelf_members),
};

/* -- what is shown ----------------------------------------------------- */

static void add_text(struct text *s, const char *key, const char *value)
{
	text_addf(s, ",\"%s\":", key);
	json_add_string(s, value);
}

static void add_time(struct text *s, const char *key, nsec utc)
{
	text_addf(s, ",\"%s\":", key);
	json_add_time(s, utc);
}

static void add_alarm(struct text *s, const struct alarm *a)
{
	text_addf(s, "{\"id\":%u", a->id);
	add_time(s, "t", a->t);
	add_text(s, "text", a->text);
	add_text(s, "severity", severity_name(a->severity));
	add_text(s, "state", alarm_state_name(a->state));
	add_time(s, "until", a->until);
	add_text(s, "by", a->by);
	add_text(s, "note", a->note);
	text_addf(s, ",\"active\":%s,\"times\":%u}",
		  alarm_is_active(a->state) ? "true" : "false", a->times);
}

static void show(struct daemon_module *m, nsec utc)
{
	struct text *s = &m->scratch;

	m->alarms_dirty = false;
	text_clear(s);
	text_add_char(s, '[');
	for (size_t i = 0; i < m->alarms.n; i++) {
		if (i)
			text_add_char(s, ',');
		add_alarm(s, &m->alarms.v[i]);
	}
	text_add_char(s, ']');
	node_set_string(m->node, m->parameter[DAEMON_ALARMS], text_str(s), utc);
}

void daemon_alarms_show(struct daemon_module *m, nsec now)
{
	if (m->alarms_dirty)
		show(m, daemon_utc(m, now));
}

/* -- what happens ------------------------------------------------------ */

static void on_line(void *context, const struct journal_line *line)
{
	struct daemon_module *m = context;

	alarm_line(&m->alarms, line);
}

static void on_changed(void *context, const struct alarm *a, bool attention)
{
	struct daemon_module *m = context;

	m->alarms_dirty = true;
	journal_alarm(desk_journal(m->setup->desk), a);
	if (attention && m->setup->attention)
		m->setup->attention(m->setup->attention_context, a);
}

void daemon_alarms_tick(struct daemon_module *m, nsec now)
{
	struct engine_status status;

	engine_status(m->setup->ring->engine, now, &status);
	alarm_watch(&m->alarms, daemon_utc(m, now), &status);
	alarms_tick(&m->alarms, daemon_utc(m, now));
	daemon_alarms_show(m, now);
}

void daemon_alarms_settle(struct daemon_module *m, nsec now)
{
	alarms_settle(&m->alarms, daemon_utc(m, now));
	daemon_alarms_show(m, now);
}

/* -- the start --------------------------------------------------------- */

static void take_over(struct alarms *a, const struct kept_alarm *k)
{
	enum alarm_state state = alarm_state_of(k->state, k->active);
	struct alarm *to = &a->v[a->n];

	if (state == ALARM_NORMAL)
		return;
	*to = (struct alarm){
		.id = k->alarm,
		.t = k->t,
		.changed = k->changed,
		.severity = strcmp(k->severity, "alarm") ? SEVERITY_WARNING
							 : SEVERITY_ALARM,
		.state = state,
		.times = k->times,
		.until = k->until,
		.unsure = true,
	};
	text_copy(to->source, sizeof(to->source), k->source);
	text_copy(to->text, sizeof(to->text), k->text);
	text_copy(to->by, sizeof(to->by), k->user);
	text_copy(to->note, sizeof(to->note), k->note);
	a->n++;
}

void daemon_alarms_init(struct daemon_module *m)
{
	const struct kept *kept = m->setup->kept;
	nsec utc = daemon_utc(m, m->setup->now);

	_Static_assert(KEPT_ALARMS_MAX <= ALARMS_MAX, "all have a place");
	m->alarms = (struct alarms){ .changed = on_changed, .context = m };
	if (kept)
		m->alarms.last_id = kept->last_alarm;
	for (size_t i = 0; kept && i < kept->n; i++)
		take_over(&m->alarms, &kept->alarms[i]);
	if (m->setup->interrupted)
		alarm_cut_off(&m->alarms, utc);
	journal_listen(desk_journal(m->setup->desk), on_line, m);
	show(m, utc);
}

/* -- what is asked ----------------------------------------------------- */

typedef int wish_do(struct alarms *a, nsec utc, const struct alarm_wish *wish,
		    struct err *err);

static void grant(const struct daemon_asked *a, wish_do *what)
{
	const json_t *o = a->request->argument;
	const json_t *said = json_object_get(o, "note");
	const json_t *lasting = json_object_get(o, "seconds");
	const struct alarm_wish wish = {
		.id = (uint32_t)json_integer_value(json_object_get(o, "id")),
		.by = a->who.user,
		.note = said ? json_string_value(said) : "",
		.until =
			a->request->t + nsec_from_s(json_number_value(lasting)),
	};
	struct err err;

	if (what(&a->m->alarms, a->request->t, &wish, &err)) {
		daemon_refuse(a,
			      err.code == ERR_NOT_FOUND ? ERROR_RANGE
							: ERROR_IMPOSSIBLE,
			      err.msg);
		return;
	}
	daemon_alarms_show(a->m, a->now);
	daemon_done(a);
}

void daemon_alarm_acknowledge(const struct daemon_asked *a)
{
	grant(a, alarms_acknowledge);
}

void daemon_alarm_shelve(const struct daemon_asked *a)
{
	grant(a, alarms_shelve);
}

void daemon_alarm_unshelve(const struct daemon_asked *a)
{
	grant(a, alarms_unshelve);
}
