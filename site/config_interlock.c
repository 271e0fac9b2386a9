#include "site/config_interlock.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "site/config_read.h"

const char *const config_interlock_kinds[] = { [INTERLOCK_ABOVE] = "above",
					       [INTERLOCK_BELOW] = "below",
					       [INTERLOCK_RISE] = "rise",
					       [INTERLOCK_FALL] = "fall",
					       [INTERLOCK_STALE] = "stale",
					       [INTERLOCK_LAG] = "lag",
					       [INTERLOCK_FROZEN] = "frozen",
					       [INTERLOCK_DIFFERS] = "differs",
					       NULL };

const char *const config_interlock_whens[] = { [WHEN_ALWAYS] = "always",
					       [WHEN_HEATING] = "heating",
					       [WHEN_GAS] = "gas",
					       [WHEN_RUNNING] = "running",
					       NULL };

const char *const config_interlock_levels[] = { [LEVEL_RUN] = "run",
						[LEVEL_HOLD] = "hold",
						[LEVEL_COOL] = "cool",
						[LEVEL_ISOLATE] = "isolate",
						NULL };

/* Rates as people write them, kept per second. */
static const struct {
	enum quantity of, rate;
	double per_unit;
} rates[] = {
	{ QUANTITY_TEMPERATURE, QUANTITY_RATE, 60.0 },
	{ QUANTITY_PRESSURE, QUANTITY_PRESSURE_RATE, 1.0 },
	{ QUANTITY_POWER, QUANTITY_POWER_RATE, 60.0 },
};

bool config_interlock_has_bound(enum interlock_kind kind)
{
	return kind != INTERLOCK_STALE && kind != INTERLOCK_DIFFERS;
}

bool config_interlock_counts_samples(enum interlock_kind kind)
{
	return kind == INTERLOCK_ABOVE || kind == INTERLOCK_BELOW ||
	       kind == INTERLOCK_RISE || kind == INTERLOCK_FALL;
}

bool config_interlock_needs_window(enum interlock_kind kind)
{
	return kind == INTERLOCK_RISE || kind == INTERLOCK_FALL ||
	       kind == INTERLOCK_LAG || kind == INTERLOCK_FROZEN;
}

static bool find_rate(enum quantity role, enum quantity *q, double *per_unit)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rates); i++) {
		if (rates[i].of != role)
			continue;
		*q = rates[i].rate;
		*per_unit = rates[i].per_unit;
		return true;
	}
	return false;
}

bool config_interlock_quantity(enum interlock_kind kind, enum quantity role,
			       enum quantity *q, double *per_unit)
{
	*per_unit = 1.0;
	*q = role;
	switch (kind) {
	case INTERLOCK_RISE:
	case INTERLOCK_FALL: return find_rate(role, q, per_unit);
	case INTERLOCK_FROZEN: *q = QUANTITY_POWER; return true;
	case INTERLOCK_LAG:
		if (role == QUANTITY_TEMPERATURE)
			*q = QUANTITY_DIFFERENCE;
		return role != QUANTITY_SWITCH;
	default: return true;
	}
}

/* The bound in the unit it is written in, to 12 digits: 20 K/min kept per
 * second comes back as 20. */
static double written(const struct interlock *lock, const struct site *s,
		      enum quantity *q)
{
	char number[NUMBER_TEXT_MAX];
	struct err err;
	double per_unit, value;

	config_interlock_quantity(lock->kind, s->roles[lock->role].quantity, q,
				  &per_unit);
	value = lock->bound * per_unit;
	number_print_digits(value, 12, number);
	number_parse(number, &value, &err);
	return value;
}

