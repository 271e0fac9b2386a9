/*
 * All emulated instruments around one bench, and the servers that carry them.
 */
#ifndef EMULATOR_LAB_H
#define EMULATOR_LAB_H

#include "base/yaml.h"
#include "emulator/alicat.h"
#include "emulator/meter.h"
#include "emulator/modbus.h"
#include "emulator/server.h"
#include "emulator/temscript.h"
#include "emulator/tpg.h"

enum emulator_server_index {
	EMULATOR_METER,
	EMULATOR_TSP,
	EMULATOR_FLOWS,
	EMULATOR_PRESSURES,
	EMULATOR_GAUGES,
	EMULATOR_VALVES,
	EMULATOR_RTU,
	EMULATOR_MICROSCOPE,
	EMULATOR_SERVERS_N
};

struct emulator_lab {
	struct emulator_bench bench;
	struct emulator_wires wires;
	struct emulator_meter meter; /* in two languages */
	struct emulator_alicat flows, pressures;
	struct emulator_tpg gauges;
	struct emulator_modbus valves;
	struct emulator_temscript microscope;
	struct emulator_server servers[EMULATOR_SERVERS_N];
};

/*
 * `config` (NULL: all defaults) has
 *
 *	laboratory: {type: sim, ...}	as a bus, docs/simulator.md
 *	size: 512			pixels of the camera
 *	servers:
 *	  meter: {port: 5025}
 *	  flows: {link: /run/gascell/flows}
 *	faults: [late flows by 800 ms at 10 s for 5 s]
 *
 * and outlives the lab. Nothing is opened. -1 with problems. Loop's thread.
 */
int emulator_lab_init(struct emulator_lab *lab, const struct yaml_node *config,
		      uint64_t seed, nsec now, struct problems *problems);
void emulator_lab_fini(struct emulator_lab *lab);

/* NULL: there is none of that name. */
struct emulator_server *emulator_lab_find(struct emulator_lab *lab,
					  const char *name);

/*
 * One line of what people (and tests) say while it runs: a fault
 * (emulator_fault.h) or "clear [SERVER]". ERR_INVALID, ERR_FULL.
 */
int emulator_lab_obey(struct emulator_lab *lab, const char *line, nsec real,
		      struct err *err);

#endif
