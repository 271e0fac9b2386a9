#include "daemon/role_shape.h"

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

struct datainfo role_shape_datainfo(const struct site *site, size_t role,
				    bool setpoint)
{
	const struct role *r = &site->roles[role];
	struct datainfo d = { .type = DATAINFO_DOUBLE };

	if (r->quantity == QUANTITY_SWITCH)
		return switch_datainfo(site, role);
	d.unit = unit_of(r->quantity);
	d.limited = setpoint && r->min < r->max && isfinite(r->min) &&
		    isfinite(r->max);
	d.min = d.limited ? r->min : 0;
	d.max = d.limited ? r->max : 0;
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

void role_shape_meaning(const struct site *site, size_t role, struct text *out)
{
	static const struct {
		enum known_role known;
		const char *function;
	} meanings[] = {
		{ KNOWN_HEATER, "temperature" },
		{ KNOWN_CELL_PRESSURE, "pressure" },
		{ KNOWN_CELL_FLOW, "flowrate" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(meanings); i++)
		if (is_known(site, role, meanings[i].known))
			text_addf(out,
				  ",\"meaning\":{\"function\":\"%s\","
				  "\"importance\":30,"
				  "\"belongs_to\":\"sample\"}",
				  meanings[i].function);
}
