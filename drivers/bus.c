#include "drivers/bus.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "drivers/sim_lab.h"

struct bus_kind {
	const char *type;
	/* NULL, with problems, when params are wrong. */
	void *(*open)(const struct yaml_node *params, uint64_t seed,
		      struct problems *problems);
	void (*close)(void *inside);
};

struct bus {
	char *name;
	const struct bus_kind *kind;
	void *inside;
};

static void *sim_open(const struct yaml_node *params, uint64_t seed,
		      struct problems *problems)
{
	return sim_lab_new(params, seed, problems);
}

static void sim_close(void *inside)
{
	sim_lab_free(inside);
}

static const struct bus_kind kind_sim = { "sim", sim_open, sim_close };

static const struct bus_kind *const kinds[] = { &kind_sim };
static const char *const types[] = { "sim", NULL };

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
	struct place at = params ? params->at : (struct place){0};
	const char *near;

	if (!type || type->kind != YAML_SCALAR) {
		problems_add(problems, type ? type->at : at,
			     "a bus needs its type, such as sim");
		return NULL;
	}
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strcmp(type->s, kinds[i]->type) == 0)
			return kinds[i];
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
	return bus && bus->kind == &kind_sim ? bus->inside : NULL;
}
