#include "engine/trace.h"

#include <math.h>

#include "base/number.h"

static void add_number(struct text *out, double value)
{
	char digits[NUMBER_TEXT_MAX];

	if (isnan(value)) {
		text_add(out, "?");
		return;
	}
	number_print_digits(value, 6, digits);
	text_add(out, digits);
}

static void add_label(struct text *out, const struct plan *plan, uint32_t step)
{
	text_addf(out, "%u", step + 1);
	if (plan && step < plan->n_steps)
		text_addf(out, " %s", plan_label(plan, step));
}

static void trace_set(const struct action *a, const struct site *site,
		      struct text *out)
{
	text_addf(out, "%s %s ", a->set.safe ? "safe" : "set",
		  site->roles[a->set.role].name);
	add_number(out, a->set.value);
	switch (a->set.cause) {
	case CAUSE_STEP: text_addf(out, " (step %u)", a->set.source + 1); break;
	case CAUSE_INTERLOCK:
	case CAUSE_OPERATOR:
	case CAUSE_START:
		text_addf(out, " (%s)", cause_name(a->set.cause));
		break;
	}
}

static void trace_image(const struct action *a, const struct site *site,
			struct text *out)
{
	char gas[GAS_TEXT_MAX];

	text_addf(out, "image %u %s: ", a->image.image,
		  a->image.ok ? "ok" : "failed");
	add_number(out, a->image.temperature.mean);
	text_add(out, " degC, ");
	add_number(out, a->image.pressure.mean);
	mixture_print(&site->gases, &a->image.sample, gas);
	text_addf(out, " Torr, %s", gas);
}

static void trace_purge(const struct action *a, const struct site *site,
			struct text *out)
{
	if (a->purge.cycle)
		text_addf(out, "purge %u/%u ", a->purge.cycle, a->purge.cycles);
	else
		text_add(out, "purge ");
	text_addf(out, "%s", a->purge.ok ? "ok" : "failed");
	if (a->purge.cycle) {
		text_add(out, ": fill ");
		add_number(out, a->purge.fill);
		text_add(out, ", base ");
		add_number(out, a->purge.base);
		text_addf(out, " (%s)", site->roles[a->purge.gauge].name);
	}
	text_add(out, ", residual ");
	add_number(out, a->purge.residual);
}

static void trace_end(const struct action *a, const struct plan *plan,
		      struct text *out)
{
	text_addf(out, "%s ", step_outcome_name(a->step.outcome));
	add_label(out, plan, a->step.step);
	if (a->text[0])
		text_addf(out, ": %s", a->text);
}

void trace_action(const struct action *a, const struct site *site,
		  const struct plan *plan, struct text *out)
{
	switch (a->type) {
	case ACTION_SET: trace_set(a, site, out); break;
	case ACTION_ACQUIRE:
		text_addf(out, "acquire %u", a->acquire.image);
		break;
	case ACTION_STATE:
		text_addf(out, "state %s, level %s%s",
			  run_state_name(a->state.state),
			  level_name(a->state.level),
			  a->state.latched ? ", latched" : "");
		break;
	case ACTION_STEP_BEGIN:
		text_add(out, "step ");
		add_label(out, plan, a->step.step);
		break;
	case ACTION_STEP_END: trace_end(a, plan, out); break;
	case ACTION_IMAGE: trace_image(a, site, out); break;
	case ACTION_PURGE: trace_purge(a, site, out); break;
	case ACTION_EVENT:
		text_addf(out, "%s: %s: %s", severity_name(a->event.severity),
			  a->event.kind, a->text);
		break;
	case ACTION_REPLY:
		text_addf(out, "reply %s: %s", a->reply.ok ? "ok" : "no",
			  a->text);
		break;
	case ACTION_RUN_END:
		text_addf(out, "end %s%s%s", run_state_name(a->run_end.state),
			  a->text[0] ? ": " : "", a->text);
		break;
	case ACTION_RELEASE: break;
	}
}
