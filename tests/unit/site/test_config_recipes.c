/* Where the recipes of a site are found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/array.h"
#include "site/config.h"
#include "folder.h"

/* A library in a directory of its own. */
struct library {
	char path[FOLDER_MAX];
	struct text out, file;
	struct err err;
	struct config_recipes recipes;
};

static void put(const struct library *l, const char *name, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", l->path, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int make_library(void **state)
{
	struct library *l = memory_zeroed(1, sizeof(*l));

	folder_make(l->path);
	l->recipes.library = l->path;
	put(l, "own-recipe.yaml", "recipe: mine\n");
	put(l, "an-old-one.yaml", "recipe: old\n");
	*state = l;
	return 0;
}

static int remove_library(void **state)
{
	struct library *l = *state;

	folder_remove(l->path);
	text_free(&l->out);
	text_free(&l->file);
	free(l);
	return 0;
}

static int find_recipe(struct library *l, const char *name)
{
	text_clear(&l->out);
	text_clear(&l->file);
	return config_find_recipe(&l->recipes, name, &l->out, &l->file,
				  &l->err);
}

static void a_recipe_is_found_by_its_name(void **state)
{
	struct library *l = *state;

	assert_int_equal(find_recipe(l, "own-recipe"), 0);
	assert_string_equal(text_str(&l->out), "recipe: mine\n");
	assert_non_null(strstr(text_str(&l->file), "/own-recipe.yaml"));
}

static void names_of_the_library_are_sorted(void **state)
{
	struct library *l = *state;
	const char *first, *second;

	config_list_recipes(&l->recipes, &l->out);
	assert_int_equal(l->out.s[0], '[');
	first = strstr(l->out.s, "\"an-old-one\"");
	second = strstr(l->out.s, "\"own-recipe\"");
	assert_non_null(first);
	assert_non_null(second);
	assert_true(first < second);
	assert_null(strstr(l->out.s, ".yaml"));
}

static void a_path_is_no_name_of_a_recipe(void **state)
{
	static const char *const names[] = {
		"../own-recipe",
		"/etc/passwd",
		"own-recipe.yaml",
		"",
		".",
		"a/b",
		"Own",
		"-x",
		"own recipe",
		"own\nrecipe",
	};
	struct library *l = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		assert_int_equal(find_recipe(l, names[i]), -1);
		assert_int_equal(l->err.code, ERR_INVALID);
	}
}

static void a_link_is_not_followed(void **state)
{
	struct library *l = *state;
	char path[128];

	snprintf(path, sizeof(path), "%s/link.yaml", l->path);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_int_equal(find_recipe(l, "link"), -1);
	assert_int_equal(text_str(&l->out)[0], '\0');
}

static void a_recipe_too_long_is_refused(void **state)
{
	struct library *l = *state;
	char path[128];

	snprintf(path, sizeof(path), "%s/big.yaml", l->path);
	assert_int_equal(mknod(path, S_IFREG | 0600, 0), 0);
	assert_int_equal(truncate(path, YAML_BYTES_MAX + 1), 0);
	assert_int_equal(find_recipe(l, "big"), -1);
	assert_int_equal(l->err.code, ERR_FULL);
}

static void a_name_that_is_nearly_right_is_said(void **state)
{
	struct library *l = *state;

	assert_int_equal(find_recipe(l, "own-recip"), -1);
	assert_int_equal(l->err.code, ERR_NOT_FOUND);
	assert_non_null(strstr(l->err.msg, "did you mean 'own-recipe'?"));
}

#define with_library(test)                                                     \
	cmocka_unit_test_setup_teardown(test, make_library, remove_library)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_library(a_recipe_is_found_by_its_name),
		with_library(names_of_the_library_are_sorted),
		with_library(a_path_is_no_name_of_a_recipe),
		with_library(a_link_is_not_followed),
		with_library(a_recipe_too_long_is_refused),
		with_library(a_name_that_is_nearly_right_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
