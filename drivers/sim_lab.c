#include "drivers/sim_lab.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"

#define STEP_MAX (NSEC_PER_S / 10)
#define SEED_DEFAULT 1

static const char *const keys[] = {
	"type",	  "seed",   "chip",   "gas",	"manifold",
	"gauges", "column", "camera", "faults", NULL,
};

static void read_params(const struct yaml_node *map, struct sim_lab *lab,
			struct problems *problems)
{
	struct sim_lab_params *p = &lab->params;
	const struct {
		const char *key;
		const struct setting *settings;
		void *out;
	} tables[] = {
		{ "chip", sim_chip_settings, &p->chip },
		{ "manifold", sim_manifold_settings, &p->manifold },
		{ "column", sim_column_settings, &p->column },
		{ "camera", sim_camera_settings, &p->camera },
	};
	const struct yaml_node *seed = yaml_get(map, "seed");
	int64_t value = 0;

	yaml_check_keys(map, "a simulated laboratory", keys, problems);
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		settings_read(yaml_get(map, tables[i].key), tables[i].key,
			      tables[i].settings, tables[i].out, problems);
	sim_gas_read(yaml_get(map, "gas"), &p->gas, problems);
	sim_gauge_read(yaml_get(map, "gauges"), &p->gauges, problems);
	sim_faults_read(yaml_get(map, "faults"), &lab->faults, problems);
	if (seed &&
	    settings_integer(seed, "seed", 0, INT64_MAX, &value, problems) == 0)
		lab->seed = (uint64_t)value;
}

/* Random properties of this chip and sample, not of their readings. */
static void build(struct sim_lab *lab)
{
	struct sim_noise noise;

	sim_noise_init(&noise, lab->seed, "laboratory");
	sim_chip_init(&lab->chip, &lab->params.chip);
	sim_manifold_init(&lab->manifold, &lab->params.manifold,
			  &lab->params.gas);
	sim_column_init(&lab->column, &lab->params.column,
			sim_noise_normal(&noise));
	sim_particles_init(&lab->sample, &lab->params.camera, &noise);
}

struct sim_lab *sim_lab_new(const struct yaml_node *params, uint64_t seed,
			    struct problems *problems)
{
	struct sim_lab *lab = memory_zeroed(1, sizeof(*lab));
	size_t n_before = problems->n_all;

	lab->params = (struct sim_lab_params){
		.chip = sim_chip_defaults,
		.gas = sim_gas_defaults,
		.manifold = sim_manifold_defaults,
		.gauges = sim_gauge_defaults,
		.column = sim_column_defaults,
		.camera = sim_camera_defaults,
	};
	lab->seed = SEED_DEFAULT;
	if (params)
		read_params(params, lab, problems);
	if (seed)
		lab->seed = seed;
	if (problems->n_all != n_before) {
		sim_lab_free(lab);
		return NULL;
	}
	build(lab);
	return lab;
}

void sim_lab_free(struct sim_lab *lab)
{
	free(lab);
}

/* The number in a table of channel names made of a gas and an ending. */
static int species_of(const char *channel)
{
	static const char *const gases[] = { "h2_", "n2_", "ar_", "nh3_",
					     "o2_" };

	for (int i = 0; i < SIM_SPECIES_N; i++)
		if (strncmp(channel, gases[i], strlen(gases[i])) == 0)
			return i;
	return -1;
}

static int valve_of(const char *channel)
{
	static const char *const valves[] = {
		[SIM_VALVE_SUPPLY] = "supply_valve",
		[SIM_VALVE_INLET] = "inlet_valve",
		[SIM_VALVE_OUTLET] = "outlet_valve",
		[SIM_VALVE_BYPASS] = "bypass_valve",
		[SIM_VALVE_PUMP] = "pump_valve",
	};

	for (int i = SIM_VALVE_SUPPLY; i < SIM_VALVE_N; i++)
		if (strcmp(channel, valves[i]) == 0)
			return i;
	return species_of(channel);
}

static void apply_fault(struct sim_lab *lab, const struct sim_fault *f)
{
	struct sim_manifold_faults *gas = &lab->manifold.faults;

	switch (f->kind) {
	case SIM_FAULT_LEAK:
		if (strcmp(f->channel, "outlet_pressure") == 0)
			gas->leak_outlet += f->value;
		else
			gas->leak_inlet += f->value;
		break;
	case SIM_FAULT_RUPTURE: lab->manifold.is_ruptured = true; break;
	case SIM_FAULT_PUMP_STOP: gas->pump_stopped = true; break;
	case SIM_FAULT_VALVE_STUCK:
		gas->valve_stuck[valve_of(f->channel)] = true;
		break;
	case SIM_FAULT_MFC_LEAK:
		gas->mfc_leak[species_of(f->channel)] = f->value;
		break;
	case SIM_FAULT_BEAM_STUCK: lab->column.beam_stuck = true; break;
	case SIM_FAULT_OPEN_HEATER: lab->chip.faults.open = true; break;
	case SIM_FAULT_DRIFT: lab->chip.faults.drift = f->value; break;
	case SIM_FAULT_SENSE_LOST: lab->chip.faults.sense = f->value; break;
	default: break; /* those of links, readings and cameras */
	}
}

