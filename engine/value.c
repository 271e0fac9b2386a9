#include "engine/value.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"

const struct yaml_node *value_resolve(struct compiler *c,
				      const struct yaml_node *node)
{
	const char *name = scope_reference(node);
	const struct yaml_node *value;
	struct err err;

	if (!name)
		return node;
	value = scope_find(c->scope, name);
	if (value)
		return value;
	scope_unknown(c->scope, name, &err);
	compiler_problem(c, node->at, "%s", err.msg);
	return NULL;
}

/* "to: $pressure: " */
static int refuse(struct compiler *c, const struct yaml_node *node,
		  const char *what, const char *msg)
{
	const char *name = scope_reference(node);

	return compiler_problem(c, node->at, "%s: %s%s%s%s", what,
				name ? "$" : "", name ? name : "",
				name ? ": " : "", msg);
}

/* The resolved scalar, or NULL. */
static const struct yaml_node *scalar(struct compiler *c,
				      const struct yaml_node *node,
				      const char *what)
{
	const struct yaml_node *value = value_resolve(c, node);
	char msg[64];

	if (!value || value->kind == YAML_SCALAR)
		return value;
	snprintf(msg, sizeof(msg), "a value is wanted, not %s",
		 yaml_kind_name(value->kind));
	refuse(c, node, what, msg);
	return NULL;
}

enum value_state value_quantity(struct compiler *c,
				const struct yaml_node *node, const char *what,
				enum quantity q, double *out)
{
	const struct yaml_node *value;
	struct err err;

	if (!node)
		return VALUE_ABSENT;
	value = scalar(c, node, what);
	if (!value)
		return VALUE_BAD;
	if (quantity_parse(q, value->s, out, &err)) {
		refuse(c, node, what, err.msg);
		return VALUE_BAD;
	}
	return VALUE_GIVEN;
}

enum value_state value_positive(struct compiler *c,
				const struct yaml_node *node, const char *what,
				enum quantity q, double *out)
{
	char text[QUANTITY_TEXT_MAX], msg[128];
	enum value_state state;
	double v;

	state = value_quantity(c, node, what, q, &v);
	if (state != VALUE_GIVEN)
		return state;
	if (!(v > 0)) {
		snprintf(msg, sizeof(msg), "%s is not over 0",
			 value_format(q, v, text));
		refuse(c, node, what, msg);
		return VALUE_BAD;
	}
	*out = v;
	return VALUE_GIVEN;
}

enum value_state value_time(struct compiler *c, const struct yaml_node *node,
			    const char *what, nsec least, nsec *out)
{
	char text[QUANTITY_TEXT_MAX], bound[QUANTITY_TEXT_MAX], msg[160];
	enum value_state state;
	double s, edge;
	bool low;

	state = value_quantity(c, node, what, QUANTITY_TIME, &s);
	if (state != VALUE_GIVEN)
		return state;
	low = !(s >= nsec_to_s(least));
	if (!low && s <= COMPILER_DURATION_MAX_S) {
		*out = nsec_from_s(s);
		return VALUE_GIVEN;
	}
	edge = low ? nsec_to_s(least) : COMPILER_DURATION_MAX_S;
	snprintf(msg, sizeof(msg), "%s is too %s: %s %s",
		 value_format(QUANTITY_TIME, s, text), low ? "short" : "long",
		 low ? "at least" : "at most",
		 value_format(QUANTITY_TIME, edge, bound));
	refuse(c, node, what, msg);
	return VALUE_BAD;
}

enum value_state value_count(struct compiler *c, const struct yaml_node *node,
			     const char *what, uint32_t max, uint32_t *out)
{
	const struct yaml_node *value;
	struct err err;
	int64_t n;

	if (!node)
		return VALUE_ABSENT;
	value = scalar(c, node, what);
	if (!value)
		return VALUE_BAD;
	if (number_parse_int(value->s, 1, max, &n, &err)) {
		refuse(c, node, what, err.msg);
		return VALUE_BAD;
	}
	*out = (uint32_t)n;
	return VALUE_GIVEN;
}

enum value_state value_text(struct compiler *c, const struct yaml_node *node,
			    const char *what, size_t max, const char **out)
{
	_cleanup_(text_free) struct text t = { 0 };
	const struct yaml_node *value;
	struct err err;

	if (!node)
		return VALUE_ABSENT;
	value = scalar(c, node, what);
	if (!value)
		return VALUE_BAD;
	if (value == node && scope_fill_in(c->scope, value->s, &t, &err)) {
		refuse(c, node, what, err.msg);
		return VALUE_BAD;
	}
	if (value != node)
		text_add(&t, value->s);
	if (!t.n || t.n > max) {
		compiler_problem(c, node->at,
				 "%s: a text of 1 to %zu bytes "
				 "is wanted, this one has %zu",
				 what, max, t.n);
		return VALUE_BAD;
	}
	*out = arena_text(&c->arena, text_str(&t), t.n);
	return VALUE_GIVEN;
}

bool value_is_switch(const struct yaml_node *node, bool *out)
{
	struct err err;
	double v;

	if (node->kind != YAML_SCALAR || !*node->s ||
	    quantity_parse(QUANTITY_SWITCH, node->s, &v, &err))
		return false;
	*out = v != 0;
	return true;
}

static int find_gas(struct compiler *c, struct place at, const char *name)
{
	char role[ROLE_NAME_MAX];
	int gas = gases_find(&c->site->gases, name);

	if (gas >= 0 && (c->site->gas_flow[gas] != ROLE_NONE ||
			 c->site->gas_valve[gas] != ROLE_NONE))
		return gas;
	snprintf(role, sizeof(role), "gas.%.30s", name);
	need_role(c, at, role, 0);
	return -1;
}

