#include "tools/options.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/number.h"
#include "tools/commands.h"

struct reader {
	const struct options *options;
	int argc;
	char **argv;
	int next;
	bool help;
	bool only_words; /* after "--" */
	struct options_words *words;
};

static const struct option_row *find_name(const struct options *o,
					  const char *name, size_t n)
{
	size_t i;

	for (i = 0; i < o->n_rows; i++)
		if (strlen(o->rows[i].name) == n &&
		    !strncmp(o->rows[i].name, name, n))
			return &o->rows[i];
	return NULL;
}

static const struct option_row *find_letter(const struct options *o, char c)
{
	size_t i;

	for (i = 0; i < o->n_rows; i++)
		if (o->rows[i].letter && o->rows[i].letter == c)
			return &o->rows[i];
	return NULL;
}

static int refuse_unknown(const struct options *o, const char *given, size_t n,
			  struct err *err)
{
	const char *names[OPTIONS_ROWS_MAX + 2], *nearest;
	char name[64];
	size_t i;

	for (i = 0; i < o->n_rows; i++)
		names[i] = o->rows[i].name;
	names[i++] = "help";
	names[i] = NULL;
	snprintf(name, sizeof(name), "%.*s", (int)(n < 60 ? n : 60), given);
	nearest = text_nearest(name, names);
	if (nearest)
		return err_set(err, ERR_INVALID,
			       "there is no option --%s; did you mean --%s?",
			       name, nearest);
	return err_set(err, ERR_INVALID, "there is no option --%s", name);
}

static int add_param(struct options_params *params, char *pair, struct err *err)
{
	char *equals = strchr(pair, '=');
	size_t i;

	if (!equals || equals == pair)
		return err_set(err, ERR_INVALID,
			       "a parameter is written NAME=VALUE, not '%s'",
			       pair);
	*equals = '\0';
	for (i = 0; i < params->n; i++)
		if (!strcmp(params->v[i].name, pair))
			break;
	if (i == RECIPE_PARAMS_MAX)
		return err_set(err, ERR_FULL, "more than %d parameters",
			       RECIPE_PARAMS_MAX);
	params->v[i] = (struct recipe_param){ pair, equals + 1 };
	if (i == params->n)
		params->n++;
	return 0;
}

static int store(const struct option_row *row, char *value, struct err *err)
{
	if (row->text) {
		*row->text = value;
		return 0;
	}
	if (row->integer)
		return number_parse_int(value, 0, INT64_MAX, row->integer, err);
	if (row->number)
		return number_parse(value, row->number, err);
	assert(row->params);
	return add_param(row->params, value, err);
}

/* inside: the value that was in the same word ("--seed=5"), or NULL. */
static int take_row(struct reader *r, const struct option_row *row,
		    char *inside, struct err *err)
{
	if (row->flag) {
		if (inside)
			return err_set(err, ERR_INVALID, "--%s takes no value",
				       row->name);
		*row->flag = true;
		return 0;
	}
	if (!inside) {
		if (r->next == r->argc)
			return err_set(err, ERR_INVALID,
				       "--%s needs a value: "
				       "%s",
				       row->name, row->value);
		inside = r->argv[r->next++];
	}
	if (store(row, inside, err))
		return err_wrap(err, "--%s", row->name);
	return 0;
}

static int take_long(struct reader *r, char *word, struct err *err)
{
	size_t n = strcspn(word, "=");
	const struct option_row *row = find_name(r->options, word, n);

	if (n == 4 && !strncmp(word, "help", 4)) {
		r->help = true;
		return 0;
	}
	if (!row)
		return refuse_unknown(r->options, word, n, err);
	return take_row(r, row, word[n] ? word + n + 1 : NULL, err);
}

static int take_letter(struct reader *r, char *word, struct err *err)
{
	const struct option_row *row = find_letter(r->options, word[0]);

	if (!row && !strcmp(word, "h")) {
		r->help = true;
		return 0;
	}
	if (!row)
		return err_set(err, ERR_INVALID, "there is no option -%s",
			       word);
	return take_row(r, row, word[1] ? word + 1 : NULL, err);
}

static int take_word(struct reader *r, const char *word, struct err *err)
{
	if (r->words->n == r->options->max)
		return err_set(err, ERR_INVALID,
			       "'%s' is too much: gascelld "
			       "%s takes %s",
			       word, r->options->name,
			       r->options->words ? r->options->words
						 : "no words");
	assert(r->words->n < OPTIONS_WORDS_MAX);
	r->words->v[r->words->n++] = word;
	return 0;
}

static int take(struct reader *r, char *word, struct err *err)
{
	if (r->only_words || word[0] != '-' || !word[1])
		return take_word(r, word, err);
	if (!strcmp(word, "--")) {
		r->only_words = true;
		return 0;
	}
	return word[1] == '-' ? take_long(r, word + 2, err)
			      : take_letter(r, word + 1, err);
}

int options_read(const struct options *options, int argc, char **argv,
		 struct options_words *words, struct err *err)
{
	struct reader r = { .options = options,
			    .argc = argc,
			    .argv = argv,
			    .next = 1,
			    .words = words };

	assert(options->n_rows <= OPTIONS_ROWS_MAX);
	assert(options->max <= OPTIONS_WORDS_MAX);
	*words = (struct options_words){ 0 };
	while (r.next < r.argc)
		if (take(&r, r.argv[r.next++], err))
			return -1;
	if (r.help)
		return 1;
	if (words->n < options->min)
		return err_set(err, ERR_INVALID, "%s is missing",
			       options->words);
	return 0;
}

static void help_row(const struct option_row *row, struct text *out)
{
	_cleanup_(text_free) struct text left = { 0 };

	if (row->letter)
		text_addf(&left, "-%c, ", row->letter);
	text_addf(&left, "--%s", row->name);
	if (row->value)
		text_addf(&left, " %s", row->value);
	text_addf(out, "  %-26s %s\n", text_str(&left), row->help);
}

void options_help(const struct options *options, struct text *out)
{
	size_t i;

	text_addf(out, "usage: gascelld %s", options->name);
	if (options->n_rows)
		text_add(out, " [OPTION]...");
	if (options->words)
		text_addf(out, " %s", options->words);
	text_addf(out, "\n\n%s\n\n", options->summary);
	for (i = 0; i < options->n_rows; i++)
		help_row(&options->rows[i], out);
	text_addf(out, "  %-26s %s\n", "--help", "this text");
	if (options->more)
		text_addf(out, "\n%s", options->more);
}

int options_parse(const struct options *options, int argc, char **argv,
		  struct options_words *words)
{
	_cleanup_(text_free) struct text out = { 0 };
	struct err err = { 0 };
	int status = options_read(options, argc, argv, words, &err);

	if (!status)
		return -1;
	if (status > 0) {
		options_help(options, &out);
		fputs(text_str(&out), stdout);
		return EXIT_OK;
	}
	text_add_escaped(&out, err.msg, strlen(err.msg), sizeof(err.msg));
	fprintf(stderr, "gascelld %s: %s\ntry: gascelld %s --help\n",
		options->name, text_str(&out), options->name);
	return EXIT_USAGE;
}
