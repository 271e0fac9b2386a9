#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "reading.h"

/* Line 4 is what the site knows of the gasbox. */
#define GAUGED                                                                 \
	"buses: {lab: {type: sim}}\n"                                          \
	"instruments:\n"                                                       \
	"  gasbox: {driver: sim-gasbox,\n"                                     \
	" "

/* One of each class, each with its place. */
static const struct mistake mistakes[] = {
	{ HEAD "holdr: {}\n", NEXT, 1, "did you mean 'holder'?" },
	{ HEAD "holder: {rate_max: 5}\n", NEXT, 20, "has no unit" },
	{ HEAD "holder: {rate_max: 5 °C}\n", NEXT, 20, "rate_max" },
	{ HEAD "holder: {pressure_max: 9000 Torr}\n", NEXT, 24, "is outside" },
	{ HEAD "holder: {conductance: 1 sccm}\n", NEXT, 23, "sccm/mbar" },
	/* A text that may be anybody's loads no code. */
	{ HEAD "plugins: /usr/lib\n", NEXT, 10, "no code is loaded" },
	{ HEAD "holder: 5\n", NEXT, 9, "the holder is a mapping" },
	{ HEAD "holder: {resistance: 159 ohm, drift_warn: 9 %}\n", NEXT, 22,
	  "drift_warn is over drift_max" },
	{ HEAD "defaults: {settle: [1 s]}\n", NEXT, 20, "not a list" },
	{ HEAD "log: {image_pixels: 20.5}\n", NEXT, 21, "whole number" },
	{ HEAD "log: {image_pixels: 1e300}\n", NEXT, 21, "is outside" },
	{ HEAD "listen: {address: 10767}\n", NEXT, 19, "127.0.0.1" },
	{ HEAD "limits: {heatr: {max: 5 °C}}\n", NEXT, 10,
	  "did you mean 'heater'?" },
	{ HEAD "limits: {cell_pressure: {max: 5 Torr}}\n", NEXT, 10,
	  "has no setpoint" },
	{ HEAD "limits: {heater: {min: 90 °C, max: 50 °C}}\n", NEXT, 18,
	  "nothing is allowed" },
	{ HEAD "gauges: [heater]\n", NEXT, 10, "is no gauge" },
	{ HEAD "gauges: [nowhere]\n", NEXT, 10, "no role 'nowhere'" },
	{ GAUGED "channels: {cell_presure: {offset: 1 Torr}}}\n", 4, 13,
	  "did you mean 'cell_pressure'?" },
	{ GAUGED "channels: {cell_pressure: {offset: 1}}}\n", 4, 37,
	  "has no unit" },
	{ GAUGED "channels: {cell_pressure: {offset: -1 Torr}}}\n", 4, 37,
	  "offset: not below 0" },
	{ GAUGED "channels: {cell_pressure: {resolution: 1e308 Torr}}}\n", 4,
	  41, "nor above" },
	{ GAUGED "channels: {cell_pressure: {range: [1 Torr]}}}\n", 4, 36,
	  "the lowest and the highest" },
	{ GAUGED "channels: {cell_pressure: {range: [9 Torr, 1 Torr]}}}\n", 4,
	  36, "the lowest reading comes first" },
	{ GAUGED "channels: {cell_pressure: {rnge: 1 Torr}}}\n", 4, 29,
	  "range" },
	{ GAUGED "channels: {cell_pressure: {resolution: 0 Torr,\n"
		 " offset: 0 Torr}}}\n"
		 "gauges: [gasbox.cell_pressure]\n",
	  6, 10, "what gasbox.cell_pressure resolves is not known" },
	{ GAUGED "channels: {cell_pressure: {resolution: 1000 Torr}}}\n"
		 "gauges: [gasbox.cell_pressure]\n"
		 "phases: {evacuate: []}\n",
	  6, 10, "no gauge resolves" },
	{ HEAD "gases: {X: poison}\n", NEXT, 12, "inert, fuel" },
	{ HEAD "interlocks: [{role: heater, abov: 5 °C}]\n", NEXT, 29,
	  "did you mean 'above'?" },
	{ HEAD "interlocks: [{role: heater}]\n", NEXT, 14,
	  "needs a condition" },
	{ HEAD "interlocks: [{above: 5 °C}]\n", NEXT, 14, "watches a 'role'" },
	{ HEAD "interlocks: [{role: heater, above: 5 Torr}]\n", NEXT, 36,
	  "above" },
	{ HEAD "interlocks: [{role: heater, above: 9 °C, below: 5 °C}]\n", NEXT,
	  42, "two" },
	{ HEAD "interlocks: [{role: heater, above: 900 °C}]\n", NEXT, 21,
	  "lower its limit" },
	{ HEAD "interlocks: [{role: heater, above: 2 °C, need: 3 of 2}]\n",
	  NEXT, 48, "2 of 3" },
	{ HEAD "interlocks: [{role: heater, lag: 5 K}]\n", NEXT, 14,
	  "needs a window" },
	{ HEAD "interlocks: [{role: cell_pressure, lag: 5 Torr, "
	       "window: 5 s}]\n",
	  NEXT, 21, "has no setpoint" },
	{ HEAD "interlocks: [{role: heater, stale: 10 ms}]\n", NEXT, 21,
	  "every 100 ms only" },
	{ HEAD "interlocks: [{role: heater, stale: 1 s, level: melt}]\n", NEXT,
	  48, "hold, cool, isolate" },
	{ "buses: {lab: {type: sim}}\n"
	  "instruments: {h: {driver: sim-heater}}\n"
	  "roles: {heater: h.temperature, heater.output: h.output}\n"
	  "interlocks: [{role: heater, frozen: 1 mW, window: 1 s}]\n",
	  4, 21, "heater.power" },
	{ HEAD "safe: {cool: {beam: off}}\n", NEXT, 15, "no role 'beam'" },
	{ HEAD "safe: {cool: {gas.H2: 0 sccm, valve.H2: off}}\n", NEXT, 8,
	  "heater.output: off" },
	{ HEAD "safe: {cool: {heater.output: off, gas.H2: 0 sccm}}\n", NEXT, 8,
	  "valve.H2: off" },
	{ HEAD "safe: {cool: {heater.output: on, gas.H2: 0 sccm, "
	       "valve.H2: off}}\n",
	  NEXT, 8, "heater.output: off" },
	{ HEAD "safe: {cool: {heater.output: off, gas.H2: 90 sccm, "
	       "valve.H2: off}}\n",
	  NEXT, 43, "outside the limits" },
	{ HEAD "safe: {cool: {cell_pressure: 0 Torr}}\n", NEXT, 15,
	  "cannot be set" },
	{ HEAD "safe: {freeze: {}}\n", NEXT, 8, "safe has no 'freeze'" },
	{ HEAD "phases: {evacuat: []}\n", NEXT, 10, "'evacuate'" },
	{ HEAD "phases:\n  evacuate:\n    - set: {valve.H3: closed}\n",
	  NEXT + 2, 13, "valve.H3" },
	{ HEAD "phases:\n  isolate:\n    - set: {valve.H2: 5 Torr}\n", NEXT + 2,
	  23, "5 Torr" },
	{ HEAD "holder: {ambient: 20 °C, ambient: 21 °C}\n", NEXT, 26,
	  "twice" },

	{ "buses: {lab: {type: sim}}\ninstruments: {h: {driver: sim-heatr}}\n",
	  2, 27, "sim-heater" },
	{ "buses: {lab: {type: sim}}\ninstruments: {h: {bus: lab}}\n", 2, 15,
	  "has no driver" },
	{ "buses: {lab: {type: sim}}\n"
	  "instruments: {h: {driver: sim-heater, bus: lob}}\n",
	  2, 44, "did you mean 'lab'?" },
	{ "buses: {lab: {type: sim}}\n"
	  "instruments: {h: {driver: sim-heater, every: 1 ms}}\n",
	  2, 46, "is outside" },
	{ "buses: {lab: {type: sim}}\n"
	  "instruments: {h: {driver: sim-heater, evry: 1 s}}\n",
	  2, 39, "did you mean 'every'?" },
	{ "buses: {lab: {type: sim}}\n"
	  "instruments: {h.2: {driver: sim-heater}}\n",
	  2, 15, "cannot be the name" },
	{ "buses: {lab: {type: sim}}\n"
	  "instruments: {h: {driver: sim-heater}}\n"
	  "roles: {heatr: h.temperature}\n",
	  3, 9, "did you mean 'heater'?" },
	{ "buses: {lab: {type: sim}}\n"
	  "instruments: {h: {driver: sim-heater}}\n"
	  "roles: {heater: h.temperatur}\n",
	  3, 17, "'h.temperature'?" },
	{ "buses: {lab: {type: sim}}\n"
	  "instruments: {h: {driver: sim-heater}}\n"
	  "roles: {heater: h.power}\n",
	  3, 9, "must be a temperature" },
	{ "buses: {lab: {type: sim}}\n"
	  "instruments: {h: {driver: sim-heater}}\n"
	  "roles: {heater: h.setpoint}\n",
	  3, 9, "possible to set" },
	{ "buses: {lab: {type: sim}}\n"
	  "instruments: {h: {driver: sim-heater}}\n"
	  "roles: {heater: h.temperature, x.y: h.temperature}\n",
	  3, 37, "is already the role 'heater'" },
	{ "buses: {lab: {type: sim}}\n"
	  "instruments: {b: {driver: sim-gasbox}}\n"
	  "roles: {gas.Xe: b.h2_flow}\n",
	  3, 9, "under 'gases:'" },
	{ "buses: {lab: {type: sim}}\n"
	  "instruments: {b: {driver: sim-gasbox}}\n"
	  "roles: {camera: b.cell_flow}\n",
	  3, 9, "must be a number" },
	{ "buses: {lab: {type: sim}}\n"
	  "instruments: {b: {driver: sim-gasbox}}\n"
	  "roles: {camera: b.cell_flow}\n",
	  3, 9, "is no camera's" },
	{ "buses: {lab: {type: sim}}\n"
	  "instruments: {h: {driver: sim-heater}}\n"
	  "roles: {heater: h.temperature, heater.output: h.output}\n"
	  "phases: {evacuate: [{mix: none}]}\n",
	  4, 10, "gauges" },
	{ "buses: {lab: {type: sim}}\n"
	  "instruments: {h: {driver: sim-heater}}\n"
	  "roles: {heater: h.temperature}\n",
	  0, 0, "nothing switches the heater off" },
	{ "buses: {lab: {type: simm}}\n"
	  "instruments: {h: {driver: sim-heater}}\n",
	  1, 21, "unknown type" },
	{ "buses: {lab: {type: sim, chp: {}}}\n"
	  "instruments: {h: {driver: sim-heater}}\n",
	  1, 26, "'chip'" },
	{ "instruments: {h: {driver: sim-heater}}\n", 1, 15, "has no bus" },
	{ "laboratory: empty\n", 0, 0, "has no instruments" },
};

static void each_mistake_has_its_place(void **state)
{
	(void)state;
	expect_mistakes(mistakes, ARRAY_SIZE(mistakes));
}

static void several_mistakes_come_at_once(void **state)
{
	static const char text[] = HEAD "holder: {ambient: 20}\n"
					"defaults: {rate: fast}\n"
					"listen: {adress: \"\"}\n";
	struct problems problems = { 0 };

	(void)state;
	assert_null(config_parse(text, strlen(text), "lab.yaml", &problems));
	assert_int_equal(problems.n, 3);
	assert_int_equal(problems.v[0].line, NEXT);
	assert_int_equal(problems.v[1].line, NEXT + 1);
	assert_int_equal(problems.v[2].line, NEXT + 2);
	problems_free(&problems);
}

static void a_file_that_is_not_there_is_a_problem(void **state)
{
	struct problems problems = { 0 };

	(void)state;
	assert_null(config_load("/nowhere/lab.yaml", &problems));
	assert_int_equal(problems.n, 1);
	problems_free(&problems);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_mistake_has_its_place),
		cmocka_unit_test(several_mistakes_come_at_once),
		cmocka_unit_test(a_file_that_is_not_there_is_a_problem),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
