/*
 * What a poll, a setpoint, a step, an image looks like in the log. The order
 * within one tick is: what the engine saw, then what it wants.
 */
#include "daemon/journal.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "daemon/asked.h"
#include "daemon/seen.h"

#define SOURCE_MAX 160
#define FILES_MAX 8	/* frames whose image is not complete yet */

/* A setpoint that waits for the poll that reads it back. */
struct awaited {
	uint16_t role;		/* that is set */
	uint16_t value;		/* where the poll has it */
	uint32_t id;		/* 0: nothing is awaited */
	bool answered;
};

struct polled {
	uint32_t table, first_channel;
	nsec last;		/* time of the newest sample; -1: none */
	bool dropped;		/* samples were left out since then */
	enum err_code lost;	/* since then */
	uint16_t n_awaited;
	struct awaited awaited[POLL_CHANNELS_MAX];
};

struct frame_file {
	uint32_t image;
	char path[FRAME_PATH_MAX];
};

/* The run that is about to start: copies, until the engine has agreed. */
struct offer {
	uint32_t run;
	uint64_t seed;
	char *label, *parameters, *text, *includes;
	const struct plan *plan;	/* NULL: no offer */
	bool replaces;
};

struct journal {
	const struct config *config;
	const struct site *site;
	struct store *store;
	struct batch *batch;
	nsec utc_offset;
	struct polled polls[POLLS_MAX];
	uint32_t run;			/* the newest that began */
	const struct plan *plan, *next_plan;
	uint32_t base;			/* steps of plans replaced before */
	uint32_t step;			/* in the log's count, from 1 */
	struct offer offer;
	char *sheet;			/* of the command about to be fed */
	uint32_t asked;			/* id of that command */
	char who[SOURCE_MAX];
	char trip[ACTION_TEXT_MAX];	/* the newest one's cause */
	struct frame_file files[FILES_MAX];
	size_t next_file;
	bool drop_samples;
};

const char *const journal_note_kinds[] = {
	"daemon", "link", "store", "clock", "client", "notify", "watchdog",
	NULL
};

static nsec utc(const struct journal *j, nsec now)
{
	return now + j->utc_offset;
}

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
	return store_channels(j->store, p->name, channels, p->n,
			      &j->polls[poll].table,
			      &j->polls[poll].first_channel, err);
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
	for (size_t i = 0; i < j->site->n_polls; i++) {
		j->polls[i].last = -1;
		if (store && declare(j, i, err)) {
			journal_free(j);
			return NULL;
		}
	}
	find_readbacks(j);
	if (store)
		batch_seen(j->batch, utc_offset, SEEN_CLOCK, utc_offset, 0, 0,
			   0, "");
	return j;
}

static void offer_fini(struct offer *o)
{
	free(o->label);
	free(o->parameters);
	free(o->text);
	free(o->includes);
	*o = (struct offer){0};
}

void journal_free(struct journal *j)
{
	if (!j)
		return;
	offer_fini(&j->offer);
	batch_free(j->batch);
	free(j->sheet);
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
	offer_fini(&j->offer);
	if (!j->store)
		return;
	j->offer = (struct offer){
		.run = run->run,
		.seed = run->seed,
		.label = text_dup(run->label ? run->label : ""),
		.parameters = text_dup(run->parameters),
		.text = text_dup(run->text),
		.includes = text_dup(run->includes),
		.plan = run->plan,
	};
	keep_sheet(j, run->sheet);
}

