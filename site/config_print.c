#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "site/config_interlock.h"
#include "site/config_read.h"

static const char *const gas_kinds[] = {
	[GAS_INERT] = "inert",
	[GAS_FUEL] = "fuel",
	[GAS_OXIDISER] = "oxidiser",
	[GAS_BOTH] = "both",
};

static void print_buses(const struct config *c, struct text *out)
{
	size_t i;

	for (i = 0; i < c->n_buses; i++) {
		text_addf(out, "  %s:", c->buses[i].name);
		config_print_node(c->buses[i].params, 4, out);
	}
}

static void print_instruments(const struct config *c, struct text *out)
{
	size_t i;

	for (i = 0; i < c->n_instruments; i++) {
		const struct config_instrument *n = &c->instruments[i];

		text_addf(out, "  %s:\n    driver: %s\n    bus: %s\n", n->name,
			  n->driver->name, c->buses[n->bus].name);
		text_add(out, "    every: ");
		config_print_time(c->site.polls[i].period, out);
		text_add(out, "\n    retry: ");
		config_print_time(n->retry_ms * NSEC_PER_MS, out);
		text_add_char(out, '\n');
		if (n->params) {
			text_add(out, "    params:");
			config_print_node(n->params, 6, out);
		}
		config_print_channels(c, i, out);
	}
}

static void print_gases(const struct config *c, struct text *out)
{
	const struct site *s = &c->site;
	size_t i;

	for (i = 1; i < s->gases.n; i++)
		text_addf(out, "  %s: %s\n", s->gases.v[i].name,
			  gas_kinds[s->gases.v[i].kind]);
}

static void print_roles(const struct config *c, struct text *out)
{
	const struct site *s = &c->site;
	size_t i;

	for (i = 0; i < s->n_roles; i++) {
		size_t poll = s->roles[i].poll;
		const struct channel *channel =
			&c->instruments[poll]
				 .driver->channels[i - s->polls[poll].first];

		text_addf(out, "  %s: %s.%s\n", s->roles[i].name,
			  c->instruments[poll].name, channel->name);
	}
}

static void print_limits(const struct config *c, struct text *out)
{
	const struct site *s = &c->site;
	const struct role *role;

	for (role = s->roles; role < s->roles + s->n_roles; role++) {
		if (!(role->access & ROLE_WRITE) ||
		    role->quantity == QUANTITY_SWITCH || !isfinite(role->min) ||
		    !isfinite(role->max))
			continue;
		text_addf(out, "  %s: {min: ", role->name);
		config_print_value(role->quantity, role->min, out);
		text_add(out, ", max: ");
		config_print_value(role->quantity, role->max, out);
		text_add(out, "}\n");
	}
}

static void print_interlocks(const struct config *c, struct text *out)
{
	const struct site *s = &c->site;
	size_t i;

	for (i = 0; i < s->n_interlocks; i++) {
		text_add(out, "  - ");
		config_interlock_print(&s->interlocks[i], s, out);
	}
}

static void print_level(const struct site *s, enum level level,
			struct text *out)
{
	const struct safe_level *safe = &s->safe[level];
	size_t i;

	text_addf(out, "  %s:%s\n", level_name(level), safe->n ? "" : " {}");
	for (i = 0; i < safe->n; i++) {
		const struct role *role = &s->roles[safe->v[i].role];

		text_addf(out, "    %s: ", role->name);
		config_print_value(role->quantity, safe->v[i].value, out);
		text_add_char(out, '\n');
	}
}

static void print_safe(const struct config *c, struct text *out)
{
	print_level(&c->site, LEVEL_COOL, out);
	print_level(&c->site, LEVEL_ISOLATE, out);
}

static void print_phases(const struct config *c, struct text *out)
{
	const struct site *s = &c->site;
	int i;

	for (i = 0; i < PHASE_N; i++) {
		if (!s->phases[i])
			continue;
		text_addf(out, "  %s:", phase_name((enum phase)i));
		config_print_node(s->phases[i], 4, out);
	}
}

static void print_gauges(const struct config *c, struct text *out)
{
	const struct site *s = &c->site;
	size_t i;

	for (i = 0; i < SITE_GAUGES_MAX && s->gauges[i] != ROLE_NONE; i++)
		text_addf(out, "  - %s\n", s->roles[s->gauges[i]].name);
}

static const struct {
	const char *key, *empty;
	void (*print)(const struct config *c, struct text *out);
} sections[] = {
	{ "buses", "{}", print_buses },
	{ "instruments", "{}", print_instruments },
	{ "gases", "{}", print_gases },
	{ "roles", "{}", print_roles },
	{ "gauges", "[]", print_gauges },
	{ "limits", "{}", print_limits },
	{ "interlocks", "[]", print_interlocks },
	{ "safe", "{}", print_safe },
	{ "phases", "{}", print_phases },
	{ "access", "{}", config_print_access },
	{ "notify", "{}", config_print_notify },
};

/* What is empty says so: a key with nothing behind it is a text. */
void config_print(const struct config *c, struct text *out)
{
	size_t i;

	fields_print(&config_values, c, 0, out);
	for (i = 0; i < ARRAY_SIZE(sections); i++) {
		_cleanup_(text_free) struct text body = { 0 };

		sections[i].print(c, &body);
		text_addf(out, "\n%s:%s", sections[i].key, body.n ? "\n" : " ");
		text_add(out, body.n ? text_str(&body) : sections[i].empty);
		if (!body.n)
			text_add_char(out, '\n');
	}
}
