/* What the files that drive an instrument by definition share. */
#ifndef DRIVERS_DEFINITION_DEVICE_H
#define DRIVERS_DEFINITION_DEVICE_H

#include "drivers/definition.h"

/* Makes the line ready and identifies; the epoch is remembered. */
int definition_identify(struct device *dev, struct err *err);

/* Does the site expect something that may change while it is there, such as
 * the gauge that is plugged in? */
bool definition_expects_change(const struct device *dev);

/* Of a definition for Modbus: what is asked for register `reg`, and the number
 * in its words. */
struct modbus_span definition_span(const struct device *dev,
				   const struct reg *reg, uint16_t at);
double definition_raw(const struct reg *reg, const uint16_t *words);
/* A word was seen, or sent: bits of it are set in this one. */
void definition_keep_word(struct device *dev, const struct reg *reg,
			  uint32_t word);

/* What the instrument says of itself is kept (fields NULL: from the registers,
 * or it was not told), and applied: what it spoils has no value, and channels
 * that tell the flags themselves get theirs. */
void definition_take_flags(struct device *dev,
			   const struct pattern_value *fields);
void definition_apply_flags(const struct device *dev, double *values);
void definition_condition(const struct device *dev,
			  char out[DEVICE_CONDITION_MAX]);

/* The scale of the unit that the site's parameter names; false: it is not
 * one of that quantity. */
bool definition_scale(const struct device *dev, enum quantity quantity,
		      int param, struct scale *scale);

#endif
