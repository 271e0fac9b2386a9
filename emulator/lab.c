#include "emulator/lab.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "emulator/scpi.h"
#include "emulator/tsp.h"
#include "drivers/settings.h"

#define SIZE_USUAL 512
#define SIZE_MIN 64

static void add(struct emulator_lab *lab, enum emulator_server_index i,
		struct emulator_server server)
{
	lab->servers[i] = server;
}

static void make_instruments(struct emulator_lab *lab, size_t size)
{
	struct emulator_bench *bench = &lab->bench;

	emulator_meter_reset(&lab->meter, bench);
	emulator_alicat_flows(&lab->flows, bench);
	emulator_alicat_pressures(&lab->pressures, bench);
	emulator_tpg_init(&lab->gauges, bench);
	emulator_modbus_init(&lab->valves, bench);
	emulator_temscript_init(&lab->microscope, bench, size);
}

static void make_servers(struct emulator_lab *lab)
{
	/* clang-format off */
	const struct emulator_server servers[] = {
		[EMULATOR_METER] = {
			.name = "meter", .about = "Keithley 2450, SCPI",
			.codec = &emulator_scpi_codec,
			.instrument = &lab->meter },
		[EMULATOR_TSP] = {
			.name = "tsp",
			.about = "the same meter as a Keithley 2602B, TSP",
			.codec = &emulator_tsp_codec,
			.instrument = &lab->meter },
		[EMULATOR_FLOWS] = {
			.name = "flows",
			.about = "Alicat A H2 B N2 C Ar D NH3 E O2 F cell",
			.codec = &emulator_alicat_codec,
			.instrument = &lab->flows },
		[EMULATOR_PRESSURES] = {
			.name = "pressures",
			.about = "Alicat PC A inlet, B outlet",
			.codec = &emulator_alicat_codec,
			.instrument = &lab->pressures },
		[EMULATOR_GAUGES] = {
			.name = "gauges",
			.about = "Pfeiffer TPG 36x: cell, outlet, inlet",
			.codec = &emulator_tpg_codec,
			.instrument = &lab->gauges },
		[EMULATOR_VALVES] = {
			.name = "valves", .about = "Modbus TCP coils",
			.codec = &emulator_modbus_codec,
			.instrument = &lab->valves },
		[EMULATOR_RTU] = {
			.name = "rtu",
			.about = "the same valves, Modbus RTU",
			.codec = &emulator_rtu_codec,
			.instrument = &lab->valves },
		[EMULATOR_MICROSCOPE] = {
			.name = "microscope", .about = "temscript, HTTP",
			.codec = &emulator_temscript_codec,
			.instrument = &lab->microscope },
	};
	/* clang-format on */

	for (int i = 0; i < EMULATOR_SERVERS_N; i++)
		add(lab, (enum emulator_server_index)i, servers[i]);
}

struct emulator_server *emulator_lab_find(struct emulator_lab *lab,
					  const char *name)
{
	for (int i = 0; i < EMULATOR_SERVERS_N; i++)
		if (strcmp(lab->servers[i].name, name) == 0)
			return &lab->servers[i];
	return NULL;
}

/* -- configuration ------------------------------------------------------ */

static void read_server(struct emulator_lab *lab, const struct yaml_node *map,
			struct problems *problems)
{
	static const char *const tcp[] = { "port", NULL };
	static const char *const serial[] = { "link", NULL };
	struct emulator_server *s = emulator_lab_find(lab, map->key);
	const struct yaml_node *port = yaml_get(map, "port");
	const struct yaml_node *link = yaml_get(map, "link");
	int64_t value = 0;

	if (!s) {
		problems_add(problems, map->key_at, "there is no server '%s'",
			     map->key);
		return;
	}
	if (!settings_is_mapping(map, "a server", problems))
		return;
	yaml_check_keys(map, "this server",
			emulator_server_is_serial(s) ? serial : tcp, problems);
	if (port && !settings_integer(port, "port", 0, 65535, &value, problems))
		s->port = (int)value;
	if (link && (link->kind != YAML_SCALAR ||
		     !text_copy(s->link, sizeof(s->link), link->s)))
		problems_add(problems, link->at, "a link is a path");
}