void config_interlock_name(struct interlock *lock, const struct site *s)
{
	static const char *const phrases[] = {
		[INTERLOCK_ABOVE] = "above",
		[INTERLOCK_BELOW] = "below",
		[INTERLOCK_RISE] = "rises over",
		[INTERLOCK_FALL] = "falls over",
		[INTERLOCK_STALE] = "silent for",
		[INTERLOCK_LAG] = "off its setpoint by",
		[INTERLOCK_FROZEN] = "frozen for",
		[INTERLOCK_DIFFERS] = "was changed",
	};
	const struct role *role = &s->roles[lock->role];
	char value[QUANTITY_TEXT_MAX] = "";
	enum quantity q;
	double bound;

	if (lock->kind == INTERLOCK_STALE || lock->kind == INTERLOCK_FROZEN) {
		quantity_format(QUANTITY_TIME, nsec_to_s(lock->window), value);
	} else if (lock->kind != INTERLOCK_DIFFERS) {
		bound = written(lock, s, &q);
		quantity_format(q, bound, value);
	}
	snprintf(lock->name, sizeof(lock->name), "%.20s %s%s%.14s", role->name,
		 phrases[lock->kind], *value ? " " : "", value);
}

static bool has(const struct site *s, int role, enum interlock_kind kind)
{
	size_t i;

	for (i = 0; i < s->n_interlocks; i++)
		if (s->interlocks[i].role == role &&
		    s->interlocks[i].kind == kind)
			return true;
	return false;
}

static bool add(struct site *s, struct interlock lock)
{
	if (s->n_interlocks == INTERLOCKS_MAX)
		return false;
	lock.need = lock.of = 1;
	config_interlock_name(&lock, s);
	s->interlocks[s->n_interlocks++] = lock;
	return true;
}

/* The worst that an interlock on this role leads to; RUN: it guards
 * nothing. */
static enum level guards(const struct site *s, size_t role)
{
	enum level level = LEVEL_RUN;
	size_t i;

	for (i = 0; i < s->n_interlocks; i++)
		if (s->interlocks[i].role == role &&
		    s->interlocks[i].level > level)
			level = s->interlocks[i].level;
	return level;
}

/* What has to happen when nobody knows any more what this role does. */
static enum level energises(const struct site *s, int role)
{
	size_t gas;

	if (role == s->known[KNOWN_HEATER] ||
	    role == s->known[KNOWN_HEATER_OUTPUT])
		return LEVEL_COOL;
	for (gas = 1; gas < s->gases.n; gas++)
		if (s->gas_flow[gas] == role &&
		    s->gases.v[gas].kind != GAS_INERT)
			return LEVEL_ISOLATE;
	return LEVEL_RUN;
}

static bool add_stale(struct site *s, size_t role)
{
	enum level level = energises(s, (int)role), guard = guards(s, role);

	if (guard > level)
		level = guard;
	if (level < LEVEL_COOL || has(s, (int)role, INTERLOCK_STALE))
		return true;
	return add(s, (struct interlock){
			      .kind = INTERLOCK_STALE,
			      .level = level,
			      .role = (uint16_t)role,
			      .window = 3 *
					s->polls[s->roles[role].poll].period });
}

static bool add_over_temperature(struct site *s)
{
	int heater = s->known[KNOWN_HEATER];

	if (heater == ROLE_NONE || has(s, heater, INTERLOCK_ABOVE))
		return true;
	return add(s, (struct interlock){ .kind = INTERLOCK_ABOVE,
					  .level = LEVEL_COOL,
					  .role = (uint16_t)heater,
					  .bound = s->holder.temperature_max +
						   20.0 });
}

bool config_interlock_complete(struct site *s)
{
	bool room = add_over_temperature(s);
	size_t role;

	for (role = 0; role < s->n_roles; role++)
		room = add_stale(s, role) && room;
	return room;
}

void config_interlock_print(const struct interlock *lock, const struct site *s,
			    struct text *out)
{
	enum quantity q;
	double bound;

	text_addf(out, "{role: %s, %s: ", s->roles[lock->role].name,
		  config_interlock_kinds[lock->kind]);
	if (config_interlock_has_bound(lock->kind)) {
		bound = written(lock, s, &q);
		config_print_value(q, bound, out);
	} else {
		config_print_time(lock->window, out);
	}
	if (config_interlock_needs_window(lock->kind)) {
		text_add(out, ", window: ");
		config_print_time(lock->window, out);
	}
	if (config_interlock_counts_samples(lock->kind))
		text_addf(out, ", need: %u of %u", lock->need, lock->of);
	text_addf(out, ", level: %s, when: %s, name: ",
		  config_interlock_levels[lock->level],
		  config_interlock_whens[lock->when]);
	config_print_text(lock->name, out);
	text_add(out, "}\n");
}
