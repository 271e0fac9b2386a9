#include "emulator/site.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

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

static void add_tcp(const struct emulator_server *v, size_t n, const char *name,
		    const char *type, struct text *out)
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

/* clang-format off */
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
"  mfc_h2: {driver: alicat, bus: flows, params: {addr: A,\n"
"           expect: {gas: H2, full_scale: 20 sccm}}}\n"
"  mfc_n2: {driver: alicat, bus: flows, params: {addr: B,\n"
"           expect: {gas: N2, full_scale: 20 sccm}}}\n"
"  mfc_ar: {driver: alicat, bus: flows, params: {addr: C,\n"
"           expect: {gas: Ar, full_scale: 20 sccm}}}\n"
"  mfc_nh3: {driver: alicat, bus: flows, params: {addr: D,\n"
"            expect: {gas: NH3, full_scale: 20 sccm}}}\n"
"  mfc_o2: {driver: alicat, bus: flows, params: {addr: E,\n"
"           expect: {gas: O2, full_scale: 20 sccm}}}\n"
"  meter_cell: {driver: alicat-meter, bus: flows, params: {addr: F}}\n"
"  pc_inlet:\n"
"    driver: alicat-pc\n"
"    bus: pressures\n"
"    params: {addr: A, expect: {full_scale: 1000 Torr}}\n"
"    channels: {pressure: {resolution: 0.244 Torr, offset: 0.5 Torr}}\n"
"  pc_outlet:\n"
"    driver: alicat-pc\n"
"    bus: pressures\n"
"    params: {addr: B, expect: {full_scale: 1000 Torr}}\n"
"    channels: {pressure: {resolution: 0.0024 Torr, offset: 0.005 Torr}}\n"
"  gauges:\n"
"    driver: pfeiffer-tpg36x\n"
"    bus: gauges\n"
"    params: {expect: {model: TPG366, serial: \"44990001\", sensor1: CMR}}\n"
"    channels:\n"
"      pressure1: {resolution: 0.244 Torr, offset: 1.1 Torr,\n"
"                  range: [0 Torr, 1000 Torr]}\n"
"      pressure2: {resolution: 0.0024 Torr, offset: 0.005 Torr,\n"
"                  range: [0 Torr, 1000 Torr]}\n"
"  valves:\n"
"    driver: modbus-valves\n"
"    bus: valves\n"
"    params: {valves: 11, outputs: 1, first_output: 11}\n"
"  microscope:\n"
"    driver: temscript\n"
"    bus: microscope\n"
"    params: {detector: HAADF, scan: 512, gauge: IGPa,\n"
"             expect: {family: TITAN}}\n";

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
"  valve.H2: valves.valve1\n"
"  valve.N2: valves.valve2\n"
"  valve.Ar: valves.valve3\n"
"  valve.NH3: valves.valve4\n"
"  valve.O2: valves.valve5\n"
"  valve.supply: valves.valve6\n"
"  valve.inlet: valves.valve7\n"
"  valve.outlet: valves.valve8\n"
"  valve.bypass: valves.valve9\n"
"  valve.pump: valves.valve10\n"
"  pump: valves.valve11\n"
"  inlet_pressure: pc_inlet.pressure\n"
"  outlet_pressure: pc_outlet.pressure\n"
"  cell_pressure: gauges.pressure1\n"
"  cell_flow: meter_cell.flow\n"
"  beam: microscope.beam\n"
"  camera: microscope.frame\n"
"  column_vacuum: microscope.column_vacuum\n"
"  column_valves: microscope.column_valves\n";
/* clang-format on */

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
	_cleanup_(text_free) struct text above = { 0 };
	bool keeps = false;

	while (s < end) {
		const char *newline = memchr(s, '\n', (size_t)(end - s));
		size_t n =
			newline ? (size_t)(newline - s) + 1 : (size_t)(end - s);

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
	text_add(out, "# Written by gascelld emulate: the simulated "
		      "laboratory through wires.\n\n"
		      "laboratory: emulated gas cell\n\n");
	add_buses(servers, n, out);
	text_add(out, instruments);
	text_add(out, roles);
	add_rest(out);
}

static int write_file(const char *path, const char *bytes, size_t n,
		      struct err *err)
{
	FILE *file = fopen(path, "we");
	bool is_written;

	if (!file)
		return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
	is_written = fwrite(bytes, 1, n, file) == n;
	if (fclose(file) || !is_written)
		return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
	return 0;
}

int emulator_site_write(const struct emulator_server *servers, size_t n,
			const char *path, struct err *err)
{
	_cleanup_(text_free) struct text text = { 0 };

	emulator_site_print(servers, n, &text);
	return write_file(path, text.s, text.n, err);
}
