#include "ring/asked.h"

#include <math.h>

#include "base/number.h"

static void key(struct text *out, const char *name)
{
	text_addf(out, "%s\"%s\":", out->s[out->n - 1] == '{' ? "" : ",", name);
}

/* What is not a number (a hold without a temperature) is left out. */
static void add(struct text *out, const char *name, double value)
{
	char digits[NUMBER_TEXT_MAX];

	if (!isfinite(value))
		return;
	number_print(value, digits);
	key(out, name);
	text_add(out, digits);
}

/* Divided, not multiplied by 1e-9: a minute is 60, not 60.00000000000001. */
static void add_time(struct text *out, const char *name, nsec t)
{
	if (t != NSEC_NEVER)
		add(out, name, (double)t / 1e9);
}

static void add_lapse(struct text *out, nsec every)
{
	if (every)
		add_time(out, "image_every_s", every);
}

static void add_role(struct text *out, const char *name,
		     const struct site *site, uint16_t role)
{
	key(out, name);
	text_addf(out, "\"%s\"", site->roles[role].name);
}

static void add_sets(const struct plan *plan, const struct plan_step *s,
		     const struct site *site, struct text *out)
{
	for (uint32_t i = 0; i < s->set.n; i++) {
		const struct role_value *v = &plan->sets[s->set.first + i];

		add(out, site->roles[v->role].name, v->value);
	}
}

static void add_purge(const struct plan_step *s, const struct site *site,
		      struct text *out)
{
	add(out, "cycle", s->purge.cycle);
	add(out, "cycles", s->purge.cycles);
	add_role(out, "gauge", site, s->purge.gauge);
	add(out, "fill_Torr", s->purge.fill);
	add(out, "base_Torr", s->purge.base);
	add(out, "residual_max", s->purge.residual_max);
}

static void add_ramp(const struct plan_step *s, struct text *out)
{
	add(out, "target_C", s->ramp.target);
	add(out, "rate_K_per_min", s->ramp.rate);
	add(out, "band_K", s->ramp.band);
	add(out, "holdback_K", s->ramp.holdback);
	add_lapse(out, s->ramp.image_every);
}

static void add_hold(const struct plan_step *s, struct text *out)
{
	add(out, "target_C", s->hold.target);
	add(out, "band_K", s->hold.band);
	add_time(out, "duration_s", s->hold.duration);
	add_time(out, "within_s", s->hold.within);
	add_lapse(out, s->hold.image_every);
}

static void add_equilibrate(const struct plan_step *s, struct text *out)
{
	add(out, "temperature_K_per_min", s->equilibrate.temperature);
	add(out, "pressure_Torr_per_min", s->equilibrate.pressure);
	add(out, "power_mW_per_min", s->equilibrate.power);
	add_time(out, "window_s", s->equilibrate.window);
	add_time(out, "at_least_s", s->equilibrate.at_least);
	add_time(out, "at_most_s", s->equilibrate.at_most);
	add(out, "gas_arrived", s->equilibrate.gas_arrived);
}

void asked_print(const struct plan *plan, const struct plan_step *s,
		 const struct site *site, struct text *out)
{
	text_add(out, "{");
	switch (s->kind) {
	case STEP_SET: add_sets(plan, s, site, out); break;
	case STEP_RAMP: add_ramp(s, out); break;
	case STEP_HOLD_BEGIN:
	case STEP_HOLD_END: add_hold(s, out); break;
	case STEP_COOL:
		add(out, "below_C", s->cool.below);
		add_time(out, "within_s", s->cool.within);
		break;
	case STEP_EQUILIBRATE: add_equilibrate(s, out); break;
	case STEP_WAIT:
		add_time(out, "lasting_s", s->wait.lasting);
		add_time(out, "within_s", s->wait.within);
		break;
	case STEP_IMAGE:
		add(out, "count", s->image.count);
		add_time(out, "every_s", s->image.every);
		add(out, "exposure_s", s->image.exposure_s);
		break;
	case STEP_ASK: add_time(out, "within_s", s->ask.within); break;
	case STEP_PURGE_BEGIN:
	case STEP_PURGE_FILLED:
	case STEP_PURGE_PUMPED:
	case STEP_PURGE_END: add_purge(s, site, out); break;
	case STEP_NOTE:
	case STEP_KIND_N: break;
	}
	text_add(out, "}");
}

void asked_print_all(const struct plan *plan, const struct site *site,
		     struct text *out)
{
	for (uint32_t i = 0; i < plan->n_steps; i++) {
		asked_print(plan, &plan->steps[i], site, out);
		text_add_char(out, '\n');
	}
}