static void read_fault(struct emulator_lab *lab, const struct yaml_node *node,
		       nsec now, struct problems *problems)
{
	struct err err = { 0 };

	if (node->kind != YAML_SCALAR)
		problems_add(problems, node->at,
			     "a fault is written like "
			     "'late flows by 800 ms at 10 s for 5 s'");
	else if (emulator_lab_obey(lab, node->s, now, &err))
		problems_add(problems, node->at, "%s", err.msg);
}

static void read_all(struct emulator_lab *lab, const struct yaml_node *config,
		     nsec now, struct problems *problems)
{
	static const char *const keys[] = { "laboratory", "size", "servers",
					    "faults", NULL };
	const struct yaml_node *servers = yaml_get(config, "servers");
	const struct yaml_node *faults = yaml_get(config, "faults");
	const struct yaml_node *node;

	yaml_check_keys(config, "an emulator's configuration", keys, problems);
	if (servers && settings_is_mapping(servers, "servers", problems))
		for (node = servers->first; node; node = node->next)
			read_server(lab, node, problems);
	if (faults && faults->kind != YAML_SEQUENCE)
		problems_add(problems, faults->at, "faults are a list");
	else if (faults)
		for (node = faults->first; node; node = node->next)
			read_fault(lab, node, now, problems);
}

int emulator_lab_init(struct emulator_lab *lab, const struct yaml_node *config,
		      uint64_t seed, nsec now, struct problems *problems)
{
	const struct yaml_node *size = yaml_get(config, "size");
	int64_t pixels = SIZE_USUAL;
	size_t n_before = problems->n_all;

	*lab = (struct emulator_lab){ 0 };
	if (config &&
	    !settings_is_mapping(config, "the configuration", problems))
		return -1;
	if (size)
		settings_integer(size, "size", SIZE_MIN, SIM_IMAGE_MAX, &pixels,
				 problems);
	if (emulator_bench_init(&lab->bench, yaml_get(config, "laboratory"),
				seed, now, problems))
		return -1;
	make_instruments(lab, (size_t)pixels);
	make_servers(lab);
	if (config)
		read_all(lab, config, now, problems);
	if (problems->n_all == n_before)
		return 0;
	emulator_lab_fini(lab);
	return -1;
}

void emulator_lab_fini(struct emulator_lab *lab)
{
	for (int i = 0; i < EMULATOR_SERVERS_N; i++)
		emulator_server_fini(&lab->servers[i]);
	emulator_bench_fini(&lab->bench);
}

/* -- what is said while it runs ----------------------------------------- */

static int unknown_server(struct emulator_lab *lab, const char *name,
			  struct err *err)
{
	const char *names[EMULATOR_SERVERS_N + 1] = { 0 }, *near;

	for (int i = 0; i < EMULATOR_SERVERS_N; i++)
		names[i] = lab->servers[i].name;
	near = text_nearest(name, names);
	return err_set(err, ERR_INVALID,
		       "there is no server '%.32s'; such as "
		       "%s",
		       name, near ? near : names[0]);
}

static int clear(struct emulator_lab *lab, const char *name, struct err *err)
{
	name += strspn(name, " ");
	if (*name && !emulator_lab_find(lab, name))
		return unknown_server(lab, name, err);
	emulator_faults_clear(&lab->wires.faults, name);
	return 0;
}

int emulator_lab_obey(struct emulator_lab *lab, const char *line, nsec real,
		      struct err *err)
{
	struct emulator_fault fault;

	if (strncmp(line, "clear", 5) == 0 && (!line[5] || line[5] == ' '))
		return clear(lab, line + 5, err);
	if (emulator_fault_parse(line, real, &fault, err))
		return -1;
	if (!emulator_lab_find(lab, fault.server))
		return unknown_server(lab, fault.server, err);
	return emulator_faults_add(&lab->wires.faults, &fault, real, err);
}
