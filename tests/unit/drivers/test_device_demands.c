/* Each definition that is part of the program has a talk in tests/devices that
 * shows all of it: it identifies, reads every channel, sets every channel that
 * can be set and reads that back, makes safe and reads that back. That it goes
 * as it was recorded is test_device_logs.c. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/text.h"
#include "drivers/definition.h"
#include "drivers/definitions.h"
#include "talk.h"

/* What a talk has to show of its definition: lines of log.lines, deed by deed.
 * A deed is a line of is_deed() and what belongs to it. */
struct shown {
	const struct log *log;
	const struct definition *d;
	struct text missing;
};

static size_t next_deed(const struct log *log, size_t i)
{
	do
		i++;
	while (i < log->n && !is_deed(log->lines[i]));
	return i;
}

static bool has_line(const struct log *log, size_t deed, const char *start)
{
	for (size_t i = deed + 1; i < next_deed(log, deed); i++)
		if (!strncmp(log->lines[i], start, strlen(start)))
			return true;
	return false;
}

/* "out" of "out12": of many alike one is enough to be set. */
static size_t stem(const char *name)
{
	size_t n = strlen(name);

	while (n && name[n - 1] >= '0' && name[n - 1] <= '9')
		n--;
	return n;
}

static bool is_alike(const char *a, const char *b)
{
	return stem(a) == stem(b) && !strncmp(a, b, stem(a));
}

/* Is it read as that value, before something else is set? NAN: as any. */
static bool is_read(const struct shown *s, size_t from, const char *channel,
		    double want, double tolerance)
{
	int c = driver_channel(&s->d->driver, channel);
	char name[64], text[64];
	struct err err;
	double value;

	for (size_t i = from; i < s->log->n; i++) {
		const char *line = s->log->lines[i];

		if (i > from && !isnan(want) && is_deed(line) &&
		    strcmp(line, "poll"))
			return false;
		if (sscanf(line, "= %63s %63[^\n]", name, text) != 2 ||
		    strcmp(name, channel) || !strcmp(text, "bad"))
			continue;
		if (isnan(want))
			return true;
		if (!quantity_parse(s->d->channels[c].quantity, text, &value,
				    &err) &&
		    fabs(value - want) <= tolerance + 1e-5 * fabs(want))
			return true;
	}
	return false;
}

static const char *readback_of(const struct channel *c)
{
	if (c->readback)
		return c->readback;
	return c->access & CHANNEL_READ ? c->name : NULL;
}

static bool is_set_and_read_back(const struct shown *s, const struct channel *c,
				 size_t deed)
{
	char name[64], text[64];
	struct err err;
	double value;

	if (sscanf(s->log->lines[deed], "write %63s %63[^\n]", name, text) !=
		    2 ||
	    !is_alike(name, c->name) || has_line(s->log, deed, "fails") ||
	    !has_line(s->log, deed, "> ") ||
	    quantity_parse(c->quantity, text, &value, &err))
		return false;
	c = &s->d->channels[driver_channel(&s->d->driver, name)];
	return !readback_of(c) ||
	       is_read(s, deed, readback_of(c), value, c->tolerance);
}

static void demand_channels(struct shown *s)
{
	for (size_t i = 0; i < s->d->driver.n_channels; i++) {
		const struct channel *c = &s->d->channels[i];
		bool set = !(c->access & CHANNEL_WRITE);

		if (c->access & CHANNEL_READ && !is_read(s, 0, c->name, NAN, 0))
			text_addf(&s->missing, " read %s;", c->name);
		for (size_t k = 0; k < s->log->n; k++)
			set = set || is_set_and_read_back(s, c, k);
		if (!set)
			text_addf(&s->missing, " set and read back %s;",
				  c->name);
	}
}

static bool is_made_safe(const struct shown *s, size_t deed)
{
	if (strcmp(s->log->lines[deed], "safe"))
		return false;
	if (s->d->n_safe && !has_line(s->log, deed, "> "))
		return false;
	for (size_t i = 0; i < s->d->n_safe; i++) {
		const struct act *act = &s->d->safe[i];
		const struct channel *c;

		if (act->channel < 0)
			continue;
		c = &s->d->channels[act->channel];
		if (readback_of(c) &&
		    !is_read(s, deed, readback_of(c), act->value, c->tolerance))
			return false;
	}
	return true;
}

static void demand_all(struct shown *s)
{
	const char *params = word_after(s->log, "params");
	bool expects = params && strstr(params, "expect");
	bool opened = false, safe = false, refused = false;

	for (size_t k = 0; k < s->log->n; k++) {
		opened = opened || (!strcmp(s->log->lines[k], "open") &&
				    !has_line(s->log, k, "fails"));
		safe = safe || is_made_safe(s, k);
		refused = refused || has_line(s->log, k, "fails identity");
	}
	if (!opened)
		text_add(&s->missing, " identify;");
	if (s->d->n_identity && !s->d->identity[0].has_is && !expects &&
	    !refused)
		text_add(&s->missing, " expect an identity;");
	demand_channels(s);
	if (!safe)
		text_add(&s->missing, " make safe, and read that back;");
}

/* Its definition as the talk's params shape it. */
static void demand(const char *name, struct text *missing)
{
	struct problems problems = { 0 };
	struct definitions set = { 0 };
	struct log log;
	const char *params;
	struct yaml *yaml;
	char path[512];
	struct shown s = { .log = &log };

	log_path(name, path);
	if (!read_log(path, &log))
		fail_msg("%s is missing", path);
	params = word_after(&log, "params");
	params = params ? params : "{}";
	yaml = yaml_parse(params, strlen(params), "params", &problems);
	s.d = (const struct definition *)definitions_find(
		&set, name, yaml_root(yaml), (struct place){ 0 }, &problems);
	assert_non_null(s.d);
	demand_all(&s);
	if (s.missing.n)
		text_addf(missing, "%s:%s\n", name, text_str(&s.missing));
	text_free(&s.missing);
	yaml_tree_free(yaml);
	definitions_free(&set);
}

/* Identify, read all, set, read back, make safe. */
static void every_definition_has_a_talk_that_shows_all_of_it(void **state)
{
	struct text missing = { 0 };

	(void)state;
	for (size_t i = 0; definitions_name(i); i++)
		demand(definitions_name(i), &missing);
	if (missing.n)
		fail_msg("tests/devices/NAME.log has to\n%s",
			 text_str(&missing));
	text_free(&missing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			every_definition_has_a_talk_that_shows_all_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
