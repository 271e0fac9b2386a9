#include "tools/wanted.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/number.h"

const char *wanted_name(enum wanted_kind kind)
{
	static const char *const names[WANTED_N] = {
		[WANTED_SETPOINT] = "setpoint",
		[WANTED_EVENT] = "event",
		[WANTED_STATE] = "state",
	};

	return names[kind];
}

void wanted_add(struct wanted_list *l, nsec t, const char *line)
{
	if (l->n == l->size) {
		l->size = l->size ? 2 * l->size : 1024;
		l->v = memory_resized(l->v, l->size, sizeof(*l->v));
	}
	l->v[l->n++] = (struct wanted){ .t = t, .line = text_dup(line) };
}

void wanted_fini(struct wanted_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i].line);
	free(l->v);
	*l = (struct wanted_list){ 0 };
}

enum wanted_kind wanted_line(const struct history_record *h, struct text *out)
{
	char number[NUMBER_TEXT_MAX] = "nan";

	text_clear(out);
	switch (h->type) {
	case RECORD_SETPOINT:
		if (isfinite(h->setpoint.value))
			number_print(h->setpoint.value, number);
		text_addf(out, "set %" PRIu32 " %s %s (%s%s)", h->setpoint.id,
			  h->setpoint.channel, number, h->setpoint.cause,
			  h->setpoint.safe ? ", safe" : "");
		return WANTED_SETPOINT;
	case RECORD_EVENT:
		text_addf(out, "%s %s: %s", h->event.severity, h->event.kind,
			  h->event.text);
		return WANTED_EVENT;
	case RECORD_STATE:
		text_addf(out, "%s, level %s%s", h->state.state, h->state.level,
			  h->state.latched ? ", latched" : "");
		return WANTED_STATE;
	default: return WANTED_N;
	}
}
