/* A program is run, told, heard and ended, whatever it does. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "daemon/child.h"

#define LONG_MS 60000

static struct child_end end;
static struct err err;

static int shell(const char *script, const char *input, uint64_t timeout_ms)
{
	char *word[] = { (char *)"/bin/sh", (char *)"-c", (char *)script,
			 NULL };
	const struct child c = { .word = word,
				 .input = input,
				 .n_input = strlen(input),
				 .timeout_ms = timeout_ms };

	return child_run(&c, &end, &err);
}

static void it_reads_its_input_and_is_heard(void **state)
{
	(void)state;
	assert_int_equal(shell("cat; echo bad >&2; exit 3", "facts", LONG_MS),
			 0);
	assert_string_equal(end.out, "facts");
	assert_string_equal(end.err, "bad\n");
	assert_int_equal(end.status, 3);
	assert_int_equal(end.signal, 0);
	assert_false(end.late);
}

static void it_has_an_environment_of_its_own(void **state)
{
	(void)state;
	setenv("SECRET", "1", 1);
	assert_int_equal(shell("echo \"$SECRET:$PATH\"; pwd", "", LONG_MS), 0);
	assert_string_equal(end.out, ":/usr/local/bin:/usr/bin:/bin\n/\n");
}

static void words_reach_it_as_they_are(void **state)
{
	char *word[] = { (char *)"/bin/echo", (char *)"$HOME; `id` *", NULL };
	const struct child c = { .word = word,
				 .input = "",
				 .timeout_ms = LONG_MS };

	(void)state;
	assert_int_equal(child_run(&c, &end, &err), 0);
	assert_string_equal(end.out, "$HOME; `id` *\n");
}

static void what_is_not_there_is_said(void **state)
{
	char *word[] = { (char *)"/no/such/program", NULL };
	const struct child c = { .word = word, .input = "", .timeout_ms = 1 };

	(void)state;
	assert_int_equal(child_run(&c, &end, &err), -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
	assert_string_equal(err.msg, "/no/such/program cannot be run: no such "
				     "file or directory");
}

static void one_that_hangs_is_killed_with_what_it_started(void **state)
{
	(void)state;
	assert_int_equal(shell("sleep 1000 & trap '' TERM; echo on; sleep 1000",
			       "", 300),
			 0);
	assert_true(end.late);
	assert_int_equal(end.signal, 9);
	assert_string_equal(end.out, "on\n");
}

/* It has ended well, but what it left behind holds its streams. */
static void what_it_leaves_behind_ends_with_its_time(void **state)
{
	(void)state;
	assert_int_equal(shell("sleep 1000 & echo on", "", 300), 0);
	assert_false(end.late);
	assert_int_equal(end.status, 0);
	assert_string_equal(end.out, "on\n");
}

static void one_that_says_much_is_not_held_up(void **state)
{
	(void)state;
	assert_int_equal(shell("head -c 10000000 /dev/zero | tr '\\0' x;"
			       "head -c 10000000 /dev/zero | tr '\\0' y >&2",
			       "", LONG_MS),
			 0);
	assert_int_equal(end.status, 0);
	assert_int_equal(strlen(end.out), CHILD_SAID_MAX);
	assert_int_equal(strlen(end.err), CHILD_SAID_MAX);
}

static void one_that_does_not_read_is_no_trouble(void **state)
{
	char *much = malloc(1000001);

	(void)state;
	memset(much, 'x', 1000000);
	much[1000000] = '\0';
	assert_int_equal(shell("exit 0", much, LONG_MS), 0);
	assert_int_equal(end.status, 0);
	free(much);
}

static void who_hurries_waits_a_second_at_most(void **state)
{
	char *word[] = { (char *)"/bin/sleep", (char *)"1000", NULL };
	const atomic_bool hurry = true;
	const struct child c = { .word = word,
				 .input = "",
				 .timeout_ms = LONG_MS,
				 .hurry = &hurry };

	(void)state;
	assert_int_equal(child_run(&c, &end, &err), 0);
	assert_true(end.late);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_reads_its_input_and_is_heard),
		cmocka_unit_test(it_has_an_environment_of_its_own),
		cmocka_unit_test(words_reach_it_as_they_are),
		cmocka_unit_test(what_is_not_there_is_said),
		cmocka_unit_test(one_that_hangs_is_killed_with_what_it_started),
		cmocka_unit_test(what_it_leaves_behind_ends_with_its_time),
		cmocka_unit_test(one_that_says_much_is_not_held_up),
		cmocka_unit_test(one_that_does_not_read_is_no_trouble),
		cmocka_unit_test(who_hurries_waits_a_second_at_most),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
