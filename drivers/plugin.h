/*
 * What a driver outside of this program, in a shared object of its own,
 * exports: one constant table.
 *
 *	static const struct driver *const drivers[] = { &bench_psu, NULL };
 *	const struct plugin gascell_plugin = { PLUGIN_HEAD, drivers };
 *
 * The program provides all functions of the headers that are installed with
 * it (cmake/plugin_exports.list); the rules for a driver are those of
 * drivers/driver.h. docs/drivers.md says how one is built and used.
 */
#ifndef DRIVERS_PLUGIN_H
#define DRIVERS_PLUGIN_H

#include <stdint.h>

#include "drivers/driver.h"

#define PLUGIN_DRIVERS_MAX 16

/* Of what passes between a plugin and the program. */
struct plugin_sizes {
	uint32_t driver, channel, device, err, frame, frame_request;
};

/* What stands in front of `drivers` is the same in every ABI. */
struct plugin {
	uint32_t abi; /* DRIVER_ABI */
	struct plugin_sizes sizes;
	const struct driver *const *drivers; /* NULL-terminated */
};

#define PLUGIN_SIZES                                                           \
	{                                                                      \
		sizeof(struct driver), sizeof(struct channel),                 \
			sizeof(struct device), sizeof(struct err),             \
			sizeof(struct frame), sizeof(struct frame_request)     \
	}
#define PLUGIN_HEAD DRIVER_ABI, PLUGIN_SIZES

__attribute__((
	visibility("default"))) extern const struct plugin gascell_plugin;

#endif
