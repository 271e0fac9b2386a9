#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "cli/panel.h"
#include "cli/width.h"

static const struct terminal monochrome = { .is_one = true, .utf8 = true };

struct bench {
	struct snapshot s;
	struct panel p;
	struct panel_deed deed;
	struct text out;
	nsec t;
};

static int setup(void **state)
{
	struct bench *b = memory_zeroed(1, sizeof(*b));

	b->p.s = &b->s;
	b->t = INT64_C(1795332932) * NSEC_PER_S;
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	panel_free(&b->p);
	snapshot_fini(&b->s);
	text_free(&b->out);
	text_free(&b->deed.data);
	free(b);
	return 0;
}

static void told(struct bench *b, const char *module, const char *parameter,
		 const char *json)
{
	json_t *value = json_loads(json, JSON_DECODE_ANY, NULL);
	struct client_update u = {
		.module = module,
		.parameter = parameter,
		.value = value,
		.t = b->t += NSEC_PER_S,
		.message = "",
	};

	assert_non_null(value);
	snapshot_on_update(&b->s, &u);
	panel_see(&b->p, &u);
	json_decref(value);
}

static void tell_run(struct bench *b)
{
	told(b, "run", "_state", "\"running\"");
	told(b, "run", "status", "[300, \"running: hold at 350 °C\"]");
	told(b, "run", "_run", "3");
	told(b, "run", "_recipe", "\"AuRu in hydrogen, a long title of it\"");
	told(b, "run", "_level", "\"run\"");
	told(b, "run", "_step", "2");
	told(b, "run", "_step_count", "40");
	told(b, "run", "_step_label", "\"hold at 350 °C\"");
	told(b, "run", "_progress", "0.31");
	told(b, "run", "_gas_inlet", "\"H2 75.0 %\"");
	told(b, "run", "_gas_sample", "\"Ar\"");
	told(b, "run", "_plan",
	     "\"[{\\\"step\\\":1,\\\"steps\\\":9,\\\"start\\\":0,"
	     "\\\"seconds\\\":600,\\\"label\\\":\\\"hold at 350\\\"}]\"");
	told(b, "heater", "value", "350.07");
	told(b, "heater", "value", "20");
	told(b, "cell_pressure", "value", "50.1");
}

static const char *draw(struct bench *b, size_t rows, size_t columns)
{
	text_clear(&b->out);
	panel_draw(&b->p, &monochrome, rows, columns, &b->out);
	return text_str(&b->out);
}

static void press(struct bench *b, int key)
{
	text_free(&b->deed.data);
	panel_key(&b->p, key, &b->deed);
}

static void does(struct bench *b, int key, const char *accessible,
		 const char *data)
{
	press(b, key);
	assert_int_equal(b->deed.kind, PANEL_DO);
	assert_string_equal(b->deed.accessible, accessible);
	assert_string_equal(text_str(&b->deed.data), data);
	assert_non_null(b->deed.said);
}

/* -- the page ---------------------------------------------------------- */

static void it_shows_all_when_there_is_room(void **state)
{
	struct bench *b = *state;
	const char *page;

	tell_run(b);
	panel_note(&b->p, "08:50:24  a note");
	page = draw(b, 30, 100);
	assert_non_null(strstr(page, "running   AuRu in hydrogen"));
	assert_non_null(strstr(page, "31 %"));
	assert_non_null(strstr(page, "2 of 40: hold at 350 °C"));
	assert_non_null(strstr(page, "20.0 °C  █▁"));
	assert_non_null(strstr(page, "20.0 to 350.1"));
	assert_non_null(strstr(page, "50.10 Torr"));
	assert_non_null(strstr(page, "H2 75.0 % (at the sample: Ar)"));
	assert_non_null(strstr(page, "▶  0:00  10 min      hold at 350"));
	assert_non_null(strstr(page, "08:50:24  a note"));
	assert_non_null(strstr(page, "q quit\n"));
}

