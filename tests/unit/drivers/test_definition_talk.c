/* What definitions make of what an instrument says: answers that may be
 * missing, several that are right. The instrument is a script, played on a
 * pty: it hears exactly these lines, and says what stands beside them. */
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "drivers/definition.h"
#include "pair.h"

#define HEAD                                                                   \
	"definition: x\nsummary: s\nproof: p\nsafe: []\n"                      \
	"frame: {send: \"<LF>\", answer: \"<LF>\", reply: 5 s}\n"              \
	"errors: [\"no{*}\"]\n"
#define PATIENCE_MS 3000

struct line {
	const char *hears, *says; /* says NULL: nothing */
};

struct bench {
	struct pair pair;
	struct definition *d;
	struct device dev;
	pthread_t thread;
	const struct line *script;
	char wrong[128];
};

static void *play(void *context)
{
	struct bench *b = context;

	for (const struct line *line = b->script; line->hears; line++) {
		struct pollfd v = { .fd = b->pair.fd, .events = POLLIN };
		char heard[64] = "";
		size_t n = 0;

		while (n < sizeof(heard) - 1 && poll(&v, 1, PATIENCE_MS) > 0 &&
		       read(b->pair.fd, heard + n, 1) == 1 && heard[n] != '\n')
			n++;
		heard[n] = '\0';
		if (strcmp(heard, line->hears))
			snprintf(b->wrong, sizeof(b->wrong),
				 "'%s' was to be heard, not '%s'", line->hears,
				 heard);
		if (line->says)
			pair_say(&b->pair, line->says);
	}
	return NULL;
}

static void set_up(struct bench *b, const char *text)
{
	struct problems problems = { 0 };

	*b = (struct bench){ 0 };
	pair_init(&b->pair, false);
	b->d = definition_parse(text, strlen(text), "x.yaml", &problems);
	if (!b->d)
		fail_msg("%d: %s", problems.v[0].line, problems.v[0].msg);
	device_init(&b->dev, &b->d->driver, "x", b->pair.bus, NULL);
}

static void tear_down(struct bench *b)
{
	device_fini(&b->dev);
	definition_free(b->d);
	pair_fini(&b->pair);
}

static void begin(struct bench *b, const struct line *script)
{
	b->script = script;
	pthread_create(&b->thread, NULL, play, b);
}

static void end(struct bench *b)
{
	pthread_join(b->thread, NULL);
	if (b->wrong[0])
		fail_msg("%s", b->wrong);
}

static void open_it(struct bench *b)
{
	struct err err = { 0 };

	if (b->dev.driver->open(&b->dev, &err))
		fail_msg("%s", err.msg);
}

static int poll_it(struct bench *b, const struct line *script, double *values,
		   struct err *err)
{
	int status;

	begin(b, script);
	status = b->dev.driver->poll(&b->dev, values, err);
	end(b);
	return status;
}

static void expect_poll(struct bench *b, const struct line *script,
			double *values)
{
	struct err err = { 0 };

	if (poll_it(b, script, values, &err))
		fail_msg("%s", err.msg);
}

#define LINES                                                                  \
	HEAD "ask:\n"                                                          \
	     "  a:\n"                                                          \
	     "    - {send: \"A\", expect: \"{p:f}\"}\n"                        \
	     "    - {expect: \"{q:f}\", optional: true, reply: 20 ms}\n"       \
	     "  b: {send: \"B\", expect: \"{v:f}\"}\n"                         \
	     "channels:\n"                                                     \
	     "  p: {read: a.p}\n  q: {read: a.q}\n  v: {read: b.v}\n"

static void what_was_in_a_missing_answer_is_bad(void **state)
{
	static const struct line all[] = { { "A", "1\n2\n" },
					   { "B", "3\n" },
					   { 0 } };
	static const struct line without[] = { { "A", "4\n" },
					       { "B", "5\n" },
					       { 0 } };
	double values[3];
	struct bench b;

	(void)state;
	set_up(&b, LINES);
	open_it(&b);
	expect_poll(&b, all, values);
	assert_true(values[0] == 1 && values[1] == 2 && values[2] == 3);
	expect_poll(&b, without, values);
	assert_true(values[0] == 4 && isnan(values[1]) && values[2] == 5);
	tear_down(&b);
}

