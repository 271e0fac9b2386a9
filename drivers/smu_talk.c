#include "drivers/smu_talk.h"

#include <assert.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "base/number.h"
#include "base/text.h"

#define ERRORS_MAX 20	/* in a queue */
#define OVERFLOW 9.9e37 /* and 9.91e37: not a number */

static double field(const struct smu *s, char letter)
{
	switch (letter) {
	case 'V': return s->chip.voltage_max;
	case 'A': return s->chip.current_max * 1e-3;
	case 'I': return s->heater.level * 1e-3;
	case 'N': return s->nplc;
	default: assert(letter == 'T'); return nsec_to_s(s->dead_man);
	}
}

static void add_words(const struct smu *s, const char *words, struct text *out)
{
	char digits[NUMBER_TEXT_MAX];

	for (; *words; words++) {
		if (words[0] == '{' && words[1] && words[2] == '}') {
			number_print_digits(field(s, words[1]), 7, digits);
			text_add(out, digits);
			words += 2;
		} else {
			text_add_char(out, *words);
		}
	}
}

/* The first message of a line of its own, if the kind has one. */
static void add_wake(const struct smu *s, struct text *out)
{
	if (s->kind->wake)
		text_addf(out, "%s%s", s->kind->wake, s->terminator);
}

static void trim(char *answer)
{
	size_t n = strlen(answer);

	while (n && strchr(" \t\r\n", answer[n - 1]))
		answer[--n] = '\0';
}

int smu_say(struct smu *s, const char *words, nsec reply, char *answer,
	    struct err *err)
{
	_cleanup_(text_free) struct text out = { 0 };

	add_wake(s, &out);
	add_words(s, words, &out);
	if (wire_line(s->wire, text_str(&out), s->terminator, reply, answer,
		      answer ? SMU_ANSWER_MAX : 0, err))
		return -1;
	if (answer)
		trim(answer);
	return 0;
}

int smu_tell(struct smu *s, const char *words, struct err *err)
{
	_cleanup_(text_free) struct text out = { 0 };

	add_wake(s, &out);
	text_addf(&out, "%s%s", words, s->terminator);
	return wire_tell(s->wire, text_str(&out), out.n, 0, false, err);
}

/* The number at *s, and what stands behind it. */
static bool take_number(const char **s, double *value)
{
	char digits[NUMBER_TEXT_MAX];
	const char *at = *s + strspn(*s, " ");
	struct err err;
	size_t n = number_span(at);

	*value = (double)NAN;
	if (!n && strncasecmp(at, "nan", 3) == 0)
		n = 3;
	else if (!n || n >= sizeof(digits))
		return false;
	else {
		memcpy(digits, at, n);
		digits[n] = '\0';
		if (number_parse(digits, value, &err))
			return false;
	}
	if (!(fabs(*value) < OVERFLOW))
		*value = (double)NAN;
	*s = at + n + strspn(at + n, " ");
	return true;
}

int smu_numbers(const char *answer, const char *between, double *values,
		int max)
{
	int n = 0;

	while (n < max && take_number(&answer, &values[n])) {
		n++;
		if (!*answer)
			return n;
		if (!strchr(between, *answer))
			return -1;
		answer++;
	}
	return -1;
}

/* -- checks ------------------------------------------------------------- */

bool smu_is_same(const struct smu *s, const char *answer, const char *expect)
{
	_cleanup_(text_free) struct text text = { 0 };
	double is, should;
	const char *e;

	add_words(s, expect, &text);
	e = text_str(&text);
	if (strcasecmp(answer, e) == 0)
		return true;
	return take_number(&e, &should) && !*e && take_number(&answer, &is) &&
	       !*answer && fabs(is - should) <= 1e-3 * fabs(should);
}

int smu_check(struct smu *s, const struct smu_check *c, struct err *err)
{
	char answer[SMU_ANSWER_MAX];

	if (smu_say(s, c->ask, SMU_SETUP_REPLY, answer, err))
		return -1;
	if (smu_is_same(s, answer, c->expect))
		return 0;
	return err_set(err, ERR_STATE,
		       "the meter answers '%.40s' to %s: it "
		       "is not as it was set up",
		       answer, c->ask);
}

