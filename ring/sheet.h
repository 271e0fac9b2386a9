/*
 * A recipe with everything it was started with: its text, the parameters
 * given, the texts it included, and the state of the laboratory that it was
 * checked against. Written into the log as one JSON object, so that the same
 * plan can be compiled from the log alone.
 */
#ifndef RING_SHEET_H
#define RING_SHEET_H

#include "engine/recipe.h"

#define SHEET_INCLUDES_MAX 64

struct sheet_include {
	char *name;
	struct text text, file;
};

/* {0} is an empty sheet. */
struct sheet {
	char *file;
	struct text text;
	size_t n_params;
	struct recipe_param params[RECIPE_PARAMS_MAX]; /* owned strings */
	size_t n_includes;
	struct sheet_include includes[SHEET_INCLUDES_MAX];
	recipe_find *find; /* for what is not here; NULL: none */
	void *find_context;
	bool has_start; /* sheets of old logs have none */
	struct recipe_start start;
};

void sheet_fini(struct sheet *s);

/* Copies text, file and parameters; includes come with sheet_find(). ERR_FULL
 * for too many parameters. */
int sheet_fill(struct sheet *s, const struct recipe_source *source,
	       struct err *err);

/* All that is in it; not its `find`. `to` is {0} before. */
void sheet_copy(struct sheet *to, const struct sheet *from);

/* A recipe_find with a struct sheet as its context: what is in the sheet, else
 * what its own `find` gives, which is kept. */
int sheet_find(void *context, const char *name, struct text *out,
	       struct text *file, struct err *err);

/* For the compiler; points into the sheet, which must stay. */
struct recipe_source sheet_source(struct sheet *s);

void sheet_print(const struct sheet *s, struct text *out);
int sheet_parse(struct sheet *s, const char *json, struct err *err);

/* {"name": "text of it", ...} */
void sheet_includes(const struct sheet *s, struct text *out);

#endif
