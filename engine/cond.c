#include "engine/cond.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "engine/value.h"

#define COND_TEXT_MAX 160
#define CONDS_MAX 16

static const struct operator
{
	const char *sign;
	bool below, above; /* which bounds it sets */
}
operators[] = {
	{ "<=", true, false }, { ">=", false, true }, { "≤", true, false },
	{ "≥", false, true },  { "<", true, false },  { ">", false, true },
	{ "=", true, true },
};

/* A condition while it is read; `all` is the text for messages. */
struct reading {
	struct compiler *c;
	struct place at;
	const char *all;
	int role;
	enum quantity quantity;
};

static int refuse(const struct reading *r, const char *msg)
{
	return compiler_problem(r->c, r->at, "'%s': %s", r->all, msg);
}

static const struct operator* find_operator(const char *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(operators); i++)
		if (!strncmp(s, operators[i].sign, strlen(operators[i].sign)))
			return &operators[i];
	return NULL;
}

static int read_quantity(const struct reading *r, enum quantity q,
			 const char *s, double *out)
{
	struct err err;

	return quantity_parse(q, s, out, &err) ? refuse(r, err.msg) : 0;
}

/* "98 % of 760 Torr", or "760 Torr". */
static int read_value(const struct reading *r, char *s, double *out)
{
	char *of = strstr(s, " of ");
	double part = 1;

	if (of) {
		*of = '\0';
		if (read_quantity(r, QUANTITY_FRACTION, s, &part))
			return -1;
		s = of + 4;
	}
	if (read_quantity(r, r->quantity, s, out))
		return -1;
	*out *= part;
	return 0;
}

/* "3 %" of the value, or "5 Torr". */
static int read_band(const struct reading *r, const char *s, double value,
		     double *out)
{
	enum quantity q = r->quantity == QUANTITY_TEMPERATURE
				  ? QUANTITY_DIFFERENCE
				  : r->quantity;

	if (strchr(s, '%')) {
		if (read_quantity(r, QUANTITY_FRACTION, s, out))
			return -1;
		*out *= fabs(value);
	} else if (read_quantity(r, q, s, out)) {
		return -1;
	}
	return *out > 0 ? 0 : refuse(r, "the band must be over 0");
}

/* Cuts s at the sign of a band; the text behind it, or NULL. */
static char *split_band(char *s)
{
	static const char *const signs[] = { "±", "+/-", "+-" };

	for (size_t i = 0; i < ARRAY_SIZE(signs); i++) {
		char *at = strstr(s, signs[i]);

		if (!at)
			continue;
		*at = '\0';
		return at + strlen(signs[i]);
	}
	return NULL;
}

static void add_bound(const struct reading *r, enum cond_op op, double value)
{
	struct cond cond = { .role = (uint16_t)r->role,
			     .op = op,
			     .value = value };

	builder_cond(&r->c->build, cond);
}

static void print(const struct reading *r, const char *sign, double value,
		  double band, struct text *out)
{
	enum quantity q = r->quantity == QUANTITY_TEMPERATURE
				  ? QUANTITY_DIFFERENCE
				  : r->quantity;
	char text[QUANTITY_TEXT_MAX];

	text_addf(out, "%s %s %s", r->c->site->roles[r->role].name, sign,
		  value_format(r->quantity, value, text));
	if (band > 0)
		text_addf(out, " ± %s", value_format(q, band, text));
}

/* What stands behind the role and the sign. */
static int read_bounds(const struct reading *r, const struct operator* op,
		       char *s, struct text *out)
{
	char *band_text = split_band(s);
	bool both = op->below && op->above;
	double value, band = 0;

	if (both && !band_text)
		return refuse(r, "a reading is never quite equal: give a "
				 "band, like '= 350 Torr ± 5 Torr'");
	if (!both && band_text)
		return refuse(r, "a band goes with '='");
	if (read_value(r, s, &value) ||
	    (band_text && read_band(r, band_text, value, &band)))
		return -1;
	if (op->below)
		add_bound(r, COND_BELOW, value + band);
	if (op->above)
		add_bound(r, COND_ABOVE, value - band);
	print(r, op->sign, value, band, out);
	return 0;
}

static int read_switch(const struct reading *r, const char *s, struct text *out)
{
	double on;

	if (r->quantity != QUANTITY_SWITCH)
		return refuse(r, "'is' goes with switches and valves");
	if (read_quantity(r, QUANTITY_SWITCH, s, &on))
		return -1;
	add_bound(r, on > 0 ? COND_ABOVE : COND_BELOW, 0.5);
	text_addf(out, "%s is %s", r->c->site->roles[r->role].name, s);
	return 0;
}

static int read_cond(struct reading *r, char *s, struct text *out)
{
	const struct operator* op;
	char *rest = strchr(s, ' ');

	if (!rest)
		return refuse(r, "a condition is wanted, like 'cell_pressure "
				 "<= 1 Torr' or 'valve.inlet is open'");
	*rest++ = '\0';
	r->role = need_role(r->c, r->at, s, ROLE_READ);
	if (r->role == ROLE_NONE)
		return -1;
	r->quantity = r->c->site->roles[r->role].quantity;
	rest += strspn(rest, " ");
	if (!strncmp(rest, "is ", 3))
		return read_switch(r, rest + 3 + strspn(rest + 3, " "), out);
	op = find_operator(rest);
	if (!op)
		return refuse(r, "behind the role stands <=, >=, =, or is");
	if (r->quantity == QUANTITY_SWITCH)
		return refuse(r, "a switch 'is' on or off");
	return read_bounds(r, op, rest + strlen(op->sign), out);
}

static int add_one(struct compiler *c, const struct yaml_node *node,
		   struct text *out)
{
	char buffer[COND_TEXT_MAX + 1];
	struct reading r = { .c = c };
	const char *text;

	if (value_text(c, node, "until", COND_TEXT_MAX, &text) != VALUE_GIVEN)
		return -1;
	r.at = node->at;
	r.all = text;
	text_copy(buffer, sizeof(buffer), text + strspn(text, " "));
	if (out->n)
		text_add(out, ", ");
	return read_cond(&r, buffer, out);
}

int cond_add(struct compiler *c, const struct yaml_node *node, struct text *out)
{
	const struct yaml_node *value = value_resolve(c, node);
	int status = 0;

	if (!value)
		return -1;
	if (value->kind == YAML_SCALAR)
		return add_one(c, node, out);
	if (value->kind != YAML_SEQUENCE || !value->n || value->n > CONDS_MAX)
		return compiler_problem(c, node->at,
					"until: a condition, or "
					"a list of 1 to %d, is wanted",
					CONDS_MAX);
	for (const struct yaml_node *n = value->first; n; n = n->next)
		if (add_one(c, n, out))
			status = -1;
	return status;
}
