#include "ring/setpoints.h"

#include <assert.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/text.h"

enum where { FREE, WAITS, SENT };

struct setpoint {
	struct call call;
	struct setpoints *owner;
	enum where where;
	struct clock_hold hold; /* while it waits for the disk */
	uint64_t batch;
	uint32_t id;
	uint16_t role;
	bool safe;
	double value;
	nsec newest;	       /* wanted or sent: what follows is not earlier */
	struct setpoint *next; /* of those that wait, in order */
};

struct setpoints {
	struct plant *plant;
	struct setpoint *waiting, **end;
	size_t n_waiting, n_open;
	struct setpoint v[SETPOINTS_MAX];
};

struct setpoints *setpoints_new(struct plant *p)
{
	struct setpoints *s = memory_zeroed(1, sizeof(*s));

	s->plant = p;
	s->end = &s->waiting;
	return s;
}

void setpoints_free(struct setpoints *s)
{
	free(s);
}

static void feed_answer(struct plant *p, uint32_t id, nsec newest,
			const struct err *err)
{
	struct event event = {
		.now = nsec_max(p->clock->now, newest),
		.type = EVENT_ANSWER,
		.answer = { id, !err, err ? err->code : ERR_NONE },
	};

	journal_answered(p->journal, event.now, id, err);
	p->feed(p->context, &event);
}

static void answer(struct setpoint *set, const struct err *err)
{
	struct setpoints *s = set->owner;

	set->where = FREE;
	s->n_open--;
	feed_answer(s->plant, set->id, set->newest, err);
}

static int work_write(struct call *call)
{
	const struct setpoint *set = (struct setpoint *)call;

	return rig_write(call->plant->rig, set->role, set->value, call->at,
			 &call->err);
}

static void on_written(struct call *call)
{
	struct setpoint *set = (struct setpoint *)call;

	if (!call->job.dropped) {
		set->newest = nsec_max(set->newest, call->at);
		journal_sent(call->plant->journal, set->newest, set->id);
	}
	answer(set, call->status ? &call->err : NULL);
}

static struct setpoint *take(struct setpoints *s, bool safe)
{
	for (size_t i = safe ? 0 : SETPOINTS_SAFE; i < SETPOINTS_MAX; i++)
		if (s->v[i].where == FREE)
			return &s->v[i];
	return NULL;
}

static void wait_for_disk(struct setpoints *s, struct setpoint *set)
{
	set->where = WAITS;
	set->next = NULL;
	*s->end = set;
	s->end = &set->next;
	s->n_waiting++;
	clock_hold(s->plant->clock, &set->hold);
}

static struct setpoint *stop_waiting(struct setpoints *s, struct setpoint **at)
{
	struct setpoint *set = *at;

	*at = set->next;
	if (!*at)
		s->end = at;
	s->n_waiting--;
	clock_release(s->plant->clock, &set->hold);
	return set;
}

/* role < 0: of any role. */
static void overtake(struct setpoints *s, int role)
{
	struct setpoint **at = &s->waiting;
	struct err err;

	err_set(&err, ERR_STATE, "overtaken by a safe setpoint");
	while (*at) {
		if (role < 0 || (*at)->role == role)
			answer(stop_waiting(s, at), &err);
		else
			at = &(*at)->next;
	}
	for (size_t i = 0; i < SETPOINTS_MAX; i++) {
		struct setpoint *set = &s->v[i];

		if (set->where == SENT && !set->safe &&
		    (role < 0 || set->role == role))
			call_drop(&set->call);
	}
}

void setpoints_overtake(struct setpoints *s)
{
	overtake(s, -1);
}

/* Energy and the beam go at once. Gas takes longer to stop than an answer to
 * come, and an answer broken off makes a line of flow controllers dumb for a
 * second, just when they are looked at most. */
static enum link_hurry hurry_of(const struct setpoint *set)
{
	static const enum known_role hasty[] = { KNOWN_HEATER,
						 KNOWN_HEATER_OUTPUT,
						 KNOWN_BEAM };
	const struct site *site = &set->owner->plant->config->site;

	for (size_t i = 0; i < ARRAY_SIZE(hasty); i++)
		if (site->known[hasty[i]] == set->role)
			return LINK_AT_ONCE;
	return LINK_SOON;
}

static void dispatch(struct setpoint *set)
{
	struct err err;

	set->where = SENT;
	if (set->safe)
		call_submit_first(&set->call, hurry_of(set));
	else if (call_submit(&set->call, &err))
		answer(set, &err);
}

void setpoints_set(struct setpoints *s, const struct action *action, nsec now,
		   uint64_t batch)
{
	struct setpoint *set;

	assert(action->type == ACTION_SET);
	if (action->set.safe)
		overtake(s, action->set.role);
	set = take(s, action->set.safe);
	if (!set) {
		struct err err;

		err_set(&err, ERR_FULL, "%d setpoints wait already",
			SETPOINTS_MAX);
		feed_answer(s->plant, action->set.id, now, &err);
		return;
	}
	*set = (struct setpoint){
		.call = { .plant = s->plant,
			  .work = work_write,
			  .done = on_written },
		.owner = s,
		.batch = batch,
		.id = action->set.id,
		.role = action->set.role,
		.safe = action->set.safe,
		.value = action->set.value,
		.newest = now,
	};
	set->call.instrument = s->plant->config->site.roles[set->role].poll;
	s->n_open++;
	if (set->safe)
		dispatch(set);
	else
		wait_for_disk(s, set);
}

void setpoints_committed(struct setpoints *s, uint64_t batch)
{
	while (s->waiting && s->waiting->batch <= batch)
		dispatch(stop_waiting(s, &s->waiting));
}

void setpoints_refuse(struct setpoints *s, const struct err *err)
{
	while (s->waiting)
		answer(stop_waiting(s, &s->waiting), err);
}

size_t setpoints_waiting(const struct setpoints *s)
{
	return s->n_waiting;
}

size_t setpoints_open(const struct setpoints *s)
{
	return s->n_open;
}
