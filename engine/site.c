#include "engine/site.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/array.h"
#include "base/number.h"

#define MBAR_PER_TORR 1.33322368421053

static const char *const levels[] = {
	[LEVEL_RUN] = "run",
	[LEVEL_HOLD] = "hold",
	[LEVEL_COOL] = "cool",
	[LEVEL_ISOLATE] = "isolate",
};

static const char *const phases[] = {
	[PHASE_EVACUATE] = "evacuate",
	[PHASE_FILL] = "fill",
	[PHASE_FLOW] = "flow",
	[PHASE_ISOLATE] = "isolate",
};

static const char *const known_roles[] = {
	[KNOWN_HEATER] = "heater",
	[KNOWN_HEATER_OUTPUT] = "heater.output",
	[KNOWN_HEATER_POWER] = "heater.power",
	[KNOWN_CELL_PRESSURE] = "cell_pressure",
	[KNOWN_INLET_PRESSURE] = "inlet_pressure",
	[KNOWN_OUTLET_PRESSURE] = "outlet_pressure",
	[KNOWN_CELL_FLOW] = "cell_flow",
	[KNOWN_PUMP] = "pump",
	[KNOWN_BEAM] = "beam",
	[KNOWN_CAMERA] = "camera",
	[KNOWN_COLUMN_VACUUM] = "column_vacuum",
	[KNOWN_COLUMN_VALVES] = "column_valves",
};

_Static_assert(ARRAY_SIZE(phases) == PHASE_N, "a name for each phase");
_Static_assert(ARRAY_SIZE(known_roles) == KNOWN_N, "a name for each role");

const char *level_name(enum level level)
{
	assert((size_t)level < ARRAY_SIZE(levels));
	return levels[level];
}

const char *phase_name(enum phase phase)
{
	assert((size_t)phase < ARRAY_SIZE(phases));
	return phases[phase];
}

const char *known_role_name(enum known_role known)
{
	assert((size_t)known < ARRAY_SIZE(known_roles));
	return known_roles[known];
}

int site_role(const struct site *s, const char *name)
{
	for (size_t i = 0; i < s->n_roles; i++)
		if (!strcmp(s->roles[i].name, name))
			return (int)i;
	return ROLE_NONE;
}

bool role_has_resolution(const struct role *r)
{
	return r->resolution + r->offset > 0.0;
}

static bool reaches(const struct role *r, double base)
{
	return (r->lowest == 0.0 && r->highest == 0.0) ||
	       (base >= r->lowest && base <= r->highest);
}

int site_gauge_for(const struct site *s, double base)
{
	for (size_t i = 0; i < SITE_GAUGES_MAX; i++) {
		int role = s->gauges[i];
		const struct role *gauge;
		double blur;

		if (role == ROLE_NONE)
			break;
		gauge = &s->roles[role];
		blur = gauge->resolution + gauge->offset;
		if (role_has_resolution(gauge) && reaches(gauge, base) &&
		    base >= s->defaults.gauge_resolves * blur)
			return role;
	}
	return ROLE_NONE;
}

double site_flow_most(const struct site *s, double pressure)
{
	return s->holder.conductance * MBAR_PER_TORR * sqrt(2) * pressure;
}

/*
 * With the mean m and the difference d of both pressures, the definition of
 * the pressure at the sample becomes m^2 + d^2 / 4 = P^2, and the outlet is
 * not negative as long as d <= sqrt(2) P.
 */
int site_flow_pressures(const struct site *s, double pressure, double flow,
			double *inlet, double *outlet, struct err *err)
{
	double conductance = s->holder.conductance * MBAR_PER_TORR;
	double most = site_flow_most(s, pressure);
	double d = flow / conductance, mean;
	char text[NUMBER_TEXT_MAX], at[NUMBER_TEXT_MAX];

	if (!(flow >= 0 && flow <= most)) {
		number_print_digits(most, 3, text);
		number_print_digits(pressure, 6, at);
		return err_set(err, ERR_RANGE,
			       "the holder passes at most %s "
			       "sccm at %s Torr",
			       text, at);
	}
	mean = sqrt(fmax(pressure * pressure - d * d / 4, 0));
	*inlet = mean + d / 2;
	*outlet = fmax(mean - d / 2, 0);
	return 0;
}

double site_transit(const struct site *s, double pressure, double flow)
{
	const double *k = s->holder.transit;
	double through;

	if (!(flow > 0))
		return INFINITY;
	through = k[0] + flow * (k[1] + flow * (k[2] + flow * k[3]));
	if (!(through > 0))
		return INFINITY;
	return k[5] + pressure * MBAR_PER_TORR * k[4] / through;
}
