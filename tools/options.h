/*
 * The command line of a subcommand as a table: each option says where its
 * value goes. Understood: --name VALUE, --name=VALUE, -l VALUE, -lVALUE,
 * flags, --help and -h, and "--" in front of words that begin with a dash.
 *
 *	const char *config = NULL;
 *	int64_t seed = 1;
 *	bool json = false;
 *	struct options_params params = {0};
 *	const struct option_row rows[] = {
 *		{ "config", 'c', "FILE", "the laboratory", .text = &config },
 *		{ "seed", 0, "N", "of the noise", .integer = &seed },
 *		{ "json", 0, NULL, "for programs", .flag = &json },
 *		OPTION_PARAMS(&params),
 *	};
 *	const struct options options = {
 *		.name = "simulate", .words = "RECIPE", .min = 1, .max = 1,
 *		.summary = "Runs a recipe in virtual time.",
 *		.rows = rows, .n_rows = ARRAY_SIZE(rows),
 *	};
 *	struct options_words words;
 *	int code = options_parse(&options, argc, argv, &words);
 *
 *	if (code >= 0)
 *		return code;
 */
#ifndef TOOLS_OPTIONS_H
#define TOOLS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "engine/recipe.h"

#define OPTIONS_WORDS_MAX 16
#define OPTIONS_ROWS_MAX 32

/* name=value pairs in order; the same name again replaces the value. */
struct options_params {
	size_t n;
	struct recipe_param v[RECIPE_PARAMS_MAX];
};

/* Exactly one of the pointers is set and gives the kind. What the option
 * does not name on the command line stays as the caller initialised it. */
struct option_row {
	const char *name;  /* "config" */
	char letter;	   /* 'c', or 0 */
	const char *value; /* "FILE"; NULL for flags */
	const char *help;  /* one line */
	bool *flag;
	const char **text;
	int64_t *integer;	       /* >= 0 */
	double *number;		       /* finite */
	struct options_params *params; /* repeatable */
};

#define OPTION_PARAMS(to)                                                      \
	{                                                                      \
		"param", 'p', "NAME=VALUE",                                    \
			"a parameter of the recipe; may be repeated",          \
			.params = (to)                                         \
	}

struct options {
	const char *name;    /* "simulate" */
	const char *words;   /* "RECIPE", "DB RUN"; NULL: none */
	size_t min, max;     /* how many words */
	const char *summary; /* one sentence */
	const char *more;    /* text after the options, or NULL */
	const struct option_row *rows;
	size_t n_rows;
};

struct options_words {
	size_t n;
	const char *v[OPTIONS_WORDS_MAX];
};

/*
 * argv[0] is skipped. Values point into argv, which loses the '=' of
 * parameters. Returns -1 when the command goes on, or the exit code: EXIT_OK
 * after --help was printed on standard output, EXIT_USAGE after a mistake was
 * printed on standard error.
 */
int options_parse(const struct options *options, int argc, char **argv,
		  struct options_words *words);

/* The same without printing: 1 when help was asked for, 0, or -1 with err. */
int options_read(const struct options *options, int argc, char **argv,
		 struct options_words *words, struct err *err);

void options_help(const struct options *options, struct text *out);

#endif
