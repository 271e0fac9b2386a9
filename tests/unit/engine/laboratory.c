#include "laboratory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

#define R ROLE_READ
#define RW (ROLE_READ | ROLE_WRITE)

static const struct role roles[] = {
	{ "heater", QUANTITY_TEMPERATURE, RW, 0, 1200, 0.1, 0, 1, -1, 0, 0, 0 },
	{ "heater.output", QUANTITY_SWITCH, RW, 0, 1, 0, 0, 0.1, 1, 0, 0, 0 },
	{ "heater.power", QUANTITY_POWER, R, 0, 0, 0.01, 0, 0, -1, 0, 0, 0 },
	{ "cell_pressure", QUANTITY_PRESSURE, R, 0, 0, 0.244, 1.1, 0, -1, 1, 0,
	  0 },
	{ "inlet_pressure", QUANTITY_PRESSURE, RW, 0, 1000, 0.244, 0, 1, 4, 1,
	  0, 0 },
	{ "outlet_pressure", QUANTITY_PRESSURE, RW, 0, 1000, 0.0024, 0, 1, 5, 1,
	  0, 0 },
	{ "cell_flow", QUANTITY_FLOW, R, 0, 0, 0.001, 0, 0, -1, 1, 0, 0 },
	{ "pump", QUANTITY_SWITCH, RW, 0, 1, 0, 0, 0.1, 7, 1, 0, 0 },
	{ "gas.H2", QUANTITY_FLOW, RW, 0, 50, 0.01, 0, 0.1, 8, 1, 0, 0 },
	{ "gas.N2", QUANTITY_FLOW, RW, 0, 50, 0.01, 0, 0.1, 9, 1, 0, 0 },
	{ "gas.Ar", QUANTITY_FLOW, RW, 0, 50, 0.01, 0, 0.1, 10, 1, 0, 0 },
	{ "gas.NH3", QUANTITY_FLOW, RW, 0, 50, 0.01, 0, 0.1, 11, 1, 0, 0 },
	{ "gas.O2", QUANTITY_FLOW, RW, 0, 50, 0.01, 0, 0.1, 12, 1, 0, 0 },
	{ "valve.H2", QUANTITY_SWITCH, RW, 0, 1, 0, 0, 0.1, 13, 1, 0, 0 },
	{ "valve.N2", QUANTITY_SWITCH, RW, 0, 1, 0, 0, 0.1, 14, 1, 0, 0 },
	{ "valve.Ar", QUANTITY_SWITCH, RW, 0, 1, 0, 0, 0.1, 15, 1, 0, 0 },
	{ "valve.NH3", QUANTITY_SWITCH, RW, 0, 1, 0, 0, 0.1, 16, 1, 0, 0 },
	{ "valve.O2", QUANTITY_SWITCH, RW, 0, 1, 0, 0, 0.1, 17, 1, 0, 0 },
	{ "valve.supply", QUANTITY_SWITCH, RW, 0, 1, 0, 0, 0.1, 18, 1, 0, 0 },
	{ "valve.inlet", QUANTITY_SWITCH, RW, 0, 1, 0, 0, 0.1, 19, 1, 0, 0 },
	{ "valve.outlet", QUANTITY_SWITCH, RW, 0, 1, 0, 0, 0.1, 20, 1, 0, 0 },
	{ "valve.bypass", QUANTITY_SWITCH, RW, 0, 1, 0, 0, 0.1, 21, 1, 0, 0 },
	{ "valve.pump", QUANTITY_SWITCH, RW, 0, 1, 0, 0, 0.1, 22, 1, 0, 0 },
	{ "beam", QUANTITY_SWITCH, RW, 0, 1, 0, 0, 0.1, 23, 2, 0, 0 },
	{ "camera", QUANTITY_NUMBER, R, 0, 0, 0, 0, 0, -1, 2, 0, 0 },
	{ "column_vacuum", QUANTITY_PRESSURE, R, 0, 0, 0, 0, 0, -1, 2, 0, 0 },
	{ "column_valves", QUANTITY_SWITCH, RW, 0, 1, 0, 0, 0.1, 26, 2, 0, 0 },
};

