#include "cli/options.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/number.h"

#define LAST_MAX 1000000

enum kind { FLAG, TEXT, COUNT, PARAM };

static const struct row {
	const char *name;
	char letter;	   /* or 0 */
	const char *value; /* NULL for flags */
	enum kind kind;
	size_t at; /* in struct options */
	unsigned int bit;
	const char *help;
} rows[] = {
	{ "param", 'p', "NAME=VALUE", PARAM, 0, OPTION_PARAM,
	  "a parameter of the recipe; may be repeated" },
	{ "label", 'l', "TEXT", TEXT, offsetof(struct options, label),
	  OPTION_LABEL, "your name for the run" },
	{ "watch", 'w', NULL, FLAG, offsetof(struct options, watch),
	  OPTION_WATCH, "stay, and show how it goes on" },
	{ "output", 'o', "FILE", TEXT, offsetof(struct options, output),
	  OPTION_OUTPUT, "write there (default: standard output)" },
	{ "last", 'n', "N", COUNT, offsetof(struct options, last), OPTION_LAST,
	  "only the newest N" },
	{ "recipe", 0, NULL, FLAG, offsetof(struct options, recipe),
	  OPTION_RECIPE, "print the recipe that ran, as it was" },
	{ "after", 0, "stop|continue", TEXT, offsetof(struct options, after),
	  OPTION_AFTER, "what follows when it does not complete" },
	{ "for", 0, "DURATION", TEXT, offsetof(struct options, lasting),
	  OPTION_FOR, "how long: '30 min', '2 h'" },
	{ "force", 'f', NULL, FLAG, offsetof(struct options, force),
	  OPTION_FORCE, "also when somebody else has it" },
	{ "note", 0, "TEXT", TEXT, offsetof(struct options, note), OPTION_NOTE,
	  "why; others see it" },
	{ "from", 0, "TIME", TEXT, offsetof(struct options, from), OPTION_SPAN,
	  "'14:30', '2026-11-22 07:35', or '2 h' ago" },
	{ "to", 0, "TIME", TEXT, offsetof(struct options, to), OPTION_SPAN,
	  "the same; without it: now" },
	{ "host", 0, "HOST:PORT", TEXT, offsetof(struct options, host),
	  OPTION_EVERYWHERE, "a daemon on another machine, over TCP" },
	{ "socket", 's', "PATH", TEXT, offsetof(struct options, socket),
	  OPTION_EVERYWHERE,
	  "the daemon's socket, or HOST:PORT "
	  "($GASCELL_SOCKET)" },
	{ "database", 'd', "PATH", TEXT, offsetof(struct options, database),
	  OPTION_EVERYWHERE,
	  "the log, for looking back "
	  "($GASCELL_DATABASE)" },
	{ "json", 'j', NULL, FLAG, offsetof(struct options, json),
	  OPTION_EVERYWHERE, "for programs" },
	{ "no-color", 0, NULL, FLAG, offsetof(struct options, no_color),
	  OPTION_EVERYWHERE, "plain text (also: $NO_COLOR)" },
	{ "help", 'h', NULL, FLAG, offsetof(struct options, help),
	  OPTION_EVERYWHERE, "what the verb does" },
	{ "version", 'V', NULL, FLAG, offsetof(struct options, version),
	  OPTION_EVERYWHERE, "print the version" },
};

struct reader {
	struct options *o;
	int argc;
	char **argv;
	int next;
	bool only_words; /* after "--" */
};

static const struct row *find_name(const char *name, size_t n)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (strlen(rows[i].name) == n &&
		    !strncmp(rows[i].name, name, n))
			return &rows[i];
	return NULL;
}

static const struct row *find_letter(char c)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].letter && rows[i].letter == c)
			return &rows[i];
	return NULL;
}

static int refuse_unknown(const char *given, size_t n, struct err *err)
{
	const char *names[ARRAY_SIZE(rows) + 1] = { 0 }, *nearest;
	char name[64];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		names[i] = rows[i].name;
	snprintf(name, sizeof(name), "%.*s", (int)(n < 60 ? n : 60), given);
	nearest = text_nearest(name, names);
	if (nearest)
		return err_set(err, ERR_INVALID,
			       "there is no option --%s; "
			       "did you mean --%s?",
			       name, nearest);
	return err_set(err, ERR_INVALID, "there is no option --%s", name);
}

