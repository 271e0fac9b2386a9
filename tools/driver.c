/* gascelld driver check FILE: the mistakes in a definition or a plugin, or
 * its channels. */
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "drivers/definition.h"
#include "drivers/definitions.h"
#include "drivers/plugins.h"
#include "tools/commands.h"
#include "tools/driver_print.h"
#include "tools/options.h"

static void print_definition(const struct definition *d, struct text *out)
{
	driver_print(&d->driver, false, out);
	text_addf(out, "  proof: %s\n", d->proof);
	if (d->unverified[0])
		text_addf(out, "  unverified: %s\n", d->unverified);
}

static int check_plugin(const char *path, struct text *out)
{
	struct definitions set = { 0 };
	struct plugins plugins = { 0 };
	const struct driver *driver;
	struct err err = { 0 };
	int status = plugins_load_file(&plugins, &set, path, &err);

	for (size_t i = 0; (driver = plugins_driver(&plugins, i)); i++)
		driver_print(driver, false, out);
	if (status)
		text_addf(out, "%s\n", err.msg);
	plugins_free(&plugins);
	return status ? EXIT_FAILED : EXIT_OK;
}

static bool is_plugin(const char *path)
{
	size_t n = strlen(path);

	return n > 3 && !strcmp(path + n - 3, ".so");
}

static int check_definition(const char *path, struct text *out)
{
	_cleanup_(text_free) struct text text = { 0 };
	struct problems problems = { 0 };
	struct definition *d = NULL;
	struct err err = { 0 };

	if (text_read_file(&text, path, YAML_BYTES_MAX, &err))
		text_addf(out, "%s\n", err.msg);
	else
		d = definition_parse(text_str(&text), text.n, path, &problems);
	if (d)
		print_definition(d, out);
	problems_sort(&problems);
	problems_print(&problems, out);
	problems_free(&problems);
	definition_free(d);
	return d ? EXIT_OK : EXIT_FAILED;
}

int driver_main(int argc, char **argv)
{
	const struct options options = {
		.name = "driver",
		.words = "check FILE",
		.min = 2,
		.max = 2,
		.summary = "Finds the mistakes in an instrument's definition, "
			   "or prints its channels.",
		.more = "A FILE whose name ends with .so is a plugin: it is "
			"loaded.\ndocs/drivers.md describes how a definition "
			"or a plugin is written.\n",
	};
	_cleanup_(text_free) struct text out = { 0 };
	struct options_words words;
	int code = options_parse(&options, argc, argv, &words);

	if (code >= 0)
		return code;
	if (strcmp(words.v[0], "check")) {
		fputs("gascelld driver: only check FILE is known\n", stderr);
		return EXIT_USAGE;
	}
	code = is_plugin(words.v[1]) ? check_plugin(words.v[1], &out)
				     : check_definition(words.v[1], &out);
	fputs(text_str(&out), code == EXIT_OK ? stdout : stderr);
	return code;
}
