#include "laboratory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/text.h"
#include "site/overlay.h"

struct config *laboratory_with(const char *over)
{
	_cleanup_(text_free) struct text merged = { 0 };
	struct problems problems = { 0 };
	struct config *base = config_load(NULL, &problems), *config;

	assert_non_null(base);
	assert_int_equal(overlay_merge(yaml_root(base->yaml), over,
				       strlen(over), "over", &merged,
				       &problems),
			 0);
	config = config_parse(text_str(&merged), merged.n, "merged", &problems);
	assert_non_null(config);
	config_free(base);
	problems_free(&problems);
	return config;
}