void journal_replace(struct journal *j, const struct plan *plan,
		     const char *sheet)
{
	offer_fini(&j->offer);
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

void journal_command(struct journal *j, nsec now, uint32_t id,
		     const char *verb, const char *args, const char *user,
		     const char *program, const char *outcome)
{
	const struct batch_command c = {
		.id = id, .t = utc(j, now), .verb = verb, .args = args,
		.user = user, .program = program, .outcome = outcome,
	};

	if (j->store)
		batch_command(j->batch, &c);
}

/* Samples come in time unless the instrument was lost, or the daemon was
 * late; both leave a gap that says so. */
static void look_for_gap(struct journal *j, size_t poll, nsec now)
{
	struct polled *p = &j->polls[poll];
	const char *reason = p->dropped ? "log full" : p->lost
			     ? err_code_name(p->lost) : "late";
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

static struct awaited *awaited_of(struct journal *j, uint16_t role)
{
	const struct role *r = &j->site->roles[role];
	struct polled *p;

	if (r->readback < 0)
		return NULL;
	p = &j->polls[j->site->roles[r->readback].poll];
	for (size_t i = 0; i < p->n_awaited; i++)
		if (p->awaited[i].role == role)
			return &p->awaited[i];
	return NULL;
}

/* 1.. through all plans of the run. */
static uint32_t step_number(const struct journal *j, uint32_t step)
{
	return j->base + step + 1;
}

static const char *step_label(const struct journal *j, uint32_t step)
{
	return j->plan && step < j->plan->n_steps ? plan_label(j->plan, step)
						  : "";
}

static void set_source(const struct journal *j, const struct action *a,
		       char out[SOURCE_MAX])
{
	switch (a->set.cause) {
	case CAUSE_STEP:
		snprintf(out, SOURCE_MAX, "%u %s",
			 (unsigned)step_number(j, a->set.source),
			 step_label(j, a->set.source));
		return;
	case CAUSE_OPERATOR:
		snprintf(out, SOURCE_MAX, "%s",
			 a->set.source == j->asked ? j->who : "operator");
		return;
	case CAUSE_INTERLOCK:
		snprintf(out, SOURCE_MAX, "%.*s", SOURCE_MAX - 1, j->trip);
		return;
	case CAUSE_START:
		snprintf(out, SOURCE_MAX, "start");
		return;
	}
}

static void put_set(struct journal *j, nsec now, const struct action *a)
{
	const struct polled *p = &j->polls[j->site->roles[a->set.role].poll];
	struct awaited *awaited = awaited_of(j, a->set.role);
	char source[SOURCE_MAX] = "";
	struct batch_setpoint s = {
		.id = a->set.id, .t = utc(j, now), .value = a->set.value,
		.cause = cause_name(a->set.cause), .source = source,
		.safe = a->set.safe,
	};

	s.channel = p->first_channel + a->set.role -
		    j->site->polls[j->site->roles[a->set.role].poll].first;
	set_source(j, a, source);
	batch_setpoint(j->batch, &s);
	if (awaited) {
		awaited->id = a->set.id;
		awaited->answered = false;
	}
}

static struct batch_range range_of(const struct condition *c)
{
	return (struct batch_range){ c->begin, c->end, c->min, c->max,
				     c->mean };
}

static const char *file_of(const struct journal *j, uint32_t image)
{
	for (size_t i = 0; i < FILES_MAX; i++)
		if (j->files[i].image == image)
			return j->files[i].path;
	return "";
}

static void put_image(struct journal *j, const struct image_record *r)
{
	char inlet[GAS_TEXT_MAX], sample[GAS_TEXT_MAX];
	const struct batch_image i = {
		.run = j->run, .image = r->image,
		.step = step_number(j, r->step),
		.label = step_label(j, r->step),
		.file = file_of(j, r->image), .ok = r->ok,
		.t_begin = utc(j, r->began), .t_end = utc(j, r->ended),
		.t_unblank = utc(j, r->unblanked),
		.t_blank = utc(j, r->blanked),
		.temperature = range_of(&r->temperature),
		.pressure = range_of(&r->pressure),
		.flow = range_of(&r->flow), .power = range_of(&r->power),
		.gas_inlet = inlet, .gas_sample = sample,
		.transit_s = r->transit_s,
	};

	mixture_print(&j->site->gases, &r->inlet, inlet);
	mixture_print(&j->site->gases, &r->sample, sample);
	batch_image(j->batch, &i);
}

static void put_purge(struct journal *j, nsec now,
		      const struct purge_record *r)
{
	uint16_t poll = j->site->roles[r->gauge].poll;
	const struct batch_purge p = {
		.run = j->run, .step = j->step, .cycle = r->cycle,
		.cycles = r->cycles, .t = utc(j, now),
		.gauge = j->polls[poll].first_channel + r->gauge -
			 j->site->polls[poll].first,
		.fill = r->fill, .base = r->base, .residual = r->residual,
		.ok = r->ok,
	};

	batch_purge(j->batch, &p);
}

static void put_plan(struct journal *j)
{
	_cleanup_(text_free) struct text asked = {0};

	for (uint32_t i = 0; i < j->plan->n_steps; i++) {
		const struct plan_step *step = &j->plan->steps[i];

		batch_plan_step(j->batch, j->run, step_number(j, i),
				step_kind_name(step->kind),
				plan_label(j->plan, i), step->line);
		text_clear(&asked);
		asked_print(j->plan, step, j->site, &asked);
		batch_step_asked(j->batch, j->run, step_number(j, i),
				 text_str(&asked));
	}
}

static void put_run_begin(struct journal *j, nsec now)
{
	const struct batch_run run = {
		.run = j->offer.run, .t = utc(j, now),
		.recipe = j->offer.plan->name, .label = j->offer.label,
		.parameters = j->offer.parameters, .text = j->offer.text,
		.includes = j->offer.includes, .seed = j->offer.seed,
	};

	j->run = run.run;
	j->plan = j->offer.plan;
	j->next_plan = NULL;
	j->base = j->step = 0;
	memset(j->files, 0, sizeof(j->files));
	batch_run_begin(j->batch, &run);
	put_plan(j);
}

/* The offer is taken or refused by the reply to the command it came with. */
static void settle_offer(struct journal *j, nsec now, const struct actions *a)
{
	for (size_t i = 0; i < a->n && j->offer.plan; i++) {
		if (a->v[i].type != ACTION_REPLY)
			continue;
		if (a->v[i].reply.ok && j->offer.replaces)
			j->next_plan = j->offer.plan;
		else if (a->v[i].reply.ok)
			put_run_begin(j, now);
		offer_fini(&j->offer);
	}
}

/* The present plan is let go while another one waits: that takes over. */
static void on_release(struct journal *j, const struct plan *plan)
{
	if (plan == j->next_plan)
		j->next_plan = NULL;
	if (plan != j->plan)
		return;
	if (j->next_plan)
		j->base += j->plan->n_steps;
	j->plan = j->next_plan;
	j->next_plan = NULL;
	if (j->plan)
		put_plan(j);
}

static void put_event(struct journal *j, nsec now, const struct action *a)
{
	if (!strcmp(a->event.kind, "trip"))
		text_copy(j->trip, sizeof(j->trip), a->text);
	batch_event(j->batch, utc(j, now), severity_name(a->event.severity),
		    a->event.kind, a->text);
}

static void put_action(struct journal *j, nsec now, const struct action *a)
{
	struct batch *b = j->batch;

	switch (a->type) {
	case ACTION_SET:
		put_set(j, now, a);
		break;
	case ACTION_STATE:
		batch_state(b, utc(j, now), run_state_name(a->state.state),
			    level_name(a->state.level), a->state.latched);
		break;
	case ACTION_STEP_BEGIN:
		j->step = step_number(j, a->step.step);
		batch_step_begin(b, j->run, j->step, utc(j, now));
		break;
	case ACTION_STEP_END:
		batch_step_end(b, j->run, step_number(j, a->step.step),
			       utc(j, now),
			       step_outcome_name(a->step.outcome), a->text);
		break;
	case ACTION_IMAGE:
		put_image(j, &a->image);
		break;
	case ACTION_PURGE:
		put_purge(j, now, &a->purge);
		break;
	case ACTION_EVENT:
		put_event(j, now, a);
		break;
	case ACTION_RUN_END:
		batch_run_end(b, j->run, utc(j, now),
			      run_state_name(a->run_end.state), a->text);
		break;
	case ACTION_RELEASE:
		on_release(j, a->release.plan);
		break;
	case ACTION_ACQUIRE:
	case ACTION_REPLY:
		break;
	}
}

void journal_actions(struct journal *j, nsec now, const struct actions *a)
{
	if (!j->store || !a->n)
		return;
	settle_offer(j, now, a);
	for (size_t i = 0; i < a->n; i++)
		put_action(j, now, &a->v[i]);
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

void journal_note(struct journal *j, nsec now, enum severity severity,
		  const char *kind, const char *text)
{
	const char *known = journal_note_kinds[0];

	if (!j->store)
		return;
	for (size_t i = 0; journal_note_kinds[i]; i++)
		if (!strcmp(kind, journal_note_kinds[i]))
			known = journal_note_kinds[i];
	batch_event(j->batch, utc(j, now), severity_name(severity), known,
		    text);
}
