/*
 * What was seen: polls with their read-backs and gaps, answers, commands. The
 * order within one tick is: what the engine saw, then what it wants.
 */
#include "ring/journal.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "ring/journal_state.h"
#include "ring/seen.h"

const char *const journal_note_kinds[] = { "daemon",   "link",	 "store",
					   "clock",    "client", "notify",
					   "watchdog", "queue",	 "control",
					   "alarm",    "status", NULL };

static int declare(struct journal *j, size_t poll, struct err *err)
{
	const struct poll *p = &j->site->polls[poll];
	struct store_channel channels[POLL_CHANNELS_MAX];

	for (size_t i = 0; i < p->n; i++) {
		const struct role *role = &j->site->roles[p->first + i];

		channels[i] = (struct store_channel){
			.name = role->name,
			.unit = quantity_unit(role->quantity),
			.quantity = quantity_name(role->quantity),
		};
	}
	if (store_channels(j->store, p->name, channels, p->n,
			   &j->polls[poll].table, &j->polls[poll].first_channel,
			   err))
		return -1;
	return store_period(j->store, j->polls[poll].table, p->period, err);
}

static int declare_all(struct journal *j, struct err *err)
{
	if (store_channels_begin(j->store, err))
		return -1;
	for (size_t i = 0; i < j->site->n_polls; i++)
		if (declare(j, i, err))
			return -1;
	return store_channels_end(j->store, err);
}

/* Which poll reads back which setpoint. */
static void find_readbacks(struct journal *j)
{
	for (size_t i = 0; i < j->site->n_roles; i++) {
		const struct role *role = &j->site->roles[i];
		const struct role *at;
		struct polled *p;

		if (!(role->access & ROLE_WRITE) || role->readback < 0)
			continue;
		at = &j->site->roles[role->readback];
		p = &j->polls[at->poll];
		if (p->n_awaited == POLL_CHANNELS_MAX)
			continue;
		p->awaited[p->n_awaited++] = (struct awaited){
			.role = (uint16_t)i,
			.value = (uint16_t)(role->readback -
					    j->site->polls[at->poll].first),
		};
	}
}

struct journal *journal_new(const struct config *config, struct store *store,
			    nsec utc_offset, struct err *err)
{
	struct journal *j = memory_zeroed(1, sizeof(*j));

	j->config = config;
	j->site = &config->site;
	j->store = store;
	j->utc_offset = utc_offset;
	j->batch = batch_new();
	for (size_t i = 0; i < j->site->n_polls; i++)
		j->polls[i].last = -1;
	if (store && declare_all(j, err)) {
		journal_free(j);
		return NULL;
	}
	find_readbacks(j);
	if (store)
		j->number = store_last_event(store);
	if (store)
		batch_seen(j->batch, utc_offset, SEEN_CLOCK, utc_offset, 0, 0,
			   0, "");
	return j;
}

void journal_offer_fini(struct offer *o)
{
	free(o->label);
	free(o->parameters);
	free(o->text);
	free(o->includes);
	free(o->asked);
	*o = (struct offer){ 0 };
}

void journal_free(struct journal *j)
{
	if (!j)
		return;
	journal_offer_fini(&j->offer);
	batch_free(j->batch);
	free(j->sheet);
	free(j->next_asked);
	free(j);
}

struct batch *journal_batch(struct journal *j)
{
	return j->batch;
}

void journal_set_batch(struct journal *j, struct batch *b)
{
	assert(b);
	j->batch = b;
}

static void keep_sheet(struct journal *j, const char *sheet)
{
	free(j->sheet);
	j->sheet = sheet ? text_dup(sheet) : NULL;
}

void journal_run(struct journal *j, nsec now, const struct journal_run *run)
{
	(void)now;
	journal_offer_fini(&j->offer);
	if (!j->store)
		return;
	j->offer = (struct offer){
		.run = run->run,
		.seed = run->seed,
		.label = text_dup(run->label ? run->label : ""),
		.parameters = text_dup(run->parameters),
		.text = text_dup(run->text),
		.includes = text_dup(run->includes),
		.asked = text_dup(run->asked),
		.plan = run->plan,
	};
	keep_sheet(j, run->sheet);
}

