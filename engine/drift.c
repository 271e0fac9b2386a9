/*
 * A chip that ages. The temperature is computed from the chip's resistance,
 * so nothing in a run can tell whether the calibration still holds; but with
 * the heater off the chip is at ambient, and there its resistance is known.
 * So that is compared before each run.
 */
#include <math.h>
#include <stdio.h>

#include "engine/state.h"

/* The chip itself is cold in a moment; what is around it takes longer. */
#define COLD_AFTER (30 * NSEC_PER_S)

static bool is_cold(const struct engine *e)
{
	int r = known(e, KNOWN_HEATER_OUTPUT);
	const struct output *o;

	if (r == ROLE_NONE)
		return true;
	o = &e->outputs[r];
	return o->value == 0.0 && !o->waiting && e->now - o->t >= COLD_AFTER;
}

static void describe(const struct engine *e, double ohm, double off, char *out,
		     size_t size)
{
	char is[QUANTITY_TEXT_MAX], was[QUANTITY_TEXT_MAX];

	quantity_format(QUANTITY_RESISTANCE, ohm, is);
	quantity_format(QUANTITY_RESISTANCE, e->site->holder.resistance, was);
	snprintf(out, size,
		 "the chip has %s with the heater off, %.1f %% from its "
		 "calibration (%s)",
		 is, 100.0 * fabs(off), was);
}

bool drift_refuses(struct engine *e, char *why, size_t size)
{
	int role = e->site->holder.resistance_role;
	char text[ACTION_TEXT_MAX];
	double ohm, off;

	if (!(e->site->holder.resistance > 0.0))
		return false;
	if (!is_cold(e)) {
		say(e, SEVERITY_INFO, "drift",
		    "the chip's resistance is not compared with its "
		    "calibration: the heater was on not long ago");
		return false;
	}
	if (!fresh(e, role)) {
		snprintf(why, size,
			 "no good reading of %s: the chip cannot be compared "
			 "with its calibration",
			 e->site->roles[role].name);
		return true;
	}
	ohm = e->readings[role].value;
	off = ohm / e->site->holder.resistance - 1.0;
	describe(e, ohm, off, text, sizeof(text));
	if (!(fabs(off) <= e->site->holder.drift_max)) {
		snprintf(why, size, "%.150s: calibrate it again or change it",
			 text);
		return true;
	}
	if (!(fabs(off) <= e->site->holder.drift_warn))
		say(e, SEVERITY_WARNING, "drift", "%s", text);
	return false;
}
