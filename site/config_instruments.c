/* Buses and instruments: what hangs where, and how often it is asked. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "drivers/bus.h"
#include "site/config_read.h"

#define EVERY_MIN (10 * NSEC_PER_MS)
#define EVERY_MAX (60 * NSEC_PER_S)
#define EVERY_USUAL (500 * NSEC_PER_MS)
#define RETRY_MIN (100 * NSEC_PER_MS)
#define RETRY_MAX (600 * NSEC_PER_S)
#define RETRY_USUAL (5 * NSEC_PER_S)

static int find_bus(const struct config *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->n_buses; i++)
		if (!strcmp(c->buses[i].name, name))
			return (int)i;
	return -1;
}

static void refuse_bus(struct config_reader *r, const struct yaml_node *node)
{
	const char *names[CONFIG_BUSES_MAX + 1];
	size_t i;

	for (i = 0; i < r->c->n_buses; i++)
		names[i] = r->c->buses[i].name;
	names[i] = NULL;
	config_refuse(r, node->at, "there is no bus", node->s, names);
}

static void read_bus(struct config_reader *r, const struct yaml_node *node)
{
	struct config *c = r->c;
	struct bus *bus;

	if (!config_is(node, YAML_MAPPING, "a bus", r->p) ||
	    !config_is_name(r, node->key, node->key_at, "a bus",
			    DEVICE_NAME_MAX))
		return;
	if (c->n_buses == CONFIG_BUSES_MAX) {
		problems_add(r->p, node->key_at, "more than %d buses",
			     CONFIG_BUSES_MAX);
		return;
	}
	text_copy(c->buses[c->n_buses].name, DEVICE_NAME_MAX, node->key);
	c->buses[c->n_buses++].params = node;
	/* Opens nothing; finds the mistakes that only this kind of bus
	 * knows. */
	bus = bus_new(node->key, node, 0, r->p);
	bus_free(bus);
}

void config_read_buses(struct config_reader *r)
{
	const struct yaml_node *map = config_section(r, "buses", YAML_MAPPING);
	const struct yaml_node *node;

	if (!map)
		return;
	for (node = map->first; node; node = node->next)
		read_bus(r, node);
}

static const struct driver *read_driver(struct config_reader *r,
					const struct yaml_node *map)
{
	const struct yaml_node *node = config_scalar(r, map, "driver");

	if (!node) {
		if (!yaml_get(map, "driver"))
			problems_add(r->p, map->key_at,
				     "%s has no driver; "
				     "'gascelld drivers' lists them",
				     map->key);
		return NULL;
	}
	return definitions_find(&r->c->definitions, node->s,
				yaml_get(map, "params"), node->at, r->p);
}

/* A single bus needs no name. */
static size_t read_bus_name(struct config_reader *r,
			    const struct yaml_node *map)
{
	const struct yaml_node *node = config_scalar(r, map, "bus");
	int bus;

	if (!node) {
		if (!yaml_get(map, "bus") && r->c->n_buses != 1)
			problems_add(r->p, map->key_at, "%s has no bus",
				     map->key);
		return 0;
	}
	bus = find_bus(r->c, node->s);
	if (bus < 0)
		refuse_bus(r, node);
	return bus < 0 ? 0 : (size_t)bus;
}

static nsec read_time(struct config_reader *r, const struct yaml_node *map,
		      const char *key, const nsec bounds[3])
{
	const struct yaml_node *node = yaml_get(map, key);
	nsec value = bounds[2];

	if (node)
		config_time(r, node, bounds[0], bounds[1], &value);
	return value;
}

static double limit_or(double value, double otherwise,
		       const struct channel *channel)
{
	return channel->min == 0.0 && channel->max == 0.0 ? otherwise : value;
}

/* What is set is read back where the driver says, else in the same place. */
static int readback_of(const struct driver *driver, size_t i)
{
	const struct channel *channel = &driver->channels[i];

	if (channel->readback)
		return driver_channel(driver, channel->readback);
	return channel->access == (CHANNEL_READ | CHANNEL_WRITE) ? (int)i : -1;
}

