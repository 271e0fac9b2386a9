/*
 * Any bytes are a configuration or a list of problems. What is read can be
 * trusted with a laboratory: all it refers to exists, and printed it reads
 * back as the same.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "site/config.h"

static void check_role(const struct site *s, int role)
{
	if (role < 0 || (size_t)role >= s->n_roles)
		abort();
}

static void check_instruments(const struct config *c)
{
	size_t i;

	if (!c->n_instruments || c->n_instruments > POLLS_MAX ||
	    c->n_buses > CONFIG_BUSES_MAX)
		abort();
	for (i = 0; i < c->n_instruments; i++)
		if (!c->instruments[i].driver ||
		    c->instruments[i].bus >= c->n_buses ||
		    c->site.polls[i].period <= 0)
			abort();
}

static void check_safe(const struct site *s, const struct safe_level *safe)
{
	size_t i;

	for (i = 0; i < safe->n; i++) {
		check_role(s, safe->v[i].role);
		if (!(safe->v[i].value >= s->roles[safe->v[i].role].min &&
		      safe->v[i].value <= s->roles[safe->v[i].role].max))
			abort();
	}
}

static void check_site(const struct site *s)
{
	size_t i;

	for (i = 0; i < s->n_interlocks; i++) {
		check_role(s, s->interlocks[i].role);
		if (isnan(s->interlocks[i].bound) ||
		    s->interlocks[i].window < 0)
			abort();
	}
	check_safe(s, &s->safe[LEVEL_COOL]);
	check_safe(s, &s->safe[LEVEL_ISOLATE]);
}

static void check_again(const struct config *c)
{
	_cleanup_(problems_free) struct problems problems = { 0 };
	_cleanup_(text_free) struct text first = { 0 }, second = { 0 };
	struct config *again;

	config_print(c, &first);
	again = config_parse(text_str(&first), first.n, "printed", &problems);
	if (!again)
		abort();
	config_print(again, &second);
	config_free(again);
	if (strcmp(text_str(&first), text_str(&second)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(problems_free) struct problems problems = { 0 };
	_cleanup_(text_free) struct text said = { 0 };
	struct config *c =
		config_parse((const char *)data, size, "input", &problems);

	if (!c != (problems.n > 0))
		abort();
	problems_print(&problems, &said);
	if (!text_is_utf8(text_str(&said), said.n))
		abort();
	if (c) {
		check_instruments(c);
		check_site(&c->site);
		check_again(c);
	}
	config_free(c);
	return 0;
}
