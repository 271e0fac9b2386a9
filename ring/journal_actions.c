/*
 * What was decided, as rows: setpoints with their cause, steps, images, purge
 * cycles, runs. Step numbers count from 1 through all plans of a run.
 */
#include "ring/journal_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

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
	case CAUSE_START: snprintf(out, SOURCE_MAX, "start"); return;
	}
}

static void put_set(struct journal *j, nsec now, const struct action *a)
{
	const struct polled *p = &j->polls[j->site->roles[a->set.role].poll];
	struct awaited *awaited = awaited_of(j, a->set.role);
	char source[SOURCE_MAX] = "";
	struct batch_setpoint s = {
		.id = a->set.id,
		.t = utc(j, now),
		.value = a->set.value,
		.cause = cause_name(a->set.cause),
		.source = source,
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
		.run = j->run,
		.image = r->image,
		.step = step_number(j, r->step),
		.label = step_label(j, r->step),
		.file = file_of(j, r->image),
		.ok = r->ok,
		.t_begin = utc(j, r->began),
		.t_end = utc(j, r->ended),
		.t_unblank = utc(j, r->unblanked),
		.t_blank = utc(j, r->blanked),
		.temperature = range_of(&r->temperature),
		.pressure = range_of(&r->pressure),
		.flow = range_of(&r->flow),
		.power = range_of(&r->power),
		.gas_inlet = inlet,
		.gas_sample = sample,
		.transit_s = r->transit_s,
	};

	mixture_print(&j->site->gases, &r->inlet, inlet);
	mixture_print(&j->site->gases, &r->sample, sample);
	batch_image(j->batch, &i);
}

static void put_purge(struct journal *j, nsec now, const struct purge_record *r)
{
	uint16_t poll = j->site->roles[r->gauge].poll;
	const struct batch_purge p = {
		.run = j->run,
		.step = j->step,
		.cycle = r->cycle,
		.cycles = r->cycles,
		.t = utc(j, now),
		.gauge = j->polls[poll].first_channel + r->gauge -
			 j->site->polls[poll].first,
		.fill = r->fill,
		.base = r->base,
		.residual = r->residual,
		.ok = r->ok,
	};

	batch_purge(j->batch, &p);
}

/* asked: a line for each step. */
static void put_plan(struct journal *j, const char *asked)
{
	_cleanup_(text_free) struct text line = { 0 };

	for (uint32_t i = 0; i < j->plan->n_steps; i++) {
		const struct plan_step *step = &j->plan->steps[i];

		batch_plan_step(j->batch, j->run, step_number(j, i),
				step_kind_name(step->kind),
				plan_label(j->plan, i), step->line);
		text_clear(&line);
		text_add_n(&line, asked, strcspn(asked, "\n"));
		asked += line.n + 1;
		batch_step_asked(j->batch, j->run, step_number(j, i),
				 text_str(&line));
	}
}

static void put_run_begin(struct journal *j, nsec now)
{
	const struct batch_run run = {
		.run = j->offer.run,
		.t = utc(j, now),
		.recipe = j->offer.plan->name,
		.label = j->offer.label,
		.parameters = j->offer.parameters,
		.text = j->offer.text,
		.includes = j->offer.includes,
		.seed = j->offer.seed,
	};

	j->run = run.run;
	text_copy(j->label, sizeof(j->label), j->offer.label);
	j->plan = j->offer.plan;
	j->next_plan = NULL;
	j->base = j->step = 0;
	memset(j->files, 0, sizeof(j->files));
	batch_run_begin(j->batch, &run);
	put_plan(j, j->offer.asked);
}

static void take_over(struct journal *j)
{
	j->next_plan = j->offer.plan;
	free(j->next_asked);
	j->next_asked = j->offer.asked;
	j->offer.asked = NULL;
}

/* The offer is taken or refused by the reply to the command it came with. */
static void settle_offer(struct journal *j, nsec now, const struct actions *a)
{
	for (size_t i = 0; i < a->n && j->offer.plan; i++) {
		if (a->v[i].type != ACTION_REPLY)
			continue;
		if (a->v[i].reply.ok && j->offer.replaces)
			take_over(j);
		else if (a->v[i].reply.ok)
			put_run_begin(j, now);
		journal_offer_fini(&j->offer);
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
		put_plan(j, j->next_asked);
}

static void put_event(struct journal *j, nsec now, const struct action *a)
{
	if (!strcmp(a->event.kind, "trip"))
		text_copy(j->trip, sizeof(j->trip), a->text);
	journal_put_line(j, now, a->event.severity, a->event.kind, a->text);
}

static void put_action(struct journal *j, nsec now, const struct action *a)
{
	struct batch *b = j->batch;

	switch (a->type) {
	case ACTION_SET: put_set(j, now, a); break;
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
			       utc(j, now), step_outcome_name(a->step.outcome),
			       a->text);
		break;
	case ACTION_IMAGE: put_image(j, &a->image); break;
	case ACTION_PURGE: put_purge(j, now, &a->purge); break;
	case ACTION_EVENT: put_event(j, now, a); break;
	case ACTION_RUN_END:
		batch_run_end(b, j->run, utc(j, now),
			      run_state_name(a->run_end.state), a->text);
		break;
	case ACTION_RELEASE: on_release(j, a->release.plan); break;
	case ACTION_ACQUIRE:
	case ACTION_REPLY: break;
	}
}

void journal_actions(struct journal *j, nsec now, const struct actions *a)
{
	if (j->store && a->n)
		settle_offer(j, now, a);
	for (size_t i = 0; i < a->n; i++)
		if (j->store || a->v[i].type == ACTION_EVENT)
			put_action(j, now, &a->v[i]);
}
