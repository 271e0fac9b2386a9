#include "engine/ledger.h"

#include <math.h>

#include "base/number.h"

/* Below this (Torr) nothing is told apart; it keeps the fractions finite. */
#define PRESSURE_MIN 1e-9

void ledger_init(struct ledger *l, double pressure)
{
	*l = (struct ledger){ .last = GAS_BOTH };
	l->pressure = fmax(pressure, PRESSURE_MIN);
	l->partial[GAS_UNKNOWN] = l->pressure;
}

void ledger_set(struct ledger *l, int gas, double pressure)
{
	*l = (struct ledger){ .last = GAS_INERT };
	l->pressure = fmax(pressure, PRESSURE_MIN);
	l->partial[gas] = l->pressure;
}

/* What flows may be all there is. */
static void fill_up(struct ledger *l)
{
	for (size_t i = 0; i < GAS_MAX; i++)
		if (l->flows[i])
			l->partial[i] = l->pressure;
}

void ledger_flow(struct ledger *l, const struct gases *g,
		 const struct mixture *m)
{
	for (size_t i = 0; i < GAS_MAX; i++) {
		l->flows[i] = i < g->n && m->x[i] > 0;
		if (l->flows[i] && g->v[i].kind != GAS_INERT)
			l->last = g->v[i].kind;
	}
	fill_up(l);
}

static void pumped_to(struct ledger *l, double pressure)
{
	double left = fmax(pressure, PRESSURE_MIN) / l->pressure;

	for (size_t i = 0; i < GAS_MAX; i++)
		l->partial[i] *= left;
	l->pressure = fmax(pressure, PRESSURE_MIN);
}

/*
 * The reference moves only by more than the bound: noise that goes down and
 * up again would else earn a little credit each time. After a rise it is the
 * least that the pressure can be, after pumping the most.
 */
void ledger_pressure(struct ledger *l, double reading, double bound,
		     bool filling)
{
	double high = fmax(reading, 0) + bound, low = reading - bound;

	if (!isfinite(reading) || !isfinite(bound))
		return;
	if (high < l->pressure - bound || (bound <= 0 && high < l->pressure)) {
		pumped_to(l, high);
	} else if (filling && low > l->pressure) {
		l->pressure = low;
	} else if (!filling && high > l->pressure + 2 * bound) {
		l->partial[GAS_UNKNOWN] += high - l->pressure;
		l->pressure = high;
	}
	fill_up(l);
}

static double fraction(const struct ledger *l, const struct gases *g,
		       bool (*counts)(enum gas_kind kind))
{
	double sum = 0;

	for (size_t i = 0; i < g->n; i++)
		if (counts(g->v[i].kind))
			sum += l->partial[i];
	return fmin(sum / l->pressure, 1);
}

double ledger_fuel(const struct ledger *l, const struct gases *g)
{
	return fraction(l, g, gas_burns);
}

double ledger_oxidiser(const struct ledger *l, const struct gases *g)
{
	return fraction(l, g, gas_oxidises);
}

/* The gas of which there is most among those that must not meet `kind`. */
static size_t worst(const struct ledger *l, const struct gases *g,
		    enum gas_kind kind)
{
	size_t most = GAS_UNKNOWN;

	for (size_t i = 1; i < g->n; i++) {
		bool meets = (gas_burns(kind) && gas_oxidises(g->v[i].kind)) ||
			     (gas_oxidises(kind) && gas_burns(g->v[i].kind));

		if (meets && l->partial[i] > l->partial[most])
			most = i;
	}
	return most;
}

static int refuse_meeting(const struct ledger *l, const struct gases *g,
			  int gas, double residual_max, struct err *err)
{
	size_t with = worst(l, g, g->v[gas].kind);
	char share[NUMBER_TEXT_MAX], allowed[NUMBER_TEXT_MAX];
	double held = fmin(l->partial[with] / l->pressure, 1);

	number_print_digits(held * 100, 3, share);
	number_print_digits(residual_max * 100, 3, allowed);
	return err_set(err, ERR_STATE,
		       "%s into a volume that may hold %s %% "
		       "%s (allowed: %s %%): purge first",
		       g->v[gas].name, share, g->v[with].name, allowed);
}

static int refuse_hot(const struct gases *g, int gas, double temperature,
		      double hot_limit, struct err *err)
{
	char is[NUMBER_TEXT_MAX] = "unknown", most[NUMBER_TEXT_MAX];

	if (isfinite(temperature))
		number_print_digits(temperature, 4, is);
	number_print_digits(hot_limit, 4, most);
	return err_set(err, ERR_STATE,
		       "%s after a gas of another kind while "
		       "the heater is at %s °C (allowed: below %s °C): cool "
		       "first",
		       g->v[gas].name, is, most);
}

int ledger_admit(const struct ledger *l, const struct gases *g, int gas,
		 double residual_max, double temperature, double hot_limit,
		 struct err *err)
{
	enum gas_kind kind = g->v[gas].kind;

	if (kind == GAS_INERT)
		return 0;
	if (gas_burns(kind) && !(ledger_oxidiser(l, g) <= residual_max))
		return refuse_meeting(l, g, gas, residual_max, err);
	if (gas_oxidises(kind) && !(ledger_fuel(l, g) <= residual_max))
		return refuse_meeting(l, g, gas, residual_max, err);
	if (l->last != GAS_INERT && l->last != kind &&
	    !(temperature < hot_limit))
		return refuse_hot(g, gas, temperature, hot_limit, err);
	return 0;
}