void journal_replace(struct journal *j, const struct plan *plan,
		     const char *sheet, const char *asked)
{
	journal_offer_fini(&j->offer);
	j->offer.asked = text_dup(asked);
	j->offer.plan = plan;
	j->offer.replaces = true;
	keep_sheet(j, sheet);
}

void journal_asked(struct journal *j, uint32_t id, const char *user,
		   const char *verb)
{
	j->asked = id;
	snprintf(j->who, sizeof(j->who), "%s: %s", user, verb);
}

void journal_command(struct journal *j, nsec now,
		     const struct batch_command *command)
{
	struct batch_command c = *command;

	c.t = utc(j, now);
	if (j->store)
		batch_command(j->batch, &c);
}

/* Samples come in time unless the instrument was lost, or the daemon was
 * late; both leave a gap that says so. */
static void look_for_gap(struct journal *j, size_t poll, nsec now)
{
	struct polled *p = &j->polls[poll];
	const char *reason = p->dropped ? "log full"
			     : p->lost	? err_code_name(p->lost)
					: "late";
	bool late = now - p->last > 2 * j->site->polls[poll].period;

	if (p->last >= 0 && (late || p->dropped))
		batch_gap(j->batch, p->table, utc(j, p->last), utc(j, now),
			  reason);
	p->last = now;
	p->lost = ERR_NONE;
	p->dropped = false;
}

static void put_readbacks(struct journal *j, const struct event *event)
{
	struct polled *p = &j->polls[event->poll.poll];

	for (size_t i = 0; i < p->n_awaited; i++) {
		struct awaited *a = &p->awaited[i];

		if (!a->id || !a->answered)
			continue;
		batch_readback(j->batch, a->id, utc(j, event->now),
			       event->poll.value[a->value]);
		a->id = 0;
	}
}

static void put_poll(struct journal *j, const struct event *event)
{
	size_t poll = event->poll.poll;

	if (j->drop_samples) {
		j->polls[poll].dropped = true;
		put_readbacks(j, event);
		return;
	}
	look_for_gap(j, poll, event->now);
	batch_sample(j->batch, j->polls[poll].table, utc(j, event->now),
		     event->poll.value, j->site->polls[poll].n,
		     event->poll.bad);
	put_readbacks(j, event);
}

static bool has_sheet(const struct event *event)
{
	return event->type == EVENT_COMMAND &&
	       (event->command.kind == COMMAND_START ||
		event->command.kind == COMMAND_REPLACE);
}

static void put_seen(struct journal *j, const struct event *event)
{
	struct seen s;

	if (!seen_encode(event, &s))
		return;
	batch_seen(j->batch, utc(j, event->now), s.type, s.a, s.c, s.d, s.x,
		   has_sheet(event) && j->sheet ? j->sheet : "");
}

void journal_event(struct journal *j, const struct event *event)
{
	if (!j->store)
		return;
	if (event->type == EVENT_POLL)
		put_poll(j, event);
	else
		put_seen(j, event);
	if (event->type == EVENT_LOST)
		j->polls[event->lost.poll].lost = event->lost.code;
}

void journal_drop_samples(struct journal *j, bool drop)
{
	j->drop_samples = drop;
}

void journal_sent(struct journal *j, nsec now, uint32_t set)
{
	if (j->store)
		batch_sent(j->batch, set, utc(j, now));
}

static void mark_answered(struct journal *j, uint32_t set)
{
	for (size_t i = 0; i < j->site->n_polls; i++)
		for (size_t k = 0; k < j->polls[i].n_awaited; k++)
			if (j->polls[i].awaited[k].id == set)
				j->polls[i].awaited[k].answered = true;
}

