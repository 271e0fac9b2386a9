#include "site/timeline.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/json.h"

#define MARGIN 41 /* columns before what a step sets */

/* Steps [first, last) as one line. */
struct stretch {
	uint32_t first, last;
	nsec start, shortest, longest;
	uint32_t images;
};

static nsec add_time(nsec a, nsec b)
{
	return a == NSEC_NEVER || b == NSEC_NEVER ? NSEC_NEVER
						  : nsec_after(a, b);
}

/* "1:05:09": hours of a night, in columns. */
static void print_clock(nsec t, struct text *out)
{
	long long s = (long long)(t / NSEC_PER_S);

	text_addf(out, "%4lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
}

static void print_times(nsec shortest, nsec longest, const char *to,
			struct text *out)
{
	char a[NSEC_ISO_MAX], b[NSEC_ISO_MAX];

	nsec_span(shortest, a);
	if (longest == NSEC_NEVER)
		text_addf(out, "%s or more", a);
	else if (longest == shortest)
		text_add(out, a);
	else {
		nsec_span(longest, b);
		text_addf(out, "%s%s%s", a, to, b);
	}
}

static void add_item(struct text *out, const char *name, enum quantity q,
		     double value)
{
	char shown[QUANTITY_TEXT_MAX];

	quantity_format(q, value, shown);
	text_addf(out, "%s%s %s", out->n ? ", " : "", name, shown);
}

static void add_ramp(const struct plan_step *step, struct text *out)
{
	char target[QUANTITY_TEXT_MAX], rate[QUANTITY_TEXT_MAX];

	quantity_format(QUANTITY_TEMPERATURE, step->ramp.target, target);
	quantity_format(QUANTITY_RATE, step->ramp.rate, rate);
	text_addf(out, "heater %s at %s", target, rate);
}

void timeline_setpoints(const struct site *site, const struct plan *plan,
			uint32_t index, struct text *out)
{
	const struct plan_step *step = &plan->steps[index];
	const struct role_value *set;

	if (step->kind == STEP_RAMP)
		add_ramp(step, out);
	else if (step->kind == STEP_COOL)
		text_add(out, "heater off");
	if (step->kind != STEP_SET)
		return;
	for (set = plan->sets + step->set.first;
	     set < plan->sets + step->set.first + step->set.n; set++)
		add_item(out, site->roles[set->role].name,
			 site->roles[set->role].quantity, set->value);
}

/* What the SET steps leave set that is no switch and not zero; labels tell
 * the rest. */
static void left_set(const struct site *site, const struct plan *plan,
		     const struct stretch *s, struct text *out)
{
	double last[ROLES_MAX] = { 0 };
	uint32_t i, k;

	for (i = s->first; i < s->last; i++) {
		const struct plan_step *step = &plan->steps[i];

		for (k = 0; step->kind == STEP_SET && k < step->set.n; k++) {
			const struct role_value *v =
				&plan->sets[step->set.first + k];

			last[v->role] = v->value;
		}
	}
	for (i = 0; i < site->n_roles; i++)
		if (last[i] != 0.0 &&
		    site->roles[i].quantity != QUANTITY_SWITCH)
			add_item(out, site->roles[i].name,
				 site->roles[i].quantity, last[i]);
}

/* "(4 steps, 1 image)" */
static void print_counts(const struct stretch *s, struct text *out)
{
	uint32_t n = s->last - s->first;

	if (n > 1)
		text_addf(out, "  (%u steps", n);
	if (s->images)
		text_addf(out, "%s%u image%s", n > 1 ? ", " : "  (", s->images,
			  s->images == 1 ? "" : "s");
	if (n > 1 || s->images)
		text_add_char(out, ')');
}

/* Steps of a phase are called "what: how"; a line for all of them says the
 * what, as far as they share it. */
static size_t title_length(const struct plan *plan, const struct stretch *s)
{
	const char *label = plan_label(plan, s->first), *colon;
	size_t n;

	for (colon = strstr(label, ": "); colon && s->last - s->first > 1;
	     colon = strstr(colon + 1, ": ")) {
		n = (size_t)(colon - label) + 1;
		if (!strncmp(label, plan_label(plan, s->first + 1), n))
			return n - 1;
	}
	return strlen(label);
}

static void print_stretch(const struct config *config, const struct plan *plan,
			  const struct stretch *s, bool all, struct text *out)
{
	_cleanup_(text_free) struct text times = { 0 }, sets = { 0 };
	const char *label = plan_label(plan, s->first);

	print_clock(s->start, out);
	print_times(s->shortest, s->longest, " .. ", &times);
	text_addf(out, "  %-26s ", text_str(&times));
	text_add_escaped(out, label, title_length(plan, s), PLAN_LABEL_MAX);
	print_counts(s, out);
	text_add_char(out, '\n');
	if (!all)
		left_set(&config->site, plan, s, &sets);
	else if (plan->steps[s->first].kind == STEP_SET)
		timeline_setpoints(&config->site, plan, s->first, &sets);
	if (sets.n)
		text_addf(out, "%*s%s\n", MARGIN, "", sets.s);
}

/* Those of a time lapse are counted from its shortest duration. */
static uint32_t count_images(const struct plan_step *step)
{
	nsec every = 0;

	if (step->kind == STEP_IMAGE)
		return step->image.count;
	if (step->kind == STEP_RAMP)
		every = step->ramp.image_every;
	else if (step->kind == STEP_HOLD_END)
		every = step->hold.image_every;
	return every > 0 ? (uint32_t)(step->shortest / every) + 1 : 0;
}

/* The stretch that begins with step i. */
static struct stretch measure(const struct plan *plan, uint32_t i, uint32_t end,
			      bool all, nsec start)
{
	struct stretch s = { .first = i, .start = start };
	uint32_t section = plan->steps[i].section;

	do {
		s.shortest = add_time(s.shortest, plan->steps[i].shortest);
		s.longest = add_time(s.longest, plan->steps[i].longest);
		s.images += count_images(&plan->steps[i]);
		i++;
	} while (i < end && !all && plan->steps[i].section == section);
	s.last = i;
	return s;
}

static void print_part(const struct config *config, const struct plan *plan,
		       uint32_t from, uint32_t to, bool all, struct text *out)
{
	struct stretch s;
	nsec start = 0;
	uint32_t i;

	for (i = from; i < to; i = s.last) {
		s = measure(plan, i, to, all, start);
		print_stretch(config, plan, &s, all, out);
		start = add_time(start, s.shortest);
	}
}

void timeline_print(const struct config *config, const struct plan *plan,
		    bool all, struct text *out)
{
	text_add_escaped(out, plan->name, strlen(plan->name),
			 sizeof(plan->name));
	text_add_char(out, '\n');
	if (plan->about[0]) {
		text_add_escaped(out, plan->about, strlen(plan->about),
				 sizeof(plan->about));
		text_add_char(out, '\n');
	}
	text_addf(out, "\n     start  %-26s step\n", "takes");
	print_part(config, plan, 0, plan->tail, all, out);
	if (plan->tail < plan->n_steps) {
		text_add(out, "\non fault, stop or abort:\n");
		print_part(config, plan, plan->tail, plan->n_steps, all, out);
	}
}

/* -- for programs ------------------------------------------------------ */

static uint32_t count_sections(const struct plan *plan)
{
	uint32_t i, n = 1;

	for (i = 1; i < plan->n_steps; i++)
		n += plan->steps[i].section != plan->steps[i - 1].section ||
		     i == plan->tail;
	return n;
}

/* s; more digits would pretend something. */
static double tenths(nsec t)
{
	return rint(nsec_to_s(t) * 10) / 10;
}

static void add_row(const struct plan *plan, const struct stretch *s,
		    uint32_t sections, struct text *out)
{
	_cleanup_(text_free) struct text label = { 0 };
	bool bound = s->longest != NSEC_NEVER;

	text_add_n(&label, plan_label(plan, s->first), title_length(plan, s));
	if (sections > 1)
		text_addf(&label, " (and %u more)", sections - 1);
	text_addf(out, "%s{\"step\":%u,\"steps\":%u,\"start\":",
		  out->n > 1 ? "," : "", s->first + 1, s->last - s->first);
	json_add_double(out, tenths(s->start));
	text_add(out, ",\"seconds\":");
	json_add_double(out, tenths(s->shortest));
	text_add(out, ",\"longest\":");
	json_add_double(out, bound ? tenths(s->longest) : 0);
	text_addf(out, ",\"images\":%u,\"tail\":%s,\"label\":", s->images,
		  s->first >= plan->tail ? "true" : "false");
	json_add_string_cut(out, text_str(&label), label.n, PLAN_LABEL_MAX);
	text_add_char(out, '}');
}

static void add_rows(const struct plan *plan, uint32_t from, uint32_t to,
		     uint32_t sections, struct text *out)
{
	struct stretch s, more;
	nsec start = 0;
	uint32_t i, k;

	for (i = from; i < to; i = s.last) {
		s = measure(plan, i, to, false, start);
		for (k = 1; k < sections && s.last < to; k++) {
			more = measure(plan, s.last, to, false, 0);
			s.shortest = add_time(s.shortest, more.shortest);
			s.longest = add_time(s.longest, more.longest);
			s.images += more.images;
			s.last = more.last;
		}
		add_row(plan, &s, k, out);
		start = add_time(start, s.shortest);
	}
}

void timeline_rows(const struct plan *plan, struct text *out)
{
	_cleanup_(text_free) struct text rows = { 0 };
	/* Main part and tail may each end with a row that is not full. */
	uint32_t sections =
		(count_sections(plan) - 1) / (TIMELINE_ROWS_MAX - 2) + 1;

	text_add_char(&rows, '[');
	add_rows(plan, 0, plan->tail, sections, &rows);
	add_rows(plan, plan->tail, plan->n_steps, sections, &rows);
	text_add_char(&rows, ']');
	text_add_n(out, text_str(&rows), rows.n);
}

/* -- totals ------------------------------------------------------------ */

static void print_gases(const struct site *site, const struct plan *plan,
			struct text *out)
{
	char number[NUMBER_TEXT_MAX];
	size_t i;

	for (i = 1; i < site->gases.n; i++) {
		double ml = plan->gas_sccm_min[i];

		if (!(ml > 0.0))
			continue;
		number_print_fixed(ml, ml < 99.95 ? 1 : 0, number);
		text_addf(out, ", %s %s mL", site->gases.v[i].name, number);
	}
}

static void print_log(const struct forecast *forecast, struct text *out)
{
	char least[FORECAST_SIZE_MAX], most[FORECAST_SIZE_MAX];

	forecast_size(forecast->log_shortest, least);
	if (forecast->log_longest < 0) {
		text_addf(out, ", %s of log or more", least);
		return;
	}
	forecast_size(forecast->log_longest, most);
	if (strcmp(least, most))
		text_addf(out, ", %s to %s of log", least, most);
	else
		text_addf(out, ", %s of log", most);
}

void timeline_totals(const struct config *config, const struct plan *plan,
		     const struct forecast *forecast, struct text *out)
{
	char images[FORECAST_SIZE_MAX], room[FORECAST_SIZE_MAX];
	int64_t most = forecast->log_longest < 0 ? forecast->log_shortest
						 : forecast->log_longest;

	print_times(plan->shortest, plan->longest, " to ", out);
	if (plan->n_images)
		text_addf(out, ", %u image%s", plan->n_images,
			  plan->n_images == 1 ? "" : "s");
	print_log(forecast, out);
	forecast_size(forecast->images, images);
	if (plan->n_images)
		text_addf(out, ", %s of images", images);
	print_gases(&config->site, plan, out);
	text_add_char(out, '\n');
	if (forecast->room < 0)
		return;
	forecast_size(forecast->room, room);
	if (most + forecast->images > forecast->room)
		text_addf(out, "warning: only %s are free on the disk of %s\n",
			  room, config->database);
	else
		text_addf(out, "%s are free on the disk of %s\n", room,
			  config->database);
}
