/*
 * Values of a recipe, read with the place where they were written: $names
 * replaced, quantities with units, in range.
 *
 * The readers take a node that may be NULL (the key is absent) and return
 * VALUE_ABSENT, VALUE_GIVEN or VALUE_BAD (the problem has been said). Only
 * VALUE_GIVEN writes *out. `what` names the value in messages.
 */
#ifndef ENGINE_VALUE_H
#define ENGINE_VALUE_H

#include "engine/compiler.h"

enum value_state { VALUE_BAD = -1, VALUE_ABSENT, VALUE_GIVEN };

/* The node itself, or what its $name means (which may have been written
 * elsewhere: messages take the place of `node`). NULL after a problem. */
const struct yaml_node *value_resolve(struct compiler *c,
				      const struct yaml_node *node);

enum value_state value_quantity(struct compiler *c,
				const struct yaml_node *node, const char *what,
				enum quantity q, double *out);

/* The same, and it must be over 0. */
enum value_state value_positive(struct compiler *c,
				const struct yaml_node *node, const char *what,
				enum quantity q, double *out);

/* A time of at least `least` (ns) and at most 30 days. */
enum value_state value_time(struct compiler *c, const struct yaml_node *node,
			    const char *what, nsec least, nsec *out);

enum value_state value_count(struct compiler *c, const struct yaml_node *node,
			     const char *what, uint32_t max, uint32_t *out);

/* A text in which $names have been filled in, of 1 to max bytes; lives as
 * long as the compiler's arena. */
enum value_state value_text(struct compiler *c, const struct yaml_node *node,
			    const char *what, size_t max, const char **out);

/* "yes", "no": true and *out; other text: false, without a problem. */
bool value_is_switch(const struct yaml_node *node, bool *out);

/* A mixture: "Ar", or {H2: 3, N2: 1} in parts or percent. */
enum value_state value_gas(struct compiler *c, const struct yaml_node *node,
			   struct mixture *out);

/* "H2 75 %, N2 25 %", or "Ar". */
void value_gas_print(const struct gases *g, const struct mixture *m,
		     char out[GAS_TEXT_MAX]);

/* Against recipe, chip and heater; against recipe and chip. Sees NAN as too
 * much. 0 or -1 with a problem at `at`. */
int value_check_temperature(struct compiler *c, struct place at,
			    const char *what, double temperature);
int value_check_pressure(struct compiler *c, struct place at, const char *what,
			 double pressure);

/* Like quantity_format, but rates are "20 °C/min". Returns out. */
const char *value_format(enum quantity q, double value,
			 char out[QUANTITY_TEXT_MAX]);

#endif
