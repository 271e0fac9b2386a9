#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/text.h"
#include "tools/commands.h"
#include "folder.h"

#define RAMP                                                                   \
	"recipe: a ramp\n"                                                     \
	"steps:\n"                                                             \
	"  - evacuate\n"                                                       \
	"  - ramp: {to: 321 °C, rate: 10 °C/min}\n"

/* What check_main prints goes nowhere: only the code is looked at. */
static int run_check(const char *text, const char *option)
{
	char folder[FOLDER_MAX], file[FOLDER_MAX + 16];
	char name[] = "check", words[64];
	char *argv[] = { name, file, option ? words : NULL, NULL };
	int out = dup(1), error = dup(2), none = open("/dev/null", O_WRONLY);
	int code, fd;

	text_copy(words, sizeof(words), option ? option : "");
	folder_make(folder);
	snprintf(file, sizeof(file), "%s/test.yaml", folder);
	fd = open(file, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0 && none >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	fflush(stdout);
	dup2(none, 1);
	dup2(none, 2);
	code = check_main(option ? 3 : 2, argv);
	fflush(stdout);
	dup2(out, 1);
	dup2(error, 2);
	close(out);
	close(error);
	close(none);
	folder_remove(folder);
	return code;
}

static void a_good_recipe_exits_0(void **state)
{
	(void)state;
	assert_int_equal(run_check(RAMP, NULL), EXIT_OK);
}

static void json_of_a_good_recipe_exits_0(void **state)
{
	(void)state;
	assert_int_equal(run_check(RAMP, "--json"), EXIT_OK);
}

static void a_mistake_exits_1(void **state)
{
	(void)state;
	assert_int_equal(run_check("recipe: x\nsteps:\n  - rmp: 5\n", NULL),
			 EXIT_FAILED);
}

static void json_of_a_mistake_exits_1(void **state)
{
	(void)state;
	assert_int_equal(run_check("recipe: x\nsteps:\n  - rmp: 5\n", "--json"),
			 EXIT_FAILED);
}

static void an_unknown_option_exits_2(void **state)
{
	(void)state;
	assert_int_equal(run_check(RAMP, "--jsn"), EXIT_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_recipe_exits_0),
		cmocka_unit_test(json_of_a_good_recipe_exits_0),
		cmocka_unit_test(a_mistake_exits_1),
		cmocka_unit_test(json_of_a_mistake_exits_1),
		cmocka_unit_test(an_unknown_option_exits_2),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
