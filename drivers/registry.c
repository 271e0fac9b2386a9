#include "drivers/driver.h"

#include <string.h>

#include "base/array.h"
#include "base/text.h"

extern const struct driver driver_digitalmicrograph;
extern const struct driver driver_exec;
extern const struct driver driver_keithley_2400;
extern const struct driver driver_keithley_2450;
extern const struct driver driver_keithley_2600;
extern const struct driver driver_lines;
extern const struct driver driver_modbus_coil;
extern const struct driver driver_sensirion_sfc;
extern const struct driver driver_sim_gasbox;
extern const struct driver driver_sim_heater;
extern const struct driver driver_sim_microscope;
extern const struct driver driver_temscript;

static const struct driver *const drivers[] = {
	&driver_digitalmicrograph,
	&driver_exec,
	&driver_keithley_2400,
	&driver_keithley_2450,
	&driver_keithley_2600,
	&driver_lines,
	&driver_modbus_coil,
	&driver_sensirion_sfc,
	&driver_sim_gasbox,
	&driver_sim_heater,
	&driver_sim_microscope,
	&driver_temscript,
	NULL,
};

const struct driver *const *driver_list(void)
{
	return drivers;
}

const struct driver *driver_find(const char *name, struct err *err)
{
	const char *names[ARRAY_SIZE(drivers)] = { 0 };
	const char *near;

	for (size_t i = 0; drivers[i]; i++) {
		names[i] = drivers[i]->name;
		if (strcmp(name, names[i]) == 0)
			return drivers[i];
	}
	near = text_nearest(name, names);
	if (near)
		err_set(err, ERR_NOT_FOUND, "unknown driver; did you mean %s?",
			near);
	else
		err_set(err, ERR_NOT_FOUND,
			"unknown driver; `gascelld drivers` lists them");
	return NULL;
}
