/*
 * From recipe text to plan: parsed, expanded (parameters, loops, includes,
 * phases of the site), and checked against roles, limits, chip and gases.
 * All mistakes are reported at once, with file, line and column. Nothing in
 * here opens a file: included texts come from the caller.
 */
#ifndef ENGINE_RECIPE_H
#define ENGINE_RECIPE_H

#include "base/problems.h"
#include "engine/ledger.h"
#include "engine/plan.h"
#include "engine/site.h"

#define RECIPE_PARAMS_MAX 32
#define RECIPE_INCLUDE_DEPTH_MAX 8

struct recipe_param {
	const char *name;
	const char *value; /* as in YAML: "350 Torr" */
};

/* Text of the recipe called `name` (a-z 0-9 - _ only), or -1 with err. The
 * text is appended to `out`; `file` gets the name for messages. */
typedef int recipe_find(void *context, const char *name, struct text *out,
			struct text *file, struct err *err);

struct recipe_source {
	const char *text;
	size_t n;
	const char *file;		   /* for messages */
	const struct recipe_param *params; /* override the defaults */
	size_t n_params;
	recipe_find *find;
	void *find_context;
};

/* What is known of the state in which the recipe will start. */
struct recipe_start {
	struct ledger ledger;
	double temperature; /* degC; the holder's ambient if NAN */
};

/* NULL when there was any problem. */
struct plan *recipe_compile(const struct recipe_source *source,
			    const struct site *site,
			    const struct recipe_start *start,
			    struct problems *problems);

/* The recipe's own parameters with their values in force, as a JSON object
 * text ({"pressure":"782 Torr"}); for the log. Call after a good compile. */
int recipe_params_json(const struct recipe_source *source, struct text *out,
		       struct err *err);

/* A table of all verbs, for help and for the test that each is documented. */
struct recipe_verb_help {
	const char *verb;
	const char *summary;
};
const struct recipe_verb_help *recipe_verbs(size_t *n);

#endif
