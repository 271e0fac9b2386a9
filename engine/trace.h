/*
 * An action as one line of text, without its time: "set heater 28 (step 3)".
 * For golden traces, replay and the journal. "" for actions that leave no
 * trace (RELEASE).
 */
#ifndef ENGINE_TRACE_H
#define ENGINE_TRACE_H

#include "base/text.h"
#include "engine/event.h"

void trace_action(const struct action *a, const struct site *site,
		  const struct plan *plan, struct text *out);

#endif