static int read_part(struct compiler *c, const struct yaml_node *part,
		     struct mixture *m)
{
	double v;
	int gas = find_gas(c, part->key_at, part->key);

	if (value_positive(c, part, part->key, QUANTITY_FRACTION, &v) !=
		    VALUE_GIVEN ||
	    gas < 0)
		return -1;
	m->x[gas] = v;
	return 0;
}

static int read_parts(struct compiler *c, const struct yaml_node *map,
		      struct mixture *m)
{
	double sum = 0;
	int status = 0;

	for (const struct yaml_node *n = map->first; n; n = n->next)
		if (read_part(c, n, m))
			status = -1;
	for (size_t i = 0; i < GAS_MAX; i++)
		sum += m->x[i];
	for (size_t i = 0; i < GAS_MAX && sum > 0; i++)
		m->x[i] /= sum;
	return status;
}

static int refuse_meeting(struct compiler *c, struct place at,
			  const struct mixture *m)
{
	const struct gases *g = &c->site->gases;
	const char *fuel = NULL, *oxidiser = NULL;

	for (size_t i = 1; i < g->n; i++) {
		if (m->x[i] > 0 && gas_burns(g->v[i].kind))
			fuel = g->v[i].name;
		if (m->x[i] > 0 && gas_oxidises(g->v[i].kind))
			oxidiser = g->v[i].name;
	}
	if (!fuel || !oxidiser)
		return 0;
	return compiler_problem(c, at,
				"gas: %s and %s must not be mixed: a "
				"fuel and an oxidiser",
				fuel, oxidiser);
}

enum value_state value_gas(struct compiler *c, const struct yaml_node *node,
			   struct mixture *out)
{
	const struct yaml_node *value;
	struct mixture m = { 0 };
	int gas;

	if (!node)
		return VALUE_ABSENT;
	value = value_resolve(c, node);
	if (!value)
		return VALUE_BAD;
	if (value->kind == YAML_MAPPING && value->n) {
		if (read_parts(c, value, &m) || refuse_meeting(c, node->at, &m))
			return VALUE_BAD;
	} else if (value->kind == YAML_SCALAR && *value->s) {
		gas = find_gas(c, node->at, value->s);
		if (gas < 0)
			return VALUE_BAD;
		m.x[gas] = 1;
	} else {
		refuse(c, node, "gas",
		       "a gas ('Ar') or the parts of a "
		       "mixture ('{H2: 3, N2: 1}') is wanted");
		return VALUE_BAD;
	}
	*out = m;
	return VALUE_GIVEN;
}

void value_gas_print(const struct gases *g, const struct mixture *m,
		     char out[GAS_TEXT_MAX])
{
	char percent[NUMBER_TEXT_MAX];
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 1; i < g->n && n < GAS_TEXT_MAX; i++) {
		if (!(m->x[i] > 0))
			continue;
		if (m->x[i] == 1) {
			text_copy(out, GAS_TEXT_MAX, g->v[i].name);
			return;
		}
		number_print_digits(m->x[i] * 100, 3, percent);
		n += (size_t)snprintf(out + n, GAS_TEXT_MAX - n, "%s%s %s %%",
				      n ? ", " : "", g->v[i].name, percent);
	}
}

static int over(struct compiler *c, struct place at, const char *what,
		const char *value, const char *who, const char *bound)
{
	return compiler_problem(c, at, "%s: %s is too much: %s at most %s",
				what, value, who, bound);
}

int value_check_temperature(struct compiler *c, struct place at,
			    const char *what, double temperature)
{
	const struct role *heater = &c->site->roles[c->site->known[0]];
	char v[QUANTITY_TEXT_MAX], bound[QUANTITY_TEXT_MAX];
	double chip = c->site->holder.temperature_max;
	const enum quantity q = QUANTITY_TEMPERATURE;

	value_format(q, temperature, v);
	if (!(temperature <= chip))
		return over(c, at, what, v, "the chip allows",
			    value_format(q, chip, bound));
	if (!(temperature <= heater->max))
		return over(c, at, what, v, "the heater takes",
			    value_format(q, heater->max, bound));
	if (!(temperature <= c->limits.temperature))
		return over(c, at, what, v, "the recipe's limits allow",
			    value_format(q, c->limits.temperature, bound));
	if (!(temperature >= heater->min))
		return compiler_problem(c, at,
					"%s: %s is too little: the "
					"heater takes at least %s",
					what, v,
					value_format(q, heater->min, bound));
	return 0;
}

int value_check_pressure(struct compiler *c, struct place at, const char *what,
			 double pressure)
{
	char v[QUANTITY_TEXT_MAX], bound[QUANTITY_TEXT_MAX];
	double holder = c->site->holder.pressure_max;
	const enum quantity q = QUANTITY_PRESSURE;

	value_format(q, pressure, v);
	if (!(pressure <= holder))
		return over(c, at, what, v, "the chip allows",
			    value_format(q, holder, bound));
	if (!(pressure <= c->limits.pressure))
		return over(c, at, what, v, "the recipe's limits allow",
			    value_format(q, c->limits.pressure, bound));
	return 0;
}

const char *value_format(enum quantity q, double value,
			 char out[QUANTITY_TEXT_MAX])
{
	char number[NUMBER_TEXT_MAX];

	if (q == QUANTITY_RATE && isfinite(value)) {
		number_print_digits(value, 6, number);
		snprintf(out, QUANTITY_TEXT_MAX, "%s °C/min", number);
	} else if (q == QUANTITY_DIFFERENCE && isfinite(value)) {
		number_print_digits(value, 6, number);
		snprintf(out, QUANTITY_TEXT_MAX, "%s °C", number);
	} else {
		quantity_format(q, value, out);
	}
	return out;
}
