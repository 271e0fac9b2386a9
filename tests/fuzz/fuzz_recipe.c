/* Any bytes are a plan whose references hold, or a list of problems. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/engine/laboratory.c"

static void check_step(const struct plan *p, uint32_t i)
{
	const struct plan_step *s = &p->steps[i];

	if (s->kind >= STEP_KIND_N || s->shortest < 0 ||
	    s->longest < s->shortest)
		abort();
	if (s->kind == STEP_SET &&
	    (uint64_t)s->set.first + s->set.n > p->n_sets)
		abort();
	if (s->kind == STEP_WAIT &&
	    (uint64_t)s->wait.first + s->wait.n > p->n_conds)
		abort();
	if (s->kind == STEP_RAMP &&
	    !(s->ramp.rate > 0 && s->ramp.target <= 1000))
		abort();
	if (s->kind == STEP_RAMP && i >= p->tail)
		abort();
}

static void check_plan(const struct plan *p, const struct site *site)
{
	if (!p->n_steps || p->n_steps > PLAN_STEPS_MAX || !p->tail ||
	    p->tail > p->n_steps)
		abort();
	for (uint32_t i = 0; i < p->n_steps; i++) {
		check_step(p, i);
		(void)strlen(plan_label(p, i));
	}
	for (uint32_t i = 0; i < p->n_sets; i++) {
		const struct role *role = &site->roles[p->sets[i].role];

		if (!(p->sets[i].value >= role->min &&
		      p->sets[i].value <= role->max))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct laboratory l;

	laboratory_init(&l);
	compile(&l, (const char *)data, size, "input");
	if (!l.plan != (l.problems.n > 0))
		abort();
	if (l.plan)
		check_plan(l.plan, &l.site);
	if (!text_is_utf8(text_str(&l.said), l.said.n))
		abort();
	laboratory_fini(&l);
	return 0;
}
