#include "node/role_shape.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"

static bool starts_with(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

void role_shape_name(const struct node *node, const char *role,
		     char name[MESSAGE_NAME_MAX + 1])
{
	size_t i, n;
	int again = 1;

	snprintf(name, MESSAGE_NAME_MAX + 1, "%s%s",
		 isalpha((unsigned char)role[0]) ? "" : "_", role);
	for (i = 0; name[i]; i++)
		if (!isalnum((unsigned char)name[i]))
			name[i] = '_';
	n = i;
	while (node_has_module(node, name))
		snprintf(name + n, MESSAGE_NAME_MAX + 1 - n, "_%d", ++again);
}

static const struct datainfo_member switch_members[] = {
	{ .name = "off", .code = 0 },
	{ .name = "on", .code = 1 },
};
static const struct datainfo_member valve_members[] = {
	{ .name = "closed", .code = 0 },
	{ .name = "open", .code = 1 },
};
static const struct datainfo_member beam_members[] = {
	{ .name = "blanked", .code = 0 },
	{ .name = "unblanked", .code = 1 },
};

static bool is_known(const struct site *site, size_t role,
		     enum known_role known)
{
	return site->known[known] == (int)role;
}

static struct datainfo switch_datainfo(const struct site *site, size_t role)
{
	struct datainfo d = { .type = DATAINFO_ENUM, .n_members = 2 };

	if (is_known(site, role, KNOWN_BEAM))
		d.members = beam_members;
	else if (is_known(site, role, KNOWN_COLUMN_VALVES) ||
		 starts_with(site->roles[role].name, "valve."))
		d.members = valve_members;
	else
		d.members = switch_members;
	return d;
}

/* SECoP's clients and their users are better off with ASCII. */
static const char *unit_of(enum quantity q)
{
	switch (q) {
	case QUANTITY_TEMPERATURE: return "degC";
	case QUANTITY_RESISTANCE: return "ohm";
	case QUANTITY_LENGTH: return "um";
	default: return quantity_unit(q);
	}
}

/* What a number of this kind can be at all. Noise around zero belongs to it. */
static const struct {
	double min, max;
} believed[QUANTITY_N] = {
	[QUANTITY_NUMBER] = { -1e9, 1e9 },
	[QUANTITY_TEMPERATURE] = { -273.15, 4000 },
	[QUANTITY_DIFFERENCE] = { -4000, 4000 },
	[QUANTITY_RATE] = { -1e6, 1e6 },
	[QUANTITY_PRESSURE] = { -100, 1e5 },
	[QUANTITY_PRESSURE_RATE] = { -1e5, 1e5 },
	[QUANTITY_FLOW] = { -1e5, 1e5 },
	[QUANTITY_TIME] = { -1e9, 1e9 },
	[QUANTITY_POWER] = { -1e6, 1e6 },
	[QUANTITY_POWER_RATE] = { -1e6, 1e6 },
	[QUANTITY_RESISTANCE] = { -1e3, 1e9 },
	[QUANTITY_VOLTAGE] = { -1e5, 1e5 },
	[QUANTITY_CURRENT] = { -1e6, 1e6 },
	[QUANTITY_FRACTION] = { -1, 2 },
	[QUANTITY_LENGTH] = { -1e6, 1e6 },
	[QUANTITY_VOLUME] = { -1e3, 1e6 },
};

static bool has_limits(const struct role *r)
{
	return r->min < r->max && isfinite(r->min) && isfinite(r->max);
}

struct datainfo role_shape_datainfo(const struct site *site, size_t role,
				    bool setpoint)
{
	const struct role *r = &site->roles[role];
	struct datainfo d = { .type = DATAINFO_DOUBLE, .limited = true };

	if (r->quantity == QUANTITY_SWITCH)
		return switch_datainfo(site, role);
	d.unit = unit_of(r->quantity);
	d.min = believed[r->quantity].min;
	d.max = believed[r->quantity].max;
	if (setpoint && has_limits(r)) {
		d.min = r->min;
		d.max = r->max;
	}
	return d;
}

bool role_shape_is_slow(const struct role *r)
{
	return (r->access & ROLE_WRITE) &&
	       (r->quantity == QUANTITY_TEMPERATURE ||
		r->quantity == QUANTITY_PRESSURE);
}

const char *const *role_shape_classes(const struct role *r)
{
	static const char *const readable[] = { "Readable", NULL };
	static const char *const writable[] = { "Writable", NULL };
	static const char *const drivable[] = { "Drivable", NULL };

	if (!(r->access & ROLE_WRITE))
		return readable;
	return role_shape_is_slow(r) ? drivable : writable;
}

const struct node_meaning *role_shape_meaning(const struct site *site,
					      size_t role)
{
	static const struct {
		enum known_role known;
		struct node_meaning meaning;
	} meanings[] = {
		{ KNOWN_HEATER, { "temperature", 30, true } },
		{ KNOWN_CELL_PRESSURE, { "pressure", 30, true } },
		{ KNOWN_CELL_FLOW, { "flowrate", 30, true } },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(meanings); i++)
		if (is_known(site, role, meanings[i].known))
			return &meanings[i].meaning;
	return NULL;
}
