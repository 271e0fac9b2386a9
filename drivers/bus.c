#include "drivers/bus.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "drivers/link_http.h"
#include "drivers/link_modbus.h"
#include "drivers/link_open.h"
#include "drivers/settings.h"
#include "drivers/sim_lab.h"
#include "drivers/wire.h"

struct bus_kind {
	const char *type;
	/* NULL, with problems, when params are wrong. */
	void *(*open)(const struct yaml_node *params, uint64_t seed,
		      struct problems *problems);
	void (*close)(void *inside);
	/* NULL: it never waits. */
	struct link *(*link)(void *inside);
};

struct bus {
	char *name;
	const struct bus_kind *kind;
	void *inside;
};

nsec bus_quarantine(const struct yaml_node *params, struct problems *problems)
{
	const struct setting table[] = {
		{ "quarantine", QUANTITY_TIME, 0, 0.001,
		  nsec_to_s(WIRE_QUARANTINE_MAX), 0 },
		{ 0 },
	};
	double seconds = (double)WIRE_QUARANTINE / (double)NSEC_PER_S;

	settings_take(params, table, &seconds, problems);
	return nsec_from_s(seconds);
}

static void *sim_open(const struct yaml_node *params, uint64_t seed,
		      struct problems *problems)
{
	return sim_lab_new(params, seed, problems);
}

static void sim_close(void *inside)
{
	sim_lab_free(inside);
}

/* A line of bytes. */
struct line {
	struct link *link;
	struct wire wire;
};

static void *new_line(struct link *link, const struct yaml_node *params,
		      struct problems *problems)
{
	size_t before = problems->n_all;
	nsec quarantine = bus_quarantine(params, problems);
	struct line *line;

	if (!link || problems->n_all != before) {
		link_free(link);
		return NULL;
	}
	line = memory_zeroed(1, sizeof(*line));
	line->link = link;
	wire_init(&line->wire, link, quarantine);
	return line;
}

static void *file_open(const struct yaml_node *params, uint64_t seed,
		       struct problems *problems)
{
	(void)seed;
	return new_line(link_file_new(params, problems), params, problems);
}

static void *serial_open(const struct yaml_node *params, uint64_t seed,
			 struct problems *problems)
{
	(void)seed;
	return new_line(link_serial_new(params, problems), params, problems);
}

static void *tcp_open(const struct yaml_node *params, uint64_t seed,
		      struct problems *problems)
{
	(void)seed;
	return new_line(link_tcp_new(params, problems), params, problems);
}

static void line_close(void *inside)
{
	struct line *line = inside;

	link_free(line->link);
	free(line);
}

static struct link *line_link(void *inside)
{
	return ((struct line *)inside)->link;
}

static void *rtu_open(const struct yaml_node *params, uint64_t seed,
		      struct problems *problems)
{
	(void)seed;
	return link_modbus_new(params, false, problems);
}

static void *modbus_tcp_open(const struct yaml_node *params, uint64_t seed,
			     struct problems *problems)
{
	(void)seed;
	return link_modbus_new(params, true, problems);
}

static void modbus_close(void *inside)
{
	link_modbus_free(inside);
}

static struct link *modbus_link(void *inside)
{
	return link_modbus_link(inside);
}

static void *http_open(const struct yaml_node *params, uint64_t seed,
		       struct problems *problems)
{
	(void)seed;
	return link_http_new(params, problems);
}

static void http_close(void *inside)
{
	link_http_free(inside);
}

static struct link *http_link(void *inside)
{
	return link_http_link(inside);
}

/* A thread and nothing else. */
static void *local_open(const struct yaml_node *params, uint64_t seed,
			struct problems *problems)
{
	static const char *const keys[] = { "type", NULL };
	size_t before = problems->n_all;

	(void)seed;
	yaml_check_keys(params, "a bus of type local", keys, problems);
	return problems->n_all == before ? memory_zeroed(1, 1) : NULL;
}

static void local_close(void *inside)
{
	free(inside);
}

