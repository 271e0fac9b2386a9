/*
 * What the site knows of a channel better than its driver: which gauge hangs
 * on a controller, what it resolves, by how much it may be off.
 */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/array.h"
#include "site/config_read.h"

static const struct {
	const char *key;
	size_t role, channel;
} widths[] = {
	{ "resolution", offsetof(struct role, resolution),
	  offsetof(struct channel, resolution) },
	{ "offset", offsetof(struct role, offset),
	  offsetof(struct channel, offset) },
	{ "tolerance", offsetof(struct role, tolerance),
	  offsetof(struct channel, tolerance) },
};

static enum quantity width_of(enum quantity q)
{
	return q == QUANTITY_TEMPERATURE ? QUANTITY_DIFFERENCE : q;
}

static void read_width(struct config_reader *r, const struct yaml_node *node,
		       enum quantity quantity, double *out)
{
	double value;

	if (!node || !config_quantity(r, node, width_of(quantity), &value))
		return;
	if (value >= 0.0 && value <= CHANNEL_WIDTH_MAX)
		*out = value;
	else
		problems_add(r->p, node->at, CHANNEL_WIDTH_WORDS, node->key);
}

/* range: [0 Torr, 1000 Torr] */
static void read_range(struct config_reader *r, const struct yaml_node *list,
		       struct role *role)
{
	double lowest, highest;

	if (!config_is(list, YAML_SEQUENCE, "a range", r->p))
		return;
	if (list->n != 2) {
		problems_add(r->p, list->at,
			     "range: the lowest and the highest reading "
			     "belong here");
		return;
	}
	if (!config_quantity(r, list->first, role->quantity, &lowest) ||
	    !config_quantity(r, list->first->next, role->quantity, &highest))
		return;
	if (!(lowest < highest)) {
		problems_add(r->p, list->at,
			     "range: the lowest reading comes first");
		return;
	}
	role->lowest = lowest;
	role->highest = highest;
}

static void read_channel(struct config_reader *r, const struct yaml_node *map,
			 struct role *role)
{
	static const char *const known[] = { "resolution", "offset",
					     "tolerance", "range", NULL };
	const struct yaml_node *range = yaml_get(map, "range");

	if (!config_is(map, YAML_MAPPING, "a channel", r->p))
		return;
	yaml_check_keys(map, "a channel of a site", known, r->p);
	for (size_t i = 0; i < ARRAY_SIZE(widths); i++)
		read_width(r, yaml_get(map, widths[i].key), role->quantity,
			   (double *)((char *)role + widths[i].role));
	if (range)
		read_range(r, range, role);
}

static void refuse(struct config_reader *r, const struct yaml_node *node,
		   const struct driver *driver)
{
	const char *names[DEVICE_CHANNELS_MAX + 1];
	size_t i;

	for (i = 0; i < driver->n_channels; i++)
		names[i] = driver->channels[i].name;
	names[i] = NULL;
	config_refuse(r, node->key_at, "this instrument has no channel",
		      node->key, names);
}

void config_read_channels(struct config_reader *r, const struct yaml_node *map)
{
	size_t instrument = r->c->n_instruments - 1;
	const struct driver *driver = r->c->instruments[instrument].driver;
	size_t first = r->c->site.polls[instrument].first;

	if (!config_is(map, YAML_MAPPING, "channels", r->p))
		return;
	for (const struct yaml_node *node = map->first; node;
	     node = node->next) {
		int i = driver_channel(driver, node->key);

		if (i < 0)
			refuse(r, node, driver);
		else
			read_channel(r, node,
				     &r->c->site.roles[first + (size_t)i]);
	}
}

static void add_key(const char *key, struct text *out)
{
	text_addf(out, "%s%s: ", out->n ? ", " : "", key);
}

static void print_channel(const struct role *role,
			  const struct channel *channel, struct text *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(widths); i++) {
		double have, usual;

		memcpy(&have, (const char *)role + widths[i].role,
		       sizeof(have));
		memcpy(&usual, (const char *)channel + widths[i].channel,
		       sizeof(usual));
		if (have == usual)
			continue;
		add_key(widths[i].key, out);
		config_print_value(width_of(role->quantity), have, out);
	}
	if (role->lowest == channel->lowest &&
	    role->highest == channel->highest)
		return;
	add_key("range", out);
	text_add_char(out, '[');
	config_print_value(role->quantity, role->lowest, out);
	text_add(out, ", ");
	config_print_value(role->quantity, role->highest, out);
	text_add_char(out, ']');
}

void config_print_channels(const struct config *c, size_t instrument,
			   struct text *out)
{
	const struct driver *driver = c->instruments[instrument].driver;
	size_t first = c->site.polls[instrument].first;
	bool any = false;

	for (size_t i = 0; i < driver->n_channels; i++) {
		const struct channel *channel = &driver->channels[i];
		_cleanup_(text_free) struct text one = { 0 };

		print_channel(&c->site.roles[first + i], channel, &one);
		if (!one.n)
			continue;
		text_add(out, any ? "" : "    channels:\n");
		text_addf(out, "      %s: {%s}\n", channel->name,
			  text_str(&one));
		any = true;
	}
}
