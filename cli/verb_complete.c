/*
 * gascellctl complete: what may stand in place of the word that is being
 * typed. The shells' scripts only ask; what they are told follows from the
 * table of verbs, and from the daemon when there is one. Nothing is said of
 * failures: there is then nothing to choose from.
 */
#include <string.h>

#include "cli/past.h"
#include "cli/roles.h"
#include "cli/snapshot.h"
#include "cli/verb.h"
#include "protocol/json.h"

#define CONNECT_MS 300
#define SHOWN_MAX 60
#define RUNS_MAX 20

struct line {
	struct call *c;
	const char *typed; /* the word that is being typed */
	size_t n;	   /* words before it that are no options */
	const char *words[OPTIONS_WORDS_MAX];
	struct options_row open; /* waits for its value, when it has a name */
	struct options named;	 /* where the line says the daemon is */
};

/* -- the line so far --------------------------------------------------- */

/* "--label", "-l": its row; false: it is none. */
static bool find_option(const char *word, struct options_row *row)
{
	size_t i;

	for (i = 0; options_row(i, row); i++)
		if ((word[1] == '-' && !strcmp(word + 2, row->name)) ||
		    (row->letter && word[1] == row->letter && !word[2]))
			return true;
	*row = (struct options_row){ 0 };
	return false;
}

static void note_value(struct line *l, const char *value)
{
	if (!strcmp(l->open.name, "socket"))
		l->named.socket = value;
	else if (!strcmp(l->open.name, "host"))
		l->named.host = value;
	else if (!strcmp(l->open.name, "database"))
		l->named.database = value;
	l->open = (struct options_row){ 0 };
}

static void take(struct line *l, const char *word)
{
	if (l->open.name) {
		note_value(l, word);
	} else if (word[0] == '-' && word[1]) {
		if (find_option(word, &l->open) && !l->open.value)
			l->open = (struct options_row){ 0 };
	} else {
		l->words[l->n++] = word;
	}
}

static bool read_line(struct line *l)
{
	const char *word, *next = call_word(l->c, 0);
	size_t i;

	if (!next)
		return false;
	for (i = 1; (word = next, next = call_word(l->c, i)); i++)
		take(l, word);
	l->typed = word;
	return true;
}

/* -- what may stand there ---------------------------------------------- */

static void offer(const struct line *l, const char *word, const char *about)
{
	struct text *out = &l->c->out;

	if (strncmp(word, l->typed, strlen(l->typed)))
		return;
	text_add_escaped(out, word, strlen(word), SHOWN_MAX);
	if (about && *about) {
		text_add_char(out, '\t');
		text_add_escaped(out, about, strlen(about), SHOWN_MAX);
	}
	text_add_char(out, '\n');
}

static void offer_words(const struct line *l, const char *words)
{
	char word[SHOWN_MAX];
	size_t n;

	for (; *words; words += n + (words[n] == '|')) {
		n = strcspn(words, "|");
		text_copy(word, n + 1 < sizeof(word) ? n + 1 : sizeof(word),
			  words);
		offer(l, word, NULL);
	}
}

static void offer_options(const struct line *l, const struct verb *v)
{
	unsigned int bits = OPTION_EVERYWHERE | (v ? v->options : 0);
	struct options_row row;
	char word[SHOWN_MAX];
	size_t i;

	for (i = 0; options_row(i, &row); i++) {
		if (!(row.bit & bits))
			continue;
		text_copy(word, sizeof(word), "--");
		text_copy(word + 2, sizeof(word) - 2, row.name);
		offer(l, word, row.help);
	}
}

static void offer_verbs(const struct line *l, const char *unused)
{
	const struct verb *v;
	size_t i;

	(void)unused;
	for (i = 0; (v = verb_at(i)); i++)
		if (v->run && !strchr(v->name, ' '))
			offer(l, v->name, v->summary);
}

/* -- what the daemon knows --------------------------------------------- */

static json_t *ask_roles(const struct line *l)
{
	struct err ignored;

	return roles_ask(l->c->client, &ignored);
}

static void offer_roles(const struct line *l, bool settable)
{
	json_t *list = ask_roles(l);
	struct roles roles;
	size_t i;

	roles_read(&roles, list);
	for (i = 0; i < roles.n; i++)
		if (!settable || roles.v[i].target)
			offer(l, roles.v[i].name, roles.v[i].unit);
	json_decref(list);
}

static void offer_settable(const struct line *l, const char *unused)
{
	(void)unused;
	offer_roles(l, true);
}

static void offer_channels(const struct line *l, const char *unused)
{
	(void)unused;
	offer_roles(l, false);
}

static void offer_modules(const struct line *l, const char *unused)
{
	json_t *description, *module;
	const char *name;
	struct err ignored;

	(void)unused;
	if (client_describe(l->c->client, &description, &ignored))
		return;
	json_object_foreach(json_object_get(description, "modules"), name,
			    module)
	{
		offer(l, name,
		      json_string_value(
			      json_object_get(module, "description")));
	}
	json_decref(description);
}

/* The words that a role has: "open", "closed". */
static void offer_values(const struct line *l, const char *name)
{
	json_t *list = ask_roles(l), *code;
	const struct role *role;
	struct roles roles;
	struct err ignored;
	const char *word;

	roles_read(&roles, list);
	role = roles_find(&roles, name, &ignored);
	if (role)
		json_object_foreach(json_object_get(role->target, "members"),
				    word, code) offer(l, word, NULL);
	json_decref(list);
}

