#include "drivers/sim_gas.h"

/* Conductivities and mean free paths as in the usual tables (300 and 600 K);
 * H2 is set so that the chip's published power in it comes out. */
const struct sim_gas_params sim_gas_defaults = {
	.species = {
		[SIM_H2] = { 187.0, 310.0, 0.118 },
		[SIM_N2] = { 26.0, 44.0, 0.066 },
		[SIM_AR] = { 17.9, 30.6, 0.069 },
		[SIM_NH3] = { 24.4, 66.8, 0.045 },
		[SIM_O2] = { 26.3, 48.1, 0.071 },
	},
	.transit = { 41.0706, 1184.39, -2288.09, 2533.44, 7.73936, 6.38112 },
};

const struct sim_mix sim_air = {
	.x = { [SIM_N2] = 0.78, [SIM_O2] = 0.21, [SIM_AR] = 0.01 },
};

static const char *const names[] = {
	[SIM_H2] = "H2",
	[SIM_N2] = "N2",
	[SIM_AR] = "Ar",
	[SIM_NH3] = "NH3",
	[SIM_O2] = "O2",
	[SIM_SPECIES_N] = "transit",
	NULL,
};

#define PLACE(member) offsetof(struct sim_species_params, member)
static const struct setting species_settings[] = {
	{ "conductivity_300", QUANTITY_NUMBER, PLACE(conductivity_300), 0.1,
	  2000.0, 0 },
	{ "conductivity_600", QUANTITY_NUMBER, PLACE(conductivity_600), 0.1,
	  2000.0, 0 },
	{ "free_path", QUANTITY_LENGTH, PLACE(free_path), 0.001, 10.0, 0 },
	{ 0 },
};
#undef PLACE

static const struct setting transit_settings[] = {
	{ "transit", QUANTITY_NUMBER, offsetof(struct sim_gas_params, transit),
	  -1e6, 1e6, 6 },
	{ 0 },
};

const char *sim_species_name(enum sim_species species)
{
	return names[species];
}

int sim_gas_read(const struct yaml_node *map, struct sim_gas_params *out,
		 struct problems *problems)
{
	size_t n_before = problems->n_all;

	if (!map)
		return 0;
	if (!settings_is_mapping(map, "gas", problems))
		return -1;
	for (int i = 0; i < SIM_SPECIES_N; i++)
		settings_read(yaml_get(map, names[i]), names[i],
			      species_settings, &out->species[i], problems);
	settings_take(map, transit_settings, out, problems);
	yaml_check_keys(map, "gas", names, problems);
	return problems->n_all == n_before ? 0 : -1;
}

void sim_gas_conduction(const struct sim_gas_params *p,
			const struct sim_mix *mix, struct sim_conduction *out)
{
	double at_300 = 0.0, at_600 = 0.0, path = 0.0;

	for (int i = 0; i < SIM_SPECIES_N; i++) {
		const struct sim_species_params *s = &p->species[i];

		at_300 += mix->x[i] * s->conductivity_300;
		at_600 += mix->x[i] * s->conductivity_600;
		path += mix->x[i] * s->free_path;
	}
	out->conductivity_1 = (at_600 - at_300) / 300.0;
	out->conductivity_0 = at_300 - 300.0 * out->conductivity_1;
	out->free_path = path;
}

double sim_gas_transit(const struct sim_gas_params *p, double pressure,
		       double flow)
{
	const double *t = p->transit;
	double mbar = pressure * SIM_MBAR_PER_TORR;
	double speed = t[0] + flow * (t[1] + flow * (t[2] + flow * t[3]));

	return t[5] + mbar * t[4] / speed;
}
