#include "tools/script.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

enum argument { ARGUMENT_NONE, ARGUMENT_NEEDED };

static const struct verb {
	const char *name;
	enum command_kind kind;
	enum argument argument;
} verbs[] = {
	{ "pause", COMMAND_PAUSE, ARGUMENT_NONE },
	{ "resume", COMMAND_RESUME, ARGUMENT_NONE },
	{ "skip", COMMAND_SKIP, ARGUMENT_NONE },
	{ "extend", COMMAND_EXTEND, ARGUMENT_NEEDED },
	{ "stop", COMMAND_STOP, ARGUMENT_NONE },
	{ "abort", COMMAND_ABORT, ARGUMENT_NONE },
	{ "answer", COMMAND_ANSWER, ARGUMENT_NEEDED },
	{ "reset", COMMAND_RESET, ARGUMENT_NONE },
	{ "set", COMMAND_SET, ARGUMENT_NEEDED },
	{ "replace", COMMAND_REPLACE, ARGUMENT_NEEDED },
};

static const struct {
	const char *name;
	nsec length;
} units[] = {
	{ "ms", NSEC_PER_MS },	     { "s", NSEC_PER_S },
	{ "min", 60 * NSEC_PER_S },  { "h", 3600 * NSEC_PER_S },
	{ "d", 86400 * NSEC_PER_S },
};

static const struct verb *verb_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	return NULL;
}

static nsec unit_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (!strcmp(units[i].name, name))
			return units[i].length;
	return 0;
}

/* Cuts the next word off, NULL when there is none. */
static char *word(char **rest)
{
	char *w = *rest + strspn(*rest, " \t");
	size_t n = strcspn(w, " \t");

	if (!n)
		return NULL;
	*rest = w[n] ? w + n + 1 : w + n;
	w[n] = '\0';
	return w;
}

/* Up to 10 years; beyond, a typing mistake. */
static int time_add(nsec *at, const char *number, nsec unit, struct err *err)
{
	double x;

	if (number_parse(number, &x, err))
		return -1;
	x *= nsec_to_s(unit);
	if (!(x >= 0 && x <= 3.2e8))
		return err_set(err, ERR_RANGE, "%s is not a time in a run",
			       number);
	*at += nsec_from_s(x);
	return 0;
}

/* "[ 4200.0]" */
static int time_in_brackets(char **rest, nsec *at, struct err *err)
{
	char *end = strchr(*rest, ']');
	char *inside = *rest + 1;
	char *number;

	if (!end)
		return err_set(err, ERR_INVALID, "'[' without ']'");
	*end = '\0';
	number = word(&inside);
	*rest = end + 1;
	if (!number)
		return err_set(err, ERR_INVALID, "no time in '[ ]'");
	return time_add(at, number, NSEC_PER_S, err);
}

/* "1 h 10 min": pairs of a number and a unit, until something else comes. */
static int time_in_words(char **rest, nsec *at, struct err *err)
{
	bool any = false;

	for (;;) {
		char *p = *rest + strspn(*rest, " \t");
		char *number, *unit;

		if (!number_span(p))
			break;
		number = word(rest);
		unit = word(rest);
		if (!unit || !unit_find(unit))
			return err_set(err, ERR_INVALID,
				       "%s has no unit: a "
				       "time is written like '1 h 10 min'",
				       number);
		if (time_add(at, number, unit_find(unit), err))
			return -1;
		any = true;
	}
	return any ? 0
		   : err_set(err, ERR_INVALID,
			     "a line begins with its "
			     "time, like '1 h 10 min' or '[ 4200.0]'");
}

static char *trimmed(char *s)
{
	size_t n;

	s += strspn(s, " \t");
	for (n = strlen(s); n && strchr(" \t\r", s[n - 1]); n--)
		s[n - 1] = '\0';
	return s;
}

static int line_verb(char *rest, struct script_line *out, struct err *err)
{
	char *name = word(&rest);
	const struct verb *verb = name ? verb_find(name) : NULL;
	const char *argument = trimmed(rest);

	if (!verb)
		return err_set(err, ERR_INVALID,
			       "%s is not a command: pause, "
			       "resume, skip, extend, stop, abort, answer, "
			       "reset, set, replace",
			       name ? name : "nothing");
	if (verb->argument == ARGUMENT_NONE && argument[0])
		return err_set(err, ERR_INVALID, "%s takes no more words",
			       verb->name);
	if (verb->argument == ARGUMENT_NEEDED && !argument[0])
		return err_set(err, ERR_INVALID, "%s: of what?", verb->name);
	out->kind = verb->kind;
	out->argument = text_dup(argument);
	return 0;
}

