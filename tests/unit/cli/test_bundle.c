#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/array.h"
#include "cli/bundle.h"

static char folder[] = "/tmp/test_bundle_XXXXXX";

static const char *path_of(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void put(const char *name, const char *text, size_t n)
{
	FILE *f = fopen(path_of(name), "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	fclose(f);
}

static void put_text(const char *name, const char *text)
{
	put(name, text, strlen(text));
}

static json_t *make(const char *recipe, const struct options *options)
{
	struct err err = { 0 };
	json_t *argument = bundle_make(recipe, options, &err);

	assert_non_null(argument);
	return argument;
}

static const char *text_of(const json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

static json_t *includes_of(const json_t *argument)
{
	const char *s = text_of(argument, "includes");

	return s ? json_loads(s, 0, NULL) : NULL;
}

static void expect_refused(const char *recipe, const char *why)
{
	struct options o = { 0 };
	struct err err = { 0 };

	assert_null(bundle_make(recipe, &o, &err));
	assert_non_null(strstr(err.msg, why));
}

static void a_name_is_the_library_s(void **state)
{
	struct options o = { 0 };
	json_t *a = make("clean-cell", &o);

	(void)state;
	assert_string_equal(text_of(a, "recipe"), "");
	assert_string_equal(text_of(a, "name"), "clean-cell");
	assert_null(json_object_get(a, "label"));
	json_decref(a);
}

static void parameters_and_label_go_along(void **state)
{
	struct options o = { .label = "chip \"7\"",
			     .n_params = 1,
			     .params = { { "pressure", "50 Torr" } } };
	json_t *a = make("clean-cell", &o);

	(void)state;
	assert_string_equal(text_of(a, "label"), "chip \"7\"");
	assert_string_equal(text_of(a, "parameters"),
			    "{\"pressure\":\"50 Torr\"}");
	json_decref(a);
}

static void a_file_is_sent_as_it_is(void **state)
{
	struct options o = { 0 };
	json_t *a;

	(void)state;
	put_text("plain.yaml", "recipe: 20 °C\nsteps: [{hold: 5 min}]\n");
	a = make(path_of("plain.yaml"), &o);
	assert_string_equal(text_of(a, "recipe"),
			    "recipe: 20 °C\nsteps: [{hold: 5 min}]\n");
	assert_string_equal(text_of(a, "name"), path_of("plain.yaml"));
	assert_null(json_object_get(a, "includes"));
	json_decref(a);
}

static void what_is_included_and_lies_beside_goes_along(void **state)
{
	struct options o = { 0 };
	json_t *a, *includes;

	(void)state;
	put_text("outer.yaml",
		 "steps:\n  - include: one\n"
		 "  - repeat: {times: 2, steps: [{include: {recipe: two}}]}\n"
		 "  - include: in-the-library\n");
	put_text("one.yaml", "steps: [{include: three}, {include: outer}]\n");
	put_text("two.yaml", "steps: [{note: 2}]\n");
	put_text("three.yaml", "steps: [{include: one}]\n");
	a = make(path_of("outer.yaml"), &o);
	includes = includes_of(a);
	assert_string_equal(text_of(includes, "one"),
			    "steps: [{include: three}, {include: outer}]\n");
	assert_non_null(text_of(includes, "two"));
	assert_non_null(text_of(includes, "three"));
	assert_non_null(text_of(includes, "outer"));
	assert_int_equal(json_object_size(includes), 4);
	json_decref(includes);
	json_decref(a);
}

static void an_include_reads_no_other_files(void **state)
{
	struct options o = { 0 };
	json_t *a;

	(void)state;
	put_text("thief.yaml",
		 "steps: [{include: ../etc/passwd},"
		 " {include: /etc/passwd}, {include: .hidden}, {include: -x}]"
		 "\n");
	a = make(path_of("thief.yaml"), &o);
	assert_null(json_object_get(a, "includes"));
	json_decref(a);
}

static void a_broken_recipe_goes_to_the_daemon_all_the_same(void **state)
{
	struct options o = { 0 };
	json_t *a;

	(void)state;
	put_text("broken.yaml", "steps: [{include: one}, {\n");
	a = make(path_of("broken.yaml"), &o);
	assert_string_equal(text_of(a, "recipe"),
			    "steps: [{include: one}, {\n");
	json_decref(a);
}

static void a_long_path_is_cut_at_its_beginning(void **state)
{
	char name[200] = { 0 };
	struct options o = { 0 };
	json_t *a;

	(void)state;
	memset(name, 'x', 180);
	memcpy(name + 180, ".yaml", 6);
	put_text(name, "recipe: x\n");
	a = make(path_of(name), &o);
	assert_true(strlen(text_of(a, "name")) <= 128);
	assert_non_null(strstr(text_of(a, "name"), "xxx.yaml"));
	json_decref(a);
}

static void files_that_cannot_be_recipes_are_refused(void **state)
{
	static char large[300 * 1024];

	(void)state;
	memset(large, '#', sizeof(large));
	put("large.yaml", large, sizeof(large));
	put("latin1.yaml",
	    "recipe: 20 \xb0"
	    "C\n",
	    14);
	put("empty.yaml", "", 0);
	expect_refused(path_of("large.yaml"), "large.yaml");
	expect_refused(path_of("latin1.yaml"), "save it as UTF-8");
	expect_refused(path_of("empty.yaml"), "is empty");
	expect_refused(path_of("none.yaml"), "none.yaml");
	expect_refused("Clean Cell", "neither a file nor a name");
}

static void only_what_looks_like_a_file_is_one(void **state)
{
	(void)state;
	put_text("here", "recipe: x\n");
	assert_true(bundle_is_file("./x"));
	assert_true(bundle_is_file("x.yaml"));
	assert_true(bundle_is_file("x.yml"));
	assert_true(bundle_is_file(path_of("here")));
	assert_false(bundle_is_file("clean-cell"));
	assert_false(bundle_is_file(".yaml"));
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	static const char *const names[] = {
		"plain.yaml",  "outer.yaml", "one.yaml",    "two.yaml",
		"three.yaml",  "thief.yaml", "broken.yaml", "large.yaml",
		"latin1.yaml", "empty.yaml", "here",
	};
	char name[200] = { 0 };
	size_t i;

	(void)state;
	memset(name, 'x', 180);
	memcpy(name + 180, ".yaml", 6);
	unlink(path_of(name));
	for (i = 0; i < ARRAY_SIZE(names); i++)
		unlink(path_of(names[i]));
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_the_library_s),
		cmocka_unit_test(parameters_and_label_go_along),
		cmocka_unit_test(a_file_is_sent_as_it_is),
		cmocka_unit_test(what_is_included_and_lies_beside_goes_along),
		cmocka_unit_test(an_include_reads_no_other_files),
		cmocka_unit_test(
			a_broken_recipe_goes_to_the_daemon_all_the_same),
		cmocka_unit_test(a_long_path_is_cut_at_its_beginning),
		cmocka_unit_test(files_that_cannot_be_recipes_are_refused),
		cmocka_unit_test(only_what_looks_like_a_file_is_one),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
