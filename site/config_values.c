/* Every single value of the configuration, with its default. */
#include "site/config_read.h"

#include "base/array.h"

#define AT(member) .offset = offsetof(struct config, member)
#define TEXT(name, member, preset_text)                                        \
	{                                                                      \
		.key = name, .kind = FIELD_TEXT, .text = preset_text,          \
		AT(member), .size = sizeof(((struct config *)0)->member)       \
	}
#define VALUE(name, q, member, low, high, usual)                               \
	{                                                                      \
		.key = name, .kind = FIELD_QUANTITY, .quantity = q,            \
		AT(member), .min = low, .max = high, .preset = usual           \
	}
#define TIME(name, member, low, high, usual)                                   \
	{                                                                      \
		.key = name, .kind = FIELD_TIME, AT(member), .min = low,       \
		.max = high, .preset = usual                                   \
	}
#define UNIT(name, unit, member, low, high, usual)                             \
	{                                                                      \
		.key = name, .kind = FIELD_UNIT, .text = unit, AT(member),     \
		.min = low, .max = high, .preset = usual                       \
	}
#define GROUP(name, fields)                                                    \
	{                                                                      \
		.key = name, .kind = FIELD_GROUP, .group = &fields             \
	}
#define FIELDS(name, of, words)                                                \
	static const struct fields name = { .what = words,                     \
					    .v = of,                           \
					    .n = ARRAY_SIZE(of) }

/* As the vendor publishes them for P in mbar and F in mL/min: docs say so
 * where the formula is, engine/site.h. */
static const struct field transit_fields[] = {
	UNIT("a", "", site.holder.transit[0], 0, 0, 41.0706),
	UNIT("b", "", site.holder.transit[1], 0, 0, 1184.39),
	UNIT("c", "", site.holder.transit[2], 0, 0, -2288.09),
	UNIT("d", "", site.holder.transit[3], 0, 0, 2533.44),
	UNIT("e", "", site.holder.transit[4], 0, 0, 7.73936),
	UNIT("f", "", site.holder.transit[5], 0, 0, 6.38112),
};
FIELDS(transit, transit_fields, "transit");

static const struct field holder_fields[] = {
	TEXT("serial", site.holder.serial, ""),
	VALUE("temperature_max", QUANTITY_TEMPERATURE,
	      site.holder.temperature_max, 20, 1500, 1000),
	VALUE("rate_max", QUANTITY_RATE, site.holder.rate_max, 0.1, 1e6, 1000),
	VALUE("pressure_max", QUANTITY_PRESSURE, site.holder.pressure_max, 1,
	      5000, 900),
	VALUE("ambient", QUANTITY_TEMPERATURE, site.holder.ambient, 0, 50, 21),
	UNIT("conductance", "sccm/mbar", site.holder.conductance, 1e-6, 10,
	     0.00055),
	GROUP("transit", transit),
	VALUE("resistance", QUANTITY_RESISTANCE, site.holder.resistance, 0, 1e6,
	      0),
	VALUE("drift_warn", QUANTITY_FRACTION, site.holder.drift_warn, 0, 1,
	      0.02),
	VALUE("drift_max", QUANTITY_FRACTION, site.holder.drift_max, 0, 1,
	      0.05),
};
FIELDS(holder, holder_fields, "the holder");

static const struct field equilibrium_fields[] = {
	VALUE("temperature", QUANTITY_RATE,
	      site.defaults.equilibrium.temperature, 1e-3, 100, 0.5),
	{ .key = "pressure",
	  .kind = FIELD_QUANTITY,
	  .text = "Torr/min",
	  .quantity = QUANTITY_PRESSURE_RATE,
	  .scale = 1.0 / 60.0,
	  AT(site.defaults.equilibrium.pressure),
	  .min = 0.01,
	  .max = 1000,
	  .preset = 2 },
	VALUE("power", QUANTITY_POWER_RATE, site.defaults.equilibrium.power,
	      1e-3, 1000, 1),
	TIME("window", site.defaults.equilibrium.window, 1, 3600, 60),
	TIME("at_least", site.defaults.equilibrium.at_least, 0, 86400, 60),
	TIME("at_most", site.defaults.equilibrium.at_most, 1, 86400, 900),
};
FIELDS(equilibrium, equilibrium_fields, "equilibrium");

