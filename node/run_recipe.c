/*
 * The requests of the module `run` that bring a recipe: started, checked,
 * exchanged for the rest of the running one. Each is compiled by an order
 * (run_order.c), so that the loop is not kept.
 */
#include <stdlib.h>

#include "base/array.h"
#include "node/run_parts.h"
#include "site/timeline.h"

/* -- start ------------------------------------------------------------- */

/* True when it runs; else the client has its answer. */
static bool begin(struct run_order *o, uint32_t *run)
{
	const struct asked *a = &o->a;
	struct err err = { 0 };

	if (o->n_stops != a->r->n_stops)
		node_answer_error(a->r->node, a->request->token,
				  ERROR_IMPOSSIBLE,
				  "stopped before it had begun");
	else if (desk_start_order(a->r->setup->desk, a->now, &o->job.order,
				  &a->who, run, &err))
		run_refuse_err(a, &err);
	else
		return true;
	return false;
}

static void show(const struct run_order *o, uint32_t run)
{
	run_show_start(o->a.r, o->q.called, o->job.order.label, run,
		       o->a.request->t);
}

static void finish_start(struct run_order *o)
{
	_cleanup_(text_free) struct text result = { 0 };
	uint32_t run = 0;

	if (!begin(o, &run))
		return;
	show(o, run);
	text_addf(&result, "{\"run\":%u}", run);
	run_confirm(&o->a, text_str(&result));
}

void run_on_start(const struct asked *a)
{
	struct run_order *o = run_order_new(a, finish_start);

	if (!run_order_read(o))
		run_order_go(o);
}

/* A change of the target is answered with the target. */
static void finish_start_named(struct run_order *o)
{
	uint32_t run = 0;

	if (!begin(o, &run))
		return;
	show(o, run);
	run_confirm(&o->a, NULL);
}

void run_on_start_named(const struct asked *a)
{
	struct run_order *o = run_order_new(a, finish_start_named);

	if (!run_order_find(o))
		run_order_go(o);
}

/* -- validate ---------------------------------------------------------- */

/* As `gascelld check` prints it, for people. */
static void add_course(const struct config *config, const struct plan *plan,
		       struct text *out)
{
	_cleanup_(text_free) struct text course_text = { 0 };
	struct forecast forecast;

	text_add(out, ",\"course\":");
	if (plan) {
		forecast_make(config, plan, &forecast);
		timeline_print(config, plan, false, &course_text);
		text_add_char(&course_text, '\n');
		timeline_totals(config, plan, &forecast, &course_text);
	}
	json_add_string_cut(out, text_str(&course_text), course_text.n,
			    RUN_COURSE_MAX);
}

static void print_verdict(const struct config *config, const struct plan *plan,
			  struct problems *p, struct text *out)
{
	_cleanup_(text_free) struct text all = { 0 };
	bool bound = plan && plan->longest != NSEC_NEVER;

	problems_sort(p);
	problems_print(p, &all);
	text_addf(out, "{\"ok\":%s,\"text\":", plan ? "true" : "false");
	json_add_string_cut(out, text_str(&all), all.n, RUN_PROBLEMS_MAX);
	text_add(out, ",\"seconds\":");
	json_add_double(out, plan ? nsec_to_s(plan->shortest) : 0);
	text_add(out, ",\"longest\":");
	json_add_double(out, bound ? nsec_to_s(plan->longest) : 0);
	text_addf(out, ",\"images\":%u,\"steps\":%u", plan ? plan->n_images : 0,
		  plan ? plan->n_steps : 0);
	add_course(config, plan, out);
	text_add_char(out, '}');
}

static void print_on_thread(struct order_job *j)
{
	struct run_order *o = (struct run_order *)j;

	print_verdict(o->a.r->setup->config, j->order.plan, &j->order.problems,
		      &o->text);
}

static void finish_validate(struct run_order *o)
{
	node_answer_result(o->a.r->node, o->a.request->token,
			   text_str(&o->text), o->a.request->t);
}

void run_on_validate(const struct asked *a)
{
	struct run_order *o = run_order_new(a, finish_validate);

	o->job.more = print_on_thread;
	o->is_question = true;
	if (!run_order_read(o))
		run_order_go(o);
}

/* -- replace ----------------------------------------------------------- */

static void finish_replace(struct run_order *o)
{
	struct err err = { 0 };

	if (desk_replace_order(o->a.r->setup->desk, o->a.now, &o->job.order,
			       &o->a.who, &err))
		run_refuse_err(&o->a, &err);
	else
		run_confirm(&o->a, NULL);
}

void run_on_replace(const struct asked *a)
{
	struct run_order *o = run_order_new(a, finish_replace);

	if (!run_order_read(o))
		run_order_go(o);
}

/* -- check ------------------------------------------------------------- */

/* Would it be taken? Compiled against what is known of the gas just now; that
 * a run is active is no reason to refuse. */
static void finish_check(struct run_order *o)
{
	if (o->job.order.plan)
		node_answer(o->a.r->node, o->a.request->token, o->a.request->t);
	else
		run_refuse_recipe(&o->a, &o->job.order.problems);
}

void run_on_check(const struct asked *a)
{
	struct run_order *o = run_order_new(a, finish_check);

	o->is_question = true;
	if (a->request->kind == NODE_DO ? !run_order_read(o)
					: !run_order_find(o))
		run_order_go(o);
}
