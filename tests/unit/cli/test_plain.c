#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "cli/plain.h"
#include "cli/width.h"

static void plain_is(const char *s, const char *wanted)
{
	_cleanup_(text_free) struct text out = { 0 };

	plain_add(&out, s);
	assert_string_equal(text_str(&out), wanted);
	assert_int_equal(width_of(text_str(&out)), width_of(s));
}

static void what_has_a_likeness_gets_it(void **state)
{
	(void)state;
	plain_is("350.1 °C ± 2", "350.1 oC ~ 2");
	plain_is("[███▌░░]", "[###:..]");
	plain_is("chip ü, 5 µm", "chip u, 5 um");
	plain_is("plain", "plain");
}

static void what_has_none_keeps_its_width(void **state)
{
	(void)state;
	plain_is("温度 x", "???? x");
	plain_is("\xff!", "?!");
}

static void colours_stay(void **state)
{
	(void)state;
	plain_is("\033[1;31m°\033[0m", "\033[1;31mo\033[0m");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_has_a_likeness_gets_it),
		cmocka_unit_test(what_has_none_keeps_its_width),
		cmocka_unit_test(colours_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
