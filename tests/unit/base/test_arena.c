#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"

static void pieces_are_zeroed_aligned_and_apart(void **state)
{
	struct arena a = { 0 };
	char *pieces[3000];
	size_t i, k, n;

	(void)state;
	for (i = 0; i < 3000; i++) {
		n = i % 97 + 1;
		pieces[i] = arena_take(&a, n);
		assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t),
				 0);
		for (k = 0; k < n; k++)
			assert_int_equal(pieces[i][k], 0);
		memset(pieces[i], (int)(i % 100 + 1), n);
	}
	for (i = 0; i < 3000; i++)
		assert_int_equal(pieces[i][i % 97], i % 100 + 1);
	arena_free(&a);
	arena_free(&a);
}

static void large_pieces_fit(void **state)
{
	struct arena a = { 0 };
	char *small = arena_take(&a, 1), *large = arena_take(&a, 1000001);

	(void)state;
	memset(large, 'x', 1000001);
	*small = 'y';
	assert_string_equal(arena_text(&a, "abcdef", 3), "abc");
	assert_int_equal(large[1000000], 'x');
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_zeroed_aligned_and_apart),
		cmocka_unit_test(large_pieces_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