static void add_role(struct site *s, const char *instrument,
		     const struct driver *driver, size_t i)
{
	const struct channel *channel = &driver->channels[i];
	const struct poll *poll = &s->polls[s->n_polls];
	bool is_switch = channel->quantity == QUANTITY_SWITCH;
	struct role *role = &s->roles[s->n_roles++];
	int readback = readback_of(driver, i);

	*role = (struct role){
		.quantity = channel->quantity,
		.access = channel->access,
		.min = limit_or(channel->min, is_switch ? 0.0 : -INFINITY,
				channel),
		.max = limit_or(channel->max, is_switch ? 1.0 : INFINITY,
				channel),
		.resolution = channel->resolution,
		.offset = channel->offset,
		.lowest = channel->lowest,
		.highest = channel->highest,
		.tolerance = channel->tolerance,
		.readback = readback < 0 ? ROLE_NONE : poll->first + readback,
		.poll = (uint16_t)s->n_polls,
	};
	snprintf(role->name, sizeof(role->name), "%.*s.%s", ROLE_NAME_MAX / 2,
		 instrument, channel->name);
}

static void add_poll(struct site *s, const char *name,
		     const struct driver *driver, nsec period)
{
	struct poll *poll = &s->polls[s->n_polls];
	size_t i;

	poll->period = period;
	poll->first = (uint16_t)s->n_roles;
	poll->n = (uint16_t)driver->n_channels;
	text_copy(poll->name, sizeof(poll->name), name);
	for (i = 0; i < driver->n_channels; i++)
		add_role(s, name, driver, i);
	s->n_polls++;
}

static void add_instrument(struct config_reader *r, const struct yaml_node *map,
			   const struct config_instrument *instrument,
			   nsec period)
{
	const struct yaml_node *channels = yaml_get(map, "channels");
	struct place at = map->key_at;
	struct config *c = r->c;

	if (c->n_instruments == POLLS_MAX) {
		problems_add(r->p, at, "more than %d instruments", POLLS_MAX);
	} else if (c->site.n_roles + instrument->driver->n_channels >
		   ROLES_MAX) {
		problems_add(r->p, at,
			     "more than %d channels in all "
			     "instruments",
			     ROLES_MAX);
	} else {
		c->instruments[c->n_instruments++] = *instrument;
		add_poll(&c->site, instrument->name, instrument->driver,
			 period);
		if (channels)
			config_read_channels(r, channels);
	}
}

static void read_instrument(struct config_reader *r,
			    const struct yaml_node *map)
{
	static const char *const known[] = { "driver", "bus",	 "every",
					     "retry",  "params", "channels",
					     NULL };
	static const nsec every[] = { EVERY_MIN, EVERY_MAX, EVERY_USUAL };
	static const nsec retry[] = { RETRY_MIN, RETRY_MAX, RETRY_USUAL };
	struct config_instrument instrument = { 0 };
	nsec period;

	if (!config_is(map, YAML_MAPPING, "an instrument", r->p) ||
	    !config_is_name(r, map->key, map->key_at, "an instrument",
			    ROLE_NAME_MAX / 2))
		return;
	yaml_check_keys(map, "an instrument", known, r->p);
	text_copy(instrument.name, sizeof(instrument.name), map->key);
	instrument.driver = read_driver(r, map);
	instrument.bus = read_bus_name(r, map);
	instrument.retry_ms =
		(int)(read_time(r, map, "retry", retry) / NSEC_PER_MS);
	period = read_time(r, map, "every", every);
	instrument.params = yaml_get(map, "params");
	if (instrument.params)
		config_is(instrument.params, YAML_MAPPING, "params", r->p);
	if (instrument.driver)
		add_instrument(r, map, &instrument, period);
}

void config_read_instruments(struct config_reader *r)
{
	const struct yaml_node *map =
		config_section(r, "instruments", YAML_MAPPING);
	const struct yaml_node *node;

	if (!map && !yaml_get(r->root, "instruments"))
		problems_add(r->p, (struct place){ .file = r->file },
			     "has no instruments");
	if (!map)
		return;
	config_find_drivers(r);
	for (node = map->first; node; node = node->next)
		read_instrument(r, node);
}
