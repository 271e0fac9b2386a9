/* A purge is judged on what its gauge measured, cycle by cycle. */
#include "engine/step.h"

#include <math.h>
#include <stdio.h>

static void purge_emit(struct engine *e, const struct plan_step *s,
		       uint32_t cycle, double base, bool ok)
{
	struct action *a = emit(e, ACTION_PURGE);

	a->purge = (struct purge_record){
		.cycle = cycle,
		.cycles = s->purge.cycles,
		.gauge = s->purge.gauge,
		.fill = e->run.purge_fill,
		.base = base,
		.residual = e->run.residual,
		.ok = ok,
	};
}

static void purge_begin(struct engine *e, const struct plan_step *s)
{
	(void)s;
	e->run.residual = 1.0;
	e->run.purge_fill = NAN;
}

/* The gauge the fill is judged on: any gauge resolves hundreds of Torr. */
static void purge_filled(struct engine *e, const struct plan_step *s)
{
	double p = value_of(e, KNOWN_CELL_PRESSURE);
	char why[ACTION_TEXT_MAX], reads[NUMBER_TEXT_MAX] = "nothing";

	if (known(e, KNOWN_CELL_PRESSURE) == ROLE_NONE)
		p = e->readings[s->purge.gauge].value;
	e->run.purge_fill = p;
	if (p >= 0.95 * s->purge.fill)
		return;
	if (!isnan(p))
		number_print_fixed(p, 1, reads);
	snprintf(why, sizeof(why), "purge cycle %u was filled to %s Torr only",
		 s->purge.cycle, reads);
	run_fail(e, why);
}

static void purge_pumped(struct engine *e, const struct plan_step *s)
{
	const struct role *gauge = &e->site->roles[s->purge.gauge];
	double base = e->readings[s->purge.gauge].value;
	char why[ACTION_TEXT_MAX], reads[NUMBER_TEXT_MAX] = "nothing";
	bool ok = base <= s->purge.base && e->run.purge_fill > 0.0;

	if (ok) {
		/* A reading of zero proves no more than the gauge resolves. */
		base = fmax(base, gauge->resolution);
		e->run.residual *= fmin(base / e->run.purge_fill, 1.0);
		ledger_pressure(&e->ledger, base, gauge->resolution, false);
	}
	purge_emit(e, s, s->purge.cycle, base, ok);
	if (ok)
		return;
	if (!isnan(base))
		number_print_digits(base, 3, reads);
	snprintf(why, sizeof(why),
		 "purge cycle %u did not reach its base: %s "
		 "reads %s Torr",
		 s->purge.cycle, gauge->name, reads);
	run_fail(e, why);
}

static void purge_end(struct engine *e, const struct plan_step *s)
{
	bool ok = e->run.residual <= s->purge.residual_max;
	char reads[NUMBER_TEXT_MAX], why[ACTION_TEXT_MAX];

	purge_emit(e, s, 0, NAN, ok);
	if (ok)
		return;
	number_print_digits(e->run.residual, 3, reads);
	snprintf(why, sizeof(why), "the purge left a fraction of %s", reads);
	run_fail(e, why);
}

const struct step_acts step_purge_begin = { purge_begin, step_at_once, NULL };
const struct step_acts step_purge_filled = { purge_filled, step_at_once, NULL };
const struct step_acts step_purge_pumped = { purge_pumped, step_at_once, NULL };
const struct step_acts step_purge_end = { purge_end, step_at_once, NULL };