static const char phases[] =
	"evacuate:\n"
	"  - mix: none\n"
	"  - set: {valve.supply: closed, pump: on, valve.pump: open,\n"
	"          valve.inlet: open, valve.outlet: open}\n"
	"  - wait: {until: $gauge <= $to, lasting: 1 s, within: 20 min,\n"
	"           about: 75 s}\n"
	"fill:\n"
	"  - set: {valve.pump: closed, valve.inlet: open, valve.supply: open}\n"
	"  - mix: {gas: $gas, flow: 20 sccm}\n"
	"  - wait: {until: cell_pressure >= 99 % of $pressure, within: 3 min,\n"
	"           about: 6 s}\n"
	"  - mix: none\n"
	"flow:\n"
	"  - set: {valve.supply: open, valve.inlet: open, pump: on,\n"
	"          inlet_pressure: $inlet, outlet_pressure: $outlet}\n"
	"  - mix: {gas: $gas, flow: 2 sccm}\n"
	"  - wait: {until: [inlet_pressure = $inlet ± 3 %,\n"
	"                   cell_pressure = $pressure ± 5 %],\n"
	"           lasting: 10 s, within: 10 min, about: 30 s}\n"
	"isolate:\n"
	"  - mix: none\n"
	"  - set: {valve.supply: closed, valve.inlet: closed,\n"
	"          valve.outlet: closed}\n";

const char *const laboratory_recipes[] = {
	"hydrogen",
	"recipe: h\nsteps:\n- atmosphere: {gas: H2, pressure: "
	"100 Torr}\n",
	"itself",
	"recipe: i\nsteps:\n- include: itself\n",
	"ping",
	"recipe: i\nsteps:\n- include: pong\n",
	"pong",
	"recipe: i\nsteps:\n- include: ping\n",
	"broken",
	"recipe: b\nsteps:\n- ramp: {to: 350}\n",
	"empty",
	"",
	"gentle",
	"recipe: g\nparameters: {to: 200 °C}\n"
	"limits: {temperature: 300 °C}\nsteps:\n- ramp: {to: $to}\n",
	NULL,
};

void laboratory_phases(struct laboratory *l, const char *yaml)
{
	yaml_tree_free(l->phases);
	l->phases = yaml_parse(yaml, strlen(yaml), "site.yaml", &l->problems);
	for (int i = 0; i < PHASE_N && l->phases; i++)
		l->site.phases[i] = yaml_get(yaml_root(l->phases),
					     phase_name((enum phase)i));
}

void laboratory_without(struct laboratory *l, enum known_role known)
{
	l->site.roles[l->site.known[known]] =
		(struct role){ .name = "1", .readback = ROLE_NONE };
	l->site.known[known] = ROLE_NONE;
}

static void init_roles(struct site *s)
{
	char name[ROLE_NAME_MAX];

	s->n_roles = ARRAY_SIZE(roles);
	for (size_t i = 0; i < ARRAY_SIZE(roles); i++)
		s->roles[i] = roles[i];
	for (int i = 0; i < KNOWN_N; i++)
		s->known[i] = site_role(s, known_role_name((enum known_role)i));
	for (size_t i = 0; i < GAS_MAX; i++) {
		snprintf(name, sizeof(name), "gas.%s", s->gases.v[i].name);
		s->gas_flow[i] = site_role(s, name);
		snprintf(name, sizeof(name), "valve.%s", s->gases.v[i].name);
		s->gas_valve[i] = site_role(s, name);
	}
	s->gauges[0] = s->known[KNOWN_CELL_PRESSURE];
	s->gauges[1] = s->known[KNOWN_OUTLET_PRESSURE];
	s->gauges[2] = ROLE_NONE;
}

static void init_numbers(struct site *s)
{
	static const double transit[] = { 41.0706, 1184.39, -2288.09,
					  2533.44, 7.73936, 6.38112 };

	s->holder.temperature_max = 1000;
	s->holder.rate_max = 1000;
	s->holder.pressure_max = 900;
	s->holder.ambient = 21;
	s->holder.conductance = 0.0011;
	memcpy(s->holder.transit, transit, sizeof(transit));
	s->defaults.rate = 20;
	s->defaults.band = 2;
	s->defaults.holdback = 5;
	s->defaults.cool_to = 30;
	s->defaults.base = 1;
	s->defaults.fill = 760;
	s->defaults.gauge_resolves = 10;
	s->defaults.ramp_period = 100 * NSEC_PER_MS;
	s->defaults.settle = 5 * NSEC_PER_S;
	s->defaults.image_within = 60 * NSEC_PER_S;
	s->defaults.step_within = 600 * NSEC_PER_S;
	s->defaults.equilibrium.temperature = 0.5;
	s->defaults.equilibrium.pressure = 1;
	s->defaults.equilibrium.power = 0.1;
	s->defaults.equilibrium.window = 30 * NSEC_PER_S;
	s->defaults.equilibrium.at_most = 1800 * NSEC_PER_S;
	s->gas_rule.residual_max = 1e-4;
	s->gas_rule.hot_limit = 100;
	s->gas_rule.flow_seen = 0.05;
	s->gas_rule.confirm = NSEC_PER_S;
}