/* Of every size: no line too many, none too wide, the keys at the end. */
static void it_fits_every_terminal(void **state)
{
	struct bench *b = *state;
	size_t rows, columns, n;
	const char *s, *end;
	int i;

	tell_run(b);
	told(b, "run", "_prompt", "\"Sample in? 温度 of the stage ok?\"");
	told(b, "run", "_choices", "[\"yes\", \"no\"]");
	for (i = 0; i < 100; i++)
		panel_note(&b->p, "08:50:24  a note that is rather long");
	for (rows = 1; rows < 60; rows += 3)
		for (columns = 1; columns < 130; columns += 7) {
			s = draw(b, rows, columns);
			for (n = 0; (end = strchr(s, '\n')); s = end + 1, n++) {
				_cleanup_(text_free) struct text line = { 0 };

				text_add_n(&line, s, (size_t)(end - s));
				assert_in_range(width_of(text_str(&line)), 0,
						columns);
			}
			assert_int_equal(n, rows);
		}
}

static void what_matters_most_stays_on_a_small_one(void **state)
{
	struct bench *b = *state;
	const char *page;

	tell_run(b);
	told(b, "run", "_level", "\"cool\"");
	told(b, "run", "_latched", "true");
	told(b, "run", "_cause", "\"heater above 1030 °C\"");
	page = draw(b, 3, 60);
	assert_non_null(strstr(page, "running"));
	assert_non_null(strstr(page, "TRIPPED   cool: heater above"));
	assert_non_null(strstr(page, "p r s +/- a A q"));
	assert_null(strstr(page, "350 °C"));
}

static void before_anything_is_told_it_is_idle(void **state)
{
	struct bench *b = *state;

	assert_non_null(strstr(draw(b, 24, 80), "idle"));
}

/* -- keys -------------------------------------------------------------- */

static void keys_are_commands(void **state)
{
	struct bench *b = *state;

	does(b, 'p', "run:hold", "");
	does(b, 'r', "run:_resume", "");
	does(b, '+', "run:_extend", "60");
	does(b, '-', "run:_extend", "-60");
	press(b, 'q');
	assert_int_equal(b->deed.kind, PANEL_QUIT);
	press(b, 'x');
	assert_int_equal(b->deed.kind, PANEL_NOTHING);
}

static void what_cannot_be_taken_back_asks(void **state)
{
	static const struct {
		int key;
		const char *accessible;
	} cases[] = { { 's', "run:_skip" }, { 'A', "run:_abort" } };
	struct bench *b = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		press(b, cases[i].key);
		assert_int_equal(b->deed.kind, PANEL_NOTHING);
		assert_non_null(strstr(draw(b, 24, 80), "y: yes"));
		press(b, PANEL_KEY_ESCAPE);
		assert_int_equal(b->deed.kind, PANEL_NOTHING);
		assert_non_null(strstr(draw(b, 24, 80), "left as it is"));
		press(b, cases[i].key);
		does(b, 'y', cases[i].accessible, "");
	}
}

static void a_yes_that_was_not_asked_for_does_nothing(void **state)
{
	struct bench *b = *state;

	press(b, 'y');
	assert_int_equal(b->deed.kind, PANEL_NOTHING);
	press(b, 'A');
	press(b, 'q');
	assert_int_equal(b->deed.kind, PANEL_NOTHING);
	press(b, 'y');
	assert_int_equal(b->deed.kind, PANEL_NOTHING);
}

static void an_answer_is_a_number(void **state)
{
	struct bench *b = *state;

	press(b, 'a');
	assert_non_null(strstr(draw(b, 24, 80), "nothing was asked"));
	told(b, "run", "_prompt", "\"Sample in?\"");
	told(b, "run", "_choices", "[\"yes \\\"it\\\" is\", \"no\"]");
	assert_non_null(strstr(draw(b, 24, 80), "2: no"));
	press(b, 'a');
	does(b, '1', "run:_answer", "\"yes \\\"it\\\" is\"");
	press(b, 'a');
	press(b, '3');
	assert_int_equal(b->deed.kind, PANEL_NOTHING);
	press(b, '1');
	assert_int_equal(b->deed.kind, PANEL_NOTHING);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(it_shows_all_when_there_is_room),
		T(it_fits_every_terminal),
		T(what_matters_most_stays_on_a_small_one),
		T(before_anything_is_told_it_is_idle),
		T(keys_are_commands),
		T(what_cannot_be_taken_back_asks),
		T(a_yes_that_was_not_asked_for_does_nothing),
		T(an_answer_is_a_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
