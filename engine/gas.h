/*
 * Gases: which there are, which of them burn or make burn, and mixtures.
 *
 * Index 0 is the gas nobody knows: what a volume holds after a restart. It
 * counts as fuel and as oxidiser at once.
 */
#ifndef ENGINE_GAS_H
#define ENGINE_GAS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define GAS_MAX 12
#define GAS_NAME_MAX 12
#define GAS_UNKNOWN 0
#define GAS_TEXT_MAX 128

enum gas_kind { GAS_INERT, GAS_FUEL, GAS_OXIDISER, GAS_BOTH };

struct gas {
	char name[GAS_NAME_MAX]; /* "H2"; letters and digits */
	enum gas_kind kind;
};

struct gases {
	size_t n; /* at least 1: the unknown one */
	struct gas v[GAS_MAX];
};

/* Mole fractions by index in struct gases; they add up to 1, or are all 0:
 * no gas (vacuum). */
struct mixture {
	double x[GAS_MAX];
};

/* Only the unknown gas. */
void gases_init(struct gases *g);

/* Adds a gas of the built-in table (H2 NH3 CH4 CO: fuel; O2 air NO2: oxidiser;
 * N2 Ar He CO2: inert). ERR_NOT_FOUND for others, ERR_FULL. */
int gases_add_known(struct gases *g, const char *name, struct err *err);
int gases_add(struct gases *g, const char *name, enum gas_kind kind,
	      struct err *err);

/* Index, or -1. */
int gases_find(const struct gases *g, const char *name);

bool gas_burns(enum gas_kind kind);    /* fuel or both */
bool gas_oxidises(enum gas_kind kind); /* oxidiser or both */
bool mixture_is_none(const struct mixture *m);

/* "H2 75.0 %, N2 25.0 %"; "vacuum" for none; fractions below 0.05 % are not
 * named. Independent of the locale. */
void mixture_print(const struct gases *g, const struct mixture *m,
		   char out[GAS_TEXT_MAX]);

#endif
