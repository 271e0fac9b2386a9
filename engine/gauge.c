#include "engine/gauge.h"

#include <math.h>

#include "engine/phase.h"
#include "engine/value.h"

/* The lowest base that some gauge can judge; INFINITY: none can. */
static double lowest(const struct site *s)
{
	double least = INFINITY;

	for (size_t i = 0; i < SITE_GAUGES_MAX; i++) {
		const struct role *role;

		if (s->gauges[i] == ROLE_NONE)
			break;
		role = &s->roles[s->gauges[i]];
		if (!role_has_resolution(role))
			continue;
		least = fmin(least,
			     fmax(role->lowest,
				  s->defaults.gauge_resolves *
					  (role->resolution + role->offset)));
	}
	return least;
}

int gauge_need(struct compiler *c, struct place at, double base)
{
	int role = site_gauge_for(c->site, base);
	char text[QUANTITY_TEXT_MAX], least[QUANTITY_TEXT_MAX];

	if (role != ROLE_NONE)
		return role;
	value_format(QUANTITY_PRESSURE, base, text);
	if (isinf(lowest(c->site)))
		compiler_problem(c, at,
				 "no gauge of this laboratory may "
				 "judge a base: one under gauges: with a "
				 "known resolution is needed");
	else
		compiler_problem(c, at,
				 "no gauge of this laboratory resolves "
				 "%s; the best one can judge %s",
				 text,
				 value_format(QUANTITY_PRESSURE,
					      lowest(c->site), least));
	return ROLE_NONE;
}

void gauge_add_evacuate(struct compiler *c, int gauge, double base,
			const char *label)
{
	struct phase_given given = { 0 };

	phase_give(c, &given, "to", QUANTITY_PRESSURE, base);
	phase_give_role(c, &given, "gauge", gauge);
	phase_add(c, PHASE_EVACUATE, &given, label);
	c->flow = 0;
}
