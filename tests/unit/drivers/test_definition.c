/* Definitions: mistakes with their places, and the two small languages. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "drivers/checksum.h"
#include "drivers/definition.h"

#define HEAD                                                                   \
	"definition: x\nsummary: s\nproof: p\nsafe: []\n"                      \
	"frame: {send: \"<CR>\", answer: \"<CR>\"}\n"                          \
	"ask:\n  a: {send: \"A\", expect: \"{v:f}\"}\n"
#define NEXT 8
#define CHANNEL "channels: {c: {read: a.v}}\n"

static void expect_mistake(const char *text, int line, const char *words)
{
	struct problems problems = { 0 };
	struct definition *d =
		definition_parse(text, strlen(text), "f.yaml", &problems);
	bool found = false;

	for (size_t i = 0; i < problems.n; i++)
		found = found || (problems.v[i].line == line &&
				  strstr(problems.v[i].msg, words));
	if (!found) {
		struct text shown = { 0 };

		problems_print(&problems, &shown);
		print_error("not line %d, '%s':\n%s%s", line, words, text,
			    text_str(&shown));
		text_free(&shown);
	}
	assert_null(d);
	assert_true(found);
	problems_free(&problems);
}

static void each_mistake_has_its_line(void **state)
{
	static const struct {
		const char *text, *words;
	} mistakes[] = {
		{ "channels: {c: {read: b.v}}\n", "poll.p" },
		{ "channels: {c: {read: a.w}}\n", "no value 'w'" },
		{ "channels: {c: {write: b}}\n", "no ask 'b'" },
		{ "channels: {c: {}}\n", "needs read, write or both" },
		{ "channels: {c: {read: a.v, unti: K}}\n", "unti" },
		{ "channels: {c: {read: a.v, quantity: flow, unit: Torr}}\n",
		  "not one of a flow" },
		{ "channels: {c: {read: a.v, quantity: color}}\n", "color" },
		{ "channels: {c: {read: a.v, unit: $u}}\n", "no parameter" },
		{ "channels: {c: {read: a.v, scale: 0}}\n", "not 0" },
		{ "channels: {c: {read: a.v, resolution: -1}}\n",
		  "resolution: not below 0" },
		{ "channels: {c: {read: a.v, offset: 1e308}}\n", "nor above" },
		{ "channels: {c: {read: a.v, valid: {s: [0]}}}\n",
		  "there is no 's'" },
		{ "channels: {c: {read: a.v, count: 2}}\n", "of registers" },
		{ "channels: {c: {read: a.v, quantity: pressure,"
		  " range: [1 Torr]}}\n",
		  "the lowest and the highest" },
		{ "channels: {c: {read: a.v, quantity: pressure,"
		  " offset: 1 K}}\n",
		  "offset" },
		{ CHANNEL "x: 1\n", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(mistakes); i++) {
		char text[1024];
		bool second =
			!strncmp(mistakes[i].text, CHANNEL, strlen(CHANNEL));

		snprintf(text, sizeof(text), HEAD "%s", mistakes[i].text);
		expect_mistake(text, NEXT + second, mistakes[i].words);
	}
}

/* With their columns: an ask is one long line. */
static void mistakes_in_steps_have_their_place(void **state)
{
	static const struct {
		const char *ask, *words;
		int column;
	} mistakes[] = {
		{ "{send: \"A\", optional: true}", "none is expected", 18 },
		{ "{send: \"A\", reply: 1 s}", "none is expected", 18 },
		{ "{send: \"A\", expect: \"\", optional: maybe}",
		  "true or false", 40 },
		{ "{send: \"A\", expect: \"\", reply: 2 min}", "at most 60",
		  37 },
		{ "{send: \"A\", expect: []}", "1 to 4 patterns", 26 },
		{ "{send: \"A\", expect: [\"{a:f}\", \"{b:q}\"]}",
		  "unknown kind", 36 },
		{ "{send: \"A\", expect: [\"{a:f} {a:f}\"]}", "there already",
		  27 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(mistakes); i++) {
		struct problems problems = { 0 };
		char text[1024];

		snprintf(text, sizeof(text), HEAD "  b: %s\n" CHANNEL,
			 mistakes[i].ask);
		expect_mistake(text, NEXT, mistakes[i].words);
		definition_parse(text, strlen(text), "f.yaml", &problems);
		assert_int_equal(problems.v[0].column, mistakes[i].column);
		problems_free(&problems);
	}
}

#define WORDS                                                                  \
	HEAD "  w: {send: \"W\", expect: \"{s:s}\"}\n"                         \
	     "  put: {send: \"W {v:s}\"}\n"                                    \
	     "  number: {send: \"N {v:d}\"}\n"

static void a_word_needs_its_number(void **state)
{
	static const struct {
		const char *text, *words;
		int line;
	} mistakes[] = {
		{ "channels: {c: {read: w.s}}\n", "{OFF: 0, ON: 1}", 3 },
		{ "channels: {c: {write: put}}\n", "{OFF: 0, ON: 1}", 3 },
		{ "channels: {c: {read: w.s, write: number, map: {A: 0}}}\n",
		  "make two channels", 3 },
		{ "channels: {c: {read: a.v, write: put, map: {A: 0}}}\n",
		  "make two channels", 3 },
		{ "channels: {c: {read: w.s, map: {A: B}}}\n", "a number", 3 },
		{ CHANNEL "init: [{ask: put}]\n", "set its channel", 4 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(mistakes); i++) {
		char text[1024];

		snprintf(text, sizeof(text), WORDS "%s", mistakes[i].text);
		expect_mistake(text, NEXT + mistakes[i].line,
			       mistakes[i].words);
	}
}

static void mistakes_in_status_have_their_place(void **state)
{
	static const struct {
		const char *status, *words;
		int column;
	} mistakes[] = {
		{ "{is: [{bit: 1, word: A}]}", "where is it", 9 },
		{ "{read: w.s}", "what it means", 9 },
		{ "{read: w.x, is: [{bit: 1, word: A}]}", "no value 'x'", 16 },
		{ "{read: w.s, is: [{bit: 1}]}", "its word is missing", 26 },
		{ "{read: w.s, is: [{word: A}]}", "which bit", 26 },
		{ "{read: w.s, is: [{word: A, bit: 32}]}", "from 0 to 31", 41 },
		{ "{read: w.s, is: [{word: A, bit: 1, says: x, spoils: [d]}]}",
		  "no such channel", 62 },
		{ "{read: w.s, is: [{word: A, bit: 1, spoils: [c]}]}",
		  "has to be told", 26 },
		{ "{read: w.s, is: [{word: A, bit: 1}, {word: B, bit: 1}]}",
		  "there already", 45 },
		{ "{read: w.s, is: [A]}", "a mapping belongs here", 26 },
		{ "{read: w.s, is: [{word: A, bit: 1}], of: 1}", "of", 46 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(mistakes); i++) {
		struct problems problems = { 0 };
		char text[1024];

		snprintf(text, sizeof(text),
			 HEAD "  w: {send: \"W\", expect: \"{s:W}\"}\n" CHANNEL
			      "status: %s\n",
			 mistakes[i].status);
		expect_mistake(text, NEXT + 2, mistakes[i].words);
		definition_parse(text, strlen(text), "f.yaml", &problems);
		if (problems.v[0].column != mistakes[i].column)
			fail_msg("%s: column %d", mistakes[i].status,
				 problems.v[0].column);
		problems_free(&problems);
	}
	expect_mistake(HEAD "  w: {send: \"W\", expect: \"{s:W}\"}\n"
			    "channels: {c: {read: w.s}}\n",
		       NEXT + 1, "there is none for these");
}

static void what_may_be_missing_identifies_nothing(void **state)
{
	(void)state;
	expect_mistake(HEAD CHANNEL "identify: {send: \"I\", expect: \"{s:s}\","
				    " optional: true}\nidentity: {s: {}}\n",
		       NEXT + 2, "may be missing");
}

static void numbers_of_things_are_whole_and_bounded(void **state)
{
	static const struct {
		const char *frame, *words;
	} wrong[] = {
		{ "{send: \"<CR>\", answer: {n: -1}}", "n: a whole number" },
		{ "{send: \"<CR>\", answer: {n: 1e30}}", "n: a whole number" },
		{ "{send: \"<CR>\", answer: {n: 1.5}}", "n: a whole number" },
		{ "{answer: {end: \"<CR>\", extra: 9}}",
		  "extra: a whole number from 0 to 8" },
		{ "{answer: \"<CR>\", check: {send: xor, send_from: 1e30}}",
		  "send_from: a whole number" },
		{ "{answer: \"<CR>\", check: {answer: xor, answer_from: -1}}",
		  "answer_from: a whole number" },
	};
	char text[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		snprintf(
			text, sizeof(text),
			"definition: x\nsummary: s\nproof: p\nsafe: []\n"
			"frame: %s\n"
			"ask:\n  a: {send: \"A\", expect: \"{v:f}\"}\n" CHANNEL,
			wrong[i].frame);
		expect_mistake(text, 5, wrong[i].words);
	}
	expect_mistake("definition: x\nsummary: s\nproof: p\nsafe: []\n"
		       "talks: modbus\nframe: {max_block: 1.5}\n"
		       "registers: {a: {at: 1}}\nchannels: {a: {read: a}}\n",
		       6, "max_block: a whole number from 1 to");
}

static void a_definition_without_safe_is_refused(void **state)
{
	(void)state;
	expect_mistake("definition: x\nsummary: s\nproof: p\n"
		       "frame: {answer: \"<CR>\"}\n" CHANNEL,
		       1, "safe is missing");
}

#define COILS                                                                  \
	"definition: x\nsummary: s\nproof: p\ntalks: modbus\n"                 \
	"params: {n: 2, at: 0x10}\n"                                           \
	"registers: {out: {space: coil, at: $at, count: $n}, all: {at: 1}}\n"  \
	"channels:\n"                                                          \
	"  out: {read: out, write: out, quantity: switch, count: $n}\n"        \
	"  all: {read: all}\n"                                                 \
	"safe:\n  - out: off\n"

static struct definition *coils(const char *params, struct problems *problems)
{
	struct yaml *yaml =
		yaml_parse(params, strlen(params), "params", problems);
	struct definition *d = definition_parse_for(
		yaml_root(yaml), COILS, sizeof(COILS) - 1, "f.yaml", problems);

	yaml_tree_free(yaml);
	return d;
}

static void a_site_says_how_many_outputs_there_are(void **state)
{
	struct problems problems = { 0 };
	struct definition *d = coils("{n: 3}", &problems);

	(void)state;
	assert_non_null(d);
	assert_true(d->shaped);
	assert_int_equal(d->driver.n_channels, 4);
	assert_string_equal(d->channels[2].name, "out3");
	assert_string_equal(d->channels[3].name, "all");
	assert_int_equal(d->registers[2].at, 0x12);
	assert_int_equal(d->sources[2].write_reg, 2);
	assert_int_equal(d->n_safe, 3);
	assert_int_equal(d->safe[2].channel, 2);
	definition_free(d);
}

static void there_may_be_no_outputs(void **state)
{
	struct problems problems = { 0 };
	struct definition *d = coils("{n: 0}", &problems);

	(void)state;
	assert_non_null(d);
	assert_int_equal(d->driver.n_channels, 1);
	assert_int_equal(d->n_safe, 0);
	definition_free(d);
}

static void a_number_of_outputs_is_a_small_whole_number(void **state)
{
	static const char *const wrong[] = { "{n: 49}",	    "{n: 1.5}",
					     "{n: -1}",	    "{n: many}",
					     "{n: [3]}",    "{n: 40}",
					     "{at: 0xffff}" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct problems problems = { 0 };
		struct definition *d = coils(wrong[i], &problems);

		if (d)
			fail_msg("%s is taken", wrong[i]);
		assert_true(problems.n > 0);
		problems_free(&problems);
	}
}

static void a_definition_says_what_its_channel_resolves(void **state)
{
	static const char text[] =
		HEAD "channels: {c: {read: a.v, quantity: pressure, "
		     "resolution: 1 mbar, offset: 0.5, "
		     "range: [0 Torr, 10 Torr]}}\n";
	struct problems problems = { 0 };
	struct definition *d =
		definition_parse(text, sizeof(text) - 1, "f.yaml", &problems);

	(void)state;
	assert_non_null(d);
	assert_true(fabs(d->channels[0].resolution - 0.75006) < 1e-5);
	assert_true(d->channels[0].offset == 0.5);
	assert_true(d->channels[0].lowest == 0.0);
	assert_true(d->channels[0].highest == 10.0);
	definition_free(d);
}

static struct pattern_value fields[PATTERN_FIELDS_MAX];

static int match(const char *text, const char *answer, size_t n)
{
	struct names params = { .n = 1, .v = { "addr" } }, names = { 0 };
	struct param_texts values = { { "253" } };
	struct arena arena = { 0 };
	struct pattern pattern;
	struct err err = { 0 };
	int status;

	assert_int_equal(
		pattern_parse(text, &params, &names, &arena, &pattern, &err),
		0);
	status = pattern_match(&pattern, &values, answer, n, fields, &err);
	arena_free(&arena);
	return status;
}

static void expect_number(const char *pattern, const char *answer, double want)
{
	if (match(pattern, answer, strlen(answer)))
		fail_msg("%s does not match %s", answer, pattern);
	if (!(fabs(fields[0].number - want) <= 1e-6 * fabs(want)))
		fail_msg("%s is %.9g", answer, fields[0].number);
}

static void numbers_are_found_in_answers(void **state)
{
	(void)state;
	expect_number("{v:f}", "+014.62", 14.62);
	expect_number("@{addr}ACK{v:f}", "@253ACK1.10E-9", 1.10e-9);
	expect_number("{_:d},{v:f}", "0,-1.0000E+03", -1000.0);
	expect_number("{_:10c}{v:4d}{_:2d}", "0011074006100023", 1000.0);
	expect_number("{v:6E23}", "100023", 1000.0);
	expect_number("{v:4Xs}", "fd8a", -630.0);
	expect_number("{v:4Xi}", "A3D7", 41943.0 - 65536.0);
	expect_number("{v:8Xf}", "42480000", 50.0);
	expect_number("Position is{_:~}{v:d}", "Position is  = 3", 3.0);
	expect_number("{v:f}{*}", "9.5 and more", 9.5);
}

static void a_word_instead_of_a_number_makes_the_value_bad(void **state)
{
	static const char *const answers[] = { "OFF", "LO<E-11", "ATM" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		assert_int_equal(match("{v:f|LO<*=under|ATM=over|OFF=off}",
				       answers[i], strlen(answers[i])),
				 0);
		assert_true(isnan(fields[0].number));
	}
}

static void bytes_may_be_of_any_value(void **state)
{
	(void)state;
	assert_int_equal(match("{v:2B}<CR>", "\x00\x0d\x0d", 3), 0);
	assert_true(fields[0].number == 13.0);
}

static void what_is_not_as_expected_does_not_match(void **state)
{
	static const char *const cases[][2] = {
		{ "{v:f}", "abc" },
		{ "{v:f}", "" },
		{ "{v:d}", "1.5" },
		{ "{v:f}", "1.5x" },
		{ "@{addr}ACK{v:f}", "@254ACK1" },
		{ "{v:4X}", "12G4" },
		{ "{v:4X}", "123" },
		{ "A{v:f}", "B1" },
		{ "", "x" },
		{ "{v:6E23}", "10x023" },
		{ "A {v:w}", "A  " },
		{ "A{v:W}", "A MOV +1.0" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (!match(cases[i][0], cases[i][1], strlen(cases[i][1])))
			fail_msg("'%s' matches '%s'", cases[i][1], cases[i][0]);
}

static void expect_sent(const char *text, double v, const char *want)
{
	struct names params = { 0 };
	struct param_texts values = { 0 };
	struct arena arena = { 0 };
	struct pattern pattern;
	struct err err = { 0 };
	char out[64];
	size_t n = 0;

	assert_int_equal(
		pattern_parse(text, &params, NULL, &arena, &pattern, &err), 0);
	assert_int_equal(pattern_compose(&pattern, &values,
					 (struct pattern_sent){ v, "WORD" },
					 out, sizeof(out) - 1, &n, &err),
			 0);
	out[n] = '\0';
	assert_string_equal(out, want);
	arena_free(&arena);
}

static void values_are_sent_as_the_instrument_wants_them(void **state)
{
	(void)state;
	expect_sent("S{v:.1f}<CR>", 100.0, "S100.0\r");
	expect_sent("{v:.2E}", 12.5, "1.25E+01");
	expect_sent("{v:d}", 2.6, "3");
	expect_sent("{v:06d}", 111.0, "000111");
	expect_sent("{v:04X}", 16000.0, "3E80");
	expect_sent("{v:8Xf}", 25.0, "41C80000");
	expect_sent("<0x41><LT>CR>", 0.0, "A<CR>");
	expect_sent("VL1,{v:s}", 1.0, "VL1,WORD");
}

static void zeros_fill_up_behind_the_sign(void **state)
{
	(void)state;
	expect_sent("{v:06d}", -5.0, "-00005");
	expect_sent("{v:06d}", -0.3, "000000");
	expect_sent("{v:8Xf}", -25.0, "C1C80000");
}

static void a_value_too_wide_for_its_place_is_not_sent(void **state)
{
	static const struct {
		const char *text;
		double v;
	} cases[] = {
		{ "{v:06d}", 1000000.0 }, { "{v:06d}", 999999.6 },
		{ "{v:06d}", -100000.0 }, { "{v:02X}", 255.7 },
		{ "{v:02X}", -1.0 },	  { "{v:8Xf}", 1e300 },
		{ "{v:.2f}", NAN },	  { "{v:d}", 1e300 },
		{ "{v:s}", 1.0 },
	};
	struct names params = { 0 };
	struct param_texts values = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct arena arena = { 0 };
		struct pattern pattern;
		struct err err = { 0 };
		char out[64];
		size_t n;

		assert_int_equal(pattern_parse(cases[i].text, &params, NULL,
					       &arena, &pattern, &err),
				 0);
		assert_int_equal(pattern_compose(&pattern, &values,
						 (struct pattern_sent){
							 cases[i].v, NULL },
						 out, sizeof(out), &n, &err),
				 -1);
		assert_int_equal(err.code, ERR_RANGE);
		arena_free(&arena);
	}
}

static void checksums_are_those_of_the_sheets(void **state)
{
	char out[CHECKSUM_BYTES_MAX];

	(void)state;
	assert_int_equal(
		checksum_put(CHECKSUM_SUM_DEC3, "0010074002=?", 12, out), 3);
	assert_memory_equal(out, "106", 3);
	assert_true(
		checksum_fits(CHECKSUM_SUM_DEC3, "0011074006100023025", 19, 0));
	/* Eurotherm's example: STX PV16.4 ETX, 18h. */
	assert_true(checksum_fits(CHECKSUM_XOR, "\x02PV16.4\x03\x18", 9, 1));
	assert_false(checksum_fits(CHECKSUM_XOR, "\x02PV16.5\x03\x18", 9, 1));
	assert_int_equal(
		checksum_put(CHECKSUM_CRC16, "\x01\x03\x02\x00\x6f", 5, out),
		2);
	assert_memory_equal(out, "\xf8\x68", 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_mistake_has_its_line),
		cmocka_unit_test(mistakes_in_steps_have_their_place),
		cmocka_unit_test(a_word_needs_its_number),
		cmocka_unit_test(mistakes_in_status_have_their_place),
		cmocka_unit_test(what_may_be_missing_identifies_nothing),
		cmocka_unit_test(numbers_of_things_are_whole_and_bounded),
		cmocka_unit_test(a_definition_without_safe_is_refused),
		cmocka_unit_test(a_site_says_how_many_outputs_there_are),
		cmocka_unit_test(there_may_be_no_outputs),
		cmocka_unit_test(a_number_of_outputs_is_a_small_whole_number),
		cmocka_unit_test(a_definition_says_what_its_channel_resolves),
		cmocka_unit_test(numbers_are_found_in_answers),
		cmocka_unit_test(
			a_word_instead_of_a_number_makes_the_value_bad),
		cmocka_unit_test(bytes_may_be_of_any_value),
		cmocka_unit_test(what_is_not_as_expected_does_not_match),
		cmocka_unit_test(values_are_sent_as_the_instrument_wants_them),
		cmocka_unit_test(zeros_fill_up_behind_the_sign),
		cmocka_unit_test(a_value_too_wide_for_its_place_is_not_sent),
		cmocka_unit_test(checksums_are_those_of_the_sheets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