static const struct bus_kind kinds[] = {
	{ "sim", sim_open, sim_close, NULL },
	{ "serial", serial_open, line_close, line_link },
	{ "file", file_open, line_close, line_link },
	{ "tcp", tcp_open, line_close, line_link },
	{ "modbus-rtu", rtu_open, modbus_close, modbus_link },
	{ "modbus-tcp", modbus_tcp_open, modbus_close, modbus_link },
	{ "http", http_open, http_close, http_link },
	{ "local", local_open, local_close, NULL },
};
static const char *const types[] = { "sim",  "serial",	   "file",
				     "tcp",  "modbus-rtu", "modbus-tcp",
				     "http", "local",	   NULL };

_Static_assert(ARRAY_SIZE(kinds) + 1 == ARRAY_SIZE(types),
	       "each kind of bus has its name in both tables");

const char *const *bus_types(void)
{
	return types;
}

static const struct bus_kind *find_kind(const struct yaml_node *params,
					struct problems *problems)
{
	const struct yaml_node *type = yaml_get(params, "type");
	struct place at = params ? params->at : (struct place){ 0 };
	const char *near;

	if (!type || type->kind != YAML_SCALAR) {
		problems_add(problems, type ? type->at : at,
			     "a bus needs its type, such as sim");
		return NULL;
	}
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strcmp(type->s, kinds[i].type) == 0)
			return &kinds[i];
	near = text_nearest(type->s, types);
	problems_add(problems, type->at, "unknown type of bus; such as %s",
		     near ? near : types[0]);
	return NULL;
}

struct bus *bus_new(const char *name, const struct yaml_node *params,
		    uint64_t seed, struct problems *problems)
{
	const struct bus_kind *kind = find_kind(params, problems);
	struct bus *bus;
	void *inside;

	if (!kind)
		return NULL;
	inside = kind->open(params, seed, problems);
	if (!inside)
		return NULL;
	bus = memory_zeroed(1, sizeof(*bus));
	bus->name = text_dup(name);
	bus->kind = kind;
	bus->inside = inside;
	return bus;
}

void bus_free(struct bus *bus)
{
	if (!bus)
		return;
	bus->kind->close(bus->inside);
	free(bus->name);
	free(bus);
}

const char *bus_name(const struct bus *bus)
{
	return bus->name;
}

struct sim_lab *bus_sim(struct bus *bus)
{
	return bus && bus->kind->open == sim_open ? bus->inside : NULL;
}

static struct line *line_of(struct bus *bus)
{
	return bus && bus->kind->close == line_close ? bus->inside : NULL;
}

struct link *bus_link(struct bus *bus)
{
	struct line *line = line_of(bus);

	return line ? line->link : NULL;
}

struct link_modbus *bus_modbus(struct bus *bus)
{
	return bus && bus->kind->close == modbus_close ? bus->inside : NULL;
}

struct link_http *bus_http(struct bus *bus)
{
	return bus && bus->kind->open == http_open ? bus->inside : NULL;
}

struct wire *bus_wire(struct bus *bus)
{
	struct line *line = line_of(bus);
	struct link_modbus *modbus = bus_modbus(bus);

	if (modbus)
		return link_modbus_wire(modbus);
	return line ? &line->wire : NULL;
}

static struct link *any_link(struct bus *bus)
{
	return bus->kind->link ? bus->kind->link(bus->inside) : NULL;
}

void bus_interrupt(struct bus *bus, enum link_hurry hurry)
{
	struct link *link = any_link(bus);

	if (link)
		link_interrupt(link, hurry);
}

void bus_resume(struct bus *bus, enum link_hurry hurry)
{
	struct link *link = any_link(bus);

	if (link)
		link_resume(link, hurry);
}

int bus_ready(struct bus *bus, struct err *err)
{
	struct wire *wire = bus_wire(bus);
	uint64_t epoch;

	return wire ? wire_ready(wire, &epoch, err) : 0;
}

void bus_urgent(struct bus *bus, bool urgent)
{
	struct link *link = any_link(bus);

	if (link)
		link_urgent(link, urgent);
}

bool bus_has_bytes(const struct bus *bus)
{
	return bus->kind->link != NULL;
}

void bus_trace(struct bus *bus, const struct link_sink *sink)
{
	struct link *link = any_link(bus);

	if (link)
		link_trace(link, sink);
}
