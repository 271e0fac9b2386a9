/*
 * Control of the daemon as people ask for it on the socket: what they may,
 * what the log hears of it, and what is kept for the next start.
 */
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "node/daemon_parts.h"
#include "node/shapes.h"

static const struct datainfo holder = {
	.type = DATAINFO_STRING,
	.maxlen = NODE_WHO_MAX,
	.utf8 = true,
};
static const struct datainfo note = {
	.type = DATAINFO_STRING,
	.maxlen = CONTROL_NOTE_POINTS,
	.utf8 = true,
};
static const struct datainfo seconds = {
	.type = DATAINFO_DOUBLE,
	.unit = "s",
	.fmtstr = "%.0f",
	.limited = true,
	.min = 1,
	.max = CONTROL_SECONDS_MAX,
};
static const struct datainfo_member lock_members[] = {
	{ .name = "holder", .of = &holder },
	{ .name = "note", .of = &note },
	{ .name = "expires", .of = &shape_moment },
};
static const struct datainfo_member wish_members[] = {
	{ .name = "note", .of = &note },
	{ .name = "seconds", .of = &seconds, .optional = true },
	{ .name = "force", .of = &shape_yes, .optional = true },
};

const struct datainfo daemon_lock_datainfo = {
	.type = DATAINFO_STRUCT,
	DATAINFO_MEMBERS(lock_members),
};
const struct datainfo daemon_lock_wish_datainfo = {
	.type = DATAINFO_STRUCT,
	DATAINFO_MEMBERS(wish_members),
};

static void show(struct daemon_module *m, nsec now)
{
	const struct control *c = &m->control;
	struct text *s = &m->scratch;

	text_clear(s);
	text_add(s, "{\"holder\":");
	json_add_string(s, c->holder);
	text_add(s, ",\"note\":");
	json_add_string(s, c->note);
	text_add(s, ",\"expires\":");
	json_add_time(s, c->expires);
	text_add_char(s, '}');
	node_set_json(m->node, m->parameter[DAEMON_LOCK], text_str(s),
		      daemon_utc(m, now));
}

/* Shown, kept, and told. */
static void changed(struct daemon_module *m, nsec now, enum severity severity,
		    const char *text)
{
	struct journal *j = desk_journal(m->setup->desk);
	const struct control *c = &m->control;

	show(m, now);
	journal_control(j, now, c->holder, c->note, c->expires);
	journal_note(j, now, severity, "control", text);
}

/* What the last start kept: never for longer than anybody may ask for. */
void daemon_lock_init(struct daemon_module *m)
{
	const struct kept *kept = m->setup->kept;
	nsec utc = daemon_utc(m, m->setup->now);

	if (kept && kept->holder[0]) {
		text_copy(m->control.holder, sizeof(m->control.holder),
			  kept->holder);
		text_copy(m->control.note, sizeof(m->control.note), kept->note);
		m->control.expires = nsec_min(
			kept->expires, utc + nsec_from_s(CONTROL_SECONDS_MAX));
	}
	show(m, m->setup->now);
}

void daemon_lock_tick(struct daemon_module *m, nsec now)
{
	char text[NODE_WHO_MAX + 64];

	snprintf(text, sizeof(text),
		 "the time of %s is over: nobody has "
		 "control",
		 m->control.holder);
	if (control_expire(&m->control, daemon_utc(m, now)))
		changed(m, now, SEVERITY_INFO, text);
}

static void tell_taken(const struct daemon_asked *a, const char *before)
{
	const struct control *c = &a->m->control;
	char text[2 * NODE_WHO_MAX + CONTROL_NOTE_MAX + 64];
	bool from_other = before[0] && strcmp(before, c->holder);

	snprintf(text, sizeof(text), "%s has %s control%s%s%s%s", c->holder,
		 from_other ? "taken over" : "taken",
		 from_other ? " from " : "", from_other ? before : "",
		 c->note[0] ? ": " : "", c->note);
	changed(a->m, a->now, from_other ? SEVERITY_WARNING : SEVERITY_INFO,
		text);
}

/* Busy names the holder; an admin's right is nobody else's. */
static void refuse(const struct daemon_asked *a, const struct err *err)
{
	daemon_refuse(a,
		      err->code == ERR_DENIED ? ERROR_DISABLED : ERROR_IS_BUSY,
		      err->msg);
}

void daemon_lock_take(const struct daemon_asked *a)
{
	const json_t *argument = a->request->argument;
	const json_t *wanted = json_object_get(argument, "seconds");
	char user[NODE_WHO_MAX], before[NODE_WHO_MAX];
	const struct control_wish wish = {
		.user = user,
		.note = json_string_value(json_object_get(argument, "note")),
		.seconds = wanted ? json_number_value(wanted) : CONTROL_SECONDS,
		.force = json_is_true(json_object_get(argument, "force")),
		.admin = a->request->rights >= NODE_ADMIN,
	};
	struct err err;

	control_name(a->request->who, user);
	control_expire(&a->m->control, a->request->t);
	text_copy(before, sizeof(before), a->m->control.holder);
	if (control_take(&a->m->control, &wish, a->request->t, &err)) {
		refuse(a, &err);
		return;
	}
	tell_taken(a, before);
	daemon_done(a);
}

void daemon_lock_release(const struct daemon_asked *a)
{
	struct control *c = &a->m->control;
	char user[NODE_WHO_MAX], text[NODE_WHO_MAX + 64];
	bool held = c->holder[0];
	struct err err;

	control_name(a->request->who, user);
	if (control_release(c, user, a->request->t, &err)) {
		refuse(a, &err);
		return;
	}
	snprintf(text, sizeof(text), "%s has given control back", user);
	if (held)
		changed(a->m, a->now, SEVERITY_INFO, text);
	daemon_done(a);
}
