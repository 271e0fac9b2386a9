#include "engine/predict.h"

#include <math.h>

struct prediction {
	const struct site *site;
	struct plan *plan;
	const struct step_origin *origin;
	double temperature;	/* degC */
	double flow[GAS_MAX];	/* sccm, commanded */
	struct plan_step *hold; /* the BEGIN of an open hold */
	nsec inner_shortest, inner_longest;
	nsec adds_longest; /* of the step: to the plan's */
};

/* n * d without overflow. */
static nsec many(uint32_t n, nsec d)
{
	if (n && d > NSEC_NEVER / n)
		return NSEC_NEVER;
	return d * (nsec)n;
}

static uint32_t lapse_images(nsec duration, nsec every)
{
	nsec n = duration / every + 1;

	return n > UINT32_MAX / 2 ? UINT32_MAX / 2 : (uint32_t)n;
}

static void predict_set(struct prediction *p, struct plan_step *step)
{
	const struct site *s = p->site;

	step->longest = s->defaults.settle;
	for (uint32_t i = 0; i < step->set.n; i++) {
		const struct role_value *set =
			&p->plan->sets[step->set.first + i];

		for (size_t gas = 1; gas < s->gases.n; gas++)
			if (s->gas_flow[gas] == set->role)
				p->flow[gas] = set->value;
	}
}

static void predict_ramp(struct prediction *p, struct plan_step *step)
{
	double minutes =
		fabs(step->ramp.target - p->temperature) / step->ramp.rate;

	step->shortest = nsec_from_s(fmin(minutes * 60, 1e9));
	step->longest =
		nsec_after(step->shortest, p->site->defaults.step_within);
	if (step->ramp.image_every)
		p->plan->n_images +=
			lapse_images(step->shortest, step->ramp.image_every);
	p->temperature = step->ramp.target;
}

/* Parts that take longer than the soak make the hold longer. Its end takes
 * longest after parts that were short, so the longest of all is not the sum
 * of the longest of each. */
static void predict_hold_end(struct prediction *p, struct plan_step *step)
{
	nsec soak = step->hold.duration, inner = p->inner_shortest;
	nsec within = nsec_after(nsec_max(soak, p->inner_longest),
				 p->site->defaults.step_within);

	step->hold.within = within;
	if (p->hold)
		p->hold->hold.within = within;
	p->hold = NULL;
	step->shortest = soak > inner ? soak - inner : 0;
	step->longest = within == NSEC_NEVER ? NSEC_NEVER : within - inner;
	p->adds_longest =
		within == NSEC_NEVER ? NSEC_NEVER : within - p->inner_longest;
	if (step->hold.image_every)
		p->plan->n_images += lapse_images(nsec_max(soak, inner),
						  step->hold.image_every);
}

static void predict_image(struct prediction *p, struct plan_step *step)
{
	nsec exposure = nsec_from_s(step->image.exposure_s);
	nsec every = nsec_max(step->image.every, exposure);
	nsec frame = nsec_after(exposure, p->site->defaults.image_within);
	uint32_t n = step->image.count;

	step->shortest = nsec_after(many(n - 1, every), exposure);
	step->longest = nsec_after(
		many(n - 1, nsec_max(step->image.every, frame)), frame);
	p->plan->n_images += n;
}

static void predict_equilibrate(struct plan_step *step, nsec transit)
{
	step->shortest = nsec_max(step->equilibrate.at_least,
				  nsec_max(step->equilibrate.window, transit));
	step->longest = nsec_max(step->equilibrate.at_most, step->shortest);
}

static void predict_wait(struct plan_step *step, nsec about)
{
	step->shortest = step->wait.n ? about : step->wait.lasting;
	step->longest = step->wait.n ? step->wait.within : step->wait.lasting;
}

static void predict_step(struct prediction *p, uint32_t i)
{
	struct plan_step *step = &p->plan->steps[i];

	switch (step->kind) {
	case STEP_SET: predict_set(p, step); break;
	case STEP_RAMP: predict_ramp(p, step); break;
	case STEP_HOLD_BEGIN:
		p->hold = step;
		p->inner_shortest = p->inner_longest = 0;
		break;
	case STEP_HOLD_END: predict_hold_end(p, step); break;
	case STEP_COOL:
		step->longest = step->cool.within;
		p->temperature = p->site->holder.ambient;
		break;
	case STEP_EQUILIBRATE:
		predict_equilibrate(step, p->origin[i].about);
		break;
	case STEP_WAIT: predict_wait(step, p->origin[i].about); break;
	case STEP_IMAGE: predict_image(p, step); break;
	case STEP_ASK:
		step->longest =
			step->ask.within ? step->ask.within : NSEC_NEVER;
		break;
	default: break;
	}
	if (step->kind != STEP_HOLD_END)
		p->adds_longest = step->longest;
}

static void use_gas(struct prediction *p, const struct plan_step *step)
{
	double minutes = nsec_to_s(step->shortest) / 60;

	for (size_t gas = 1; gas < p->site->gases.n; gas++)
		p->plan->gas_sccm_min[gas] += p->flow[gas] * minutes;
}

/* The tail is predicted for itself; it does not count in the sums. */
void predict_plan(struct builder *b, const struct site *site,
		  double temperature)
{
	struct plan *plan = b->plan;
	struct prediction p = { .site = site,
				.plan = plan,
				.origin = b->origin,
				.temperature = temperature };
	uint32_t n_images = 0;

	for (uint32_t i = 0; i < plan->n_steps; i++) {
		struct plan_step *step = &plan->steps[i];

		if (i == plan->tail)
			n_images = plan->n_images;
		predict_step(&p, i);
		p.inner_shortest = nsec_after(p.inner_shortest, step->shortest);
		p.inner_longest = nsec_after(p.inner_longest, step->longest);
		if (i >= plan->tail)
			continue;
		use_gas(&p, step);
		plan->shortest = nsec_after(plan->shortest, step->shortest);
		plan->longest = nsec_after(plan->longest, p.adds_longest);
	}
	if (plan->tail < plan->n_steps)
		plan->n_images = n_images;
}
