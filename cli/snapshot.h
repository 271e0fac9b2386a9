/*
 * The newest values of what the daemon has told, by "module:parameter".
 */
#ifndef CLI_SNAPSHOT_H
#define CLI_SNAPSHOT_H

#include "base/text.h"
#include "protocol/client.h"

/* {0} is an empty one. */
struct snapshot {
	json_t *values;
	json_t *errors; /* sentences */
	nsec t;		/* newest time of any: the daemon's
					 * clock, which is not ours when time
					 * runs faster */
};

/* For client_set_on_update(); context is the snapshot. */
void snapshot_on_update(void *context, const struct client_update *u);
void snapshot_fini(struct snapshot *s);

/* Activates, for an on_update that is snapshot_on_update() or calls it, the
 * module `run` and what else an operator looks at during a run (roles
 * that the laboratory does not have are left out). */
int snapshot_activate(struct client *client, client_on_update *on_update,
		      void *context, struct err *err);

/* What was never told, or is an error, is NULL, NAN, "", 0 or false. */
const json_t *snapshot_get(const struct snapshot *s, const char *name);
double snapshot_number(const struct snapshot *s, const char *name);
const char *snapshot_text(const struct snapshot *s, const char *name);
int64_t snapshot_count(const struct snapshot *s, const char *name);
bool snapshot_flag(const struct snapshot *s, const char *name);

/* Choice i of what the operator is asked; NULL: there are no more. */
const char *snapshot_choice(const struct snapshot *s, size_t i);

/* "'yes' | 'no'", as they are typed; harmless for a terminal. */
void snapshot_choices(const struct snapshot *s, const char *between,
		      struct text *out);

/* {"run": {"state": ...}, "roles": {"heater": {"value": ...}, ...}}; the
 * underscores of our own names are left out. */
json_t *snapshot_json(const struct snapshot *s);

#endif
