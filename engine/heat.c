#include "engine/heat.h"

#include <math.h>

#include "base/array.h"

static int check_rate(struct compiler *c, const struct yaml_node *node,
		      double rate)
{
	double most = c->site->holder.rate_max;
	char text[QUANTITY_TEXT_MAX], bound[QUANTITY_TEXT_MAX];

	if (rate <= most)
		return 0;
	return compiler_problem(c, node->at,
				"rate: %s is too much: the chip "
				"allows at most %s",
				value_format(QUANTITY_RATE, rate, text),
				value_format(QUANTITY_RATE, most, bound));
}

int heat_read_rates(struct compiler *c, const struct call *call,
		    struct heat_ramp *out)
{
	const struct yaml_node *rate = call_get(call, "rate");
	enum value_state r, band, holdback;

	out->rate = c->site->defaults.rate;
	out->band = c->site->defaults.band;
	out->holdback = c->site->defaults.holdback;
	r = value_positive(c, rate, "rate", QUANTITY_RATE, &out->rate);
	band = value_positive(c, call_get(call, "band"), "band",
			      QUANTITY_DIFFERENCE, &out->band);
	holdback = value_positive(c, call_get(call, "holdback"), "holdback",
				  QUANTITY_DIFFERENCE, &out->holdback);
	if (r == VALUE_BAD || band == VALUE_BAD || holdback == VALUE_BAD)
		return -1;
	return r == VALUE_GIVEN ? check_rate(c, rate, out->rate) : 0;
}

int heat_read_lapse(struct compiler *c, const struct yaml_node *node,
		    nsec *every)
{
	struct imaging images;

	*every = 0;
	if (imaging_read(c, node, NULL, &images))
		return -1;
	if (images.kind == IMAGING_SERIES)
		return compiler_problem(c, node->at,
					"image: the temperature "
					"moves during a ramp; declare it as a "
					"time lapse: 'image: {every: 30 s}'");
	if (images.kind == IMAGING_LAPSE)
		*every = images.every;
	return 0;
}

enum value_state heat_read_temperature(struct compiler *c,
				       const struct yaml_node *node,
				       const char *what, double *out)
{
	enum value_state state;
	double t;

	state = value_quantity(c, node, what, QUANTITY_TEMPERATURE, &t);
	if (state != VALUE_GIVEN)
		return state;
	if (c->site->known[KNOWN_HEATER] == ROLE_NONE ||
	    value_check_temperature(c, node->at, what, t))
		return VALUE_BAD;
	*out = t;
	return VALUE_GIVEN;
}

void heat_add_ramp(struct compiler *c, const struct heat_ramp *ramp)
{
	char target[QUANTITY_TEXT_MAX], rate[QUANTITY_TEXT_MAX];
	struct plan_step *step;

	section_begin(c);
	step = step_addf(
		c, STEP_RAMP, "ramp to %s at %s",
		value_format(QUANTITY_TEMPERATURE, ramp->target, target),
		value_format(QUANTITY_RATE, ramp->rate, rate));
	step->ramp.target = ramp->target;
	step->ramp.rate = ramp->rate;
	step->ramp.band = ramp->band;
	step->ramp.holdback = ramp->holdback;
	step->ramp.image_every = ramp->image_every;
	c->target = ramp->target;
}

/* The bound on the whole hold is known when its parts are: predict.c. */
static void add_hold(struct compiler *c, enum step_kind kind,
		     const struct heat_hold *hold)
{
	char at[QUANTITY_TEXT_MAX], time[QUANTITY_TEXT_MAX];
	struct plan_step *step;

	value_format(QUANTITY_TIME, nsec_to_s(hold->duration), time);
	if (isnan(hold->target))
		step = step_addf(c, kind, "hold for %s", time);
	else
		step = step_addf(
			c, kind, "hold at %s for %s",
			value_format(QUANTITY_TEMPERATURE, hold->target, at),
			time);
	step->hold.target = hold->target;
	step->hold.band = hold->band;
	step->hold.duration = hold->duration;
	if (hold->images.kind == IMAGING_LAPSE)
		step->hold.image_every = hold->images.every;
}

void heat_add_hold(struct compiler *c, const struct heat_hold *hold)
{
	section_begin(c);
	add_hold(c, STEP_HOLD_BEGIN, hold);
	if (hold->equilibrium.wanted)
		equilibrium_add(c, &hold->equilibrium);
	if (hold->images.kind == IMAGING_SERIES)
		imaging_add(c, &hold->images);
	add_hold(c, STEP_HOLD_END, hold);
}
