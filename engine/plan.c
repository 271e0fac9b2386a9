#include "engine/plan.h"

#include <assert.h>
#include <stdlib.h>

#include "base/array.h"

static const char *const kinds[] = {
	[STEP_SET] = "set",
	[STEP_RAMP] = "ramp",
	[STEP_HOLD_BEGIN] = "hold begin",
	[STEP_HOLD_END] = "hold",
	[STEP_COOL] = "cool",
	[STEP_EQUILIBRATE] = "equilibrate",
	[STEP_WAIT] = "wait",
	[STEP_IMAGE] = "image",
	[STEP_ASK] = "ask",
	[STEP_NOTE] = "note",
	[STEP_PURGE_BEGIN] = "purge begin",
	[STEP_PURGE_FILLED] = "purge filled",
	[STEP_PURGE_PUMPED] = "purge pumped",
	[STEP_PURGE_END] = "purge end",
};

_Static_assert(ARRAY_SIZE(kinds) == STEP_KIND_N, "a name for each kind");

void plan_free(struct plan *p)
{
	if (!p)
		return;
	free(p->steps);
	free(p->sets);
	free(p->conds);
	free(p->text);
	free(p);
}

const char *plan_text(const struct plan *p, uint32_t offset)
{
	return p->text + offset;
}

const char *plan_label(const struct plan *p, uint32_t step)
{
	assert(step < p->n_steps);
	return plan_text(p, p->steps[step].text);
}

const char *step_kind_name(enum step_kind kind)
{
	assert((size_t)kind < ARRAY_SIZE(kinds));
	return kinds[kind];
}
