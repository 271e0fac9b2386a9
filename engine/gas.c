#include "engine/gas.h"

#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/number.h"
#include "base/text.h"

#define FRACTION_SHOWN 0.0005 /* less is not named */

static const struct gas known[] = {
	{ "H2", GAS_FUEL },	 { "NH3", GAS_FUEL },
	{ "CH4", GAS_FUEL },	 { "CO", GAS_FUEL },
	{ "air", GAS_OXIDISER }, { "O2", GAS_OXIDISER },
	{ "NO2", GAS_OXIDISER }, { "N2", GAS_INERT },
	{ "Ar", GAS_INERT },	 { "He", GAS_INERT },
	{ "CO2", GAS_INERT },
};

void gases_init(struct gases *g)
{
	*g = (struct gases){ .n = 1 };
	g->v[GAS_UNKNOWN] = (struct gas){ "unknown gas", GAS_BOTH };
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_name(const char *s)
{
	size_t n = strlen(s);

	if (n == 0 || n >= GAS_NAME_MAX || !is_letter(s[0]))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!is_letter(s[i]) && !(s[i] >= '0' && s[i] <= '9'))
			return false;
	return true;
}

int gases_add(struct gases *g, const char *name, enum gas_kind kind,
	      struct err *err)
{
	struct gas gas = { .kind = kind };

	if (!is_name(name))
		return err_set(err, ERR_INVALID,
			       "'%.40s' is not the name of a "
			       "gas: up to %d letters and digits",
			       name, GAS_NAME_MAX - 1);
	if (gases_find(g, name) >= 0)
		return err_set(err, ERR_INVALID, "%s is there already", name);
	if (g->n == GAS_MAX)
		return err_set(err, ERR_FULL, "%s: more than %d gases", name,
			       GAS_MAX - 1);
	text_copy(gas.name, sizeof(gas.name), name);
	g->v[g->n++] = gas;
	return 0;
}

int gases_add_known(struct gases *g, const char *name, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (!strcmp(known[i].name, name))
			return gases_add(g, name, known[i].kind, err);
	return err_set(err, ERR_NOT_FOUND,
		       "'%.40s' is not a gas that gascell "
		       "knows: say whether it is a fuel, an oxidiser, both or "
		       "inert",
		       name);
}

int gases_find(const struct gases *g, const char *name)
{
	for (size_t i = 1; i < g->n; i++)
		if (!strcmp(g->v[i].name, name))
			return (int)i;
	return -1;
}

bool gas_burns(enum gas_kind kind)
{
	return kind == GAS_FUEL || kind == GAS_BOTH;
}

bool gas_oxidises(enum gas_kind kind)
{
	return kind == GAS_OXIDISER || kind == GAS_BOTH;
}

bool mixture_is_none(const struct mixture *m)
{
	for (size_t i = 0; i < GAS_MAX; i++)
		if (m->x[i] > 0)
			return false;
	return true;
}

void mixture_print(const struct gases *g, const struct mixture *m,
		   char out[GAS_TEXT_MAX])
{
	char percent[NUMBER_TEXT_MAX];
	size_t n = 0;

	text_copy(out, GAS_TEXT_MAX, "vacuum");
	for (size_t i = 0; i < g->n && n < GAS_TEXT_MAX; i++) {
		if (!(m->x[i] >= FRACTION_SHOWN))
			continue;
		number_print_fixed(m->x[i] * 100, 1, percent);
		n += (size_t)snprintf(out + n, GAS_TEXT_MAX - n, "%s%s %s %%",
				      n ? ", " : "", g->v[i].name, percent);
	}
}