static int line_parse(char *s, struct script_line *out, struct err *err)
{
	int status;

	s = trimmed(s);
	status = *s == '[' ? time_in_brackets(&s, &out->at, err)
			   : time_in_words(&s, &out->at, err);
	return status ? -1 : line_verb(s, out, err);
}

/* Insertion keeps lines of one time in order. */
static void insert(struct script *s, const struct script_line *line)
{
	size_t i = s->n++;

	for (; i > 0 && s->v[i - 1].at > line->at; i--)
		s->v[i] = s->v[i - 1];
	s->v[i] = *line;
}

static bool is_blank(const char *s)
{
	s += strspn(s, " \t\r");
	return !*s || *s == '#';
}

static void take_line(struct script *s, char *text, int number,
		      struct problems *problems)
{
	struct script_line line = { .line = number };
	const struct place at = { .file = s->file,
				  .line = number,
				  .column = 1 };
	struct err err;

	if (is_blank(text))
		return;
	if (s->n == SCRIPT_LINES_MAX)
		problems_add(problems, at, "more than %d commands",
			     SCRIPT_LINES_MAX);
	else if (line_parse(text, &line, &err))
		problems_add(problems, at, "%s", err.msg);
	else
		insert(s, &line);
}

struct script *script_parse(const char *text, size_t n, const char *file,
			    struct problems *problems)
{
	struct script *s = memory_zeroed(1, sizeof(*s));
	size_t before = problems->n_all;
	char *copy, *rest, *line;
	int number = 0;

	s->file = text_dup(file);
	if (n > SCRIPT_BYTES_MAX || strnlen(text, n) < n) {
		problems_add(problems, (struct place){ .file = file },
			     "not a list of commands");
		script_free(s);
		return NULL;
	}
	copy = rest = text_dup(text);
	while ((line = strsep(&rest, "\n")))
		take_line(s, line, ++number, problems);
	free(copy);
	if (problems->n_all == before)
		return s;
	script_free(s);
	return NULL;
}

void script_free(struct script *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++)
		free(s->v[i].argument);
	free(s->file);
	free(s);
}

static int extend_argument(const char *argument, struct command *command,
			   struct err *err)
{
	bool less = argument[0] == '-';
	double s;

	if (quantity_parse(QUANTITY_TIME, argument + less, &s, err))
		return -1;
	if (!(s >= 0 && s <= 1e6))
		return err_set(err, ERR_RANGE, "extend: %s is too long",
			       argument);
	command->duration = less ? -nsec_from_s(s) : nsec_from_s(s);
	return 0;
}

static int answer_argument(const char *argument,
			   const struct engine_status *status,
			   struct command *command, struct err *err)
{
	const struct plan_step *step;

	if (!status->asking)
		return err_set(err, ERR_STATE, "answer: nobody has asked");
	step = &status->plan->steps[status->step];
	for (uint32_t i = 0; i < step->ask.n_choices; i++) {
		if (strcmp(plan_text(status->plan, step->ask.choice[i]),
			   argument))
			continue;
		command->choice = i;
		return 0;
	}
	return err_set(err, ERR_NOT_FOUND,
		       "answer: '%s' is not one of the "
		       "choices",
		       argument);
}

static int set_argument(const char *argument, const struct config *config,
			struct command *command, struct err *err)
{
	_cleanup_(text_free) struct text copy = { 0 };
	const struct site *site = &config->site;
	char *rest, *name;
	int role;

	text_add(&copy, argument);
	rest = copy.s;
	name = word(&rest);
	role = name ? site_role(site, name) : ROLE_NONE;
	if (role == ROLE_NONE)
		return err_set(err, ERR_NOT_FOUND,
			       "set: there is no role "
			       "'%s'",
			       name ? name : "");
	command->role = (uint16_t)role;
	if (quantity_parse(site->roles[role].quantity, trimmed(rest),
			   &command->value, err))
		return err_wrap(err, "set %s", name);
	return 0;
}

int script_command(const struct script_line *line, const struct config *config,
		   const struct engine_status *status, struct command *command,
		   struct err *err)
{
	assert(line->kind != COMMAND_REPLACE && line->kind != COMMAND_START);
	*command = (struct command){ .kind = line->kind };
	switch (line->kind) {
	case COMMAND_EXTEND:
		return extend_argument(line->argument, command, err);
	case COMMAND_ANSWER:
		return answer_argument(line->argument, status, command, err);
	case COMMAND_SET:
		return set_argument(line->argument, config, command, err);
	default: return 0;
	}
}
