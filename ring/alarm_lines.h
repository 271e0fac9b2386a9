/*
 * Which lines of the journal raise an alarm, and when its cause is gone. The
 * journal is the one place through which all that is worth telling goes.
 */
#ifndef RING_ALARM_LINES_H
#define RING_ALARM_LINES_H

#include "engine/engine.h"
#include "ring/alarm.h"
#include "ring/journal.h"

void alarm_line(struct alarms *a, const struct journal_line *line);

/* What has no line that says that it is over. */
void alarm_watch(struct alarms *a, nsec utc, const struct engine_status *s);

/* A source of its own: the last run was cut off. */
void alarm_cut_off(struct alarms *a, nsec utc);

#endif
