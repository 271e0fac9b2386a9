#include "drivers/sim_gauge.h"

#include <math.h>

#include "drivers/sim_math.h"

#define STEP_12_BIT (1000.0 / 4096.0)

const struct sim_gauge_params sim_gauge_defaults = {
	.cell = { .range = 1000.0,
		  .step = STEP_12_BIT,
		  .noise = 0.34,
		  .offset = -1.1 },
	.inlet = { .range = 1000.0, .step = STEP_12_BIT, .noise = 0.22 },
	.outlet = { .range = 1000.0,
		    .step = STEP_12_BIT,
		    .noise = 0.22,
		    .fine_below = 10.0,
		    .fine_step = 0.0024,
		    .fine_noise = 0.0024 },
	.flow_noise = 0.0005,
	.column_noise = 0.02,
};

#define PLACE(member) offsetof(struct sim_gauge, member)
static const struct setting gauge_settings[] = {
	{ "range", QUANTITY_PRESSURE, PLACE(range), 0.001, 1e5, 0 },
	{ "step", QUANTITY_PRESSURE, PLACE(step), 0.0, 100.0, 0 },
	{ "noise", QUANTITY_PRESSURE, PLACE(noise), 0.0, 100.0, 0 },
	{ "offset", QUANTITY_PRESSURE, PLACE(offset), -100.0, 100.0, 0 },
	{ "fine_below", QUANTITY_PRESSURE, PLACE(fine_below), 0.0, 1e5, 0 },
	{ "fine_step", QUANTITY_PRESSURE, PLACE(fine_step), 0.0, 100.0, 0 },
	{ "fine_noise", QUANTITY_PRESSURE, PLACE(fine_noise), 0.0, 100.0, 0 },
	{ 0 },
};
#undef PLACE

#define PLACE(member) offsetof(struct sim_gauge_params, member)
static const struct setting noise_settings[] = {
	{ "flow_noise", QUANTITY_FLOW, PLACE(flow_noise), 0.0, 10.0, 0 },
	{ "column_noise", QUANTITY_FRACTION, PLACE(column_noise), 0.0, 1.0, 0 },
	{ 0 },
};
#undef PLACE

static const char *const keys[] = {
	"cell", "inlet", "outlet", "flow_noise", "column_noise", NULL,
};

int sim_gauge_read(const struct yaml_node *map, struct sim_gauge_params *out,
		   struct problems *problems)
{
	struct sim_gauge *gauges[] = { &out->cell, &out->inlet, &out->outlet };
	size_t n_before = problems->n_all;

	if (!map)
		return 0;
	if (!settings_is_mapping(map, "gauges", problems))
		return -1;
	for (int i = 0; i < 3; i++)
		settings_read(yaml_get(map, keys[i]), keys[i], gauge_settings,
			      gauges[i], problems);
	settings_take(map, noise_settings, out, problems);
	yaml_check_keys(map, "gauges", keys, problems);
	return problems->n_all == n_before ? 0 : -1;
}

double sim_gauge_measure(const struct sim_gauge *gauge, struct sim_noise *noise,
			 double pressure)
{
	bool is_fine = pressure < gauge->fine_below;
	double sigma = is_fine ? gauge->fine_noise : gauge->noise;
	double step = is_fine ? gauge->fine_step : gauge->step;
	double value =
		pressure + gauge->offset + sigma * sim_noise_normal(noise);

	if (value > gauge->range)
		return (double)NAN;
	if (value < 0.0)
		return 0.0;
	return step > 0.0 ? sim_round(value / step) * step : value;
}
