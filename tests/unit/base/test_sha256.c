/* Against coreutils' sha256sum, and the examples of the standard. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/sha256.h"

static void expect(const char *text, size_t n, const char *expected)
{
	char out[SHA256_TEXT_MAX];

	sha256_print(text, n, out);
	assert_string_equal(out, expected);
}

static void test_examples_of_the_standard(void **state)
{
	static const struct {
		const char *text, *hash;
	} examples[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb924"
		      "27ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223"
			 "b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "248d6a61d20638b8e5c026930c3e6039"
		  "a33ce45964ff2167f6ecedd419db06c1" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(examples); i++)
		expect(examples[i].text, strlen(examples[i].text),
		       examples[i].hash);
}

static void test_a_million_letters(void **state)
{
	char *text = malloc(1000000);

	(void)state;
	assert_non_null(text);
	memset(text, 'a', 1000000);
	expect(text, 1000000,
	       "cdc76e5c9914fb9281a1c7e284d73e67"
	       "f1809a48a497200e046d39ccc7112cd0");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_examples_of_the_standard),
		cmocka_unit_test(test_a_million_letters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
