/* How this manifold evacuates, fills, flows and isolates. The recipe
 * compiler is who understands these lists: each is tried once in a recipe of
 * one step, and what it finds in the configuration's file is a mistake. */
#include <math.h>
#include <string.h>

#include "base/array.h"
#include "base/number.h"
#include "engine/recipe.h"
#include "site/config_read.h"

#define MBAR_PER_TORR 1.33322368421053

/* The gas that a probe asks for: inert when there is one. */
static const char *pick_gas(const struct site *s)
{
	const char *name = NULL;
	size_t i;

	for (i = 1; i < s->gases.n; i++) {
		if (s->gas_flow[i] == ROLE_NONE)
			continue;
		if (s->gases.v[i].kind == GAS_INERT)
			return s->gases.v[i].name;
		if (!name)
			name = s->gases.v[i].name;
	}
	return name;
}

/* The lowest pressure, not below the usual base, that a gauge resolves;
 * infinite without a gauge. */
static double pick_base(const struct site *s)
{
	double lowest = INFINITY;
	size_t i;

	for (i = 0; i < SITE_GAUGES_MAX && s->gauges[i] != ROLE_NONE; i++) {
		const struct role *gauge = &s->roles[s->gauges[i]];

		lowest = fmin(lowest,
			      s->defaults.gauge_resolves *
				      (gauge->resolution + gauge->offset));
	}
	return fmax(lowest, s->defaults.base);
}

static void write_filled(const struct site *s, bool flows, struct text *out)
{
	double pressure = s->holder.pressure_max / 2;
	double flow = s->holder.conductance * MBAR_PER_TORR * pressure / 4;
	char number[NUMBER_TEXT_MAX];

	number_print(pressure, number);
	text_addf(out, "  - atmosphere: {gas: {%s: 1}, pressure: %s Torr",
		  pick_gas(s), number);
	if (flows) {
		number_print(flow, number);
		text_addf(out, ", flow: %s sccm", number);
	}
	text_add(out, "}\n");
}

static void write_probe(const struct site *s, enum phase phase,
			struct text *out)
{
	char base[NUMBER_TEXT_MAX];

	text_add(out, "recipe: phases\nsteps:\n");
	switch (phase) {
	case PHASE_EVACUATE:
		number_print(pick_base(s), base);
		text_addf(out, "  - evacuate: {to: %s Torr}\n", base);
		break;
	case PHASE_FILL: write_filled(s, false, out); break;
	case PHASE_FLOW: write_filled(s, true, out); break;
	default: text_add(out, "  - isolate\n"); break;
	}
}

static void keep_ours(struct config_reader *r, const struct problems *found)
{
	char file[sizeof(found->v->file)];
	size_t i;

	text_copy(file, sizeof(file), r->file);
	for (i = 0; i < found->n; i++)
		if (!strcmp(found->v[i].file, file))
			problems_add(r->p,
				     (struct place){ r->file, found->v[i].line,
						     found->v[i].column },
				     "%s", found->v[i].msg);
}

static void try_phase(struct config_reader *r, enum phase phase)
{
	const struct site *s = &r->c->site;
	_cleanup_(text_free) struct text recipe = { 0 };
	_cleanup_(problems_free) struct problems found = { 0 };
	struct recipe_source source = { .file = "phases" };
	struct recipe_start start = { .temperature = s->holder.ambient };

	if (phase == PHASE_EVACUATE && s->gauges[0] == ROLE_NONE) {
		problems_add(r->p, s->phases[phase]->key_at,
			     "nothing can "
			     "tell how far it is pumped: list 'gauges:'");
		return;
	}
	if (phase == PHASE_EVACUATE &&
	    !(pick_base(s) < s->holder.pressure_max)) {
		problems_add(r->p, s->phases[phase]->key_at,
			     "nothing can tell how far it is pumped: no gauge "
			     "resolves as little as the holder stands");
		return;
	}
	if ((phase == PHASE_FILL || phase == PHASE_FLOW) && !pick_gas(s))
		return;
	write_probe(s, phase, &recipe);
	source.text = text_str(&recipe);
	source.n = recipe.n;
	ledger_init(&start.ledger, s->holder.pressure_max);
	plan_free(recipe_compile(&source, s, &start, &found));
	keep_ours(r, &found);
}

/* All phases must be known before one is tried. */
void config_read_phases(struct config_reader *r)
{
	const struct yaml_node *map = config_section(r, "phases", YAML_MAPPING);
	const char *known[PHASE_N + 1] = { 0 };
	size_t before = r->p->n_all;
	int i;

	if (!map)
		return;
	for (i = 0; i < PHASE_N; i++) {
		known[i] = phase_name((enum phase)i);
		r->c->site.phases[i] = yaml_get(map, known[i]);
	}
	yaml_check_keys(map, "phases", known, r->p);
	/* A site with mistakes cannot be compiled for. */
	for (i = 0; i < PHASE_N && !before; i++)
		if (r->c->site.phases[i])
			try_phase(r, (enum phase)i);
}