static void update_faults(struct sim_lab *lab)
{
	lab->manifold.faults = (struct sim_manifold_faults){ 0 };
	lab->chip.faults = (struct sim_chip_faults){ .sense = 1.0 };
	lab->column.beam_stuck = false;
	for (size_t i = 0; i < lab->faults.n; i++)
		if (sim_fault_active(&lab->faults.v[i], lab->t))
			apply_fault(lab, &lab->faults.v[i]);
	lab->next_fault = sim_faults_next(&lab->faults, lab->t);
	sim_manifold_touch(&lab->manifold);
}

static void tell_chip(struct sim_lab *lab)
{
	const struct sim_mix *mix =
		&lab->manifold.transit[SIM_TRANSIT_CELLS - 1];
	struct sim_conduction conduction;

	sim_gas_conduction(&lab->params.gas, mix, &conduction);
	sim_chip_gas(&lab->chip, &conduction, lab->manifold.cell_pressure);
}

static void advance_gas(struct sim_lab *lab, nsec dt)
{
	double spilt =
		sim_manifold_step(&lab->manifold, dt, lab->column.pressure);

	sim_column_advance(&lab->column, dt, spilt);
	if (lab->manifold.cell_pressure - lab->column.pressure >
	    lab->column.burst) {
		lab->manifold.is_ruptured = true;
		sim_manifold_touch(&lab->manifold);
	}
}

static bool is_quiet(const struct sim_lab *lab)
{
	return lab->manifold.is_steady &&
	       lab->column.pressure == lab->params.column.vacuum;
}

/* Up to `end`, before which no fault begins or ends. */
static void advance_to(struct sim_lab *lab, nsec end)
{
	const struct sim_manifold *m = &lab->manifold;
	const double *x = m->transit[SIM_TRANSIT_CELLS - 1].x;
	struct sim_surroundings around;
	nsec from = lab->t;

	if (!is_quiet(lab)) {
		while (lab->t < end) {
			nsec dt = nsec_min(end - lab->t, STEP_MAX);

			advance_gas(lab, dt);
			lab->t += dt;
		}
		tell_chip(lab);
	}
	lab->t = end;
	sim_chip_advance(&lab->chip, end - from);
	around = (struct sim_surroundings){
		.temperature = lab->chip.base,
		.pressure = m->cell_pressure,
		.hydrogen = x[SIM_H2] + x[SIM_NH3],
	};
	sim_particles_advance(&lab->sample, end - from, &around);
}

void sim_lab_advance(struct sim_lab *lab, nsec now)
{
	nsec t;

	if (!lab->has_started) {
		lab->has_started = true;
		lab->origin = now;
		update_faults(lab);
		tell_chip(lab);
	}
	t = now - lab->origin;
	while (lab->t < t) {
		advance_to(lab, nsec_min(t, lab->next_fault));
		if (lab->t == lab->next_fault)
			update_faults(lab);
	}
	sim_column_obey(&lab->column, now);
}

struct sim_link sim_lab_link(struct sim_lab *lab, const struct device *dev,
			     struct err *err)
{
	sim_lab_advance(lab, dev->now);
	return sim_faults_link(&lab->faults, dev->name, lab->t, err);
}

static const struct sim_volume *line_of(const struct sim_lab *lab,
					enum sim_place place)
{
	return place == SIM_INLET_LINE ? &lab->manifold.inlet
				       : &lab->manifold.outlet;
}

double sim_lab_true_pressure(const struct sim_lab *lab, enum sim_place place)
{
	if (place == SIM_SAMPLE)
		return lab->manifold.cell_pressure;
	return sim_volume_pressure(line_of(lab, place));
}

void sim_lab_true_mix(const struct sim_lab *lab, enum sim_place place,
		      struct sim_mix *out)
{
	if (place == SIM_SAMPLE)
		*out = lab->manifold.transit[SIM_TRANSIT_CELLS - 1];
	else
		sim_volume_mix(line_of(lab, place), out);
}

double sim_lab_true_fuel(const struct sim_lab *lab, enum sim_place place)
{
	struct sim_mix mix;

	sim_lab_true_mix(lab, place, &mix);
	return mix.x[SIM_H2] + mix.x[SIM_NH3];
}

double sim_lab_true_oxidiser(const struct sim_lab *lab, enum sim_place place)
{
	struct sim_mix mix;

	sim_lab_true_mix(lab, place, &mix);
	return mix.x[SIM_O2];
}

double sim_lab_true_temperature(const struct sim_lab *lab)
{
	return sim_chip_temperature(&lab->chip);
}

bool sim_lab_true_beam(const struct sim_lab *lab)
{
	return sim_column_beam(&lab->column);
}

bool sim_lab_is_ruptured(const struct sim_lab *lab)
{
	return lab->manifold.is_ruptured;
}
