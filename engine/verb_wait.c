/* wait: for a time, or until conditions hold. */
#include "base/array.h"
#include "engine/cond.h"
#include "engine/value.h"
#include "engine/verbs.h"

static void add_time(struct compiler *c, const struct call *call)
{
	char text[QUANTITY_TEXT_MAX];
	struct plan_step *step;
	nsec t;

	if (value_time(c, call->arg, "wait", NSEC_PER_MS, &t) != VALUE_GIVEN)
		return;
	if (!(c->place & IN_PHASE))
		section_begin(c);
	step = step_addf(c, STEP_WAIT, "wait %s",
			 value_format(QUANTITY_TIME, nsec_to_s(t), text));
	step->wait.first = c->build.plan->n_conds;
	step->wait.lasting = t;
	step->wait.within = nsec_after(t, c->site->defaults.step_within);
}

struct times {
	nsec lasting, within, about;
};

static int read_times(struct compiler *c, const struct call *call,
		      struct times *t)
{
	const struct yaml_node *within = call_get(call, "within");
	const struct yaml_node *about = call_get(call, "about");
	enum value_state a, b, d;

	if (!within)
		return compiler_problem(c, call->at,
					"wait: every wait has a "
					"bound: add 'within: 10 min'");
	a = value_time(c, call_get(call, "lasting"), "lasting", 0, &t->lasting);
	b = value_time(c, within, "within", NSEC_PER_MS, &t->within);
	d = value_time(c, about, "about", 0, &t->about);
	if (a == VALUE_BAD || b != VALUE_GIVEN || d == VALUE_BAD)
		return -1;
	if (t->lasting >= t->within)
		return compiler_problem(c, within->at,
					"within: not longer "
					"than 'lasting': it could never be "
					"met");
	if (t->about > t->within)
		return compiler_problem(c, about->at,
					"about: longer than "
					"'within'");
	return 0;
}

static void add_until(struct compiler *c, const struct call *call)
{
	const struct yaml_node *until = call_need(c, call, "until");
	_cleanup_(text_free) struct text label = { 0 };
	uint32_t first = c->build.plan->n_conds;
	struct times t = { 0 };
	struct plan_step *step;
	int times = read_times(c, call, &t);

	if (!until || cond_add(c, until, &label) || times)
		return;
	if (!(c->place & IN_PHASE))
		section_begin(c);
	step = step_addf(c, STEP_WAIT, "wait until %s", text_str(&label));
	step->wait.first = first;
	step->wait.n = c->build.plan->n_conds - first;
	step->wait.lasting = t.lasting;
	step->wait.within = t.within;
	builder_origin(&c->build)->about = nsec_max(t.about, t.lasting);
}

void verb_wait(struct compiler *c, const struct call *call)
{
	if (call->arg->kind == YAML_SCALAR)
		add_time(c, call);
	else
		add_until(c, call);
}
