#include "drivers/chip_file.h"

#include <math.h>
#include <string.h>

#include "base/text.h"
#include "drivers/settings.h"

#define PLACE(member) offsetof(struct chip, member)
static const struct setting settings[] = {
	{ "resistance", QUANTITY_NUMBER, PLACE(resistance), -10.0, 1e5, 3 },
	{ "power", QUANTITY_NUMBER, PLACE(power), 0.0, 10.0, 2 },
	{ "ambient", QUANTITY_TEMPERATURE, PLACE(ambient), -50.0, 60.0, 0 },
	{ "voltage_max", QUANTITY_VOLTAGE, PLACE(voltage_max), 0.02, 20.0, 0 },
	{ "current_max", QUANTITY_CURRENT, PLACE(current_max), 0.01, 1000.0,
	  0 },
	{ "power_max", QUANTITY_POWER, PLACE(power_max), 0.1, 2e4, 0 },
	{ "temperature_max", QUANTITY_TEMPERATURE, PLACE(temperature_max), 50.0,
	  1500.0, 0 },
	{ "resistance_min", QUANTITY_RESISTANCE, PLACE(resistance_min), 0.1,
	  1e5, 0 },
	{ "resistance_max", QUANTITY_RESISTANCE, PLACE(resistance_max), 0.1,
	  1e5, 0 },
	{ 0 },
};
#undef PLACE

static const char *const needed[] = {
	"serial",	  "resistance",	    "voltage_max",
	"current_max",	  "power_max",	    "temperature_max",
	"resistance_min", "resistance_max", NULL,
};

static const char *const known[] = {
	"serial",
	"resistance",
	"voltage_max",
	"current_max",
	"power_max",
	"temperature_max",
	"resistance_min",
	"resistance_max",
	"power",
	"ambient",
	NULL,
};

static void need_keys(const struct yaml_node *map, struct problems *problems)
{
	for (size_t i = 0; needed[i]; i++)
		if (!yaml_get(map, needed[i]))
			problems_add(problems, map->at, "the chip has no %s",
				     needed[i]);
}

static void read_serial(const struct yaml_node *map, struct chip *chip,
			struct problems *problems)
{
	const struct yaml_node *node = yaml_get(map, "serial");

	if (!node)
		return;
	if (node->kind != YAML_SCALAR || !*node->s ||
	    !text_copy(chip->serial, sizeof(chip->serial), node->s))
		problems_add(problems, node->at,
			     "serial: one word of at most "
			     "%d characters",
			     CHIP_SERIAL_MAX - 1);
}

/* A thermometer that falls back on itself, or whose range is cut by its own
 * limits, would be found out at 800 degC. */
static void check_fit(const struct yaml_node *map, const struct chip *chip,
		      struct problems *problems)
{
	double cold = chip_resistance(chip, chip->ambient);
	double hot = chip_resistance(chip, chip->temperature_max);

	if (!(chip_slope(chip, chip->ambient) > 0.0 &&
	      chip_slope(chip, chip->temperature_max) > 0.0))
		problems_add(problems, map->at,
			     "the chip's resistance does "
			     "not rise up to temperature_max");
	else if (!(cold > chip->resistance_min && hot < chip->resistance_max))
		problems_add(problems, map->at,
			     "the chip's resistance leaves "
			     "resistance_min to resistance_max between "
			     "ambient and temperature_max");
}

int chip_read(const struct yaml_node *map, struct chip *chip, struct err *err)
{
	struct problems problems = { 0 };
	struct chip read = {
		.ambient = 21.0,
		.power = { 0.0, 1e-3 },
	};

	if (!map)
		return err_set(err, ERR_INVALID,
			       "no chip in params: a heater "
			       "needs the calibration and limits of its chip");
	if (settings_is_mapping(map, "chip", &problems)) {
		yaml_check_keys(map, "a chip", known, &problems);
		need_keys(map, &problems);
		read_serial(map, &read, &problems);
		settings_take(map, settings, &read, &problems);
		if (!problems.n)
			check_fit(map, &read, &problems);
	}
	if (settings_fail(&problems, err))
		return -1;
	*chip = read;
	return 0;
}

double chip_resistance(const struct chip *chip, double temperature)
{
	const double *r = chip->resistance;

	return (r[0] * temperature + r[1]) * temperature + r[2];
}

double chip_slope(const struct chip *chip, double temperature)
{
	return 2.0 * chip->resistance[0] * temperature + chip->resistance[1];
}

/* The branch on which R rises. */
double chip_temperature(const struct chip *chip, double resistance)
{
	double a = chip->resistance[0], b = chip->resistance[1];
	double c = chip->resistance[2] - resistance;

	if (fabs(a) < 1e-12)
		return -c / b;
	return (sqrt(b * b - 4.0 * a * c) - b) / (2.0 * a);
}

double chip_power(const struct chip *chip, double temperature)
{
	double over = temperature - chip->ambient;

	if (!(over > 0.0))
		return 0.0;
	return (chip->power[0] * over + chip->power[1]) * over;
}