static int take_param(struct options *o, char *pair, struct err *err)
{
	char *equals = strchr(pair, '=');
	size_t i;

	if (!equals || equals == pair)
		return err_set(err, ERR_INVALID,
			       "a parameter is written "
			       "NAME=VALUE (-p pressure='50 Torr'), not '%s'",
			       pair);
	*equals = '\0';
	for (i = 0; i < o->n_params; i++)
		if (!strcmp(o->params[i].name, pair))
			break;
	if (i == OPTIONS_PARAMS_MAX)
		return err_set(err, ERR_FULL, "more than %d parameters",
			       OPTIONS_PARAMS_MAX);
	o->params[i] = (struct options_param){ pair, equals + 1 };
	if (i == o->n_params)
		o->n_params++;
	return 0;
}

static int take_value(struct options *o, const struct row *row, char *value,
		      struct err *err)
{
	void *to = (char *)o + row->at;

	if (row->kind == PARAM)
		return take_param(o, value, err);
	if (row->kind == COUNT) {
		if (!number_parse_int(value, 1, LAST_MAX, to, err))
			return 0;
		return err_wrap(err, "--%s", row->name);
	}
	if (!*value)
		return err_set(err, ERR_INVALID, "--%s is empty", row->name);
	*(const char **)to = value;
	return 0;
}

/* inside: the value that was in the same word ("--label=x"), or NULL. */
static int take_row(struct reader *r, const struct row *row, char *inside,
		    struct err *err)
{
	r->o->given |= row->bit;
	if (row->kind == FLAG) {
		if (inside)
			return err_set(err, ERR_INVALID, "--%s takes no value",
				       row->name);
		*(bool *)((char *)r->o + row->at) = true;
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
	return take_value(r->o, row, inside, err);
}

static int take_long(struct reader *r, char *word, struct err *err)
{
	size_t n = strcspn(word, "=");
	const struct row *row = find_name(word, n);

	if (!row)
		return refuse_unknown(word, n, err);
	return take_row(r, row, word[n] ? word + n + 1 : NULL, err);
}

static int take_letter(struct reader *r, char *word, struct err *err)
{
	const struct row *row = find_letter(word[0]);

	if (!row)
		return err_set(err, ERR_INVALID, "there is no option -%s",
			       word);
	return take_row(r, row, word[1] ? word + 1 : NULL, err);
}

static int take_word(struct reader *r, const char *word, struct err *err)
{
	if (r->o->n_words == OPTIONS_WORDS_MAX)
		return err_set(err, ERR_FULL, "more than %d words",
			       OPTIONS_WORDS_MAX);
	r->o->words[r->o->n_words++] = word;
	return 0;
}

static bool is_negative_number(const char *word)
{
	return isdigit((unsigned char)word[1]) || word[1] == '.';
}

static int take(struct reader *r, char *word, struct err *err)
{
	if (r->only_words || word[0] != '-' || !word[1] ||
	    is_negative_number(word))
		return take_word(r, word, err);
	if (!strcmp(word, "--")) {
		r->only_words = true;
		return 0;
	}
	return word[1] == '-' ? take_long(r, word + 2, err)
			      : take_letter(r, word + 1, err);
}

int options_read(struct options *o, int argc, char **argv, struct err *err)
{
	struct reader r = { .o = o, .argc = argc, .argv = argv, .next = 1 };

	*o = (struct options){ 0 };
	while (r.next < r.argc)
		if (take(&r, r.argv[r.next++], err))
			return -1;
	return 0;
}

int options_check(const struct options *o, const char *verb, unsigned int taken,
		  struct err *err)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].bit != OPTION_EVERYWHERE &&
		    (o->given & rows[i].bit & ~taken))
			return err_set(err, ERR_INVALID,
				       "%s does not take "
				       "--%s",
				       verb, rows[i].name);
	return 0;
}

void options_join(const struct options *o, size_t first, struct text *out)
{
	size_t i;

	for (i = first; i < o->n_words; i++) {
		if (i > first)
			text_add_char(out, ' ');
		text_add(out, o->words[i]);
	}
}

bool options_row(size_t i, struct options_row *out)
{
	if (i >= ARRAY_SIZE(rows))
		return false;
	*out = (struct options_row){ rows[i].name, rows[i].letter,
				     rows[i].value, rows[i].bit, rows[i].help };
	return true;
}

void options_help(unsigned int bits, struct text *out)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(text_free) struct text left = { 0 };

		if (!(rows[i].bit & bits))
			continue;
		if (rows[i].letter)
			text_addf(&left, "-%c, ", rows[i].letter);
		text_addf(&left, "--%s", rows[i].name);
		if (rows[i].value)
			text_addf(&left, " %s", rows[i].value);
		text_addf(out, "  %-24s %s\n", text_str(&left), rows[i].help);
	}
}