int smu_check_all(struct smu *s, struct err *err)
{
	for (const struct smu_check *c = s->kind->checks; c->ask; c++)
		if (smu_check(s, c, err))
			return -1;
	return 0;
}

int smu_check_errors(struct smu *s, struct err *err)
{
	char answer[SMU_ANSWER_MAX];
	struct err first = { 0 };

	s->turns = 0;
	for (int i = 0; i < ERRORS_MAX; i++) {
		const char *at = answer;
		double code;

		if (smu_say(s, s->kind->error, SMU_SETUP_REPLY, answer, err))
			return -1;
		if (!take_number(&at, &code))
			return wire_suspect(s->wire, err,
					    "'%.40s' is no "
					    "entry of an error queue",
					    answer);
		if (code == 0.0)
			break;
		if (!first.code)
			err_set(&first, ERR_PROTOCOL,
				"the meter has an "
				"error: %.80s",
				answer);
	}
	if (!first.code)
		return 0;
	*err = first;
	return -1;
}

/* Field i, from 0, of "MAKER, MODEL 2400, 1234567, C30". */
static void identity_field(const char *answer, int i, char *out, size_t size)
{
	size_t n;

	for (; i && *answer; i--) {
		answer += strcspn(answer, ",");
		answer += *answer == ',';
	}
	answer += strspn(answer, " ");
	if (strncasecmp(answer, "MODEL ", 6) == 0)
		answer += 6;
	n = strcspn(answer, ",");
	if (n >= size)
		n = size - 1;
	memcpy(out, answer, n);
	out[n] = '\0';
	trim(out);
}

static bool is_listed(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *s = list; n && (s = strstr(s, word)); s++)
		if (s > list && s[-1] == ' ' && s[n] == ' ')
			return true;
	return false;
}

static int compare(const struct device *dev, const char *what, const char *is,
		   struct err *err)
{
	const struct yaml_node *node =
		yaml_get(yaml_get(dev->params, "expect"), what);

	if (!node || (node->kind == YAML_SCALAR && !strcmp(node->s, is)))
		return 0;
	return err_set(err, ERR_IDENTITY, "its %s is %s, but %s is expected",
		       what, is, node->kind == YAML_SCALAR ? node->s : "text");
}

/* Nothing but the question goes to what has never identified. */
static int ask_identity(struct smu *s, char *answer, struct err *err)
{
	if (s->is_open)
		return smu_say(s, "*IDN?", SMU_SETUP_REPLY, answer, err);
	if (wire_line(s->wire, "*IDN?", s->terminator, SMU_SETUP_REPLY, answer,
		      SMU_ANSWER_MAX, err))
		return -1;
	trim(answer);
	return 0;
}

bool smu_fact(const struct device *dev, size_t i, struct device_fact *fact)
{
	const struct smu *s = dev->state;
	const struct {
		const char *name, *value;
	} facts[] = { { "model", s->model }, { "serial", s->serial } };

	if (i >= ARRAY_SIZE(facts) || !s->model[0])
		return false;
	fact->name = facts[i].name;
	text_copy(fact->value, sizeof(fact->value), facts[i].value);
	return true;
}

int smu_identify(struct device *dev, struct err *err)
{
	struct smu *s = dev->state;
	char answer[SMU_ANSWER_MAX];

	if (ask_identity(s, answer, err))
		return -1;
	identity_field(answer, 1, s->model, sizeof(s->model));
	identity_field(answer, 2, s->serial, sizeof(s->serial));
	if (!is_listed(s->kind->models, s->model))
		return err_set(err, ERR_IDENTITY,
			       "it says '%.80s', which is "
			       "not one of%s",
			       answer, s->kind->models);
	if (compare(dev, "model", s->model, err))
		return -1;
	return compare(dev, "serial", s->serial, err);
}
