#include "ring/alarm_lines.h"

#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"

enum effect {
	NOTHING, /* an operator's own doing, or a question to him */
	MOMENT,	 /* has happened: wants to be seen, and is over */
	LASTS,	 /* until a line of INFO of this kind, or alarm_watch() */
};

/* Those that are not here say it themselves: journal_condition(). */
static const struct {
	const char *kind;
	enum effect effect;
} kinds[] = {
	{ "trip", LASTS },	{ "safe", LASTS },    { "ramp", LASTS },
	{ "queue", LASTS },	{ "fault", MOMENT },  { "image", MOMENT },
	{ "beam", MOMENT },	{ "abort", NOTHING }, { "prompt", NOTHING },
	{ "control", NOTHING }, { "alarm", NOTHING },
};

static enum effect effect_of(const struct journal_line *line)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(kinds[i].kind, line->kind))
			return kinds[i].effect;
	return line->of ? LASTS : MOMENT;
}

/* Each interlock is an alarm of its own, whatever it reads: "heater above
 * 1015 °C (heater reads 1020 °C): cool". */
static size_t cause_length(const char *text)
{
	const char *end = strstr(text, " (");

	if (!end)
		end = strrchr(text, ':');
	return end ? (size_t)(end - text) : strlen(text);
}

static void source_of(const struct journal_line *line,
		      char out[ALARM_SOURCE_MAX])
{
	bool trip = !strcmp(line->kind, "trip");
	const char *of = trip ? line->text : line->of ? line->of : "";
	int n = trip ? (int)cause_length(of) : (int)strlen(of);

	snprintf(out, ALARM_SOURCE_MAX, "%s%s%.*s", line->kind, n ? " " : "", n,
		 of);
}

void alarm_line(struct alarms *a, const struct journal_line *line)
{
	char source[ALARM_SOURCE_MAX];
	const struct alarm_cause cause = { line->rank, source, line->text };
	enum effect effect = effect_of(line);

	if (effect == NOTHING ||
	    (line->rank == SEVERITY_INFO && effect != LASTS))
		return;
	source_of(line, source);
	if (line->rank == SEVERITY_INFO) {
		alarms_return(a, line->t, source);
		return;
	}
	alarms_raise(a, line->t, &cause);
	if (effect == MOMENT)
		alarms_return(a, line->t, source);
}

#define CUT_OFF "cut off"

void alarm_cut_off(struct alarms *a, nsec utc)
{
	const struct alarm_cause cause = {
		SEVERITY_ALARM, CUT_OFF,
		"the last run was cut off: look at the laboratory, then reset"
	};

	alarms_raise(a, utc, &cause);
}

void alarm_watch(struct alarms *a, nsec utc, const struct engine_status *s)
{
	if (!a->n)
		return;
	if (!s->latched && s->level == LEVEL_RUN) {
		alarms_return(a, utc, "trip ");
		alarms_return(a, utc, CUT_OFF);
	}
	if (s->safe_confirmed)
		alarms_return(a, utc, "safe");
	if (!s->plan)
		alarms_return(a, utc, "ramp");
}
