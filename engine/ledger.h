/*
 * The gas ledger: an upper bound of what the gas lines and the cell hold,
 * and whether a fuel or an oxidiser may be let in.
 *
 * It is conservative: it never gives credit that was not measured. A gas
 * that flows counts as filling the volume up to the whole pressure. Pumping
 * from p to q leaves q/p of each partial pressure; q is the gauge's reading
 * plus what that gauge cannot resolve. Filling with other gases leaves
 * partial pressures as they were, so a purge cycle leaves base/fill.
 * The same functions run on commanded values when a recipe is compiled and
 * on measured values when it runs.
 */
#ifndef ENGINE_LEDGER_H
#define ENGINE_LEDGER_H

#include "engine/gas.h"

struct ledger {
	double partial[GAS_MAX]; /* Torr, upper bounds */
	double pressure;	 /* Torr, the reference for the next */
	enum gas_kind last;	 /* last reactive kind let in */
	bool flows[GAS_MAX];	 /* let in now; see ledger_flow */
};

/* All unknown, at the given pressure (Torr, > 0). */
void ledger_init(struct ledger *l, double pressure);

/* Known and inert: what a test or an operator vouches for. */
void ledger_set(struct ledger *l, int gas, double pressure);

/* Gases let in: fractions of m > 0 flow now, until the next call says else. */
void ledger_flow(struct ledger *l, const struct gases *g,
		 const struct mixture *m);

/* The pressure is `reading` +- `bound` (Torr) now. `filling`: gas is known to
 * flow in, so a rise is that gas; else a rise by more than twice the bound
 * adds unknown gas (a leak). Changes within the bound change nothing, so that
 * noise earns no credit. NAN is ignored. */
void ledger_pressure(struct ledger *l, double reading, double bound,
		     bool filling);

/* Upper bound of the mole fraction of all gases that burn / oxidise. */
double ledger_fuel(const struct ledger *l, const struct gases *g);
double ledger_oxidiser(const struct ledger *l, const struct gases *g);

/*
 * May gas `gas` be let in? 0, or -1 with a sentence: "H2 into a volume that
 * may hold 100 % unknown gas (allowed: 0.01 %): purge first". The hot rule:
 * when the reactive kind changes, `temperature` (degC; NAN fails) must be
 * below hot_limit.
 */
int ledger_admit(const struct ledger *l, const struct gases *g, int gas,
		 double residual_max, double temperature, double hot_limit,
		 struct err *err);

#endif