static void offer_strings(const struct line *l, const json_t *list)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one) if (json_is_string(one))
		offer(l, json_string_value(one), NULL);
}

static void offer_recipes(const struct line *l, const char *unused)
{
	struct err ignored;
	json_t *list;

	(void)unused;
	if (client_do(l->c->client, "run:_recipes", NULL, &list, &ignored))
		return;
	offer_strings(l, list);
	json_decref(list);
}

static void offer_choices(const struct line *l, const char *unused)
{
	struct err ignored;
	json_t *list;

	(void)unused;
	if (client_read(l->c->client, "run:_choices", &list, &ignored))
		return;
	offer_strings(l, list);
	json_decref(list);
}

/* A list of objects as JSON in a string: its ids. */
static void offer_ids(const struct line *l, const char *parameter,
		      const char *about)
{
	enum error_class class;
	json_t *value, *list = NULL, *one;
	struct err ignored;
	size_t i;

	if (client_read(l->c->client, parameter, &value, &ignored))
		return;
	if (json_is_string(value))
		list = json_read(json_string_value(value),
				 json_string_length(value), &class, &ignored);
	json_array_foreach(list, i, one)
	{
		_cleanup_(text_free) struct text id = { 0 };

		text_addf(&id, "%lld",
			  (long long)json_integer_value(
				  json_object_get(one, "id")));
		offer(l, text_str(&id),
		      json_string_value(json_object_get(one, about)));
	}
	json_decref(list);
	json_decref(value);
}

static void offer_alarms(const struct line *l, const char *unused)
{
	(void)unused;
	offer_ids(l, "daemon:_alarms", "text");
}

static void offer_queued(const struct line *l, const char *unused)
{
	(void)unused;
	offer_ids(l, "run:_queue", "recipe");
}

/* The daemon's command names them, as the values that it takes. */
static void offer_buses(const struct line *l, const char *unused)
{
	json_t *list;
	struct err ignored;

	(void)unused;
	if (client_read(l->c->client, "daemon:_buses", &list, &ignored))
		return;
	offer_strings(l, list);
	json_decref(list);
}

static void offer_runs(const struct line *l, const char *unused)
{
	struct history *h = past_open_quietly(l->c);
	struct err ignored;
	const json_t *row;
	json_t *rows;
	size_t i;

	(void)unused;
	offer(l, "last", "the newest");
	rows = h ? past_rows(h, "v_run", 0, RUNS_MAX, &ignored) : NULL;
	json_array_foreach(rows, i, row)
	{
		_cleanup_(text_free) struct text run = { 0 };

		text_addf(&run, "%lld", (long long)past_number(row, "run"));
		offer(l, text_str(&run), past_text(row, "recipe"));
	}
	json_decref(rows);
	history_close(h);
}

static const struct {
	const char *argument; /* as the table of verbs calls it */
	void (*offer)(const struct line *l, const char *before);
	bool asks; /* the daemon */
} kinds[] = {
	{ "ALARM", offer_alarms, true },     { "BUS", offer_buses, true },
	{ "CHANNEL", offer_channels, true }, { "CHOICE", offer_choices, true },
	{ "ENTRY", offer_queued, true },     { "MODULE", offer_modules, true },
	{ "RECIPE", offer_recipes, true },   { "ROLE", offer_settable, true },
	{ "RUN", offer_runs, false },	     { "VALUE", offer_values, true },
	{ "VERB", offer_verbs, false },
};

/* Argument number `place`, of "[MODULE...]" also each behind it: its first
 * bytes are compared only. */
static const char *argument_at(const struct verb *v, size_t place)
{
	const char *s = v->arguments, *next;

	while (place-- && (next = strchr(s, ' ')))
		s = next + 1;
	return s + (*s == '[');
}

static void offer_word(const struct line *l, const struct verb *v, size_t place)
{
	const char *argument = argument_at(v, place), * or ;
	size_t n = strspn(argument, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), i;
	struct err ignored;

	or = argument[n] == '|' ? argument + n + 1 : "";
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strlen(kinds[i].argument) != n ||
		    strncmp(kinds[i].argument, argument, n))
			continue;
		if (!kinds[i].asks || call_connect_quietly(l->c, &ignored))
			kinds[i].offer(l, l->n ? l->words[l->n - 1] : "");
	}
	offer_words(l, or);
}

static void offer_beneath(const struct line *l, const struct verb *v)
{
	size_t n = strlen(v->name) + 1, i;
	const struct verb *next;

	for (i = 0; (next = verb_beneath(v, i)); i++)
		offer(l, next->name + n, next->summary);
}

int verb_complete(struct call *c)
{
	struct line l = { .c = c };
	const struct options *before = c->options;
	const struct verb *v;
	size_t used;

	if (!read_line(&l))
		return CLI_OK;
	c->options = &l.named;
	c->connect_ms = CONNECT_MS;
	v = verb_find(l.n, l.words, &used);
	if (l.open.name)
		offer_words(&l, strchr(l.open.value, '|') ? l.open.value : "");
	else if (l.typed[0] == '-')
		offer_options(&l, v);
	else if (!l.n)
		offer_verbs(&l, "");
	else if (v && l.n - used < v->max)
		offer_word(&l, v, l.n - used);
	if (v && !l.open.name && l.n == 1)
		offer_beneath(&l, v);
	c->options = before;
	return CLI_OK;
}