static const struct field defaults_fields[] = {
	VALUE("rate", QUANTITY_RATE, site.defaults.rate, 0.01, 1e6, 20),
	VALUE("band", QUANTITY_DIFFERENCE, site.defaults.band, 0.01, 100, 2),
	VALUE("holdback", QUANTITY_DIFFERENCE, site.defaults.holdback, 0.01,
	      500, 5),
	VALUE("cool_to", QUANTITY_TEMPERATURE, site.defaults.cool_to, 0, 500,
	      40),
	VALUE("base", QUANTITY_PRESSURE, site.defaults.base, 1e-6, 100, 1),
	VALUE("fill", QUANTITY_PRESSURE, site.defaults.fill, 1, 5000, 760),
	UNIT("gauge_resolves", "", site.defaults.gauge_resolves, 1, 1000, 3),
	TIME("ramp_period", site.defaults.ramp_period, 0.02, 60, 1),
	TIME("settle", site.defaults.settle, 0.1, 600, 10),
	TIME("image_within", site.defaults.image_within, 1, 3600, 60),
	TIME("step_within", site.defaults.step_within, 1, 86400, 300),
	GROUP("equilibrium", equilibrium),
};
FIELDS(defaults, defaults_fields, "defaults");

static const struct field gas_rule_fields[] = {
	VALUE("residual_max", QUANTITY_FRACTION, site.gas_rule.residual_max, 0,
	      0.05, 1e-4),
	VALUE("hot_limit", QUANTITY_TEMPERATURE, site.gas_rule.hot_limit, 20,
	      500, 100),
	VALUE("flow_seen", QUANTITY_FLOW, site.gas_rule.flow_seen, 1e-4, 100,
	      0.5),
	TIME("confirm", site.gas_rule.confirm, 0.1, 60, 1),
};
FIELDS(gas_rule, gas_rule_fields, "gas_rule");

static const struct field log_fields[] = {
	TEXT("database", database, "gascell.db"),
	TEXT("images", images, "images"),
	{ .key = "image_pixels",
	  .kind = FIELD_INTEGER,
	  AT(image_pixels),
	  .min = 16,
	  .max = 16384,
	  .preset = 512 },
};
FIELDS(log_group, log_fields, "log");

static const struct field socket_fields[] = {
	TEXT("path", socket, "socket"),
	TEXT("group", group, ""),
};
FIELDS(socket_group, socket_fields, "socket");

static const struct field listen_fields[] = {
	TEXT("address", listen, ""),
	{ .key = "writes", .kind = FIELD_FLAG, AT(listen_writes) },
	{ .key = "websocket", .kind = FIELD_FLAG, AT(websocket) },
	{ .key = "discovery", .kind = FIELD_FLAG, AT(discovery) },
	{ .key = "discovery_port",
	  .kind = FIELD_INTEGER,
	  AT(discovery_port),
	  .min = 1,
	  .max = 65535,
	  .preset = 10767 },
};
FIELDS(listen_group, listen_fields, "listen");

static const struct field value_fields[] = {
	TEXT("laboratory", site.name, "laboratory"),
	TEXT("recipes", recipes, ""),
	TEXT("definitions", definitions.folder, ""),
	TEXT("plugins", plugins.folder, ""),
	GROUP("log", log_group),
	GROUP("socket", socket_group),
	GROUP("listen", listen_group),
	TEXT("identify", identify, "2.0"),
	GROUP("holder", holder),
	GROUP("defaults", defaults),
	GROUP("gas_rule", gas_rule),
};

const struct fields config_values = {
	.what = "a configuration",
	.v = value_fields,
	.n = ARRAY_SIZE(value_fields),
};
