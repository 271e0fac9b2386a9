#include "drivers/sim_column.h"

#include "drivers/sim_math.h"

const struct sim_column_params sim_column_defaults = {
	.vacuum = 1e-7,
	.volume = 10000.0,
	.pump = 5.0,
	.burst = 2250.0,
	.burst_spread = 0.3,
};

#define PLACE(member) offsetof(struct sim_column_params, member)
const struct setting sim_column_settings[] = {
	{ "vacuum", QUANTITY_PRESSURE, PLACE(vacuum), 1e-12, 1.0, 0 },
	{ "volume", QUANTITY_VOLUME, PLACE(volume), 1.0, 1e7, 0 },
	{ "pump", QUANTITY_TIME, PLACE(pump), 0.01, 1e5, 0 },
	{ "burst", QUANTITY_PRESSURE, PLACE(burst), 1.0, 1e5, 0 },
	{ "burst_spread", QUANTITY_NUMBER, PLACE(burst_spread), 0.0, 3.0, 0 },
	{ 0 },
};
#undef PLACE

void sim_column_init(struct sim_column *column,
		     const struct sim_column_params *params, double chance)
{
	*column = (struct sim_column){
		.params = params,
		.pressure = params->vacuum,
		.burst = params->burst * sim_exp(params->burst_spread * chance),
		.valves = true,
	};
}

void sim_column_advance(struct sim_column *column, nsec dt, double spilt)
{
	const struct sim_column_params *p = column->params;
	double over = column->pressure - p->vacuum;

	if (spilt == 0.0 && over == 0.0)
		return;
	over *= sim_decay(&column->pump_decay, dt, p->pump);
	over += spilt / p->volume;
	if (over < 1e-6 * p->vacuum)
		over = 0.0;
	column->pressure = p->vacuum + over;
}

void sim_column_obey(struct sim_column *column, nsec now)
{
	if (now >= column->exposed_until && !column->beam_stuck)
		column->beam = column->beam_wanted;
}

bool sim_column_beam(const struct sim_column *column)
{
	return column->beam && column->valves && !column->blanker;
}