void journal_answered(struct journal *j, nsec now, uint32_t set,
		      const struct err *err)
{
	if (!j->store)
		return;
	batch_answered(j->batch, set, utc(j, now),
		       err ? err_code_name(err->code) : "ok");
	if (!err)
		mark_answered(j, set);
}

void journal_frame_file(struct journal *j, uint32_t image, const char *path)
{
	struct frame_file *f = &j->files[j->next_file];

	f->image = image;
	text_copy(f->path, sizeof(f->path), path);
	j->next_file = (j->next_file + 1) % FILES_MAX;
}

void journal_queue_add(struct journal *j, nsec now, struct batch_queue_add *q)
{
	q->t = utc(j, now);
	if (j->store)
		batch_queue_add(j->batch, q);
}

void journal_queue_change(struct journal *j, nsec now,
			  struct batch_queue_change *q)
{
	q->t = utc(j, now);
	if (j->store)
		batch_queue_change(j->batch, q);
}

void journal_queue_state(struct journal *j, nsec now, const char *state,
			 const char *reason)
{
	if (j->store)
		batch_queue_state(j->batch, utc(j, now), state, reason);
}

void journal_listen(struct journal *j,
		    void (*line)(void *context, const struct journal_line *l),
		    void *context)
{
	assert(j->n_listeners < JOURNAL_LISTENERS_MAX);
	j->listeners[j->n_listeners].line = line;
	j->listeners[j->n_listeners++].context = context;
}

void journal_unlisten(struct journal *j, const void *context)
{
	size_t n = 0;

	for (size_t i = 0; i < j->n_listeners; i++)
		if (j->listeners[i].context != context)
			j->listeners[n++] = j->listeners[i];
	j->n_listeners = n;
}

const char *journal_label(const struct journal *j)
{
	return j->label;
}

uint32_t journal_last_number(const struct journal *j)
{
	return j->number;
}

static void put_line(struct journal *j, nsec now, struct journal_line line)
{
	line.number = ++j->number;
	line.t = utc(j, now);
	line.severity = severity_name(line.rank);
	if (j->store)
		batch_event(j->batch, line.number, line.t, line.severity,
			    line.kind, line.text);
	for (size_t i = 0; i < j->n_listeners; i++)
		j->listeners[i].line(j->listeners[i].context, &line);
}

void journal_put_line(struct journal *j, nsec now, enum severity severity,
		      const char *kind, const char *text)
{
	put_line(j, now,
		 (struct journal_line){
			 .rank = severity, .kind = kind, .text = text });
}

static const char *known_kind(const char *kind)
{
	for (size_t i = 0; journal_note_kinds[i]; i++)
		if (!strcmp(kind, journal_note_kinds[i]))
			return journal_note_kinds[i];
	return journal_note_kinds[0];
}

void journal_note(struct journal *j, nsec now, enum severity severity,
		  const char *kind, const char *text)
{
	journal_put_line(j, now, severity, known_kind(kind), text);
}

void journal_condition(struct journal *j, nsec now,
		       const struct journal_condition *c)
{
	put_line(j, now,
		 (struct journal_line){ .rank = c->severity,
					.kind = known_kind(c->kind),
					.of = c->of,
					.text = c->text });
}

void journal_alarm(struct journal *j, const struct alarm *a)
{
	const struct batch_alarm row = {
		.alarm = a->id,
		.t = a->t,
		.changed = a->changed,
		.severity = severity_name(a->severity),
		.source = a->source,
		.text = a->text,
		.state = alarm_state_name(a->state),
		.active = alarm_is_active(a->state),
		.times = a->times,
		.user = a->by,
		.until = a->until,
		.note = a->note,
	};

	if (j->store)
		batch_alarm(j->batch, &row);
}

void journal_control(struct journal *j, nsec now, const char *holder,
		     const char *note, nsec expires)
{
	if (j->store)
		batch_control(j->batch, utc(j, now), holder, note, expires);
}
