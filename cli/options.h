/*
 * The command line of gascellctl: a verb, its words, and options in any
 * place. Understood: --name VALUE, --name=VALUE, -l VALUE, -lVALUE, flags,
 * and "--" in front of words that begin with a dash; "-5 min" is a word.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

#define OPTIONS_WORDS_MAX 16
#define OPTIONS_PARAMS_MAX 64

/* Options that only some verbs take, as bits. */
enum {
	OPTION_PARAM = 1 << 0,
	OPTION_LABEL = 1 << 1,
	OPTION_WATCH = 1 << 2,
	OPTION_OUTPUT = 1 << 3,
	OPTION_LAST = 1 << 4,
	OPTION_RECIPE = 1 << 5,
	OPTION_AFTER = 1 << 6,
	OPTION_FOR = 1 << 7,
	OPTION_FORCE = 1 << 8,
	OPTION_NOTE = 1 << 9,
	OPTION_SPAN = 1 << 10, /* --from and --to */
	OPTION_EVERYWHERE = 1 << 30,
};

struct options_param {
	const char *name;
	const char *value;
};

/* All texts point into argv, which loses the '=' of parameters. */
struct options {
	const char *socket, *database; /* NULL: not given */
	const char *host;	       /* as socket, but never a path */
	const char *label, *output, *after, *lasting, *note, *from, *to;
	bool json, no_color, help, version;
	bool watch, recipe, force;
	int64_t last;	 /* 0: not given */
	size_t n_params; /* the same name again replaces */
	struct options_param params[OPTIONS_PARAMS_MAX];
	size_t n_words; /* the verb is the first */
	const char *words[OPTIONS_WORDS_MAX];
	unsigned int given; /* bits of what was there */
};

/* argv[0] is skipped. */
int options_read(struct options *o, int argc, char **argv, struct err *err);

/* Were options given that a verb with these bits does not take? */
int options_check(const struct options *o, const char *verb, unsigned int taken,
		  struct err *err);

/* Words from `first` on with a blank between them: "5 min". */
void options_join(const struct options *o, size_t first, struct text *out);

/* Row i of the options, for help as JSON and completion; false: there are no
 * more. */
struct options_row {
	const char *name;
	char letter;	   /* or 0 */
	const char *value; /* NULL for flags */
	unsigned int bit;
	const char *help;
};
bool options_row(size_t i, struct options_row *out);

/* Lines of help on the options with any of these bits. */
void options_help(unsigned int bits, struct text *out);

#endif
