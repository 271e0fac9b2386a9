/*
 * The site configuration that connects gascelld to a running emulator: buses,
 * instruments and roles through the wires, everything else as in the
 * laboratory that is built in.
 */
#ifndef EMULATOR_SITE_H
#define EMULATOR_SITE_H

#include "base/text.h"
#include "emulator/server.h"

/* Servers by name: meter, flows, pressures, gauges, valves, microscope. They
 * are up. */
void emulator_site_print(const struct emulator_server *servers, size_t n,
			 struct text *out);

/* The same into a file. ERR_IO. */
int emulator_site_write(const struct emulator_server *servers, size_t n,
			const char *path, struct err *err);

#endif
