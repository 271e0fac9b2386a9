#include "engine/admission.h"

#include <math.h>
#include <string.h>

#include "base/array.h"

/* What is commanded when a step is over. */
struct walk {
	struct compiler *c;
	const struct site *site;
	struct ledger ledger;
	double flow[GAS_MAX]; /* sccm */
	bool open[GAS_MAX];
	bool let_in[GAS_MAX];
	double temperature; /* degC, at most */
	uint32_t step;
	bool tail;
};

static struct place place_of(const struct walk *w)
{
	return w->c->build.origin[w->step].at;
}

static void command(struct walk *w, const struct role_value *set)
{
	for (size_t i = 1; i < w->site->gases.n; i++) {
		if (w->site->gas_flow[i] == set->role)
			w->flow[i] = set->value;
		if (w->site->gas_valve[i] == set->role)
			w->open[i] = set->value > 0;
	}
}

static void admit(struct walk *w, int gas)
{
	const struct gases *g = &w->site->gases;
	struct err err;

	if (g->v[gas].kind == GAS_INERT)
		return;
	if (w->tail)
		compiler_problem(w->c, place_of(w),
				 "on_fault lets in %s: "
				 "inert gases only",
				 g->v[gas].name);
	else if (ledger_admit(&w->ledger, g, gas,
			      w->site->gas_rule.residual_max, w->temperature,
			      w->site->gas_rule.hot_limit, &err))
		compiler_problem(w->c, place_of(w), "%s", err.msg);
}

/* Both at once, each of them admitted before the other was. */
static void check_together(struct walk *w)
{
	const struct gases *g = &w->site->gases;
	const char *fuel = NULL, *oxidiser = NULL;

	for (size_t i = 1; i < g->n; i++) {
		if (w->let_in[i] && gas_burns(g->v[i].kind))
			fuel = g->v[i].name;
		if (w->let_in[i] && gas_oxidises(g->v[i].kind))
			oxidiser = g->v[i].name;
	}
	if (fuel && oxidiser)
		compiler_problem(w->c, place_of(w),
				 "%s and %s would flow at "
				 "the same time",
				 fuel, oxidiser);
}

static void walk_set(struct walk *w, const struct plan_step *step)
{
	const struct plan *p = w->c->build.plan;
	struct mixture flowing = { 0 };
	bool is_new[GAS_MAX] = { 0 };

	for (uint32_t i = 0; i < step->set.n; i++)
		command(w, &p->sets[step->set.first + i]);
	for (size_t i = 1; i < w->site->gases.n; i++) {
		bool in = w->flow[i] > 0 || w->open[i];

		is_new[i] = in && !w->let_in[i];
		w->let_in[i] = in;
		flowing.x[i] = in;
	}
	for (size_t i = 1; i < w->site->gases.n; i++)
		if (is_new[i])
			admit(w, (int)i);
	check_together(w);
	ledger_flow(&w->ledger, &w->site->gases, &flowing);
}

static bool is_filling(const struct walk *w)
{
	for (size_t i = 1; i < w->site->gases.n; i++)
		if (w->let_in[i])
			return true;
	return false;
}

/* Readings that tell of the cell: its own, and those that may judge a base. */
static bool tells_pressure(const struct site *s, int role)
{
	if (role == s->known[KNOWN_CELL_PRESSURE])
		return true;
	for (size_t i = 0; i < SITE_GAUGES_MAX; i++) {
		if (s->gauges[i] == ROLE_NONE)
			break;
		if (s->gauges[i] == role)
			return true;
	}
	return false;
}

/* "At most 1 Torr" of a cell that holds less says nothing new. */
static void walk_cond(struct walk *w, const struct cond *cond)
{
	const struct role *role = &w->site->roles[cond->role];
	double bound = role->resolution + role->offset;
	bool filling = is_filling(w);

	if (!tells_pressure(w->site, cond->role))
		return;
	if (cond->op == COND_BELOW && cond->value < w->ledger.pressure)
		ledger_pressure(&w->ledger, cond->value, bound, filling);
	if (cond->op == COND_ABOVE && cond->value > w->ledger.pressure &&
	    filling)
		ledger_pressure(&w->ledger, cond->value, bound, true);
}

static void walk_purge(struct walk *w, const struct plan_step *step)
{
	const struct role *role = &w->site->roles[step->purge.gauge];
	double bound = role->resolution + role->offset;
	bool filled = step->kind == STEP_PURGE_FILLED;

	ledger_pressure(&w->ledger,
			filled ? step->purge.fill : step->purge.base, bound,
			filled);
}

static void walk_step(struct walk *w, const struct plan_step *step)
{
	const struct plan *p = w->c->build.plan;

	switch (step->kind) {
	case STEP_SET: walk_set(w, step); break;
	case STEP_WAIT:
		for (uint32_t i = 0; i < step->wait.n; i++)
			walk_cond(w, &p->conds[step->wait.first + i]);
		break;
	case STEP_PURGE_FILLED:
	case STEP_PURGE_PUMPED: walk_purge(w, step); break;
	case STEP_RAMP: w->temperature = step->ramp.target; break;
	case STEP_COOL:
		w->temperature = fmin(w->temperature, step->cool.below);
		break;
	default: break;
	}
}

void admission_check(struct compiler *c, const struct recipe_start *start)
{
	const struct plan *p = c->build.plan;
	struct walk w = { .c = c, .site = c->site, .ledger = start->ledger };

	w.temperature = isnan(start->temperature) ? c->site->holder.ambient
						  : start->temperature;
	for (w.step = 0; w.step < p->n_steps; w.step++) {
		w.tail = w.step >= p->tail;
		walk_step(&w, &p->steps[w.step]);
	}
}
