#include "daemon/emulator_site.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"

extern const char config_default[];
extern const size_t config_default_size;

static const struct emulator_server *find(const struct emulator_server *v,
					  size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(v[i].name, name) == 0)
			return &v[i];
	return NULL;
}

static void add_tcp(const struct emulator_server *v, size_t n,
		    const char *name, const char *type, struct text *out)
{
	const struct emulator_server *s = find(v, n, name);

	if (s)
		text_addf(out, "  %s: {type: %s, host: 127.0.0.1, port: %d}\n",
			  name, type, s->port);
}

static void add_file(const struct emulator_server *v, size_t n,
		     const char *name, struct text *out)
{
	const struct emulator_server *s = find(v, n, name);

	if (s)
		text_addf(out, "  %s: {type: file, path: \"%s\"}\n", name,
			  s->link[0] ? s->link : s->path);
}

static void add_buses(const struct emulator_server *v, size_t n,
		      struct text *out)
{
	text_add(out, "buses:\n");
	add_tcp(v, n, "meter", "tcp", out);
	add_file(v, n, "flows", out);
	add_file(v, n, "pressures", out);
	add_file(v, n, "gauges", out);
	add_tcp(v, n, "valves", "modbus-tcp", out);
	add_tcp(v, n, "microscope", "http", out);
}

static const char instruments[] =
"\n"
"instruments:\n"
"  heater:\n"
"    driver: keithley-2450\n"
"    bus: meter\n"
"    every: 100 ms\n"
"    params:\n"
"      expect: {serial: \"04400123\"}\n"
"      chip:\n"
"        serial: simulated\n"
"        resistance: [0.0, 0.279, 153.051]\n"
"        power: [6.50e-7, 7.679e-3]\n"
"        voltage_max: 15 V\n"
"        current_max: 60 mA\n"
"        power_max: 700 mW\n"
"        temperature_max: 1000 °C\n"
"        resistance_min: 120 ohm\n"
"        resistance_max: 480 ohm\n"
"  mfc_h2: {driver: alicat, bus: flows, every: 500 ms,\n"
"           params: {addr: A, full_scale: 20 sccm, gas: H2}}\n"
"  mfc_n2: {driver: alicat, bus: flows, every: 500 ms,\n"
"           params: {addr: B, full_scale: 20 sccm, gas: N2}}\n"
"  mfc_ar: {driver: alicat, bus: flows, every: 500 ms,\n"
"           params: {addr: C, full_scale: 20 sccm, gas: Ar}}\n"
"  mfc_nh3: {driver: alicat, bus: flows, every: 500 ms,\n"
"            params: {addr: D, full_scale: 20 sccm, gas: NH3}}\n"
"  mfc_o2: {driver: alicat, bus: flows, every: 500 ms,\n"
"           params: {addr: E, full_scale: 20 sccm, gas: O2}}\n"
"  pc_inlet: {driver: alicat-pc, bus: pressures, every: 500 ms,\n"
"             params: {addr: A}}\n"
"  pc_outlet: {driver: alicat-pc, bus: pressures, every: 500 ms,\n"
"              params: {addr: B}}\n"
"  gauges: {driver: pfeiffer-tpg36x, bus: gauges, every: 500 ms}\n"
"  valves: {driver: valve-island, bus: valves, every: 500 ms}\n"
"  microscope: {driver: temscript, bus: microscope, every: 500 ms,\n"
"               params: {detector: HAADF}}\n";

static const char roles[] =
"\n"
"roles:\n"
"  heater: heater.temperature\n"
"  heater.output: heater.output\n"
"  heater.power: heater.power\n"
"  heater.resistance: heater.resistance\n"
"  gas.H2: mfc_h2.flow\n"
"  gas.N2: mfc_n2.flow\n"
"  gas.Ar: mfc_ar.flow\n"
"  gas.NH3: mfc_nh3.flow\n"
"  gas.O2: mfc_o2.flow\n"
"  valve.H2: valves.h2\n"
"  valve.N2: valves.n2\n"
"  valve.Ar: valves.ar\n"
"  valve.NH3: valves.nh3\n"
"  valve.O2: valves.o2\n"
"  valve.supply: valves.supply\n"
"  valve.inlet: valves.inlet\n"
"  valve.outlet: valves.outlet\n"
"  valve.bypass: valves.bypass\n"
"  valve.pump: valves.pump_valve\n"
"  pump: valves.pump\n"
"  inlet_pressure: pc_inlet.pressure\n"
"  outlet_pressure: pc_outlet.pressure\n"
"  cell_pressure: gauges.p1\n"
"  beam: microscope.beam\n"
"  camera: microscope.frame\n"
"  column_vacuum: microscope.column_vacuum\n"
"  column_valves: microscope.column_valves\n";

/* A section of the built-in configuration that is written anew. */
static bool is_replaced(const char *line)
{
	static const char *const keys[] = { "laboratory:", "buses:",
					    "instruments:", "roles:" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (strncmp(line, keys[i], strlen(keys[i])) == 0)
			return true;
	return false;
}

/* Section by section; the comments above a key belong to it. */
static void add_rest(struct text *out)
{
	const char *s = config_default;
	const char *end = config_default + config_default_size;
	_cleanup_(text_free) struct text above = {0};
	bool keeps = false;

	while (s < end) {
		const char *newline = memchr(s, '\n', (size_t)(end - s));
		size_t n = newline ? (size_t)(newline - s) + 1
				   : (size_t)(end - s);

		if (*s == '#' || *s == '\n') {
			text_add_n(&above, s, n);
		} else {
			if (*s != ' ')
				keeps = !is_replaced(s);
			if (keeps) {
				text_add(out, text_str(&above));
				text_add_n(out, s, n);
			}
			text_clear(&above);
		}
		s += n;
	}
}

void emulator_site_print(const struct emulator_server *servers, size_t n,
			 struct text *out)
{
	text_add(out, "# Written by gascelld emulate: the simulated laboratory "
		 "through wires.\n\n"
		 "laboratory: emulated gas cell\n\n");
	add_buses(servers, n, out);
	text_add(out, instruments);
	text_add(out, roles);
	add_rest(out);
}

int emulator_site_write(const struct emulator_server *servers, size_t n,
			const char *path, struct err *err)
{
	_cleanup_(text_free) struct text text = {0};
	FILE *file = fopen(path, "we");
	bool is_written;

	if (!file)
		return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
	emulator_site_print(servers, n, &text);
	is_written = fwrite(text.s, 1, text.n, file) == text.n;
	if (fclose(file) || !is_written)
		return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
	return 0;
}
