/* ramp, hold, cool. */
#include <math.h>
#include <string.h>

#include "base/array.h"
#include "engine/heat.h"

/* Setpoints that are the same to a person. */
#define SAME_TEMPERATURE 1e-6

void verb_ramp(struct compiler *c, const struct call *call)
{
	const struct yaml_node *to = call_need(c, call, "to");
	struct heat_ramp ramp = { 0 };
	int rates, lapse;

	if (need_known(c, KNOWN_HEATER) == ROLE_NONE)
		return;
	rates = heat_read_rates(c, call, &ramp);
	lapse = heat_read_lapse(c, call_get(call, "image"), &ramp.image_every);
	if (heat_read_temperature(c, to, "to", &ramp.target) != VALUE_GIVEN ||
	    rates || lapse)
		return;
	heat_add_ramp(c, &ramp);
}

/* A hold stays where the heater is; "at" only makes sure. */
static int check_at(struct compiler *c, const struct yaml_node *at)
{
	char is[QUANTITY_TEXT_MAX] = "off", text[QUANTITY_TEXT_MAX];
	enum value_state state;
	double t;

	state = value_quantity(c, at, "at", QUANTITY_TEMPERATURE, &t);
	if (state != VALUE_GIVEN)
		return state;
	if (fabs(t - c->target) <= SAME_TEMPERATURE)
		return 0;
	if (!isnan(c->target))
		value_format(QUANTITY_TEMPERATURE, c->target, is);
	return compiler_problem(c, at->at,
				"at: the heater is %s%s here, not "
				"at %s; 'ramp' there first",
				isnan(c->target) ? "" : "at ", is,
				value_format(QUANTITY_TEMPERATURE, t, text));
}

void verb_hold(struct compiler *c, const struct call *call)
{
	const struct yaml_node *time = call_need(c, call, "for");
	struct heat_hold hold = { .target = c->target,
				  .band = c->site->defaults.band };
	enum value_state t, band;
	int at, equilibrium, images;

	t = value_time(c, time, "for", NSEC_PER_S, &hold.duration);
	at = check_at(c, call_get(call, "at"));
	band = value_positive(c, call_get(call, "band"), "band",
			      QUANTITY_DIFFERENCE, &hold.band);
	equilibrium = equilibrium_read(c, call_get(call, "equilibrate"),
				       &hold.equilibrium);
	images = imaging_read(c, call_get(call, "image"), NULL, &hold.images);
	if (t != VALUE_GIVEN || at || band == VALUE_BAD || equilibrium ||
	    images)
		return;
	heat_add_hold(c, &hold);
}

static void cool_rapidly(struct compiler *c, const struct yaml_node *at,
			 double to)
{
	double ambient = c->site->holder.ambient;
	char text[QUANTITY_TEXT_MAX], is[QUANTITY_TEXT_MAX];
	struct plan_step *step;

	value_format(QUANTITY_TEMPERATURE, to, text);
	if (!(to > ambient)) {
		compiler_problem(
			c, at ? at->at : c->at,
			"to: the holder's "
			"surroundings are at %s; with the heater off "
			"it never gets to %s",
			value_format(QUANTITY_TEMPERATURE, ambient, is), text);
		return;
	}
	section_begin(c);
	step = step_addf(c, STEP_COOL, "cool to %s, heater off", text);
	step->cool.below = to;
	step->cool.within = c->site->defaults.step_within;
	c->target = NAN;
}

static void cool_at_rate(struct compiler *c, const struct call *call)
{
	const struct yaml_node *to = call_need(c, call, "to");
	struct heat_ramp ramp = { 0 };
	int rates = heat_read_rates(c, call, &ramp);

	if (heat_read_temperature(c, to, "to", &ramp.target) != VALUE_GIVEN ||
	    rates)
		return;
	if (c->place & IN_TAIL)
		compiler_problem(c, call->at,
				 "cool: on_fault switches the "
				 "heater off: leave the rate out");
	else if (isnan(c->target))
		compiler_problem(c, call->at,
				 "cool: the heater is off here: "
				 "there is nothing to cool at a rate");
	else if (!(ramp.target <= c->target))
		compiler_problem(c, to->at,
				 "cool: this is warmer than the "
				 "heater is here; 'ramp' goes up");
	else
		heat_add_ramp(c, &ramp);
}

void verb_cool(struct compiler *c, const struct call *call)
{
	const struct yaml_node *to = call_get(call, "to"), *word;
	double below = c->site->defaults.cool_to;

	if (need_known(c, KNOWN_HEATER) == ROLE_NONE)
		return;
	if (call->arg->kind == YAML_SCALAR) {
		word = value_resolve(c, call->arg);
		if (word && !strcmp(word->s, "rapid"))
			cool_rapidly(c, NULL, below);
		else if (word)
			compiler_problem(c, call->arg->at,
					 "cool: 'rapid' or "
					 "'{to: 100 °C, rate: 20 °C/min}' is "
					 "wanted");
	} else if (call_get(call, "rate")) {
		cool_at_rate(c, call);
	} else if (call_need(c, call, "to") &&
		   value_quantity(c, to, "to", QUANTITY_TEMPERATURE, &below) ==
			   VALUE_GIVEN) {
		cool_rapidly(c, to, below);
	}
}
