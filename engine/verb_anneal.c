/* anneal: a staircase of ramps and holds. */
#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "engine/heat.h"

#define STAIRS_MAX 1000
#define SAME_TEMPERATURE 1e-6

/* Which stairs are imaged. */
struct chosen {
	bool only;		      /* else: all but these */
	const struct yaml_node *list; /* NULL: all */
};

struct staircase {
	double from, to, step;
	size_t n;
	struct heat_ramp ramp;
	struct heat_hold hold;
	struct chosen chosen;
};

/* Counted, not added up, so that 150 + 6 * 100 is 750. */
static double stair(const struct staircase *s, size_t i)
{
	double up = s->to >= s->from ? 1 : -1;

	return i + 1 == s->n ? s->to : s->from + up * (double)i * s->step;
}

static int count_stairs(struct compiler *c, struct place at,
			struct staircase *s)
{
	double stairs = ceil(fabs(s->to - s->from) / s->step - 1e-9);

	if (!(stairs < STAIRS_MAX))
		return compiler_problem(c, at, "anneal: more than %d stairs",
					STAIRS_MAX);
	s->n = (size_t)stairs + 1;
	return 0;
}

static int read_stairs(struct compiler *c, const struct call *call,
		       struct staircase *s)
{
	const struct yaml_node *from = call_need(c, call, "from"),
			       *to = call_need(c, call, "to"),
			       *step = call_need(c, call, "step");
	enum value_state a, b, d;

	a = heat_read_temperature(c, from, "from", &s->from);
	b = heat_read_temperature(c, to, "to", &s->to);
	d = value_positive(c, step, "step", QUANTITY_DIFFERENCE, &s->step);
	if (a != VALUE_GIVEN || b != VALUE_GIVEN || d != VALUE_GIVEN)
		return -1;
	return count_stairs(c, step->at, s);
}

static bool is_near(const struct yaml_node *item, struct compiler *c, double t)
{
	double listed;

	return value_quantity(c, item, "image", QUANTITY_TEMPERATURE,
			      &listed) == VALUE_GIVEN &&
	       fabs(listed - t) <= SAME_TEMPERATURE;
}

static bool is_listed(struct compiler *c, const struct yaml_node *list,
		      double t)
{
	for (const struct yaml_node *n = list->first; n; n = n->next)
		if (is_near(n, c, t))
			return true;
	return false;
}

static int check_listed(struct compiler *c, const struct yaml_node *item,
			const struct staircase *s)
{
	char text[QUANTITY_TEXT_MAX];
	double t;

	if (value_quantity(c, item, "image", QUANTITY_TEMPERATURE, &t) !=
	    VALUE_GIVEN)
		return -1;
	for (size_t i = 0; i < s->n; i++)
		if (fabs(stair(s, i) - t) <= SAME_TEMPERATURE)
			return 0;
	return compiler_problem(c, item->at,
				"image: %s is not a stair of "
				"this anneal",
				value_format(QUANTITY_TEMPERATURE, t, text));
}

static int check_list(struct compiler *c, const struct yaml_node *list,
		      const struct staircase *s)
{
	int status = 0;

	if (list->kind != YAML_SEQUENCE || !list->n)
		return compiler_problem(c, list->at,
					"image: a list of "
					"temperatures is wanted, like "
					"'[250 °C]'");
	for (const struct yaml_node *n = list->first; n; n = n->next)
		if (check_listed(c, n, s))
			status = -1;
	return status;
}

static int read_chosen(struct compiler *c, const struct yaml_node *node,
		       struct staircase *s)
{
	const struct yaml_node *image = node ? value_resolve(c, node) : NULL;
	const struct yaml_node *only = yaml_get(image, "only");
	const struct yaml_node *except = yaml_get(image, "except");

	if (only && except)
		return compiler_problem(c, except->key_at,
					"image: 'only' or 'except', not both");
	if (!only && !except)
		return 0;
	s->chosen.only = only;
	s->chosen.list = value_resolve(c, only ? only : except);
	return s->chosen.list ? check_list(c, s->chosen.list, s) : -1;
}

static int read_hold(struct compiler *c, const struct call *call,
		     struct staircase *s)
{
	static const char *const more[] = { "only", "except", NULL };
	const struct yaml_node *image = call_get(call, "image");
	const struct yaml_node *time = call_need(c, call, "hold");
	enum value_state t;
	int equilibrium, images;

	t = value_time(c, time, "hold", NSEC_PER_S, &s->hold.duration);
	equilibrium = equilibrium_read(c, call_get(call, "equilibrate"),
				       &s->hold.equilibrium);
	images = imaging_read(c, image, more, &s->hold.images);
	return t != VALUE_GIVEN || equilibrium || images ? -1 : 0;
}

static void add_stair(struct compiler *c, const struct staircase *s, size_t i)
{
	struct heat_hold hold = s->hold;
	struct heat_ramp ramp = s->ramp;
	double t = stair(s, i);

	hold.target = t;
	hold.band = ramp.band;
	ramp.target = t;
	if (s->chosen.list && is_listed(c, s->chosen.list, t) != s->chosen.only)
		hold.images.kind = IMAGING_NONE;
	if (!(fabs(c->target - t) <= SAME_TEMPERATURE))
		heat_add_ramp(c, &ramp);
	heat_add_hold(c, &hold);
}

void verb_anneal(struct compiler *c, const struct call *call)
{
	struct staircase s = { 0 };
	int stairs, rates, hold;

	if (need_known(c, KNOWN_HEATER) == ROLE_NONE)
		return;
	stairs = read_stairs(c, call, &s);
	rates = heat_read_rates(c, call, &s.ramp);
	hold = read_hold(c, call, &s);
	if (stairs || read_chosen(c, call_get(call, "image"), &s) || rates ||
	    hold)
		return;
	for (size_t i = 0; i < s.n && !compiler_is_full(c); i++)
		add_stair(c, &s, i);
}
