#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "tools/script.h"

#define S NSEC_PER_S

static struct script *parse(const char *text)
{
	struct problems problems = { 0 };
	struct script *s = script_parse(text, strlen(text), "night", &problems);

	problems_free(&problems);
	return s;
}

/* The first problem's line; its message must have `part` in it. */
static int line_of_mistake(const char *text, const char *part)
{
	struct problems problems = { 0 };
	struct script *s = script_parse(text, strlen(text), "night", &problems);
	int line;

	assert_null(s);
	assert_true(problems.n > 0);
	assert_string_equal(problems.v[0].file, "night");
	assert_non_null(strstr(problems.v[0].msg, part));
	line = problems.v[0].line;
	problems_free(&problems);
	return line;
}

static void test_both_ways_of_writing_a_time(void **state)
{
	struct script *s = parse("1 h 10 min pause\n[ 4200.0] resume\n"
				 "[4200.5]skip\n1.5 s stop\n");

	(void)state;
	assert_non_null(s);
	assert_int_equal(s->n, 4);
	assert_int_equal(s->v[0].kind, COMMAND_STOP);
	assert_int_equal(s->v[0].at, 3 * S / 2);
	assert_int_equal(s->v[1].kind, COMMAND_PAUSE);
	assert_int_equal(s->v[1].at, 4200 * S);
	assert_int_equal(s->v[2].kind, COMMAND_RESUME);
	assert_int_equal(s->v[2].at, 4200 * S);
	assert_int_equal(s->v[3].at, 4200 * S + S / 2);
	script_free(s);
}

static void test_blank_lines_and_comments_count_as_lines(void **state)
{
	struct script *s = parse("# somebody\n\n  \t\r\n10 s abort\r\n");

	(void)state;
	assert_non_null(s);
	assert_int_equal(s->n, 1);
	assert_int_equal(s->v[0].line, 4);
	assert_string_equal(s->v[0].argument, "");
	script_free(s);
}

static void test_arguments_keep_their_blanks_inside(void **state)
{
	struct script *s = parse("1 s  extend  5 min \n1 s answer go on\n");

	(void)state;
	assert_non_null(s);
	assert_string_equal(s->v[0].argument, "5 min");
	assert_string_equal(s->v[1].argument, "go on");
	script_free(s);
}

static void test_mistakes_have_their_line(void **state)
{
	(void)state;
	assert_int_equal(line_of_mistake("1 s pause\npause\n", "time"), 2);
	assert_int_equal(line_of_mistake("\n5 pause", "no unit"), 2);
	assert_int_equal(line_of_mistake("5 weeks pause", "no unit"), 1);
	assert_int_equal(line_of_mistake("5 s jump", "jump"), 1);
	assert_int_equal(line_of_mistake("5 s", "nothing"), 1);
	assert_int_equal(line_of_mistake("5 s pause now", "no more"), 1);
	assert_int_equal(line_of_mistake("5 s extend", "of what"), 1);
	assert_int_equal(line_of_mistake("-5 s pause", "not a time"), 1);
	assert_int_equal(line_of_mistake("[ 5.0 pause", "']'"), 1);
	assert_int_equal(line_of_mistake("[] pause", "no time"), 1);
	assert_int_equal(line_of_mistake("[ soon ] pause", "soon"), 1);
	assert_int_equal(line_of_mistake("1e300 s pause", "not a time"), 1);
}

static void test_all_mistakes_are_reported(void **state)
{
	struct problems problems = { 0 };
	const char *text = "pause\n1 s skip\nresume\n";

	(void)state;
	assert_null(script_parse(text, strlen(text), "f", &problems));
	assert_int_equal(problems.n, 2);
	problems_free(&problems);
}

static void test_a_thousand_lines_are_enough(void **state)
{
	struct text text = { 0 };
	struct script *s;

	(void)state;
	for (int i = 0; i < SCRIPT_LINES_MAX; i++)
		text_add(&text, "1 s pause\n");
	s = parse(text_str(&text));
	assert_non_null(s);
	script_free(s);
	text_add(&text, "1 s pause\n");
	assert_int_equal(line_of_mistake(text_str(&text), "more than"),
			 SCRIPT_LINES_MAX + 1);
	text_free(&text);
}

static int command_of(const char *line, const struct config *config,
		      const struct engine_status *status,
		      struct command *command, struct err *err)
{
	struct script *s = parse(line);
	int result;

	assert_non_null(s);
	result = script_command(&s->v[0], config, status, command, err);
	script_free(s);
	return result;
}

static void test_extend_takes_time_off_as_well(void **state)
{
	struct engine_status status = { 0 };
	struct command c;
	struct err err;

	(void)state;
	assert_int_equal(
		command_of("1 s extend 5 min", NULL, &status, &c, &err), 0);
	assert_int_equal(c.duration, 300 * S);
	assert_int_equal(
		command_of("1 s extend -90 s", NULL, &status, &c, &err), 0);
	assert_int_equal(c.duration, -90 * S);
	assert_int_equal(command_of("1 s extend 5", NULL, &status, &c, &err),
			 -1);
}

static void test_an_answer_is_one_of_the_choices(void **state)
{
	char text[] = "is it good?\0go on\0end it";
	struct plan_step step = { .kind = STEP_ASK,
				  .ask = { .n_choices = 2,
					   .choice = { 12, 18 } } };
	struct plan plan = { .n_steps = 1, .steps = &step, .text = text };
	struct engine_status status = { .plan = &plan, .asking = true };
	struct command c;
	struct err err;

	(void)state;
	assert_int_equal(
		command_of("1 s answer end it", NULL, &status, &c, &err), 0);
	assert_int_equal(c.choice, 1);
	assert_int_equal(
		command_of("1 s answer maybe", NULL, &status, &c, &err), -1);
	status.asking = false;
	assert_int_equal(
		command_of("1 s answer go on", NULL, &status, &c, &err), -1);
	assert_int_equal(err.code, ERR_STATE);
}

static void test_set_reads_the_unit_of_the_role(void **state)
{
	struct config *config = calloc(1, sizeof(*config));
	struct engine_status status = { 0 };
	struct command c;
	struct err err;

	(void)state;
	config->site.n_roles = 1;
	config->site.roles[0] =
		(struct role){ .name = "gas.H2", .quantity = QUANTITY_FLOW };
	assert_int_equal(command_of("1 s set gas.H2 0.1 sccm", config, &status,
				    &c, &err),
			 0);
	assert_int_equal(c.role, 0);
	assert_true(c.value == 0.1);
	assert_int_equal(
		command_of("1 s set gas.H2 0.1", config, &status, &c, &err),
		-1);
	assert_int_equal(command_of("1 s set gas.O2 0.1 sccm", config, &status,
				    &c, &err),
			 -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
	free(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_ways_of_writing_a_time),
		cmocka_unit_test(test_blank_lines_and_comments_count_as_lines),
		cmocka_unit_test(test_arguments_keep_their_blanks_inside),
		cmocka_unit_test(test_mistakes_have_their_line),
		cmocka_unit_test(test_all_mistakes_are_reported),
		cmocka_unit_test(test_a_thousand_lines_are_enough),
		cmocka_unit_test(test_extend_takes_time_off_as_well),
		cmocka_unit_test(test_an_answer_is_one_of_the_choices),
		cmocka_unit_test(test_set_reads_the_unit_of_the_role),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
