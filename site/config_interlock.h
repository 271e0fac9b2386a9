/*
 * How an interlock is written: its kind is the key that carries its bound
 * ("above: 1010 °C", "stale: 300 ms"). Inside of site/config*.c.
 */
#ifndef SITE_CONFIG_INTERLOCK_H
#define SITE_CONFIG_INTERLOCK_H

#include "base/text.h"
#include "engine/site.h"

/* NULL-terminated, by enum. */
extern const char *const config_interlock_kinds[];
extern const char *const config_interlock_whens[];
extern const char *const config_interlock_levels[];

/* False: the value under the kind's key is the window. */
bool config_interlock_has_bound(enum interlock_kind kind);
bool config_interlock_counts_samples(enum interlock_kind kind);
bool config_interlock_needs_window(enum interlock_kind kind);

/*
 * The quantity that the bound of this kind is written in for a role, and how
 * many of its units make one unit of struct interlock's bound (rates are
 * written per minute or second and kept per second). False: this role cannot
 * have such an interlock.
 */
bool config_interlock_quantity(enum interlock_kind kind, enum quantity role,
			       enum quantity *q, double *per_unit);

/* "heater above 1010 °C": the name of an interlock that was given none. */
void config_interlock_name(struct interlock *lock, const struct site *s);

/* Adds what every site needs and nobody should have to write: a limit on the
 * heater's temperature, and a silence limit (three polls) for each role that
 * energises or guards. False when there is no room. */
bool config_interlock_complete(struct site *s);

/* Its line in a list. */
void config_interlock_print(const struct interlock *lock, const struct site *s,
			    struct text *out);

#endif
