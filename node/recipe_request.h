/*
 * A recipe as a client of the socket brings it: the argument of run:_start,
 * _validate and _replace (docs/socket.md), made into what the desk wants.
 */
#ifndef NODE_RECIPE_REQUEST_H
#define NODE_RECIPE_REQUEST_H

#include <jansson.h>

#include "protocol/datainfo.h"
#include "ring/desk.h"

/* What the argument looks like. */
extern const struct datainfo recipe_request_datainfo;

/* Its members, for commands that want more: texts (also of what it includes,
 * as JSON), names and labels, parameters. */
extern const struct datainfo recipe_request_text, recipe_request_short,
	recipe_request_parameters;

struct recipe_request {
	struct desk_recipe recipe;
	const char *called; /* by the client or the library */
	struct recipe_param params[RECIPE_PARAMS_MAX];
	json_t *parameters;   /* owns what params point at */
	json_t *includes;     /* texts by name */
	recipe_find *library; /* for all others */
	void *library_context;
	struct text text, file; /* of a recipe of the library */
	struct sheet sheet;	/* of one that was kept */
	char *name, *label;
};

/* argument is checked against recipe_request_datainfo, and outlives the
 * request. On failure *c says how wrong it is; call _fini either way. The
 * request must not move afterwards. */
int recipe_request_read(struct recipe_request *r, const json_t *argument,
			recipe_find *library, void *library_context,
			enum error_class *c, struct err *err);

/* A recipe of the library by its name. */
int recipe_request_find(struct recipe_request *r, const char *name,
			recipe_find *library, void *library_context,
			struct err *err);

/* One that was kept in a sheet; all of it is copied. */
void recipe_request_take(struct recipe_request *r, const struct sheet *sheet,
			 const char *name, const char *label);
void recipe_request_fini(struct recipe_request *r);

#endif