#define WAYS                                                                   \
	HEAD "ask:\n"                                                          \
	     "  a: {send: \"A\", expect: [\"{p:f} {_:f} {gas:s}\","            \
	     " \"{p:f} {gas:s}\", \"OFF\"]}\n"                                 \
	     "channels:\n  p: {read: a.p}\n"

static void the_first_answer_that_fits_counts(void **state)
{
	static const struct {
		struct line script[2];
		double p;
	} ways[] = {
		{ { { "A", "1 2 N2\n" } }, 1 },
		{ { { "A", "3 N2\n" } }, 3 },
		{ { { "A", "OFF\n" } }, NAN },
	};
	double value;
	struct bench b;

	(void)state;
	set_up(&b, WAYS);
	open_it(&b);
	for (size_t i = 0; i < 3; i++) {
		expect_poll(&b, ways[i].script, &value);
		assert_true(isnan(ways[i].p) ? isnan(value)
					     : value == ways[i].p);
	}
	tear_down(&b);
}

static void an_answer_that_fits_no_way_is_an_error(void **state)
{
	static const struct line other[] = { { "A", "x\n" }, { 0 } };
	static const struct line refused[] = { { "A", "no gas\n" }, { 0 } };
	struct err err = { 0 };
	double value = 7;
	struct bench b;

	(void)state;
	set_up(&b, WAYS);
	open_it(&b);
	/* A refusal leaves the value bad, and the line as good as before. */
	assert_int_equal(poll_it(&b, refused, &value, &err), 0);
	assert_true(isnan(value));
	assert_int_equal(poll_it(&b, other, &value, &err), -1);
	assert_int_equal(err.code, ERR_PROTOCOL);
	assert_non_null(strstr(err.msg, "a number was expected at 'x'"));
	assert_non_null(strstr(err.msg, "no other answer fits"));
	tear_down(&b);
}

#define FLAGS                                                                  \
	HEAD "ask:\n"                                                          \
	     "  a: {send: \"A\", expect: \"{p:f} {q:f} {gas:w}{s:W}\"}\n"      \
	     "channels:\n"                                                     \
	     "  p: {read: a.p}\n  q: {read: a.q}\n  s: {read: a.s}\n"          \
	     "status:\n  read: a.s\n  is:\n"                                   \
	     "    - {word: HLD, bit: 3, says: it is held, spoils: [q]}\n"      \
	     "    - {word: MOV, bit: 0, says: too much, spoils: [p]}\n"        \
	     "    - {word: LCK, bit: 5}\n"

static void what_it_says_of_itself_spoils_readings_and_is_told(void **state)
{
	static const struct {
		const char *says;
		double p, q, s;
		const char *condition;
	} cases[] = {
		{ "1 2 N2\n", 1, 2, 0, "" },
		{ "1 2   N2 LCK\n", 1, 2, 32, "" },
		{ "1 2 N2 HLD\n", 1, NAN, 8, "HLD: it is held" },
		{ "1 2 N2  MOV HLD \n", NAN, NAN, 9,
		  "HLD: it is held; MOV: too much" },
		{ "1 2 N2 NEW\n", NAN, NAN, NAN,
		  "it says 'NEW', which its definition does not know: its "
		  "readings are not believed" },
		{ "1 2 N2\n", 1, 2, 0, "" },
		{ "no more\n", NAN, NAN, NAN, "it does not tell its status" },
	};
	struct bench b;

	(void)state;
	set_up(&b, FLAGS);
	open_it(&b);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct line script[] = { { "A", cases[i].says }, { 0 } };
		const double want[] = { cases[i].p, cases[i].q, cases[i].s };
		char condition[DEVICE_CONDITION_MAX];
		double values[3];

		expect_poll(&b, script, values);
		b.dev.driver->condition(&b.dev, condition);
		assert_string_equal(condition, cases[i].condition);
		for (size_t k = 0; k < 3; k++)
			assert_true(isnan(want[k]) ? isnan(values[k])
						   : values[k] == want[k]);
	}
	tear_down(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_in_a_missing_answer_is_bad),
		cmocka_unit_test(the_first_answer_that_fits_counts),
		cmocka_unit_test(an_answer_that_fits_no_way_is_an_error),
		cmocka_unit_test(
			what_it_says_of_itself_spoils_readings_and_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
