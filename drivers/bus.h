/*
 * What instruments hang on: a serial line, a TCP connection, or the
 * simulated laboratory. A bus and all that hangs on it belong to one thread.
 */
#ifndef DRIVERS_BUS_H
#define DRIVERS_BUS_H

#include <stdbool.h>

#include "base/err.h"
#include "base/nsec.h"
#include "base/problems.h"
#include "base/yaml.h"
#include "drivers/link.h"

struct bus;

/*
 * `params` is the bus's mapping in the configuration (key `type` names the
 * kind: "sim", "tcp"); it outlives the bus. `seed` makes simulated noise
 * repeatable.
 * Mistakes go to `problems` with their places. NULL on any.
 */
struct bus *bus_new(const char *name, const struct yaml_node *params,
		    uint64_t seed, struct problems *problems);
void bus_free(struct bus *bus);
const char *bus_name(const struct bus *bus);

/* For the drivers of one kind of bus: its inside, or NULL when the bus is of
 * another kind. */
struct sim_lab;
struct sim_lab *bus_sim(struct bus *bus);

/*
 * Lines of bytes: types serial, file, tcp.
 *
 *	gas:    {type: serial, usb: FT5P1ABC, baud: 19200, format: 8N1}
 *	gauge:  {type: file, path: /dev/ttyS0, baud: 9600}
 *	meter:  {type: tcp, host: 192.168.7.20, port: 5025}
 *
 * and of registers: modbus-rtu (port or usb, baud, format), modbus-tcp (host,
 * port). All of these take `quarantine` (1 s), see drivers/wire.h.
 *
 * Requests to a server: http (host, port). Programs of this computer: local.
 */
struct wire;
struct link_modbus;
struct link *bus_link(struct bus *bus);
struct wire *bus_wire(struct bus *bus); /* of both kinds */
struct link_modbus *bus_modbus(struct bus *bus);
struct link_http;
struct link_http *bus_http(struct bus *bus);

/*
 * A safe command is about to be queued: what the bus does just now gives way
 * (drivers/link.h). Each bus_interrupt(), from any thread, is followed by one
 * bus_resume() that says the same: on the bus's thread when the safe command
 * begins, or where it is dropped. Between bus_urgent(bus, true) and (bus,
 * false), on the bus's thread, nothing gives way. No effect on kinds of bus
 * that never wait.
 */
void bus_interrupt(struct bus *bus, enum link_hurry hurry);
void bus_resume(struct bus *bus, enum link_hurry hurry);
void bus_urgent(struct bus *bus, bool urgent);

/* Opens and cleans a line when that is due (drivers/wire.h: it may take the
 * quarantine's time), before anything is asked. 0 on kinds of bus that need
 * none. On the bus's thread. */
int bus_ready(struct bus *bus, struct err *err);

/* All bytes that pass; NULL switches off. Any thread. */
struct link_sink;
void bus_trace(struct bus *bus, const struct link_sink *sink);
bool bus_has_bytes(const struct bus *bus);

/* The key `quarantine` of a bus's mapping, or its default. */
nsec bus_quarantine(const struct yaml_node *params, struct problems *problems);

/* Kinds there are, NULL-terminated: for messages. */
const char *const *bus_types(void);

#endif
