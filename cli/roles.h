/*
 * The roles of a laboratory, as the daemon describes them.
 */
#ifndef CLI_ROLES_H
#define CLI_ROLES_H

#include <jansson.h>
#include <stdbool.h>

#include "base/text.h"
#include "protocol/client.h"

#define ROLES_MAX 200

/* All pointers are into the description. */
struct role {
	const char *name;     /* "gas.Ar" */
	const char *module;   /* "gas_Ar" */
	const char *unit;     /* as SECoP writes it, or "" */
	const json_t *value;  /* its datainfo */
	const json_t *target; /* its datainfo; NULL: cannot be set */
};

struct roles {
	size_t n;
	struct role v[ROLES_MAX];
};

/* That part of the description which roles_read() takes, the caller's; NULL
 * with err. All of the description takes much longer to read. */
json_t *roles_ask(struct client *client, struct err *err);

void roles_read(struct roles *roles, const json_t *description);

/* By role or by module. NULL with err: "did you mean ...?" */
const struct role *roles_find(const struct roles *roles, const char *name,
			      struct err *err);

/* A value as people read it, without its unit: "350.1", "open". */
void roles_print(const json_t *datainfo, const json_t *value, struct text *out);

/* What a person writes ("5 sccm", "open") as JSON that the daemon takes. */
int roles_parse(const struct role *role, const char *s, struct text *json,
		struct err *err);

/* The module of a role, or of a module: "gas.Ar" and "gas_Ar" are "gas_Ar". */
#define ROLES_NAME_MAX 64
void roles_module(const char *name, char out[ROLES_NAME_MAX]);

/* The module of the description most like it, or NULL. */
const char *roles_near_module(const json_t *description, const char *name);

#endif