void laboratory_init(struct laboratory *l)
{
	static const char *const gases[] = { "H2", "N2", "Ar", "NH3", "O2" };
	struct err err;

	*l = (struct laboratory){ .site.name = "laboratory" };
	gases_init(&l->site.gases);
	for (size_t i = 0; i < ARRAY_SIZE(gases); i++)
		if (gases_add_known(&l->site.gases, gases[i], &err))
			abort();
	init_roles(&l->site);
	init_numbers(&l->site);
	laboratory_phases(l, phases);
	ledger_init(&l->start.ledger, 760);
	l->start.temperature = NAN;
}

void laboratory_fini(struct laboratory *l)
{
	plan_free(l->plan);
	yaml_tree_free(l->phases);
	problems_free(&l->problems);
	text_free(&l->said);
}

void laboratory_vouch(struct laboratory *l)
{
	ledger_set(&l->start.ledger, gases_find(&l->site.gases, "Ar"), 760);
}

void laboratory_param(struct laboratory *l, const char *name, const char *value)
{
	if (l->n_params == ARRAY_SIZE(l->params))
		abort();
	l->params[l->n_params++] = (struct recipe_param){ name, value };
}

static int find(void *context, const char *name, struct text *out,
		struct text *file, struct err *err)
{
	char path[512];

	(void)context;
	text_addf(file, "%s.yaml", name);
	for (size_t i = 0; laboratory_recipes[i]; i += 2) {
		if (strcmp(laboratory_recipes[i], name))
			continue;
		text_add(out, laboratory_recipes[i + 1]);
		return 0;
	}
	snprintf(path, sizeof(path), "%s/recipes/%s.yaml", TEST_SOURCE_DIR,
		 name);
	return text_read_file(out, path, YAML_BYTES_MAX, err);
}

static struct plan *compile(struct laboratory *l, const char *text, size_t n,
			    const char *file)
{
	struct recipe_source source = { .text = text,
					.n = n,
					.file = file,
					.params = l->params,
					.n_params = l->n_params,
					.find = find };

	plan_free(l->plan);
	problems_free(&l->problems);
	text_clear(&l->said);
	l->plan = recipe_compile(&source, &l->site, &l->start, &l->problems);
	problems_print(&l->problems, &l->said);
	return l->plan;
}

struct plan *laboratory_compile(struct laboratory *l, const char *text)
{
	return compile(l, text, strlen(text), "r.yaml");
}

struct plan *laboratory_steps(struct laboratory *l, const char *steps)
{
	_cleanup_(text_free) struct text t = { 0 };

	text_addf(&t, "recipe: t\nsteps:\n%s", steps);
	return laboratory_compile(l, text_str(&t));
}

struct plan *laboratory_compile_file(struct laboratory *l, const char *name)
{
	_cleanup_(text_free) struct text t = { 0 };
	char path[512];
	struct err err;

	snprintf(path, sizeof(path), "%s/recipes/%s.yaml", TEST_SOURCE_DIR,
		 name);
	if (text_read_file(&t, path, YAML_BYTES_MAX, &err))
		return NULL;
	snprintf(path, sizeof(path), "%s.yaml", name);
	return compile(l, text_str(&t), t.n, path);
}

void laboratory_labels(const struct plan *plan, struct text *out)
{
	for (uint32_t i = 0; i < plan->n_steps; i++)
		text_addf(out, "%s%s\n",
			  plan->steps[i].flags & STEP_BOUNDARY ? "| " : "",
			  plan_label(plan, i));
}

uint32_t laboratory_find(const struct plan *plan, enum step_kind kind,
			 uint32_t n)
{
	for (uint32_t i = 0; i < plan->n_steps; i++)
		if (plan->steps[i].kind == kind && n-- == 0)
			return i;
	abort();
}

int laboratory_setup(void **state)
{
	static struct laboratory l;

	laboratory_init(&l);
	*state = &l;
	return 0;
}

int laboratory_setup_vouched(void **state)
{
	laboratory_setup(state);
	laboratory_vouch(*state);
	return 0;
}

int laboratory_teardown(void **state)
{
	laboratory_fini(*state);
	return 0;
}
